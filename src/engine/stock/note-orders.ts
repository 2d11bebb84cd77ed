/** Keeps up to date which orders of a shop hold units back (product.md, 1.1). */
import type { Flow } from "../../core/flow.ts";
import type { TakesStock } from "../../core/flow-stock.ts";
import type { StockFlows } from "../../store/orders-in-books.ts";
import { retryRecords } from "../../store/records.ts";
import {
  knownOrders,
  type NotedOrder,
  noteReservations,
  ordersReadUntil,
  saveOrdersReadUntil,
  unreadableOrders,
} from "../../store/reservations.ts";
import { bounds } from "../bounds.ts";
import { type FlowRun, rulesOf, type SourceRow, stopHere } from "../flow-run.ts";
import { readInFull } from "../read-in-full.ts";
import { askForMissing } from "./ask-for-orders.ts";

/** How orders of this flow hold stock; null for all other flows. */
export function takesStock({ flow }: FlowRun): TakesStock<never, never> | null {
  return flow.stock?.role === "takes" ? flow.stock : null;
}

/**
 * Stores what full orders hold, in a rehearsal too: it is what the store did, and what is planned is counted by it. Orders of
 * flows without stock are left alone.
 */
export async function noteFullOrders(run: FlowRun, orders: readonly SourceRow[]): Promise<void> {
  const takes = takesStock(run);
  if (takes === null || orders.length === 0) return;
  await note(
    run,
    orders.map((order) => notedOrder(run, takes, order)),
  );
}

/** Those that the shop took again after they were invoiced and taken back are looked at once more (`AfterRule`). */
async function note(run: FlowRun, orders: readonly NotedOrder[]): Promise<void> {
  const { database } = run.bench.store;
  const now = new Date(run.bench.clock.now());
  const again = await noteReservations(database, run.key.integrationId, orders, now);
  if (again.length > 0 && run.flow.after !== undefined)
    await retryRecords(database, { ...run.key, sourceIds: again }, now);
}

function notedOrder(run: FlowRun, takes: TakesStock<never, never>, order: SourceRow): NotedOrder {
  return {
    orderId: run.source.idOf(order),
    label: rulesOf(run.flow).label(order),
    status: takes.status(order as never),
    changedAt: new Date(run.source.changedAt(order)),
    unreadable: false,
    reservation: takes.reservation(order as never, run.options as never),
  };
}

/** An order of which only its row is known. @param otherwise when it changed, where the row does not tell */
function notedRow(run: FlowRun, takes: TakesStock<never, never>, row: SourceRow, otherwise: Date): NotedOrder {
  return {
    orderId: run.source.idOf(row),
    label: rulesOf(run.flow).label(row),
    status: takes.status(row as never),
    changedAt: new Date(run.source.changedAt(row) || otherwise),
    unreadable: false,
    reservation: takes.rowReservation(row as never, run.options as never),
  };
}

/** The flows whose links tell what an order still holds. @param run the flow of the orders */
export function stockFlows(run: FlowRun): StockFlows {
  return stockFlowsOf(run.flow, run.key.integrationId);
}

/** The same without a run. @param flow that of the orders */
export function stockFlowsOf({ name, stock, after }: Flow, integrationId: number): StockFlows {
  if (stock?.role !== "takes") throw new Error(`the flow ${name} takes no stock`);
  return { integrationId, orders: name, counts: stock.counts, refunds: after?.beside ?? "" };
}

/**
 * Reads every order that changed since the last look, so that what they hold is known up to the present.
 * @param run the flow of the orders
 * An order that cannot be read, for now or for ever, is noted as such, and the others go on.
 * @throws {RetryLater} where the list cannot be read, or the connection rests
 */
