import { parseDecimal } from "../decimal.ts";
import { instantOfLocal, zohoTime } from "../zoho-books/local-time.ts";
import { readCsvRows } from "./csv-rows.ts";

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
export interface OpenOrder {
  readonly invoiceNo: string;
  readonly placedMs: number;
  readonly day: string;
  readonly customerId: string;
  /** `price` is the rate as the file writes it. */
  readonly lines: { itemCode: string; quantity: number; rate: number; price: string }[];
}

/** An item while its first rows decide its name and price. */
export interface OpenItem {
  name: string;
  readonly rate: number;
  readonly seenMs: number;
}

/** `rows` = `taken` + the sum of `leftOut`, by reason. */
export interface ReadCounts {
  rows: number;
  taken: number;
  leftOut: Record<string, number>;
}

/**
 * Reads files of the form of the Online Retail data set.
 * @param paths CSV or CSV.gz files.
 * @param zone the IANA zone in which the file's times are read.
 * @param known invoice numbers that are there already.
 * @returns orders by invoice number in the order of their first rows, items by code, and what could not be read.
 * @throws RangeError when `paths` is wrong; the file system's error when a file cannot be read.
 */
export async function readOnlineRetail(
  paths: unknown,
  zone: string,
  known: ReadonlySet<string>,
): Promise<ReadCounts & { orders: Map<string, OpenOrder>; items: Map<string, OpenItem> }> {
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === "string")) {
    throw new RangeError(`paths cannot be ${JSON.stringify(paths)}; a list of file names is needed`);
  }
  const orders = new Map<string, OpenOrder>();
  const items = new Map<string, OpenItem>();
  const counts: ReadCounts = { rows: 0, taken: 0, leftOut: {} };
  const take = (row: Record<Column, string>) => {
    counts.rows += 1;
    const reason = takeRow(row, zone, known, orders, items);
    if (reason === undefined) counts.taken += 1;
    else counts.leftOut[reason] = (counts.leftOut[reason] ?? 0) + 1;
  };
  for (const path of paths as string[]) await readTable(path, take);
  return { orders, items, ...counts };
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

/** Puts one row where it belongs; returns the reason when no vendor could hold it. */
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
  order.lines.push({ itemCode, quantity: Number(row.Quantity), rate, price: row.UnitPrice.trim() });
  const item = items.get(itemCode) ?? { name: "", rate, seenMs: placedMs };
  items.set(itemCode, item);
  if (item.name === "") item.name = row.Description.trim();
  return undefined;
}

/** A stock that depends on nothing but the code: -5 to 245. */
export function stockOf(code: string): number {
  let hash = 7;
  for (const character of code) hash = (hash * 31 + character.charCodeAt(0)) % 1_000_003;
  return (hash % 251) - 5;
}
