import { seededRandom, wholeBetween } from "../seeded-random.ts";
import { type Fields, textOf } from "../wire.ts";
import { type Books, idFields, type Module, zoneOf } from "../zoho-books/books.ts";
import { localDay, zohoTime } from "../zoho-books/local-time.ts";
import { addRecord, changeRecord, ownerOf, removeRecord } from "../zoho-books/merchant.ts";
import { type MadeUp, oddItems, plainItem } from "./made-up-items.ts";
import { oddOrders, plainOrder } from "./made-up-orders.ts";
import { oddPurchaseOrders, plainPurchaseOrder } from "./made-up-purchase-orders.ts";
import { oddVendors, plainVendor } from "./made-up-vendors.ts";
import type { ImportResult } from "./online-retail.ts";
import { wholeOption } from "./options.ts";

/** What was put in, and where each oddity is. `contacts` counts customers and vendors; `rows` are lines of sales orders. */
interface MadeUpShop extends ImportResult {
  readonly vendors: number;
  readonly purchaseOrders: number;
  readonly oddities: { oddity: string; resource: string; id: string }[];
}

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 90;
/** Added to the seed for what the shop buys, so that what it sells is the same with any number of vendors. */
const PURCHASE_SEED = 1009;

/**
 * Fills the organisation with a made-up shop that has every oddity once; the same seed makes the same shop.
 * @param options.seed decides names, prices and quantities (1).
 * @param options.items how many items in all, at least as many as there are oddities (200).
 * @param options.orders how many orders in all, at least as many as there are oddities (300).
 * @param options.vendors how many vendors in all, at least as many as there are oddities and one more (15).
 * @param options.purchaseOrders how many purchase orders in all, at least as many as there are oddities (40).
 */
export function importMadeUpShop(books: Books, options: Fields): MadeUpShop {
  const random = seededRandom(wholeOption(options, "seed", 1));
  const itemCount = wholeOption(options, "items", 200);
  const orderCount = wholeOption(options, "orders", 300);
  const organization = ownerOf(books, options);
  const owner = { organization_id: organization.id };
  const nowMs = books.clock.now();
  const zone = zoneOf(organization);
  const oddities: MadeUpShop["oddities"] = [];
  const store = (resource: Exclude<Module, "locations" | "warehouses">, made: MadeUp) => {
    const id = textOf(addRecord(books, resource, { ...owner, ...made.fields })[idFields[resource]]);
    if (made.oddity !== undefined) oddities.push({ oddity: made.oddity, resource, id });
    return id;
  };
  const note = (oddity: string, resource: string, id: string) => oddities.push({ oddity, resource, id });

  addRecord(books, "warehouses", { ...owner, warehouse_name: "Second shed" });
  addRecord(books, "locations", { ...owner, location_name: "Second shop" });
  const places = {
    warehouseIds: [...organization.tables.warehouses.rows.keys()].slice(0, 2),
    locationIds: [...organization.tables.locations.rows.keys()].slice(0, 2),
  };
  const odd = oddItems(places);
  const plain = Array.from({ length: Math.max(8, itemCount - odd.length) }, (_, index) => plainItem(random, index + 1));
  const purchases = openPurchases(options, store);
  const ids = new Map<string, string>();
  for (const made of odd) ids.set(made.key, store("items", made));
  for (const [position, made] of plain.entries()) {
    const { vendor_id, oddity } = purchases.vendorOf(position);
    ids.set(made.key, store("items", { ...made, fields: { ...made.fields, vendor_id } }));
    if (oddity !== undefined) note(oddity, "items", ids.get(made.key) ?? "");
  }
  const itemId = (key: string) => ids.get(key) ?? "";
  const plainKeys = plain.map(({ key }) => key);

  const contacts = ["Nadia Voorbeeld", "Sam Example", "متجر الأمثلة"].map((name) =>
    textOf(addRecord(books, "contacts", { ...owner, contact_name: name }).contact_id),
  );
  const strange = oddOrders(itemId, plainKeys, localDay(nowMs - 400 * DAY_MS, zone));
  const ordinary = Math.max(0, orderCount - strange.length);
  let lines = 0;
  const storeOrder = (made: MadeUp, position: number) => {
    const placedMs = nowMs - wholeBetween(random, 0, HISTORY_DAYS * DAY_MS);
    const moment = zohoTime(placedMs, zone);
    const customer_id = contacts[position % contacts.length];
    const fields = {
      customer_id,
      date: moment.slice(0, 10),
      created_time: moment,
      last_modified_time: moment,
      ...made.fields,
    };
    lines += Array.isArray(made.fields.line_items) ? made.fields.line_items.length : 0;
    store("salesorders", { ...made, fields });
  };
  for (const [position, made] of strange.entries()) storeOrder(made, position);
  for (let number = 1; number <= ordinary; number += 1) {
    const day = localDay(nowMs - wholeBetween(random, 0, HISTORY_DAYS * DAY_MS), zone);
    storeOrder(plainOrder(random, number, day, itemId, plainKeys), number);
  }
  const purchaseOrders = purchases.place(books, itemId, plainKeys, zone);
  return {
    rows: lines,
    taken: lines,
    leftOut: {},
    items: odd.length + plain.length,
    contacts: contacts.length + purchases.vendors,
    salesOrders: strange.length + ordinary,
    vendors: purchases.vendors,
    purchaseOrders,
    oddities,
  };
}

