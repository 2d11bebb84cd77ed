import type { CallResult, Door } from "../../core/connector.ts";
import { decimal } from "../../core/decimal.ts";
import { RetryLater } from "../../core/errors.ts";
import type { QuantityAnswer, QuantityWrite, ShopQuantity, ShopReading, ShopStock } from "../../core/stock.ts";
import { fieldsOf } from "./fields.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { type QuantityRow, quantitiesListing } from "./quantities.ts";
import { readProductUnits, type Unit, unitParts } from "./units.ts";

/** Entries of one bulk call; Salla names no maximum (salla.md 5.1), so it is kept small. */
const bulkBatch = 50;
/** So many products without an answer, and none with one, mean that the shop gives none at all. */
const failedReads = 3;
/** Where quantities are written; the answer to it is judged by its rows. */
export const bulkPath = "/products/quantities/bulk";

/** The quantities of a store. */
export function shopStock(door: Door): ShopStock {
  return {
    list: (branch) => listQuantities(door, branch),
    read: (units, branch) => (branch === null ? readUnits(door, units) : readAtBranch(door, units, branch)),
    write: (quantities) => writeQuantities(door, quantities),
    batch: bulkBatch,
  };
}

async function* listQuantities(door: Door, branch: string | null): AsyncGenerator<readonly ShopQuantity[], void> {
  for await (const { rows } of readOverlappingPages(door, quantitiesListing(branch)))
    yield rows.flatMap((row) => quantityOf(row) ?? []);
}

function quantityOf({ unit, sku, quantity, unlimited }: QuantityRow): ShopQuantity | null {
  // A unit that is counted and has no number cannot be told; nothing is written over it.
  if (quantity === null && !unlimited) return null;
  return { unit, sku, quantity: decimal(quantity ?? "0"), unlimited, byBranch: false };
}

/** Where there is one stock, a product's own answer is the freshest. One product's trouble is its own (law 4). */
async function readUnits(door: Door, units: readonly string[]): Promise<ShopReading> {
  const byProduct = Map.groupBy(units, (unit) => unitParts(unit)?.productId ?? "");
  const quantities = new Map<string, ShopQuantity>();
  const unread = new Map<string, string>();
  let came = 0;
  let failed = 0;
  for (const [id, own] of byProduct) {
    if (id === "") continue;
    const read = await readProductUnits(door, id).catch((error: unknown) => {
      if (!(error instanceof RetryLater) || error.connectionRests) throw error;
      failed += 1;
      // Where several fail and none comes, the shop is down, and asking for the others is no use.
      if (came === 0 && failed >= failedReads) throw error;
      return { kind: "unread", message: error.message } as const;
    });
    if (read.kind === "unread") for (const unit of own) unread.set(unit, read.message);
    else came += 1;
    if (read.kind === "unreadable") for (const unit of own) unread.set(unit, read.rejection.message);
    if (read.kind !== "found") continue;
    for (const unit of read.record) {
      const quantity = stockOf(unit);
      if (quantity !== null && own.includes(unit.unit)) quantities.set(unit.unit, quantity);
    }
  }
  return { quantities, unread };
}

function stockOf({ unit, sku, quantity, unlimited_quantity, managed_by_branches, status }: Unit): ShopQuantity | null {
  if (status === "deleted" || (quantity === null && !unlimited_quantity)) return null;
  const counted = { quantity: decimal(quantity ?? "0"), unlimited: unlimited_quantity };
  return { unit, sku, ...counted, byBranch: managed_by_branches };
}

/** The stock of one branch stands in the list only, which is read as far as it is needed. */
async function readAtBranch(door: Door, units: readonly string[], branch: string): Promise<ShopReading> {
  const wanted = new Set(units);
  const found = new Map<string, ShopQuantity>();
  const reading = { quantities: found, unread: new Map<string, string>() };
  if (wanted.size === 0) return reading;
  for await (const rows of listQuantities(door, branch)) {
    for (const row of rows) if (wanted.has(row.unit)) found.set(row.unit, row);
    if (found.size === wanted.size) break;
  }
  return reading;
}

/** One bulk call. Salla queues it and reports nothing by unit, so that what was taken must be read back. */
async function writeQuantities(door: Door, quantities: readonly QuantityWrite[]): Promise<QuantityAnswer> {
  if (quantities.length > bulkBatch)
    throw new RangeError(`${quantities.length} quantities in one call; at most ${bulkBatch}`);
  if (quantities.length === 0) return { kind: "queued" };
  const products = quantities.map(entryOf);
  // An increment that is sent twice counts twice, and even an overwrite may come behind a later one.
  const result = await door.call({ method: "POST", path: bulkPath, body: { products }, repeat: "never" });
  return answerOf(result, quantities);
}

/** Both keys are misspelt by Salla itself. */
function entryOf({ unit, branch, mode, quantity }: QuantityWrite) {
  const parts = unitParts(unit);
  if (parts === null) throw new RangeError(`unit is ${JSON.stringify(unit)}; allowed: digits, or digits-digits`);
  if (!Number.isSafeInteger(quantity) || quantity < 0)
    throw new RangeError(`the quantity of ${unit} is ${quantity}; allowed: a whole number, 0 or more`);
  const { productId, variantId } = parts;
  const whose =
    variantId === null
      ? { identifer_type: "id", identifer: productId }
      : { identifer_type: "variant_id", identifer: variantId };
  return { ...whose, quantity, mode, ...(branch === null ? {} : { branch: idNumber(branch) }) };
}

/** Salla writes ids as numbers; one that no number holds exactly stays text. */
function idNumber(id: string): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}

function answerOf(result: CallResult, quantities: readonly QuantityWrite[]): QuantityAnswer {
  if (result.kind === "in-doubt") return { kind: "in-doubt", message: result.message };
  if (result.kind !== "ok") return { kind: "refused", message: result.message, units: new Map() };
  const error = fieldsOf(fieldsOf(result.body).error);
  if (result.status < 400) return { kind: "queued" };
  const units = new Map<string, string>();
  for (const [field, words] of Object.entries(fieldsOf(error.fields))) {
    const place = /^products\.(\d{1,6})(?:\.|$)/.exec(field)?.[1];
    const unit = place === undefined ? undefined : quantities[Number(place)]?.unit;
    if (unit !== undefined) units.set(unit, [units.get(unit) ?? [], words].flat().join(" "));
  }
  return { kind: "refused", message: String(error.message ?? `HTTP ${result.status}`), units };
}
