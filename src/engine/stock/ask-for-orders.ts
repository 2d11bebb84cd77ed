/** Has orders looked at by their own flow, which tells whether they are gone (product.md, 1.1). */
import { announceRecords } from "../../store/announcements.ts";
import { heldOrders, notFound, ordersUnreadSince } from "../../store/held-orders.ts";
import type { StockFlows } from "../../store/orders-in-books.ts";
import { findRecords } from "../../store/records.ts";
import { bounds } from "../bounds.ts";
import { type FlowRun, lockFlows } from "../flow-run.ts";

/** Those of the orders that were not found and hold goods back. A rehearsal leaves them. @param run the flow of the orders */
export async function askForMissing(run: FlowRun, flows: StockFlows, orderIds: readonly string[]): Promise<void> {
  if (run.plan !== null || orderIds.length === 0) return;
  const { database } = run.bench.store;
  const records = await findRecords(database, run.key, orderIds);
  const held = await heldOrders(database, flows, orderIds);
  await ask(
    run,
    [...held.keys()].filter((id) => !notFound.includes(records.get(id)?.reason?.code)),
  );
}

/**
 * Orders that hold goods back and were not read for a long time: a deletion moves no list, and its webhook may be lost.
 * @param run the flow of the orders
 */
export async function askForSilent(run: FlowRun, flows: StockFlows): Promise<void> {
  if (run.plan !== null) return;
  const since = new Date(run.bench.clock.now() - bounds.silentOrders.afterMs);
  const { most } = bounds.silentOrders;
  await ask(run, await ordersUnreadSince(run.bench.store.database, flows, { since, most }));
}

async function ask(run: FlowRun, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const { store, clock, vendorTitle } = run.bench;
  const about = { vendor: vendorTitle(run.flow.from.vendor), now: new Date(clock.now()) };
  await store.database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    await announceRecords(executor, run.key, orderIds, about);
  });
}
