import type { Decimal } from "../decimal.ts";
import type { Clock, Fields, Random } from "../wire.ts";
import type { QoyodSwitches } from "./switches.ts";

/** What the stand-in keeps, by the paths of the API; `opening_balances` and `stock_movements` are seen by the control API only. */
export const tableNames = [
  "accounts",
  "products",
  "inventories",
  "inventory_adjustments",
  "inventory_transfers",
  "opening_balances",
  "stock_movements",
  "categories",
  "product_unit_types",
  "taxes",
  "customers",
  "vendors",
  "orders",
  "bills",
  "bill_payments",
  "simple_bills",
  "simple_bill_payments",
  "debit_notes",
  "quotes",
  "invoices",
  "invoice_payments",
  "credit_notes",
  "receipts",
  "journal_entries",
  "projects",
] as const;
export type TableName = (typeof tableNames)[number];

/** One stored record; amounts are decimals as text, ids are numbers. */
export interface Row {
  readonly id: number;
  fields: Fields;
  createdMs: number;
  updatedMs: number;
}

export interface Table {
  /** In the order of their ids. */
  readonly rows: Map<number, Row>;
  /** Ids by reference or SKU, so that looking one up does not read the whole table. */
  readonly byKey: Map<string, Set<number>>;
}

/** Everything the stand-in knows: one Qoyod company. */
export interface Company {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: QoyodSwitches;
  readonly tables: Readonly<Record<TableName, Table>>;
  /** Stock by product, then by location. */
  readonly stock: Map<number, Map<number, Decimal>>;
  /** The last id of each sequence. */
  readonly lastIds: Map<string, number>;
  /** Arrival times of the calls of the running minute. */
  callsMs: number[];
}

/** One piece of work: by the API, or by a person in Qoyod's own pages. */
export interface Call {
  readonly company: Company;
  readonly byPerson: boolean;
}

/** Sequences start apart, so that an id of one kind never passes for one of another. */
const firstIds: Partial<Record<TableName, number>> = {
  taxes: 1,
  product_unit_types: 7,
  categories: 21,
  inventories: 31,
  accounts: 101,
  customers: 1001,
  products: 5001,
  bills: 20_001,
  receipts: 40_001,
  invoices: 60_001,
  credit_notes: 80_001,
};
const OTHER_FIRST_ID = 90_001;

/** Customers and vendors are contacts, and every payment is a receipt: each of the two kinds is numbered together. */
const sequences: Partial<Record<TableName, TableName>> = {
  vendors: "customers",
  invoice_payments: "receipts",
  bill_payments: "receipts",
  simple_bill_payments: "receipts",
};

const keyFields: Partial<Record<TableName, string>> = { products: "sku", quotes: "quotation_number" };

/** A company without anything in it. */
export function emptyCompany(clock: Clock, random: Random, switches: QoyodSwitches): Company {
  const tables = Object.fromEntries(
    tableNames.map((name): [TableName, Table] => [name, { rows: new Map(), byKey: new Map() }]),
  ) as unknown as Company["tables"];
  return { clock, random, switches, tables, stock: new Map(), lastIds: new Map(), callsMs: [] };
}

/** The field by which rows of a table are indexed. */
export function keyField(name: TableName): string {
  return keyFields[name] ?? "reference";
}

/** Stores a new row under the next id of its sequence. */
export function insertRow(company: Company, name: TableName, fields: Fields): Row {
  const sequence = sequences[name] ?? name;
  const last = company.lastIds.get(sequence) ?? (firstIds[sequence] ?? OTHER_FIRST_ID) - 1;
  const id = last + 1;
  company.lastIds.set(sequence, id);
  const nowMs = wholeSecond(company);
  const row: Row = { id, fields, createdMs: nowMs, updatedMs: nowMs };
  company.tables[name].rows.set(id, row);
  index(company, name, row);
  return row;
}

/** Changes fields of a row and its `updated_at`. */
export function changeRow(company: Company, name: TableName, row: Row, changes: Fields): void {
  unindex(company, name, row);
  Object.assign(row.fields, changes);
  index(company, name, row);
  row.updatedMs = wholeSecond(company);
}

export function deleteRow(company: Company, name: TableName, row: Row): void {
  unindex(company, name, row);
  company.tables[name].rows.delete(row.id);
}

/** The rows whose reference (or SKU) is exactly this. */
export function rowsByKey(company: Company, name: TableName, key: string): Row[] {
  const { rows, byKey } = company.tables[name];
  return [...(byKey.get(key) ?? [])].flatMap((id) => rows.get(id) ?? []);
}

/** The present without milliseconds: Qoyod shows them, always as `.000`. */
export function wholeSecond(company: Company): number {
  return Math.floor(company.clock.now() / 1000) * 1000;
}

function index(company: Company, name: TableName, row: Row): void {
  const key = String(row.fields[keyField(name)] ?? "");
  if (key === "") return;
  const { byKey } = company.tables[name];
  const ids = byKey.get(key) ?? new Set();
  byKey.set(key, ids.add(row.id));
}

function unindex(company: Company, name: TableName, row: Row): void {
  const key = String(row.fields[keyField(name)] ?? "");
  const { byKey } = company.tables[name];
  const ids = byKey.get(key);
  ids?.delete(row.id);
  if (ids?.size === 0) byKey.delete(key);
}
