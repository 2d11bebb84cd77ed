import type { CountWrite } from "../../connectors/qoyod/index.ts";
import { type DecimalText, readAmount } from "../../core/conversions.ts";
import { decimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import { defineFlow } from "../../core/flow.ts";
import { type CountRecord, readCountId } from "../../core/flow-stock.ts";
import { columns } from "../../core/mapping.ts";
import { historyCount, openingCount } from "../../core/stock-equation.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { stockPlaces } from "./order-place.ts";
import { riyadhDay } from "./order-words.ts";
import { unitDetail } from "./products.ts";

const count = columns<CountRecord, SallaQoyodSettings>();

/** What is kept of a count besides what Qoyod gets; Qoyod cannot be asked for it. */
interface KeptCount extends CountWrite {
  readonly id: string;
  readonly counted: boolean;
  readonly look: number;
}

/** Opening counts, once for each SKU and Qoyod location, before that product's first invoice (rule S6). */
export const openingCounts = defineFlow<CountRecord, CountRecord, KeptCount, SallaQoyodSettings>({
  name: "opening-counts",
  title: "Opening counts",
  one: { en: "the opening count of", ar: "الجرد الافتتاحي لـ" },
  from: { vendor: "salla", resource: "units" },
  to: { vendor: "qoyod", resource: "counts" },
  everyMinutes: 1_440,
  link: { source: "id", target: "id" },
  reads: "referred",
  updates: false,
  whenReferredTo: true,
  stock: { role: "counts", products: "products", orders: "orders", detail: unitDetail, places: stockPlaces },
  label: ({ sku, name }) => [sku, name].filter((part) => part !== "").join(" "),
  skip: [],
  detail: { words: "nothing: they are read in full", needed: () => false },
  internal: ["id", "counted", "stock_before", "look"],
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod              Salla                             rule
    inventory_id:         count("location"),
    revenue_account_id:   count.setting("openingBalanceAccountId", [], "the opening-balance account", (_, id) => id),
    expense_account_id:   count.setting("countLossAccountId", [], "the account for losses, else the opening-balance account", (_, id, { settings }) => id ?? settings.openingBalanceAccountId),
    date:                 count.from([], "the day it is made, in Riyadh", (_, { now }) => riyadhDay(now)),
    description:          count.from(["sku", "past"], "names the SKU, and the order from before the integration that is counted in, or the excluded one whose goods left", describe),
    product_id:           count.linked("unit", "products"),
    actual_quantity:      count.setting("existingStock", ["offered", "reserved", "stock", "past"],
                            "what Salla offers and its reserved orders; Qoyod's own stock where that is to be kept; Qoyod's stock and the units of the order that is counted in, or less those that left", quantityOf),
    rate:                 count.from(["shopCost", "bookCost"], "the cost: Salla's, else Qoyod's, else the option defaultCost; never the selling price; none where nothing is written", rateOf),
    stock_before:         count("stock"),
    id:                   count("id"),
    counted:              count("counted"),
    look:                 count("look"),
  },
});

function describe({ id, sku, past }: CountRecord): string {
  const { order, left } = readCountId(id);
  if (order === null) return `Mizan: opening count of ${sku}`;
  return left
    ? `Mizan: ${sku}, ${-(past ?? 0)} left with the excluded order ${order}`
    : `Mizan: ${sku}, ${past ?? 0} of the earlier order ${order}`;
}

/** What is counted (product.md, 1.1: "stock already in Qoyod"). */
function quantityOf(row: CountRecord, existing: SallaQoyodSettings["existingStock"]): DecimalText {
  if (!row.counted) return row.stock;
  if (row.past !== null) return countWith(row, row.past);
  const offered = readAmount(row.offered, "quantity") ?? decimal(0);
  if (offered.lt(0) || !offered.eq(offered.round(0, 0)))
    throw new RecordRejected("field-invalid", {
      field: "quantity",
      value: row.offered,
      allowed: "a whole number, 0 or more",
    });
  const counted = openingCount(offered, row.reserved);
  const stock = decimal(row.stock);
  if (stock.eq(counted)) return row.stock;
  const decided =
    row.keeps === "shop" ? "salla" : row.keeps === "books" ? "qoyod" : (existing ?? (stock.eq(0) ? "salla" : "ask"));
  if (decided === "salla") return counted.toFixed();
  if (decided === "qoyod") return row.stock;
  throw new RecordRejected("stock-differs", { sku: row.sku, shop: counted.toFixed(), books: stock.toFixed() });
}

function countWith({ id, sku, stock }: CountRecord, units: number): DecimalText {
  const counted = historyCount(decimal(stock), units);
  const { order } = readCountId(id);
  // Stock that was below 0 before may rise to less than 0 all the same.
  if (units < 0 && counted.lt(0))
    throw new RecordRejected("count-below-zero", { sku, held: stock, left: String(-units), order: order ?? "" });
  return counted.toFixed();
}

function rateOf(row: CountRecord, { settings }: { settings: SallaQoyodSettings }): DecimalText {
  // Stock that stays as it is needs no count, and so no cost (product.md, 1.1).
  if (!row.counted || quantityOf(row, settings.existingStock) === row.stock) return "0";
  const rate = row.shopCost ?? row.bookCost ?? settings.defaultCost ?? null;
  if (rate === null || decimal(rate).lte(0)) throw new RecordRejected("cost-unknown", { sku: row.sku });
  return rate;
}
