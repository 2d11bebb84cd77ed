import { z } from "zod";
import type { Choice, Door } from "../../core/connector.ts";
import type { Reading } from "../../core/read-record.ts";
import { productsNamed, readBundles, unitsNamed } from "./bundles.ts";
import { optionalDecimal, optionalText, readRecord, recordId } from "./fields.ts";
import type { HolderSearch } from "./find-holders.ts";
import { type Listing, readPlainPages } from "./list-page.ts";
import { readLatestOrders } from "./order-list.ts";
import { readStatuses } from "./statuses.ts";

const branch = z.object({ id: recordId, name: optionalText, status: optionalText, type: optionalText });
const tax = z.object({ id: recordId, tax: optionalDecimal, status: optionalText });

const sets: Readonly<Record<string, (door: Door) => Promise<readonly Choice[]>>> = {
  branches: readBranches,
  statuses: async (door) => (await readStatuses(door)).map(({ id, name, slug }) => ({ id, name, kind: slug })),
  taxes: readTaxes,
  "payment-methods": readPaymentMethods,
  bundles: readBundles,
};

/**
 * The members of a set of this store, with what they are. `units/<sku>` gives the products and variants with exactly that SKU,
 * `products/<name>` the products with that SKU or id.
 * @throws {RangeError} where there is no such set
 */
export async function choicesOf(door: Door, search: HolderSearch, set: string): Promise<readonly Choice[]> {
  const [, kind, text] = /^(units|products)\/(.+)$/s.exec(set) ?? [];
  if (text !== undefined) return kind === "units" ? unitsNamed(text, search) : productsNamed(text, search);
  const read = Object.hasOwn(sets, set) ? sets[set] : undefined;
  if (read !== undefined) return await read(door);
  const known = [...Object.keys(sets), "units/<sku>", "products/<sku or id>"].join(", ");
  throw new RangeError(`Salla has no set ${set}; there are ${known}`);
}

/** The same as id → name. */
export async function lookUp(door: Door, search: HolderSearch, set: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await choicesOf(door, search, set)).map(({ id, name }) => [id, name]));
}

/** The branches of the store, where it has any. */
export async function readBranches(door: Door): Promise<readonly Choice[]> {
  const rows = await readAll(door, "/branches", branch);
  return rows.map(({ id, name, status, type }) => ({ id, name, kind: type || status }));
}

/** Taxes by their percent, such as `15%`. */
async function readTaxes(door: Door): Promise<readonly Choice[]> {
  const rows = await readAll(door, "/taxes", tax);
  return rows.map(({ id, tax: percent, status }) => ({
    id,
    name: percent === null ? "" : `${percent}%`,
    kind: status,
  }));
}

/** No list of payment methods is known, so the latest orders tell which ones are in use. */
async function readPaymentMethods(door: Door): Promise<readonly Choice[]> {
  const { raw } = await readLatestOrders(door);
  const methods = raw.map((row) => readRecord(z.object({ payment_method: optionalText }), row));
  const names = methods.flatMap((read) => (read.kind === "read" ? read.row.payment_method : []));
  return [...new Set(names.filter((name) => name !== ""))].map((name) => ({ id: name, name, kind: "" }));
}

async function readAll<Row extends { readonly id: string }>(
  door: Door,
  path: string,
  schema: z.ZodType<Row>,
): Promise<readonly Row[]> {
  const listing: Listing<Row> = {
    path,
    query: {},
    idOf: ({ id }) => id,
    readRow: (value): Reading<Row> => readRecord<Row>(schema, value),
  };
  const all: Row[] = [];
  for await (const { rows } of readPlainPages(door, listing)) all.push(...rows);
  return all;
}