export async function noteOrders(run: FlowRun): Promise<void> {
  const takes = takesStock(run);
  if (takes === null) throw new Error(`the flow ${run.flow.name} takes no stock`);
  const { database } = run.bench.store;
  const { integrationId } = run.key;
  const until = await ordersReadUntil(database, integrationId);
  const startedAt = run.bench.clock.now();
  const tried = new Set<string>();
  // A first reading leaves finished orders out, so that those from after the beginning are read by their changes.
  const starts = until === null ? [null, beginningOf(run)] : [until - bounds.overlapMs];
  for (const since of starts)
    for await (const page of run.source.changedSince({ since, notBefore: null, position: null, takenBack: true })) {
      stopHere(run);
      const now = new Date(run.bench.clock.now());
      const unreadable = page.unreadable.flatMap(({ id }) => (id === null ? [] : [unreadableOrder(id, id, now)]));
      await note(run, unreadable);
      const rows = await movedRows(run, until === null ? await letGo(run, takes, page.rows) : page.rows);
      const unread = rows.map((row) => ({ ...notedRow(run, takes, row, now), unreadable: true }));
      await readOrders(run, new Map(unread.map((order) => [order.orderId, order])));
      for (const { orderId } of unread) tried.add(orderId);
    }
  // What could not be read holds everything back that would rise, so that it is tried in every look; else it stays as noted.
  const unread = await unreadableOrders(database, stockFlows(run));
  const left = [...unread.keys()].filter((id) => !tried.has(id));
  await readOrders(run, new Map(left.map((id) => [id, null])));
  const seenUntil = Math.min(startedAt, run.bench.clock.now()) + (run.from.clockAheadMs() ?? 0);
  await saveOrdersReadUntil(database, integrationId, new Date(seenUntil));
}

/** Orders that are placed from here on flow by themselves (rule S9), however late they are first read. */
export function beginningOf({ integration }: FlowRun): number {
  return integration.createdAt.getTime() - bounds.overlapMs;
}

/** Orders that were taken back before anybody knew of them hold nothing, whatever they carry. @returns the others */
async function letGo(
  run: FlowRun,
  takes: TakesStock<never, never>,
  rows: readonly SourceRow[],
): Promise<readonly SourceRow[]> {
  const { database } = run.bench.store;
  const known = await knownOrders(
    database,
    run.key.integrationId,
    rows.map((row) => run.source.idOf(row)),
  );
  const free = rows.filter(
    (row) =>
      !known.has(run.source.idOf(row)) && takes.rowReservation(row as never, run.options as never)?.held === false,
  );
  await note(
    run,
    free.map((row) => notedRow(run, takes, row, new Date(0))),
  );
  return rows.filter((row) => !free.includes(row));
}

/** The rows that moved since they were last read. */
async function movedRows(run: FlowRun, rows: readonly SourceRow[]): Promise<readonly SourceRow[]> {
  const byId = new Map(rows.map((row) => [run.source.idOf(row), row]));
  const known = await knownOrders(run.bench.store.database, run.key.integrationId, [...byId.keys()]);
  const moved = [...byId].filter(([id, row]) => {
    const changedAt = run.source.changedAt(row);
    const before = known.get(id);
    if (before === undefined || changedAt === 0 || before.changedAt.getTime() !== changedAt) return true;
    // Vendors tell whole seconds: what was read within the second of its change may have changed once more in it.
    const readAt = before.readAt.getTime() + (run.from.clockAheadMs() ?? 0);
    return readAt - changedAt < bounds.sameSecondMs;
  });
  return moved.map(([, row]) => row);
}

/** Reads orders in full. @param orders by id, as they are noted where they cannot be read; null = they are already */
async function readOrders(run: FlowRun, orders: ReadonlyMap<string, NotedOrder | null>): Promise<void> {
  const read = await readInFull(run, [...orders.keys()]);
  const full: SourceRow[] = [];
  const others: NotedOrder[] = [];
  const missing: string[] = [];
  for (const [id, order] of orders) {
    const result = read.get(id);
    if (result?.kind === "found") full.push(result.record);
    // One record's trouble is its own, also where it is told as passing (law 4).
    else if (result?.kind === "unreadable" || result?.kind === "later") others.push(...(order === null ? [] : [order]));
    else missing.push(id);
  }
  await note(run, others);
  await noteFullOrders(run, full);
  await askForMissing(run, stockFlows(run), missing);
}

function unreadableOrder(orderId: string, label: string, changedAt: Date): NotedOrder {
  return { orderId, label, status: "", changedAt, unreadable: true, reservation: null };
}
