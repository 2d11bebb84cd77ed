import { type Fields, textOf } from "../wire.ts";
import { type Books, type Organization, zoneOf } from "../zoho-books/books.ts";
import { zohoTime } from "../zoho-books/local-time.ts";
import { addRecord, ownerOf } from "../zoho-books/merchant.ts";
import { type OpenItem, type OpenOrder, type ReadCounts, readOnlineRetail, stockOf } from "./online-retail-rows.ts";

/** What an import hands over, and what Zoho could not hold, by reason. */
export interface ImportResult extends ReadCounts {
  items: number;
  contacts: number;
  salesOrders: number;
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
  const { sameSecond = 1 } = options;
  if (typeof sameSecond !== "number" || !Number.isSafeInteger(sameSecond) || sameSecond < 1) {
    throw new RangeError(`sameSecond cannot be ${JSON.stringify(sameSecond)}; a whole number, 1 or more, is needed`);
  }
  const organization = ownerOf(books, options);
  const known = new Set(
    [...organization.tables.salesorders.rows.values()].map(({ fields }) => textOf(fields.salesorder_number)),
  );
  const { orders, items, ...counts } = await readOnlineRetail(options.paths, zoneOf(organization), known);
  const result: ImportResult = { ...counts, items: 0, contacts: 0, salesOrders: 0 };
  const itemIds = storeItems(books, organization, items, result);
  storeOrders(books, organization, orders, itemIds, sameSecond, result);
  return result;
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
