import { hexDigits } from "../seeded-random.ts";
import { createSortedRows, type SortedRows } from "../sorted-rows.ts";
import type { Clock, Random } from "../wire.ts";
import type { Stored } from "./attributes.ts";
import { optiplyCredentials } from "./credentials.ts";
import { type Resource, type ResourceName, resourceNames, resourceOf } from "./resources.ts";
import type { OptiplySwitches } from "./switches.ts";

/** One stored record. */
export interface Row {
  readonly id: number;
  readonly uuid: string;
  attributes: Record<string, Stored>;
  /** Remote id per coupling. */
  remoteIdMap: Record<string, string>;
  remoteDataSyncedToMs: number | null;
  readonly createdMs: number;
  updatedMs: number;
  readonly createdFromPublicApi: boolean;
}

/** The rows of one resource in the order of their ids, and where each reference points from. */
interface Table {
  readonly rows: Map<number, Row>;
  /** The rows in the orders of listings, which hear of every change. */
  readonly sorted: SortedRows<Row>;
  /** attribute → id referred to → rows that refer to it. */
  readonly references: Map<string, Map<number, Set<Row>>>;
}

/** The tokens that were given out. */
interface Tokens {
  /** Access token → when it ends. */
  readonly access: Map<string, number>;
  readonly refresh: Set<string>;
}

/** Everything the stand-in knows: one webshop. */
export interface Webshop {
  readonly clock: Clock;
  readonly random: Random;
  readonly switches: OptiplySwitches;
  readonly tables: Readonly<Record<ResourceName, Table>>;
  readonly tokens: Tokens;
  lastId: number;
  /** Arrival times of the calls of the running second. */
  callsMs: number[];
}

export function newWebshop(clock: Clock, random: Random, switches: OptiplySwitches): Webshop {
  const newTable = (): Table => {
    const rows = new Map<number, Row>();
    return { rows, sorted: createSortedRows(rows), references: new Map() };
  };
  const tables = Object.fromEntries(resourceNames.map((name) => [name, newTable()])) as Record<ResourceName, Table>;
  const webshop: Webshop = {
    clock,
    random,
    switches,
    tables,
    tokens: { access: new Map(), refresh: new Set() },
    lastId: 5_900_000,
    callsMs: [],
  };
  const account = newRow(webshop, false, Number(optiplyCredentials.accountId));
  account.attributes = { name: "Made-up Trading", email: "shop@made-up.example" };
  insertRow(webshop, "accounts", account);
  return webshop;
}

/** A row that is not in a table yet. */
export function newRow(webshop: Webshop, createdFromPublicApi: boolean, id?: number): Row {
  const digits = hexDigits(webshop.random, 30);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(12, 15)}`,
    `8${digits.slice(15, 18)}`,
    digits.slice(18),
  ];
  const nowMs = wholeSecond(webshop);
  if (id === undefined) webshop.lastId += 1;
  else webshop.lastId = Math.max(webshop.lastId, id);
  return {
    id: id ?? webshop.lastId,
    uuid: parts.join("-"),
    attributes: {},
    remoteIdMap: {},
    remoteDataSyncedToMs: null,
    createdMs: nowMs,
    updatedMs: nowMs,
    createdFromPublicApi,
  };
}

export function insertRow(webshop: Webshop, name: ResourceName, row: Row): void {
  webshop.tables[name].rows.set(row.id, row);
  webshop.tables[name].sorted.changed(row);
  indexRow(webshop, name, row);
}

/** Says that something besides its attributes changed in a row, such as a moment. */
export function touchRow(webshop: Webshop, name: ResourceName, row: Row): void {
  webshop.tables[name].sorted.changed(row);
}

/** A line was made, changed or deleted: whether its order moves with it is a switch. */
export function touchOrderOf(webshop: Webshop, name: ResourceName, line: Row): void {
  if (!webshop.switches.linesTouchOrder) return;
  for (const order of resourceNames) {
    const { lines } = resourceOf(order);
    const parent =
      lines?.resource === name ? webshop.tables[order].rows.get(Number(line.attributes[lines.parent])) : undefined;
    if (parent === undefined) continue;
    parent.updatedMs = wholeSecond(webshop);
    touchRow(webshop, order, parent);
  }
}

/** Moments that rows carry are whole seconds. */
export function wholeSecond({ clock }: Webshop): number {
  return Math.floor(clock.now() / 1000) * 1000;
}

/** Changes attributes and keeps the references in step. */
export function changeRow(webshop: Webshop, name: ResourceName, row: Row, attributes: Record<string, Stored>): void {
  unindexRow(webshop, name, row);
  row.attributes = { ...row.attributes, ...attributes };
  indexRow(webshop, name, row);
  webshop.tables[name].sorted.changed(row);
}

/** Deletes a row and what hangs on it: buyOrders → buyOrderLines → receiptLines, and the like. */
export function deleteRow(webshop: Webshop, name: ResourceName, row: Row): void {
  webshop.tables[name].rows.delete(row.id);
  webshop.tables[name].sorted.changed(row);
  unindexRow(webshop, name, row);
  for (const other of resourceNames) {
    for (const [attribute, kind] of referencesOf(resourceOf(other))) {
      if (kind.to !== name || kind.cascade !== true) continue;
      for (const child of [...rowsReferring(webshop, other, attribute, row.id)]) deleteRow(webshop, other, child);
    }
  }
}

/** The rows whose reference points at this id. */
export function rowsReferring(webshop: Webshop, name: ResourceName, attribute: string, id: number): ReadonlySet<Row> {
  return webshop.tables[name].references.get(attribute)?.get(id) ?? new Set();
}

/** The attributes of a resource that refer to another. */
export function referencesOf(resource: Resource): [string, { to: string; cascade?: boolean }][] {
  return Object.entries(resource.attributes).flatMap(([name, attribute]) =>
    attribute.kind === "reference" ? [[name, attribute] as [string, { to: string; cascade?: boolean }]] : [],
  );
}

function indexRow(webshop: Webshop, name: ResourceName, row: Row): void {
  const { references } = webshop.tables[name];
  for (const [attribute] of referencesOf(resourceOf(name))) {
    const id = row.attributes[attribute];
    if (typeof id !== "number") continue;
    const byId = references.get(attribute) ?? new Map<number, Set<Row>>();
    references.set(attribute, byId);
    const rows = byId.get(id) ?? new Set();
    byId.set(id, rows);
    rows.add(row);
  }
}

function unindexRow(webshop: Webshop, name: ResourceName, row: Row): void {
  const { references } = webshop.tables[name];
  for (const [attribute] of referencesOf(resourceOf(name))) {
    const id = row.attributes[attribute];
    if (typeof id === "number") references.get(attribute)?.get(id)?.delete(row);
  }
}
