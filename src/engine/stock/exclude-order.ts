/**
 * Excludes an order, and includes it again (product.md, 1.1). Goods that have left are counted out of the books by records
 * of the flow of counts, so that a lost answer, a killed process or a second call counts nothing twice.
 */
import { decimal } from "../../core/decimal.ts";
import { InvalidInput } from "../../core/errors.ts";
import { countId, countOutId } from "../../core/flow-stock.ts";
import type { Reason } from "../../core/reasons.ts";
import type { ReservedUnit } from "../../core/stock-equation.ts";
import { addEvents } from "../../store/events.ts";
import {
  excludeOrder as exclude,
  excludedOrders,
  type Goods,
  includeOrder as include,
} from "../../store/excluded-orders.ts";
import { lockFlow } from "../../store/flow-states.ts";
import { heldOrders } from "../../store/held-orders.ts";
import { findOpenIntents } from "../../store/intents.ts";
import { findLinks } from "../../store/links.ts";
import { unitsToCountOut } from "../../store/past-orders.ts";
import { findRecords, retryRecords, saveRecords } from "../../store/records.ts";
import { orderUnits } from "../../store/reservations.ts";
import type { Executor, FlowKey } from "../../store/schema.ts";
import { targetTitle } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import { readInFull } from "../read-in-full.ts";
import { aloneWithStock } from "./alone-with-stock.ts";
import { excludedReason } from "./excluded-orders.ts";
import { noteFullOrders, stockFlows, takesStock } from "./note-orders.ts";
import { bookStockOfRun } from "./sides.ts";

/** The order that is meant, by its id and as people know it. */
export interface MeantOrder {
  readonly id: string;
  readonly label: string;
}

/** Units that are to be counted out, as the books know them. */
interface LeftUnits {
  readonly countId: string;
  readonly sku: string;
  readonly quantity: number;
}

/**
 * Excludes an order. Excluding it once more with the same answer changes nothing.
 * @param run the flow of the orders
 * @throws {InvalidInput} where it has an invoice, was excluded with the other answer, or more left than the books hold
 * @throws {RetryLater} where a side cannot be read: nothing is decided then
 */
export async function excludeOrder(run: FlowRun, order: MeantOrder, goods: Goods): Promise<void> {
  const { store } = run.bench;
  const { integrationId } = run.key;
  await aloneWithStock(run, async () => {
    const before = (await excludedOrders(store.database, integrationId, [order.id])).get(order.id);
    if (before === goods) return;
    if (before !== undefined)
      throw new InvalidInput(
        "goods",
        `order ${order.label} is excluded with its goods ${before}; include it again before you say that they are ${goods}`,
      );
    await refuseInvoiced(run, order);
    const { held, status } = await noteNow(run, order);
    if (goods === "left" && !held)
      throw new InvalidInput(
        "goods",
        `order ${order.label} is ${status}, so that ${run.bench.vendorTitle(run.flow.from.vendor)} has its goods; say that they are kept`,
      );
    const left = goods === "left" ? await leftUnits(run, order) : [];
    await store.database.transaction().execute((executor) => keepExclusion(executor, run, { order, goods, left }));
  });
}

/**
 * Includes an excluded order again: it is judged anew at once.
 * @throws {InvalidInput} where it is not excluded, or its goods were counted out
 */
export async function includeOrder(run: FlowRun, { id, label }: MeantOrder): Promise<void> {
  const { store } = run.bench;
  const { integrationId } = run.key;
  await aloneWithStock(run, async () => {
    const { database } = store;
    if (!(await excludedOrders(database, integrationId, [id])).has(id))
      throw new InvalidInput("order", `order ${label} is not excluded`);
    const ids = await countOutIds(run, id);
    const counts = countsKey(run);
    const [done, open] = await Promise.all([findLinks(database, counts, ids), findOpenIntents(database, counts, ids)]);
    const names = [...(await findRecords(database, counts, [...done.keys(), ...open.keys()])).values()];
    if (done.size + open.size > 0)
      throw new InvalidInput(
        "order",
        `the goods of order ${label} were counted out of ${targetTitle(run)} (${names.map((one) => one.label).join(", ")}); it stays excluded`,
      );
    const now = new Date(run.bench.clock.now());
    await database.transaction().execute(async (executor) => {
      await lockBoth(executor, run);
      await include(executor, { integrationId, counts: counts.flow }, id, ids);
      await retryRecords(executor, { ...run.key, sourceIds: [id] }, now);
      const detail = { by: "hand", excluded: false };
      await addEvents(executor, run.key, null, [{ sourceId: id, at: now, kind: "retried", detail }]);
    });
  });
}

/** The names of all counts that may take out what an order carries. */
export async function countOutIds({ bench, key }: FlowRun, orderId: string): Promise<readonly string[]> {
  const units = await orderUnits(bench.store.database, key.integrationId, [orderId]);
  return units.map(({ unit, location }) => countOutId(unit, location, orderId));
}

/** The flow of the counts that orders of this flow need. */
export function countsKey(run: FlowRun): FlowKey {
  const takes = takesStock(run);
  if (takes === null) throw new Error(`the flow ${run.flow.name} takes no stock`);
  return { ...run.key, flow: takes.counts };
}

