import { seededRandom, wholeBetween } from "../seeded-random.ts";
import { type Fields, textOf } from "../wire.ts";
import { type Books, zoneOf } from "../zoho-books/books.ts";
import { localDay, zohoTime } from "../zoho-books/local-time.ts";
import { addRecord, ownerOf } from "../zoho-books/merchant.ts";
import { type MadeUp, oddItems, plainItem } from "./made-up-items.ts";
import { oddOrders, plainOrder } from "./made-up-orders.ts";
import type { ImportResult } from "./online-retail.ts";

/** What was put in, and where each oddity is. */
interface MadeUpShop extends ImportResult {
  readonly oddities: { oddity: string; resource: string; id: string }[];
}

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 90;
const MAX_RECORDS = 1_000_000;

/**
 * Fills the organisation with a made-up shop that has every oddity once; the same seed makes the same shop.
 * @param options.seed decides names, prices and quantities (1).
 * @param options.items how many items in all, at least as many as there are oddities (200).
 * @param options.orders how many orders in all, at least as many as there are oddities (300).
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
  const store = (resource: "items" | "salesorders", idField: string, made: MadeUp) => {
    const id = textOf(addRecord(books, resource, { ...owner, ...made.fields })[idField]);
    if (made.oddity !== undefined) oddities.push({ oddity: made.oddity, resource, id });
    return id;
  };

  addRecord(books, "warehouses", { ...owner, warehouse_name: "Second shed" });
  addRecord(books, "locations", { ...owner, location_name: "Second shop" });
  const places = {
    warehouseIds: [...organization.tables.warehouses.rows.keys()].slice(0, 2),
    locationIds: [...organization.tables.locations.rows.keys()].slice(0, 2),
  };
  const odd = oddItems(places);
  const plain = Array.from({ length: Math.max(8, itemCount - odd.length) }, (_, index) => plainItem(random, index + 1));
  const ids = new Map<string, string>();
  for (const made of [...odd, ...plain]) ids.set(made.key, store("items", "item_id", made));
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
    store("salesorders", "salesorder_id", { ...made, fields });
  };
  for (const [position, made] of strange.entries()) storeOrder(made, position);
  for (let number = 1; number <= ordinary; number += 1) {
    const day = localDay(nowMs - wholeBetween(random, 0, HISTORY_DAYS * DAY_MS), zone);
    storeOrder(plainOrder(random, number, day, itemId, plainKeys), number);
  }
  return {
    rows: lines,
    taken: lines,
    leftOut: {},
    items: odd.length + plain.length,
    contacts: contacts.length,
    salesOrders: strange.length + ordinary,
    oddities,
  };
}

function wholeOption(options: Fields, name: string, fallback: number): number {
  const value = options[name] ?? fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MAX_RECORDS) return value;
  throw new RangeError(`${name} cannot be ${JSON.stringify(value)}; a whole number from 0 to ${MAX_RECORDS} is needed`);
}
