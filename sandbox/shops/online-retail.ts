import { parseDecimal } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { type Books, type Organization, zoneOf } from "../zoho-books/books.ts";
import { instantOfLocal, zohoTime } from "../zoho-books/local-time.ts";
import { addRecord, ownerOf } from "../zoho-books/merchant.ts";
import { readCsvRows } from "./csv-rows.ts";

/** What an import hands over, and what Zoho could not hold, by reason. `rows` = `taken` + the sum of `leftOut`. */
export interface ImportResult {
  rows: number;
  taken: number;
  leftOut: Record<string, number>;
  items: number;
  contacts: number;
  salesOrders: number;
}

const columns = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
] as const;
type Column = (typeof columns)[number];

/** An invoice while its rows are still coming in. */
interface OpenOrder {
  readonly invoiceNo: string;
  readonly placedMs: number;
  readonly day: string;
  readonly customerId: string;
  readonly lines: { itemCode: string; quantity: number; rate: number }[];
}

/** An item while its first rows decide its name and price. */
interface OpenItem {
  name: string;
  readonly rate: number;
  readonly seenMs: number;
}

/**
 * Imports files of the form of the Online Retail data set: one order per InvoiceNo with its lines in row order, one item
 * per exact spelling of StockCode, one contact per CustomerID and one for walk-in customers. Cancellations, negative
 * quantities and zero prices are handed over as they stand.
 * @param options.paths CSV or CSV.gz files.
 * @param options.sameSecond how many orders share one second of `last_modified_time` (1).
 * @throws RangeError when an option is wrong; the file system's error when a file cannot be read.
 */
export async function importOnlineRetail(books: Books, options: Fields): Promise<ImportResult> {
  const { paths, sameSecond = 1 } = options;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === "string")) {
    throw new RangeError(`paths cannot be ${JSON.stringify(paths)}; a list of file names is needed`);
  }
  if (typeof sameSecond !== "number" || !Number.isSafeInteger(sameSecond) || sameSecond < 1) {
    throw new RangeError(`sameSecond cannot be ${JSON.stringify(sameSecond)}; a whole number, 1 or more, is needed`);
  }
  const organization = ownerOf(books, options);
  const orders = new Map<string, OpenOrder>();
  const items = new Map<string, OpenItem>();
  const known = new Set(
    [...organization.tables.salesorders.rows.values()].map(({ fields }) => textOf(fields.salesorder_number)),
  );
  const result: ImportResult = { rows: 0, taken: 0, leftOut: {}, items: 0, contacts: 0, salesOrders: 0 };
  const take = (row: Record<Column, string>) => {
    result.rows += 1;
    const reason = takeRow(row, zoneOf(organization), known, orders, items);
    if (reason === undefined) result.taken += 1;
    else result.leftOut[reason] = (result.leftOut[reason] ?? 0) + 1;
  };
  for (const path of paths as string[]) await readTable(path, take);
  const itemIds = storeItems(books, organization, items, result);
  storeOrders(books, organization, orders, itemIds, sameSecond, result);
  return result;
}

/** Reads one file; columns are found by the names in its first row. */
async function readTable(path: string, take: (row: Record<Column, string>) => void): Promise<void> {
  let places: Map<Column, number> | undefined;
  await readCsvRows(path, (fields) => {
    if (places === undefined) {
      places = new Map(columns.map((column) => [column, fields.indexOf(column)]));
      const missing = columns.find((column) => places?.get(column) === -1);
      if (missing !== undefined)
        throw new RangeError(`${path} has no column ${missing}; it has: ${fields.join(", ").slice(0, 200)}`);
      return;
    }
    const at = places;
    const row = Object.fromEntries(columns.map((column) => [column, fields[at.get(column) ?? -1] ?? ""]));
    take(row as Record<Column, string>);
  });
}

