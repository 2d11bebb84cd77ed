import { later } from "../../core/clock.ts";
import type { Door, Facts } from "../../core/connector.ts";
import { RecordRejected, RetryLater } from "../../core/errors.ts";
import type { Reading } from "../../core/read-record.ts";
import { fieldsOf } from "./fields.ts";
import { type Listing, readPlainPages } from "./list-page.ts";
import type { UnitHolder } from "./orders.ts";
import { quantitiesListing } from "./quantities.ts";
import { exactSku, readProductUnits, type Unit, unitParts, unitsOf } from "./units.ts";

/** SKUs and products that a session remembers; a shop's orders of some hours name fewer. */
const rememberedMax = 5_000;
const unsureMs = 60_000;

/** What an order line says of what it sold. */
export interface SoldLine {
  readonly sku: string;
  readonly productId: string | null;
  readonly variantId: string | null;
}

/** Finds the units that order lines sold; one for a session, which asks for each SKU and each product once. */
export interface HolderSearch {
  /**
   * Every unit that a line may mean, in the order of the lines.
   * @throws {RetryLater} where the catalogue cannot be read
   * @throws {RecordRejected} product-unreadable
   */
  holdersOf(lines: readonly SoldLine[]): Promise<readonly (readonly UnitHolder[])[]>;
  /** Every unit of the catalogue that has exactly this SKU. @throws {RetryLater} @throws {RecordRejected} product-unreadable */
  withSku(sku: string): Promise<readonly UnitHolder[]>;
  /** A unit by its id, in full; null where there is none. @throws {RetryLater} */
  unit(id: string): Promise<Unit | null>;
}

/**
 * Product and variant ids decide where a line carries them; else the exact SKU is searched in the whole catalogue, since
 * two products or variants may have the same one (rule S8).
 */
export function createHolderSearch(door: Door, facts: Facts): HolderSearch {
  const bySku = createMemory<readonly UnitHolder[]>();
  const byProduct = createMemory<readonly Unit[]>();

  const ofProduct = (id: string) =>
    byProduct(id, async () => {
      const read = await readProductUnits(door, id);
      if (read.kind === "unreadable") throw unreadable(id, read.rejection);
      return read.kind === "found" ? read.record : [];
    });

  const ofLine = async ({ sku, productId, variantId }: SoldLine): Promise<readonly UnitHolder[]> => {
    if (productId === null) return sku === "" ? [] : await bySku(sku, () => searchSku(door, facts, sku));
    const units = (await ofProduct(productId)).map(holderOf);
    if (variantId !== null) return units.filter(({ unit }) => unit === `${productId}-${variantId}`);
    // A line that names the product only: one of its variants was sold, and its SKU says which.
    return units.length === 1 ? units : units.filter((unit) => sku !== "" && unit.sku === sku);
  };

  return {
    holdersOf: (lines) => Promise.all(lines.map(ofLine)),
    withSku: (sku) => bySku(sku, () => searchSku(door, facts, sku)),
    unit: async (id) => {
      const parts = unitParts(id);
      const units = parts === null ? [] : await ofProduct(parts.productId);
      return units.find(({ unit }) => unit === id) ?? null;
    },
  };
}

/** Remembers what was found, for as many keys as are allowed; what failed is asked again. */
function createMemory<Found>(): (key: string, find: () => Promise<Found>) => Promise<Found> {
  const known = new Map<string, Promise<Found>>();
  return (key, find) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const [oldest] = known.keys();
    if (known.size >= rememberedMax && oldest !== undefined) known.delete(oldest);
    const asked = find().catch((error: unknown) => {
      known.delete(key);
      throw error;
    });
    known.set(key, asked);
    return asked;
  };
}

async function searchSku(door: Door, facts: Facts, sku: string): Promise<readonly UnitHolder[]> {
  const holders = new Map<string, UnitHolder>();
  const take = (units: readonly Unit[]) => {
    for (const unit of units) if (unit.sku === sku) holders.set(unit.unit, holderOf(unit));
  };
  for await (const { raw } of readPlainPages(door, productSearch(sku)))
    for (const value of raw) {
      const reading = await unitsOf(door, value);
      if (reading.kind === "read") take(reading.row);
      else if (mentions(value, sku)) throw unreadable(nameOf(value), reading.unreadable.rejection);
    }
  if (facts.skuPathFindsVariants === true) take(await unitsBySku(door, sku));
  // Where a search looks at the SKUs of products only, the list of all quantities names every variant.
  if (facts.keywordFindsVariants === false) {
    for await (const { rows } of readPlainPages(door, quantitiesListing(null)))
      for (const row of rows)
        if (exactSku(row.sku) === sku && !holders.has(row.unit))
          holders.set(row.unit, { unit: row.unit, sku, name: row.name });
  }
  return [...holders.values()];
}

/** Products whose name or SKU contains a text; each is judged by its own SKUs. */
function productSearch(keyword: string): Listing<{ readonly id: string }> {
  return {
    path: "/products",
    query: { keyword },
    idOf: ({ id }) => id,
    readRow: (value): Reading<{ readonly id: string }> => ({ kind: "read", row: { id: String(fieldsOf(value).id) } }),
  };
}

async function unitsBySku(door: Door, sku: string): Promise<readonly Unit[]> {
  // A path is one line of plain signs; what does not fit is left to the search.
  const path = `/products/sku/${encodeURIComponent(sku)}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  if (result.kind === "missing") return [];
  if (result.kind !== "ok") throw unsure(door, `${path}: ${result.message}`);
  const reading = await unitsOf(door, fieldsOf(result.body).data);
  if (reading.kind === "unreadable") throw unreadable(nameOf(fieldsOf(result.body).data), reading.unreadable.rejection);
  return reading.row;
}

/** Whether a product that cannot be read may hold a SKU. */
function mentions(value: unknown, sku: string): boolean {
  return JSON.stringify(value)?.includes(JSON.stringify(sku)) ?? false;
}

function nameOf(value: unknown): string {
  const { id, name } = fieldsOf(value);
  return `${String(name ?? "")} (${String(id)})`.trim();
}

/** A product of an unexpected shape stays so until somebody looks at it: it is a matter of its own orders alone (law 4). */
function unreadable(product: string, { code, parameters }: RecordRejected): RecordRejected {
  const { field = code, value = "", message = `${field} ${value}`.trim() } = parameters;
  return new RecordRejected("product-unreadable", { product, message });
}

/** A failed read is never "no other product holds it" (architecture, law 5). */
function unsure(door: Door, message: string): RetryLater {
  return new RetryLater(later(door.clock, unsureMs), `The catalogue of Salla could not be read: ${message}`);
}

function holderOf({ unit, sku, name }: Unit): UnitHolder {
  return { unit, sku, name };
}
