import { type Decimal, decimalText, multiply, parseDecimal, zero } from "../decimal.ts";
import { type Stored, shownInstant } from "../optiply/attributes.ts";
import { addRecord } from "../optiply/merchant.ts";
import type { Row, Webshop } from "../optiply/webshop.ts";
import { oneOf, seededRandom, wholeBetween } from "../seeded-random.ts";
import type { Fields, Random } from "../wire.ts";
import { wholeOption } from "./options.ts";

/** What people ordered. */
interface PlacedOrders {
  readonly buyOrders: number;
  readonly lines: number;
}

/** What may be ordered where, and at what price. */
interface Offer {
  readonly productId: number;
  readonly price: Decimal;
}

const DAY_MS = 86_400_000;
const PLACED_WITHIN_DAYS = 30;
const MAX_LINES = 8;
const MAX_QUANTITY = 40;

/**
 * Places buy orders as people do on Optiply's own pages, over the suppliers and products that are there: each of 1 to 8
 * different products, placed within the last 30 days. Suppliers are ordered from what they supply; where no supplier
 * supplies anything, from all products. Whatever is disabled or ignored is not ordered.
 * @param options.count how many buy orders (20).
 * @param options.seed decides suppliers, products, quantities and days (1).
 * @throws RangeError when an option is wrong, or when there is nothing to order or nobody to order from.
 */
export function importBuyOrders(webshop: Webshop, options: Fields): PlacedOrders {
  const count = wholeOption(options, "count", 20);
  const random = seededRandom(wholeOption(options, "seed", 1));
  const offers = offersBySupplier(webshop);
  const [first, ...rest] = offers;
  if (first === undefined) throw new RangeError("optiply has no supplier with a product that could be ordered");
  const nowMs = webshop.clock.now();
  let lines = 0;
  for (let made = 0; made < count; made += 1) {
    const [supplierId, offered] = oneOf(random, [first, ...rest]);
    const orderLines = linesOf(random, offered);
    // At least a second ago, so that no order is placed after the present.
    const placedMs = nowMs - wholeBetween(random, 1000, PLACED_WITHIN_DAYS * DAY_MS);
    addRecord(webshop, "buyOrders", { supplierId, placed: shownInstant(placedMs), orderLines });
    lines += orderLines.length;
  }
  return { buyOrders: count, lines };
}

function linesOf(random: Random, offered: readonly Offer[]): Fields[] {
  const wanted = Math.min(offered.length, wholeBetween(random, 1, MAX_LINES));
  const start = wholeBetween(random, 0, offered.length - 1);
  return Array.from({ length: wanted }, (_, index) => {
    const { productId, price } = offered[(start + index) % offered.length] ?? { productId: 0, price: zero };
    const quantity = wholeBetween(random, 1, MAX_QUANTITY);
    return {
      productId,
      quantity,
      subtotalValue: decimalText(multiply(price, { digits: BigInt(quantity), scale: 0 }), 2),
    };
  });
}

function offersBySupplier({ tables }: Webshop): [supplierId: number, offers: readonly Offer[]][] {
  const suppliers = [...tables.suppliers.rows.values()].filter(({ attributes }) => attributes.ignored !== true);
  const products = new Map([...tables.products.rows].filter(([, row]) => isOrdered(row)));
  const supplied = new Map<Stored, Offer[]>();
  for (const row of tables.supplierProducts.rows.values()) {
    const { productId, supplierId, price } = row.attributes;
    if (typeof productId !== "number" || !products.has(productId) || !isOrdered(row)) continue;
    const offers = supplied.get(supplierId ?? null) ?? [];
    supplied.set(supplierId ?? null, offers);
    offers.push({ productId, price: priceOf(price) });
  }
  const everything = [...products].map(([productId, row]) => ({ productId, price: priceOf(row.attributes.price) }));
  return suppliers
    .map(({ id }): [number, readonly Offer[]] => [id, supplied.size === 0 ? everything : (supplied.get(id) ?? [])])
    .filter(([, offers]) => offers.length > 0);
}

function isOrdered({ attributes }: Row): boolean {
  return attributes.status !== "disabled" && attributes.ignored !== true && attributes.notBeingBought !== true;
}

/** Nothing is known of the price: one of the shop's currency, so that no line is worth nothing. */
function priceOf(value: Stored | undefined): Decimal {
  const price = parseDecimal(String(value ?? "")) ?? zero;
  return price.digits > 0n ? price : { digits: 1n, scale: 0 };
}
