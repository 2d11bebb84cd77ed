/** Orders that hold goods back and are not found in their shop any more (product.md, 1.1). */
import { endUnreadable, type HeldOrder, heldOrders, notFound } from "../../store/held-orders.ts";
import { findRecords } from "../../store/records.ts";
import { orderUnits } from "../../store/reservations.ts";
import { bounds } from "../bounds.ts";
import { keep, type Settled, settled, type Work } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import { stockFlows, takesStock } from "./note-orders.ts";

/**
 * What becomes of orders that were not found although they hold goods back. The shop does not say whether a deletion put the
 * goods back, so that they stay held until a person says it; nobody can know what an order held that was never read.
 * @returns no entry for orders that hold nothing, and those of flows without stock
 */
export async function judgeGoneOrders(
  run: FlowRun,
  works: readonly Work[],
  asked: boolean,
): Promise<ReadonlyMap<string, Settled>> {
  if (takesStock(run) === null || works.length === 0) return new Map();
  const { database } = run.bench.store;
  const ids = works.map(({ sourceId }) => sourceId);
  const held = await heldOrders(database, stockFlows(run), ids);
  const goods = await goodsOf(run, [...held.keys()]);
  const judged = works.flatMap((work): Settled[] => {
    const order = held.get(work.sourceId);
    const one =
      order === undefined ? null : judgeGone(run, work, { ...order, goods: goods.get(work.sourceId) ?? "", asked });
    return one === null ? [] : [one];
  });
  const gone = judged.filter(({ reason }) => reason?.code === "order-gone" || reason?.code === "order-gone-unread");
  if (run.plan === null)
    await endUnreadable(
      database,
      run.key.integrationId,
      gone.map(({ sourceId }) => sourceId),
    );
  return new Map(judged.map((one) => [one.sourceId, one]));
}

function judgeGone(
  run: FlowRun,
  work: Work,
  order: HeldOrder & { readonly goods: string; readonly asked: boolean },
): Settled | null {
  const { stored } = work;
  const { label, goods, asked } = order;
  const vendor = run.bench.vendorTitle(run.flow.from.vendor);
  const known = { ...work, label };
  // Who retries it has looked.
  if (stored?.reason?.code === "order-gone-unread") return asked ? null : keep(known, stored);
  if (goods === "" && !order.unreadable) return null;
  const missed = stored !== null && notFound.includes(stored.reason?.code) ? stored : null;
  if (missed === null) return settled(known, "waiting", { code: "order-missed", parameters: { vendor } });
  // A copy of the shop that is behind is asked twice in one moment, but not for long.
  if (run.bench.clock.now() - missed.updatedAt.getTime() < bounds.overlapMs) return keep(known, missed);
  if (goods === "") return settled(known, "waiting", { code: "order-gone-unread", parameters: { vendor } });
  return settled(known, "waiting", { code: "order-gone", parameters: { vendor, goods } });
}

/** What the orders hold, in words: units by their products' labels. */
async function goodsOf(run: FlowRun, orderIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { database } = run.bench.store;
  const { counts } = stockFlows(run);
  const stock = run.sibling(counts)?.flow.stock;
  if (stock?.role !== "counts") throw new Error(`${counts} is no flow of this integration that counts`);
  const units = await orderUnits(database, run.key.integrationId, orderIds);
  const products = await findRecords(
    database,
    { ...run.key, flow: stock.products },
    units.map(({ unit }) => unit),
  );
  const words = Map.groupBy(units, ({ orderId }) => orderId);
  const inWords = ({ unit, quantity }: (typeof units)[number]) => `${quantity} × ${products.get(unit)?.label ?? unit}`;
  return new Map([...words].map(([id, held]) => [id, held.map(inWords).join(", ")]));
}