async function refuseInvoiced(run: FlowRun, { id, label }: MeantOrder): Promise<void> {
  const { database } = run.bench.store;
  const link = (await findLinks(database, run.key, [id])).get(id);
  if (link !== undefined)
    throw new InvalidInput(
      "order",
      `order ${label} was invoiced as ${link.targetId} in ${targetTitle(run)}; an order with an invoice cannot be excluded`,
    );
  if ((await findOpenIntents(database, run.key, [id])).size > 0)
    throw new InvalidInput(
      "order",
      `the invoice of order ${label} got no answer from ${targetTitle(run)}; exclude the order when that is settled`,
    );
}

/** What the order carries is known as it stands now. @returns whether it holds its goods, and its status */
async function noteNow(
  run: FlowRun,
  { id, label }: MeantOrder,
): Promise<{ readonly held: boolean; readonly status: string }> {
  const read = (await readInFull(run, [id])).get(id) ?? { kind: "missing" as const };
  if (read.kind === "later") throw read.error;
  if (read.kind === "unreadable")
    throw new InvalidInput("order", `order ${label} cannot be read: ${read.rejection.message}`);
  const isHeld = (await heldOrders(run.bench.store.database, stockFlows(run), [id])).get(id);
  // Deleted at the shop: what it held when it was last read is all that is known of it.
  if (read.kind === "missing" && isHeld?.unreadable === false) return { held: true, status: "" };
  if (read.kind === "missing")
    throw new InvalidInput("order", `there is no order ${label} in ${run.bench.vendorTitle(run.flow.from.vendor)}`);
  await noteFullOrders(run, [read.record]);
  const takes = takesStock(run);
  const { held } = takes?.reservation(read.record as never, run.options as never) ?? { held: false };
  return { held, status: takes?.status(read.record as never) ?? "" };
}

/** What the books hold of the order's goods although they have left. @throws {InvalidInput} where they hold less */
async function leftUnits(run: FlowRun, { id, label }: MeantOrder): Promise<readonly LeftUnits[]> {
  const { database } = run.bench.store;
  const units = await unitsToCountOut(database, stockFlows(run), { orderId: id });
  await refuseCountedIn(run, { id, label }, units);
  const counts = run.sibling(countsKey(run).flow)?.flow.stock;
  if (counts?.role !== "counts") throw new Error(`${countsKey(run).flow} counts nothing`);
  const products = { ...run.key, flow: counts.products };
  const links = await findLinks(
    database,
    products,
    units.map(({ unit }) => unit),
  );
  const books = await bookStockOfRun(run).read([...links.values()].map(({ targetId }) => targetId));
  const short: string[] = [];
  const left = units.map(({ unit, location, quantity }): LeftUnits => {
    const book = books.get(links.get(unit)?.targetId ?? "");
    const sku = book?.sku ?? unit;
    const held = book?.stock.get(location) ?? decimal(0);
    if (held.lt(quantity)) short.push(`${held.toFixed()} of ${sku} where ${quantity} left`);
    return { countId: countOutId(unit, location, id), sku, quantity };
  });
  if (short.length > 0)
    throw new InvalidInput(
      "goods",
      `${targetTitle(run)} holds ${short.join(", ")} with order ${label}; nothing is counted below 0: correct its stock first, or say that the goods are kept`,
    );
  return left;
}

/** What was counted in when the order was taken back is counted in once only, should it be taken back again. */
async function refuseCountedIn(run: FlowRun, { id, label }: MeantOrder, units: readonly ReservedUnit[]): Promise<void> {
  const ids = units.map(({ unit, location }) => countId(unit, location, id));
  if ((await findLinks(run.bench.store.database, countsKey(run), ids)).size === 0) return;
  const books = targetTitle(run);
  throw new InvalidInput(
    "goods",
    `goods of order ${label} were counted in when it was taken back before; count them down in ${books} by hand, then say that the goods are kept`,
  );
}

async function keepExclusion(
  executor: Executor,
  run: FlowRun,
  { order, goods, left }: { readonly order: MeantOrder; readonly goods: Goods; readonly left: readonly LeftUnits[] },
): Promise<void> {
  const now = new Date(run.bench.clock.now());
  await lockBoth(executor, run);
  await exclude(executor, run.key.integrationId, { orderId: order.id, goods }, now);
  const before = (await findRecords(executor, run.key, [order.id])).get(order.id);
  const reason = excludedReason(goods, run.bench.vendorTitle, run.flow);
  const still = { notes: [], waitsFor: null, attempts: 0, refusedFingerprint: null };
  const record = {
    ...still,
    sourceId: order.id,
    label: order.label,
    outcome: "skipped" as const,
    reason,
    retryAt: null,
  };
  await saveRecords(executor, run.key, null, [{ ...record, sourceChangedAt: before?.sourceChangedAt ?? null }], now);
  await addEvents(executor, run.key, null, [{ sourceId: order.id, at: now, kind: "skipped", detail: { reason } }]);
  const counts = left.map(({ countId, sku, quantity }) => {
    const parameters = { units: `${quantity} × ${sku}`, order: order.label };
    const why: Reason = { code: "goods-left", parameters };
    return { ...still, sourceId: countId, label: sku, outcome: "waiting" as const, reason: why, retryAt: now };
  });
  await saveRecords(
    executor,
    countsKey(run),
    null,
    counts.map((one) => ({ ...one, sourceChangedAt: null })),
    now,
  );
}

/** In the one order in which all take them, so that none waits for another in a ring. */
async function lockBoth(executor: Executor, run: FlowRun): Promise<void> {
  const keys = [run.key, countsKey(run)].toSorted((one, other) => (one.flow < other.flow ? -1 : 1));
  for (const key of keys) await lockFlow(executor, key);
}
