import { createSortedRows, type SortedRows } from "../sorted-rows.ts";
import { type Clock, type Fields, type Random, textOf } from "../wire.ts";
import type { Tokens } from "./accounts.ts";
import type { Limits } from "./limits.ts";
import type { ZohoBooksSwitches } from "./switches.ts";

/** The kinds of records of one organisation, by Zoho's own names. */
export const modules = ["items", "contacts", "salesorders", "purchaseorders", "locations", "warehouses"] as const;
export type Module = (typeof modules)[number];

export const idFields: Readonly<Record<Module, string>> = {
  items: "item_id",
  contacts: "contact_id",
  salesorders: "salesorder_id",
  purchaseorders: "purchaseorder_id",
  locations: "location_id",
  warehouses: "warehouse_id",
};

/** One stored record. The two moments are kept apart from the fields because they are shown in the zone of the organisation. */
export interface Row {
  readonly id: string;
  fields: Fields;
  createdMs: number;
  modifiedMs: number;
}

/** The rows of one module, and their orders, which hear of every change. */
export interface Table {
  readonly rows: Map<string, Row>;
  readonly sorted: SortedRows<Row>;
}

export interface Organization {
  readonly id: string;
  readonly row: Row;
  readonly tables: Readonly<Record<Module, Table>>;
  readonly limits: Limits;
}

/** Everything the stand-in knows. */
export interface Books {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: ZohoBooksSwitches;
  readonly organizations: Map<string, Organization>;
  readonly tokens: Tokens;
  /** Counts up; part of every id that is made. */
  lastId: number;
  /** The number of the last automatic purchase order. */
  lastPurchaseOrder: number;
}

/** A 19-digit id. Above 2^53 on purpose: whoever reads it as a number corrupts it. */
export function nextId(books: Books): string {
  books.lastId += 1;
  return `46081500000${String(books.lastId).padStart(8, "0")}`;
}

export function emptyTables(): Record<Module, Table> {
  const table = (): Table => {
    const rows = new Map<string, Row>();
    return { rows, sorted: createSortedRows(rows) };
  };
  return {
    items: table(),
    contacts: table(),
    salesorders: table(),
    purchaseorders: table(),
    locations: table(),
    warehouses: table(),
  };
}

/** The organisation's IANA time zone. */
export function zoneOf(organization: Organization): string {
  return textOf(organization.row.fields.time_zone) || "UTC";
}

/** Puts a row in place and marks the table as changed. */
export function putRow(table: Table, row: Row): void {
  table.rows.set(row.id, row);
  table.sorted.changed(row);
}

export function dropRow(table: Table, id: string): boolean {
  const row = table.rows.get(id);
  if (row === undefined) return false;
  table.rows.delete(id);
  table.sorted.changed(row);
  return true;
}

/** Zoho keeps seconds only. */
export function wholeSeconds(instantMs: number): number {
  return Math.floor(instantMs / 1000) * 1000;
}
