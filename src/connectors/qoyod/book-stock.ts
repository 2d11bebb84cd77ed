import { later } from "../../core/clock.ts";
import type { Facts } from "../../core/connector.ts";
import type { Decimal } from "../../core/decimal.ts";
import { RetryLater } from "../../core/errors.ts";
import type { BookedStock, BookStock } from "../../core/stock.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, readFlag, readId, readNumber, readText, rowsOf } from "./fields.ts";
import { fetchRecord, listPages } from "./list-pages.ts";

export const productsList = { path: "/products", key: "products" };
/** Ids in one query, so that its address stays short. */
const idsAtOnce = 50;
const unreadableMs = 60_000;

/**
 * The stock of the books, as the product rows carry it: the only place where purchases, opening balances, counts and
 * transfers alike become visible (vendor reference 7.1).
 */
export function bookStock(context: Pick<QoyodContext, "door" | "perPage" | "facts">): BookStock {
  const { door, perPage, facts } = context;
  return {
    list: async function* () {
      for await (const rows of listPages(door, productsList, perPage)) yield rows.map(readStock).filter(isThere);
    },
    read: async (productIds) => {
      const ids = [...new Set(productIds)];
      const found = asksById(facts) ? await readTogether(context, ids) : new Map<string, BookedStock>();
      // One that a filter does not bring may be there all the same.
      await Promise.all(
        ids.map(async (id) => {
          const stock = found.has(id) ? null : await readOne(context, id);
          if (stock !== null) found.set(id, stock);
        }),
      );
      return found;
    },
  };
}

/**
 * What a product row says of its stock; null where its id or a stock cannot be read, because what is not known is not zero.
 */
export function readStock(row: Fields): BookedStock | null {
  const productId = readId(row.id);
  if (productId === null) return null;
  const stock = new Map<string, Decimal>();
  for (const { id, stock: held } of rowsOf(row.inventories)) {
    const location = readId(id);
    const amount = readNumber(held);
    if (amount === null && held !== undefined && held !== null && held !== "") return null;
    if (location !== null && amount !== null) stock.set(location, amount);
  }
  const cost = readNumber(row.buying_price);
  return {
    productId,
    sku: readText(row.sku),
    tracked: readFlag(row.track_quantity),
    stock,
    cost: cost?.gt(0) === true ? cost : null,
  };
}

/** Whether `q[id_in][]` was seen to give the products asked for and no others. */
function asksById({ idInFilter }: Facts): boolean {
  return idInFilter === true;
}

async function readTogether(
  { door, perPage }: Pick<QoyodContext, "door" | "perPage">,
  ids: readonly string[],
): Promise<Map<string, BookedStock>> {
  const found = new Map<string, BookedStock>();
  const size = Math.min(idsAtOnce, perPage);
  for (let at = 0; at < ids.length; at += size) {
    const wanted = new Set(ids.slice(at, at + size));
    const listing = { ...productsList, query: { "q[id_in][]": [...wanted] } };
    for await (const rows of listPages(door, listing, perPage)) {
      const stocks = rows.map(readStock).filter(isThere);
      for (const stock of stocks) if (wanted.has(stock.productId)) found.set(stock.productId, stock);
      // A row that was not asked for: the filter is ignored by now, and the rest of the list is of no use.
      if (stocks.some(({ productId }) => !wanted.has(productId))) break;
    }
  }
  return found;
}

async function readOne({ door }: Pick<QoyodContext, "door">, id: string): Promise<BookedStock | null> {
  const row = await fetchRecord(door, "/products", id, "product");
  const stock = row === null ? null : readStock(row);
  if (row === null || stock !== null) return stock;
  throw new RetryLater(later(door.clock, unreadableMs), `The stock of product ${id} of Qoyod could not be read`);
}

function isThere(stock: BookedStock | null): stock is BookedStock {
  return stock !== null;
}
