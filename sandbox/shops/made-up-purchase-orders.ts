import { oneOf, wholeBetween } from "../seeded-random.ts";
import type { Fields, Random } from "../wire.ts";
import type { MadeUp } from "./made-up-items.ts";

/** Gives the id of a made-up record by its key. */
type IdOf = (key: string) => string;

/** The days that the orders tell of. */
interface Days {
  readonly before: (days: number) => string;
}

const LINES_OF_THE_LONG_ORDER = 250;

/** Every oddity that a purchase order can have, each once. */
export function oddPurchaseOrders(
  itemId: IdOf,
  vendorId: IdOf,
  plainItems: readonly string[],
  { before }: Days,
): MadeUp[] {
  const line = (position: number, quantity: number, more: Fields = {}) => ({
    item_id: itemId(plainItems[position % plainItems.length] ?? ""),
    quantity,
    ...more,
  });
  const one = [line(0, 12), line(1, 6)];
  const order = (key: string, oddity: string, fields: Fields, vendor = "plain-1") => ({
    key,
    oddity,
    fields: { vendor_id: vendorId(vendor), date: before(20), delivery_date: before(6), line_items: one, ...fields },
  });
  const billed = { order_status: "closed", billed_status: "billed", received_status: "received" };
  const long = Array.from({ length: LINES_OF_THE_LONG_ORDER }, (_, index) => line(index, (index % 7) + 1));
  const header = { line_item_category: "header", header_name: "For the window" };
  // biome-ignore format: a table
  return [
    order("draft", "purchase order that is a draft", { order_status: "draft" }),
    order("pending", "purchase order that waits for approval", { order_status: "pending_approval" }),
    order("open", "purchase order that is open", { order_status: "open" }),
    order("undated", "purchase order without an expected date", { order_status: "open", delivery_date: "" }),
    order("partially-billed", "purchase order that is partially billed", { order_status: "open", billed_status: "partially_billed", bills: [{ date: before(9), total: 10 }] }),
    order("billed", "purchase order that is billed", { ...billed, bills: [{ date: before(8), total: 20 }, { date: before(4), total: 30 }] }),
    order("received", "purchase order that is closed with receipts", { order_status: "closed", received_status: "received", purchasereceives: [{ date: before(7) }, { date: before(5) }] }),
    order("closed", "purchase order that is closed without bill or receipt", { order_status: "closed" }),
    order("cancelled", "purchase order that is cancelled", { order_status: "cancelled" }),
    order("foreign", "purchase order in another currency", { order_status: "open", exchange_rate: 0.913745 }, "dollars"),
    order("no-rate", "purchase order in another currency without a rate", { order_status: "open", exchange_rate: "" }, "dollars"),
    order("categories", "purchase order with header, subtotal and free-text lines", { order_status: "open", line_items: [header, line(0, 3), { line_item_category: "subtotal" }, { name: "Pallet", quantity: 1, rate: 15 }] }),
    order("text-only", "purchase order with only free-text lines", { order_status: "open", line_items: [{ name: "Customs", quantity: 1, rate: 80 }] }),
    order("no-lines", "purchase order without a line", { order_status: "open", line_items: [], total: 0 }),
    order("same-twice", "purchase order with the same item twice", { order_status: "open", line_items: [line(2, 1), line(3, 2), line(2, 4, { rate: 1.11 })] }),
    order("zero", "purchase order with quantity zero", { order_status: "open", line_items: [line(4, 0), line(5, 1)] }),
    order("negative", "purchase order with a negative quantity", { order_status: "open", line_items: [line(4, -2), line(5, 1)] }),
    order("fractional", "purchase order with quantities of four decimals", { order_status: "open", line_items: [line(4, 2.4375), line(5, 0.0001)] }),
    order("cancelled-line", "purchase order with a cancelled part of a line", { order_status: "open", line_items: [line(4, 10, { quantity_cancelled: 4 }), line(5, 3, { quantity_cancelled: 3 })] }),
    order("four-decimal-rate", "purchase order with a rate of four decimals", { order_status: "open", line_items: [line(4, 3, { rate: 0.1234 })] }),
    order("long", `purchase order with ${LINES_OF_THE_LONG_ORDER} lines`, { order_status: "open", line_items: long }),
    order("old", "purchase order older than a year", { ...billed, date: before(410), delivery_date: before(400), created_time: `${before(410)}T09:00:00+0000`, last_modified_time: `${before(395)}T09:00:00+0000` }),
    order("unknown-item", "purchase order that names an item that is gone", { order_status: "open", line_items: [{ item_id: "4608150000099999999", name: "Gone", sku: "GONE", quantity: 1, rate: 5 }, line(7, 1)] }),
    order("from-inactive", "purchase order of a vendor that became inactive", { order_status: "open" }, "inactive"),
    order("from-customer", "purchase order of a vendor that became a customer", { order_status: "open" }, "customer"),
    order("from-deleted", "purchase order of a vendor that was deleted", { order_status: "open" }, "deleted"),
    order("reference", "purchase order whose reference is a number of the shop's own", { order_status: "open", reference_number: "119092" }),
  ];
}

/** An ordinary purchase order of one to eight different items; half of them are billed. */
export function plainPurchaseOrder(
  random: Random,
  number: number,
  itemId: IdOf,
  vendor_id: string,
  plainItems: readonly string[],
): MadeUp {
  const start = wholeBetween(random, 0, plainItems.length - 1);
  const line_items = Array.from({ length: wholeBetween(random, 1, Math.min(8, plainItems.length)) }, (_, index) => ({
    item_id: itemId(plainItems[(start + index) % plainItems.length] ?? ""),
    quantity: wholeBetween(random, 1, 48),
  }));
  const state = oneOf<Fields>(random, [
    { order_status: "open" },
    { order_status: "closed", billed_status: "billed", received_status: "received" },
  ]);
  return { key: `plain-${number}`, fields: { vendor_id, line_items, ...state } };
}
