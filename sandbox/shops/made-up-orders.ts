import { oneOf, wholeBetween } from "../seeded-random.ts";
import type { Fields, Random } from "../wire.ts";
import type { MadeUp } from "./made-up-items.ts";

/** Gives the id of a made-up item by its key. */
type ItemId = (key: string) => string;

const LINES_OF_THE_LONG_ORDER = 700;

const invoiced = { order_status: "closed", invoiced_status: "invoiced" };

/** Every oddity that an order can have, each once. */
export function oddOrders(itemId: ItemId, plainKeys: readonly string[], oldDay: string): MadeUp[] {
  const line = (key: string, quantity: number, more: Fields = {}) => ({ item_id: itemId(key), quantity, ...more });
  const plain = (position: number) => plainKeys[position % plainKeys.length] ?? "untracked";
  const one = [line(plain(0), 2)];
  const long = Array.from({ length: LINES_OF_THE_LONG_ORDER }, (_, index) => line(plain(index), (index % 5) + 1));
  // biome-ignore format: a table
  return [
    ...stateOrders(one),
    order("amazon-by-id", "salesperson AMZN by id", { ...invoiced, salesperson_id: "AMZN", salesperson_name: "Amazon Sales", line_items: one }),
    order("amazon-by-name", "salesperson AMZN by name", { ...invoiced, salesperson_id: "460815000000900001", salesperson_name: "AMZN", line_items: one }),
    order("walmart", "another salesperson", { ...invoiced, salesperson_id: "WLMT", salesperson_name: "Walmart Sales", line_items: one }),
    order("headers", "header and subtotal rows", { ...invoiced, line_items: [{ line_item_category: "header", header_name: "For the kitchen" }, line(plain(1), 1), { line_item_category: "subtotal" }, line(plain(2), 3)] }),
    order("free-text", "free-text line beside an item", { ...invoiced, line_items: [line(plain(1), 1), { name: "Thank-you card", quantity: 1, rate: 0.5 }] }),
    order("only-free-text", "only free-text lines", { ...invoiced, line_items: [{ name: "Delivery by bicycle", quantity: 1, rate: 6 }] }),
    order("same-twice", "the same item twice", { ...invoiced, line_items: [line(plain(3), 1), line(plain(4), 2), line(plain(3), 4, { rate: 1.11 })] }),
    order("four-decimals", "quantities with four decimals", { ...invoiced, line_items: [line("fractional-stock", 2.4375), line("fractional-stock", 0.0001)] }),
    order("zero", "quantity zero", { ...invoiced, line_items: [line(plain(5), 0), line(plain(6), 1)] }),
    order("negative", "negative quantity", { ...invoiced, line_items: [line(plain(5), -2), line(plain(6), 3)] }),
    order("all-negative", "only negative quantities", { ...invoiced, line_items: [line(plain(5), -1)] }),
    order("no-lines", "no line at all", { ...invoiced, line_items: [], total: 0 }),
    order("long", `${LINES_OF_THE_LONG_ORDER} lines`, { ...invoiced, line_items: long }),
    order("foreign", "a foreign currency", { ...invoiced, currency_code: "USD", exchange_rate: 0.9137, line_items: one }),
    order("old", "older than a year", { ...invoiced, date: oldDay, created_time: `${oldDay}T09:00:00+0000`, last_modified_time: `${oldDay}T09:00:00+0000`, line_items: one }),
    order("inactive-item", "names an inactive item", { ...invoiced, line_items: [line("inactive-ordered", 1)] }),
    order("nameless-item", "names the item without a name", { ...invoiced, line_items: [line("nameless", 1)] }),
    order("services", "names services only", { ...invoiced, line_items: [line("service", 1), line("digital", 1)] }),
    order("three-decimal-rate", "a rate with three decimals", { ...invoiced, line_items: [line("three-decimals", 3)] }),
    order("unknown-item", "names an item that is gone", { ...invoiced, line_items: [{ item_id: "4608150000099999999", name: "Gone", sku: "GONE", quantity: 1, rate: 5 }, line(plain(7), 1)] }),
  ];
}

/** An ordinary order of one to six different items; most are invoiced. */
export function plainOrder(
  random: Random,
  number: number,
  day: string,
  itemId: ItemId,
  plainKeys: readonly string[],
): MadeUp {
  const start = wholeBetween(random, 0, plainKeys.length - 1);
  const line_items = Array.from({ length: wholeBetween(random, 1, Math.min(6, plainKeys.length)) }, (_, index) => ({
    item_id: itemId(plainKeys[(start + index) % plainKeys.length] ?? ""),
    quantity: wholeBetween(random, 1, 9),
  }));
  const state = oneOf(random, [
    invoiced,
    invoiced,
    invoiced,
    { order_status: "confirmed", invoiced_status: "not_invoiced" },
  ]);
  return { key: `plain-${number}`, fields: { ...state, date: day, line_items } };
}

/** One order per state, and the roll-up that hides an invoice behind a shipment. */
function stateOrders(line_items: Fields[]): MadeUp[] {
  const state = (name: string, fields: Fields) =>
    order(`state-${name}`, `order state ${name}`, { ...fields, line_items });
  return [
    ...["draft", "open", "confirmed", "onhold", "void", "closed"].map((name) => state(name, { order_status: name })),
    state("invoiced", { order_status: "confirmed", invoiced_status: "invoiced" }),
    state("partially invoiced", { order_status: "confirmed", invoiced_status: "partially_invoiced" }),
    state("void after invoice", { order_status: "void", invoiced_status: "invoiced" }),
    state("shipped and invoiced", {
      order_status: "confirmed",
      invoiced_status: "invoiced",
      shipped_status: "shipped",
      paid_status: "unpaid",
    }),
    state("shipped, not invoiced", { order_status: "confirmed", shipped_status: "shipped" }),
  ];
}

function order(key: string, oddity: string, fields: Fields): MadeUp {
  return { key, oddity, fields };
}
