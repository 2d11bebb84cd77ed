import { oneOf, seededRandom, wholeBetween } from "../seeded-random.ts";
import { type Fields, type Random, textOf } from "../wire.ts";
import { type Books, type Organization, zoneOf } from "../zoho-books/books.ts";
import { zohoTime } from "../zoho-books/local-time.ts";
import { addRecord, ownerOf } from "../zoho-books/merchant.ts";
import { plainItem } from "./made-up-items.ts";
import { plainVendor } from "./made-up-vendors.ts";
import { wholeOption } from "./options.ts";

/** What was put in. */
interface LongHistory {
  readonly items: number;
  readonly vendors: number;
  readonly customers: number;
  readonly salesOrders: number;
  readonly salesOrderLines: number;
  readonly purchaseOrders: number;
  readonly purchaseOrderLines: number;
}

/** One history while it is being made. */
interface History {
  readonly books: Books;
  readonly organization: Organization;
  readonly random: Random;
  readonly nowMs: number;
  readonly days: number;
  readonly itemIds: readonly string[];
  readonly customerIds: readonly string[];
  /** The items of each vendor, in the order of the vendors. */
  readonly vendors: readonly { readonly id: string; readonly itemIds: readonly string[] }[];
}

const DAY_MS = 86_400_000;
const DAYS_OF_A_YEAR = 365;
/** How much more is sold on a day than on the same day a year before. */
const GROWTH_BY_YEAR = 0.2;
const ITEMS_BY_VENDOR = 100;
const MAX_CUSTOMERS = 500;
const MAX_LINES = 5;
/** An order is last touched at most so many days after its date. */
const MAX_DAYS_UNTIL_SETTLED = 12;
/** Purchase orders younger than this are mostly still on their way. */
const DAYS_ON_THE_WAY = 30;

/**
 * Fills the organisation with years of an ordinary shop: tracked items with vendors, and orders in the order of their
 * days, a little more of them each year, most of them settled. The same seed makes the same history before the same present.
 * @param options.seed decides names, prices, quantities and states (1).
 * @param options.items how many tracked items (1000); each hundred have a vendor of their own.
 * @param options.salesOrders how many sales orders of 1 to 5 lines (3000).
 * @param options.purchaseOrders how many purchase orders of 1 to 5 lines (250).
 * @param options.days how many days the orders are spread over, up to the stand-in's present (1095).
 * @throws RangeError when an option is wrong.
 */
export function importLongHistory(books: Books, options: Fields): LongHistory {
  const random = seededRandom(wholeOption(options, "seed", 1));
  const itemCount = wholeOption(options, "items", 1000, 1);
  const salesOrders = wholeOption(options, "salesOrders", 3000);
  const purchaseOrders = wholeOption(options, "purchaseOrders", 250);
  const days = wholeOption(options, "days", 3 * DAYS_OF_A_YEAR, 1);
  const organization = ownerOf(books, options);
  const nowMs = books.clock.now();
  const base = { books, organization, random, nowMs, days, itemIds: [], customerIds: [], vendors: [] };
  const openedMs = nowMs - days * DAY_MS;
  const vendorIds = times(Math.ceil(itemCount / ITEMS_BY_VENDOR), (index) =>
    add(base, "contacts", "contact_id", plainVendor(index + 1).fields, openedMs, openedMs),
  );
  const itemIds = times(itemCount, (index) => {
    const vendor_id = vendorIds[index % vendorIds.length];
    const changedMs = openedMs + Math.floor(random() * days * DAY_MS);
    return add(base, "items", "item_id", { ...plainItem(random, index + 1).fields, vendor_id }, openedMs, changedMs);
  });
  const customers = Math.min(MAX_CUSTOMERS, Math.ceil(salesOrders / 10));
  const customerIds = times(customers, (index) =>
    add(base, "contacts", "contact_id", { contact_name: `Made-up customer ${index + 1}` }, openedMs, openedMs),
  );
  const vendors = vendorIds.map((id, index) => ({
    id,
    itemIds: itemIds.filter((_, position) => position % vendorIds.length === index),
  }));
  const history: History = { ...base, itemIds, customerIds, vendors };
  return {
    items: itemCount,
    vendors: vendorIds.length,
    customers,
    salesOrders,
    salesOrderLines: placeAll(history, salesOrders, placeSalesOrder),
    purchaseOrders,
    purchaseOrderLines: placeAll(history, purchaseOrders, placePurchaseOrder),
  };
}

