import { add, decimalText, parseDecimal, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import { conflict, readAttributes } from "./attribute-reading.ts";
import { readInstant } from "./attributes.ts";
import { optiplyCredentials } from "./credentials.ts";
import { shownAttributes } from "./envelope.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import { changeRow, deleteRow, type Row, touchOrderOf, type Webshop, wholeSecond } from "./webshop.ts";
import { addRow } from "./writes.ts";

/**
 * Stores one record as a person does in Optiply's own pages: flat attributes, `createdFromPublicApi` false unless given,
 * nothing required, `remoteId` under the made-up coupling unless `remoteIdMap` is given.
 */
export function addRecord(webshop: Webshop, name: ResourceName, given: Fields): Fields {
  const id = given.id === undefined ? undefined : Number(textOf(given.id));
  if (id !== undefined && !Number.isSafeInteger(id))
    throw new RangeError(`id ${JSON.stringify(given.id)} is no whole number`);
  if (id !== undefined && webshop.tables[name].rows.has(id)) throw new RangeError(`${name} ${id} exists already`);
  const made = addRow(webshop, name, withTotal(name, given), {
    fromPublicApi: given.createdFromPublicApi === true,
    lenient: true,
    couplingId: optiplyCredentials.couplingId,
    ...(id === undefined ? {} : { id }),
  });
  if ("detail" in made) throw new RangeError(made.detail);
  touchOrderOf(webshop, name, made.row);
  setExtras(made.row, given);
  return shownRecord(name, made.row);
}

/** Changes attributes of one record; `updatedAt` moves by itself unless it is given. */
export function changeRecord(webshop: Webshop, name: ResourceName, id: string, changes: Fields): Fields | undefined {
  const row = webshop.tables[name].rows.get(Number(id));
  if (row === undefined) return undefined;
  const reading = readAttributes(webshop, name, changes, { partial: true, lenient: true });
  const wrong = "detail" in reading ? reading : conflict(webshop, name, reading.attributes, row);
  if (wrong !== undefined || "detail" in reading) throw new RangeError(wrong?.detail ?? "");
  changeRow(webshop, name, row, reading.attributes);
  row.updatedMs = wholeSecond(webshop);
  touchOrderOf(webshop, name, row);
  const remoteId = changes.remoteId;
  const { [optiplyCredentials.couplingId]: _, ...others } = row.remoteIdMap;
  if (remoteId === null) row.remoteIdMap = others;
  else if (remoteId !== undefined) row.remoteIdMap = { ...others, [optiplyCredentials.couplingId]: textOf(remoteId) };
  setExtras(row, changes);
  return shownRecord(name, row);
}

/** Deletes one record with everything that hangs on it. */
export function removeRecord(webshop: Webshop, name: ResourceName, id: string): boolean {
  const row = webshop.tables[name].rows.get(Number(id));
  if (row === undefined) return false;
  deleteRow(webshop, name, row);
  touchOrderOf(webshop, name, row);
  return true;
}

export function readRecord(webshop: Webshop, name: ResourceName, id: string): Fields | undefined {
  const row = webshop.tables[name].rows.get(Number(id));
  return row === undefined ? undefined : shownRecord(name, row);
}

/** Everything stored, as flat objects with the id as text. */
export function* readRecords(webshop: Webshop, name: ResourceName): Generator<Fields> {
  for (const row of webshop.tables[name].rows.values()) yield shownRecord(name, row);
}

function shownRecord(name: ResourceName, row: Row): Fields {
  return { id: String(row.id), ...shownAttributes(name, row) };
}

/** Optiply's own pages add up what a person orders; a total that is given stays as it is, null included. */
function withTotal(name: ResourceName, given: Fields): Fields {
  const { orderLines } = given;
  if (given.totalValue !== undefined || !Array.isArray(orderLines) || resourceOf(name).lines === undefined)
    return given;
  const values = orderLines.filter(isFields).map((line) => parseDecimal(textOf(line.subtotalValue)) ?? zero);
  return { ...given, totalValue: decimalText(values.reduce(add, zero)) };
}

function setExtras(row: Row, given: Fields): void {
  const map = given.remoteIdMap;
  if (isFields(map))
    row.remoteIdMap = Object.fromEntries(Object.entries(map).map(([key, value]) => [key, textOf(value)]));
  const updatedMs = readInstant(given.updatedAt);
  if (updatedMs !== undefined) row.updatedMs = updatedMs;
  // The creation moment is fixed once for every client; only a merchant who builds history may set it.
  const createdMs = readInstant(given.createdAt);
  if (createdMs !== undefined) Object.assign(row, { createdMs });
}
