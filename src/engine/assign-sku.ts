/** A person gives a SKU to what a line of an order sold (rule S11). */
import { InvalidInput } from "../core/errors.ts";
import type { SoldLine } from "../core/flow-stock.ts";
import { assignedSkus, assignSku as keep } from "../store/assigned-skus.ts";
import { releaseWaiting } from "../store/due-records.ts";
import { addEvents } from "../store/events.ts";
import { findLinks } from "../store/links.ts";
import { retryRecords } from "../store/records.ts";
import { type FlowRun, lockFlows } from "./flow-run.ts";
import { readInFull } from "./read-in-full.ts";
import type { MeantOrder } from "./stock/exclude-order.ts";
import { takesStock } from "./stock/note-orders.ts";

/** What Mizan keeps of it: the unit, as the shop names it. */
export interface AssignedSku {
  readonly unit: string;
  readonly name: string;
  readonly sku: string;
}

/** Characters of a SKU; the longest that is told in one line of a list. */
const longestSku = 100;

/**
 * Gives the unit of a line a SKU, for this order and all that come. Who waits for the product goes on in the next run.
 * @param run the flow of the orders
 * @param product the id of the product, of its variant, or of the line
 * @throws {InvalidInput} where no line is meant, it has a SKU, or another product has this one, naming it (rule S8)
 */
export async function assignSku(run: FlowRun, order: MeantOrder, product: string, sku: string): Promise<AssignedSku> {
  checkSku(sku);
  const line = await lineOf(run, order, product);
  const { unit, name } = line;
  if (unit === null) {
    const vendor = run.bench.vendorTitle(run.flow.from.vendor);
    const why = `the line ${name} of order ${order.label} does not say which product or variant of ${vendor} it sold`;
    throw new InvalidInput("product", `${why}; give it a SKU in ${vendor}`);
  }
  const products = productsOf(run);
  await refuseGiven(run, products, { unit, name, sku });
  const now = new Date(run.bench.clock.now());
  await run.bench.store.database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    const other = await keep(executor, run.key.integrationId, { unit, sku }, now);
    if (other !== null)
      throw new InvalidInput("sku", `the SKU ${JSON.stringify(sku)} was assigned to the product ${other} before`);
    await retryRecords(executor, { ...products.key, sourceIds: [unit] }, now);
    await releaseWaiting(executor, products.key, [unit], now);
    await retryRecords(executor, { ...run.key, sourceIds: [order.id] }, now);
    const detail = { by: "hand", sku };
    await addEvents(executor, products.key, null, [{ sourceId: unit, at: now, kind: "retried", detail }]);
  });
  return { unit, name, sku };
}

function checkSku(sku: string): void {
  const allowed = `allowed: 1 to ${longestSku} characters in one line, without blanks at its ends`;
  if (sku.trim() !== sku || sku === "" || sku.length > longestSku || /\p{Cc}/u.test(sku))
    throw new InvalidInput("sku", `the SKU is ${JSON.stringify(sku.slice(0, longestSku))}; ${allowed}`);
}

async function lineOf(run: FlowRun, { id, label }: MeantOrder, product: string): Promise<SoldLine> {
  const lines = takesStock(run)?.lines;
  if (lines === undefined) throw new Error(`the flow ${run.flow.name} has no lines`);
  const read = (await readInFull(run, [id])).get(id) ?? { kind: "missing" as const };
  if (read.kind === "later") throw read.error;
  if (read.kind !== "found") throw new InvalidInput("order", `order ${label} cannot be read`);
  const all = lines(read.record as never);
  // An id may be that of a line and of another line's product: what is sold counts first.
  const fields = ["unit", "product", "id"] as const;
  const meant =
    fields.map((field) => all.filter((line) => line[field] === product)).find((found) => found.length > 0) ?? [];
  const [first, ...others] = meant;
  if (first !== undefined && others.every(({ unit }) => unit === first.unit)) return first;
  const bare = (first === undefined ? all : meant).filter(({ sku }) => sku === "");
  const names = bare.map(({ name, unit, id: line }) => `${name} (${unit ?? `line ${line}`})`).join(", ") || "none";
  const what = first === undefined ? "no line with" : "several lines with";
  throw new InvalidInput("product", `order ${label} has ${what} ${product}; its lines without a SKU: ${names}`);
}

/** The flow of the products that orders of this flow refer to. */
function productsOf(run: FlowRun): FlowRun {
  const counts = run.sibling(takesStock(run)?.counts ?? "")?.flow.stock;
  const products = counts?.role === "counts" ? run.sibling(counts.products) : null;
  if (products === null) throw new Error(`the flow ${run.flow.name} refers to no products`);
  return products;
}

/** Neither a SKU of the shop's own is replaced, nor one that is in use. */
async function refuseGiven(run: FlowRun, products: FlowRun, { unit, name, sku }: AssignedSku): Promise<void> {
  const { database } = run.bench.store;
  const vendor = run.bench.vendorTitle(run.flow.from.vendor);
  const given = (await assignedSkus(database, run.key.integrationId, [unit])).get(unit);
  const linked = (await findLinks(database, products.key, [unit])).get(unit);
  if (linked !== undefined && given !== sku)
    throw new InvalidInput("product", `${name} (${unit}) has a SKU, and is linked with product ${linked.targetId}`);
  const read = (await readInFull(products, [unit])).get(unit);
  if (read?.kind === "later") throw read.error;
  if (read?.kind !== "found") throw new InvalidInput("product", `there is no product ${unit} in ${vendor} any more`);
  const { assigns } = products.flow;
  if (given === undefined && assigns?.lacks(read.record as never) !== true)
    throw new InvalidInput("product", `${name} (${unit}) has a SKU in ${vendor}, which counts`);
  const [holder] = ((await products.source.holders?.(sku)) ?? []).filter(({ id }) => id !== unit);
  if (holder === undefined) return;
  throw new InvalidInput("sku", `the SKU ${JSON.stringify(sku)} is that of ${holder.name} (${holder.id}) in ${vendor}`);
}