/** What the shop buys: its vendors now, its purchase orders once the items are there. */
function openPurchases(options: Fields, store: (resource: "contacts" | "purchaseorders", made: MadeUp) => string) {
  const random = seededRandom(wholeOption(options, "seed", 1) + PURCHASE_SEED);
  const odd = oddVendors();
  const plainCount = Math.max(1, wholeOption(options, "vendors", 15) - odd.length);
  const orderCount = wholeOption(options, "purchaseOrders", 40);
  const plain = Array.from({ length: plainCount }, (_, index) => plainVendor(index + 1));
  const ids = new Map<string, string>();
  for (const made of [...odd, ...plain]) ids.set(made.key, store("contacts", made));
  const vendorId = (key: string) => ids.get(key) ?? "";
  // The first ordinary items stand for the oddities of an item's vendor, the others go round the ordinary vendors.
  const oddOnes = ["dollars", "inactive", "customer", "deleted"];
  const vendorOf = (position: number): { vendor_id: string; oddity?: string } => {
    const key = oddOnes[position];
    if (key !== undefined) {
      return { vendor_id: vendorId(key), oddity: `item of a ${odd.find((one) => one.key === key)?.oddity}` };
    }
    if (position === oddOnes.length) return { vendor_id: "", oddity: "item without a vendor" };
    return { vendor_id: vendorId(`plain-${(position % plainCount) + 1}`) };
  };
  const place = (books: Books, itemId: (key: string) => string, plainItems: readonly string[], zone: string) => {
    const nowMs = books.clock.now();
    const before = (days: number) => localDay(nowMs - days * DAY_MS, zone);
    const strange = oddPurchaseOrders(itemId, vendorId, plainItems, { before });
    for (const made of strange) store("purchaseorders", made);
    const ordinary = Math.max(0, orderCount - strange.length);
    for (let number = 1; number <= ordinary; number += 1) {
      const placedMs = nowMs - wholeBetween(random, 0, HISTORY_DAYS * DAY_MS);
      const moment = zohoTime(placedMs, zone);
      const vendor = vendorId(plain[number % plainCount]?.key ?? "");
      const { key, fields } = plainPurchaseOrder(random, number, itemId, vendor, plainItems);
      const moments = { date: moment.slice(0, 10), created_time: moment, last_modified_time: moment };
      const delivery_date = localDay(placedMs + wholeBetween(random, 3, 30) * DAY_MS, zone);
      store("purchaseorders", { key, fields: { ...moments, delivery_date, ...fields } });
    }
    for (const { key, afterwards } of odd) {
      if (afterwards === "deleted") removeRecord(books, "contacts", vendorId(key));
      else if (afterwards !== undefined) changeRecord(books, "contacts", vendorId(key), afterwards.change);
    }
    return strange.length + ordinary;
  };
  return { vendors: odd.length + plainCount, vendorOf, place };
}
