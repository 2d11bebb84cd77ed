/**
 * What must stand in Optiply after the four months of real orders, computed from the CSV alone: no code of Mizan, of the
 * stand-ins or of their importer takes part.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "..", "..", "..", "shared", "data", "online-retail");

/** The months there are, oldest first; empty where the data is not present. */
export const retailFiles: readonly string[] = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith(".csv.gz"))
      .sort()
      .map((name) => join(folder, name))
  : [];

export const whyAbsent = "the real orders of ../shared/data/online-retail are not present";

/** Amounts in thousandths, quantities in pieces. */
export interface ExpectedLine {
  quantity: bigint;
  subtotal: bigint;
}

export interface ExpectedOrder {
  readonly day: string;
  /** the sum over all rows of the invoice, in thousandths */
  total: bigint;
  rows: number;
  /** by stock code, as it is spelt */
  readonly lines: Map<string, ExpectedLine>;
}

/** Every invoice of the files, by its number. */
export function readInvoices(files: readonly string[]): { orders: Map<string, ExpectedOrder>; rows: number } {
  const orders = new Map<string, ExpectedOrder>();
  let rows = 0;
  for (const file of files) {
    const [, ...lines] = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split(/\r?\n/);
    for (const line of lines) {
      const [invoice = "", code = "", , quantity = "", moment = "", price = ""] = cells(line);
      rows += 1;
      const order = orders.get(invoice) ?? { day: moment.slice(0, 10), total: 0n, rows: 0, lines: new Map() };
      orders.set(invoice, order);
      const amount = BigInt(quantity) * thousandths(price);
      order.total += amount;
      order.rows += 1;
      const sum = order.lines.get(code) ?? { quantity: 0n, subtotal: 0n };
      sum.quantity += BigInt(quantity);
      sum.subtotal += amount;
      order.lines.set(code, sum);
    }
  }
  return { orders, rows };
}

/** The cells of one row; a quoted cell may hold commas and doubled quotes. */
function cells(line: string): string[] {
  const found: string[] = [];
  for (const match of line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)) {
    const cell = match[1] ?? "";
    found.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
  }
  return found;
}

function thousandths(price: string): bigint {
  const [, sign = "", whole = "", decimals = ""] = /^(-?)(\d+)(?:\.(\d{1,3}))?$/.exec(price) ?? [];
  if (whole === "") throw new Error(`the price ${price} has more than three decimals`);
  const amount = BigInt(whole) * 1000n + BigInt(decimals.padEnd(3, "0"));
  return sign === "-" ? -amount : amount;
}

/** Thousandths as an amount with two decimals, half up. */
export function cents(amount: bigint): string {
  const negative = amount < 0n;
  const rounded = ((negative ? -amount : amount) + 5n) / 10n;
  return `${negative && rounded > 0n ? "-" : ""}${rounded / 100n}.${String(rounded % 100n).padStart(2, "0")}`;
}