/** Puts one row where it belongs; returns the reason when Zoho could not hold it. */
function takeRow(
  row: Record<Column, string>,
  zone: string,
  known: ReadonlySet<string>,
  orders: Map<string, OpenOrder>,
  items: Map<string, OpenItem>,
): string | undefined {
  const { InvoiceNo: invoiceNo, StockCode: itemCode, CustomerID: customerId } = row;
  if (invoiceNo.trim() === "") return "no invoice number";
  if (itemCode.trim() === "") return "no stock code";
  if (known.has(invoiceNo)) return "invoice imported before";
  if (parseDecimal(row.Quantity) === undefined) return "quantity is not a number";
  if (parseDecimal(row.UnitPrice) === undefined) return "price is not a number";
  const local = row.InvoiceDate.trim().replace(" ", "T");
  const placedMs = instantOfLocal(local, zone);
  // Reading it back refuses 30 February, which a lenient parser would turn into 2 March.
  if (placedMs === undefined || zohoTime(placedMs, zone).slice(0, 19) !== local) return "date cannot be read";
  const rate = Number(row.UnitPrice);
  const order = orders.get(invoiceNo) ?? {
    invoiceNo,
    placedMs,
    day: local.slice(0, 10),
    customerId: customerId.trim(),
    lines: [],
  };
  orders.set(invoiceNo, order);
  order.lines.push({ itemCode, quantity: Number(row.Quantity), rate });
  const item = items.get(itemCode) ?? { name: "", rate, seenMs: placedMs };
  items.set(itemCode, item);
  if (item.name === "") item.name = row.Description.trim();
  return undefined;
}

function storeItems(
  books: Books,
  organization: Organization,
  items: ReadonlyMap<string, OpenItem>,
  result: ImportResult,
): Map<string, string> {
  const ids = new Map<string, string>();
  for (const { id, fields } of organization.tables.items.rows.values()) ids.set(textOf(fields.sku), id);
  for (const [code, { name, rate, seenMs }] of items) {
    if (ids.has(code)) continue;
    // A code without a digit (POST, D, BANK CHARGES) is a charge or an adjustment, not a product.
    const goods = /\d/.test(code);
    const moment = zohoTime(seenMs, zoneOf(organization));
    const stored = addRecord(books, "items", {
      organization_id: organization.id,
      name: name === "" ? code : name,
      sku: code,
      rate,
      product_type: goods ? "goods" : "service",
      created_time: moment,
      last_modified_time: moment,
      ...(goods ? { track_inventory: true, available_for_sale_stock: stockOf(code) } : {}),
    });
    ids.set(code, textOf(stored.item_id));
    result.items += 1;
  }
  return ids;
}

/** Stores orders and their contacts. Each order is let go once it is stored, so that both forms never exist in full. */
function storeOrders(
  books: Books,
  organization: Organization,
  orders: Map<string, OpenOrder>,
  itemIds: ReadonlyMap<string, string>,
  sameSecond: number,
  result: ImportResult,
): void {
  const contactIds = new Map<string, string>();
  for (const { id, fields } of organization.tables.contacts.rows.values())
    contactIds.set(textOf(fields.contact_name), id);
  const contactOf = (customerId: string) => {
    const name = customerId === "" ? "Walk-in customer" : `Customer ${customerId.replace(/\.0$/, "")}`;
    const known = contactIds.get(name);
    if (known !== undefined) return known;
    const made = textOf(
      addRecord(books, "contacts", { organization_id: organization.id, contact_name: name }).contact_id,
    );
    contactIds.set(name, made);
    result.contacts += 1;
    return made;
  };
  const lastMs = [...orders.values()].reduce((latest, { placedMs }) => Math.max(latest, placedMs), 0);
  let position = 0;
  for (const order of orders.values()) {
    orders.delete(order.invoiceNo);
    addRecord(books, "salesorders", {
      organization_id: organization.id,
      salesorder_number: order.invoiceNo,
      date: order.day,
      status: "closed",
      order_status: "closed",
      invoiced_status: "invoiced",
      customer_id: contactOf(order.customerId),
      created_time: zohoTime(order.placedMs, zoneOf(organization)),
      // As if the books had been closed after the last sale: `sameSecond` orders in each second.
      last_modified_time: zohoTime(lastMs + Math.floor(position / sameSecond) * 1000, zoneOf(organization)),
      line_items: order.lines.map(({ itemCode, quantity, rate }) => ({
        item_id: itemIds.get(itemCode),
        quantity,
        rate,
      })),
    });
    position += 1;
    result.salesOrders += 1;
  }
}

/** A stock that depends on nothing but the code: -5 to 245. */
function stockOf(code: string): number {
  let hash = 7;
  for (const character of code) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  return (hash % 251) - 5;
}