/** Places so many orders one after another in time. @returns how many lines they have. */
function placeAll(history: History, count: number, place: (history: History, placedMs: number) => number): number {
  let lines = 0;
  for (let position = 0; position < count; position += 1) {
    // Somewhere in its own slice, so that the orders stand in the order of time.
    lines += place(history, momentOf(history, (position + history.random()) / count));
  }
  return lines;
}

/** The moment by which such a part of all orders was placed, where sales grow evenly over the years. */
function momentOf({ nowMs, days }: History, part: number): number {
  const growth = (GROWTH_BY_YEAR * days) / DAYS_OF_A_YEAR;
  const elapsed = (Math.sqrt(1 + 2 * growth * part * (1 + growth / 2)) - 1) / growth;
  return Math.floor(nowMs - (1 - elapsed) * days * DAY_MS);
}

function placeSalesOrder(history: History, placedMs: number): number {
  const { random, customerIds, itemIds } = history;
  const line_items = linesOf(random, itemIds, MAX_LINES, 6);
  const chance = random();
  const state: Fields =
    chance < 0.05
      ? { order_status: "draft" }
      : chance < 0.09
        ? { order_status: "void" }
        : chance < 0.15
          ? { order_status: "confirmed", invoiced_status: "not_invoiced" }
          : chance < 0.5
            ? { order_status: "confirmed", invoiced_status: "invoiced" }
            : { order_status: "closed", invoiced_status: "invoiced" };
  const customer_id = customerIds[Math.floor(random() * customerIds.length)];
  const fields = { customer_id, date: dayOf(history, placedMs), line_items, ...state };
  add(history, "salesorders", "salesorder_id", fields, placedMs, settledMs(history, placedMs));
  return line_items.length;
}

function placePurchaseOrder(history: History, placedMs: number): number {
  const { random, vendors, nowMs } = history;
  const [first, ...rest] = vendors;
  if (first === undefined) return 0;
  const vendor = oneOf(random, [first, ...rest]);
  const line_items = linesOf(random, vendor.itemIds, MAX_LINES, 60);
  const changedMs = settledMs(history, placedMs);
  const onTheWay = placedMs > nowMs - DAYS_ON_THE_WAY * DAY_MS;
  const chance = random();
  const billed = {
    order_status: "closed",
    billed_status: "billed",
    received_status: "received",
    bills: [{ date: dayOf(history, changedMs) }],
  };
  const state: Fields =
    chance < 0.03
      ? { order_status: "draft" }
      : chance < 0.06
        ? { order_status: "cancelled" }
        : chance < (onTheWay ? 0.9 : 0.08)
          ? { order_status: "open" }
          : billed;
  const delivery_date = dayOf(history, placedMs + wholeBetween(random, 3, 30) * DAY_MS);
  const fields = { vendor_id: vendor.id, date: dayOf(history, placedMs), delivery_date, line_items, ...state };
  add(history, "purchaseorders", "purchaseorder_id", fields, placedMs, changedMs);
  return line_items.length;
}

/** Different items, the first ones of the list more often than the last ones, as in any shop. */
function linesOf(random: Random, itemIds: readonly string[], mostLines: number, mostPieces: number): Fields[] {
  const chosen = new Set<string>();
  const count = Math.min(itemIds.length, wholeBetween(random, 1, mostLines));
  while (chosen.size < count) chosen.add(itemIds[Math.floor(random() * random() * itemIds.length)] ?? "");
  return [...chosen].map((item_id) => ({ item_id, quantity: wholeBetween(random, 1, mostPieces) }));
}

/** When the order was last touched: some days after its own, and never after the present. */
function settledMs({ random, nowMs }: History, placedMs: number): number {
  const span = Math.min(MAX_DAYS_UNTIL_SETTLED * DAY_MS, nowMs - placedMs);
  return placedMs + Math.floor(random() * span);
}

function add(
  { books, organization }: History,
  resource: "items" | "contacts" | "salesorders" | "purchaseorders",
  idField: string,
  fields: Fields,
  createdMs: number,
  changedMs: number,
): string {
  const zone = zoneOf(organization);
  const moments = { created_time: zohoTime(createdMs, zone), last_modified_time: zohoTime(changedMs, zone) };
  return textOf(addRecord(books, resource, { organization_id: organization.id, ...fields, ...moments })[idField]);
}

function dayOf({ organization }: History, instantMs: number): string {
  return zohoTime(instantMs, zoneOf(organization)).slice(0, 10);
}

function times<Made>(count: number, make: (index: number) => Made): Made[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
