/** Orders that no count holds are counted in before they become invoices (product.md, 1.1: "history"). */
import { countId } from "../../core/flow-stock.ts";
import { LinkRequest } from "../../core/mapping.ts";
import { endPast, unitsToCountIn } from "../../store/past-orders.ts";
import type { Decision } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import { stockFlows, takesStock } from "./note-orders.ts";

/**
 * Orders that are sent are past no longer: units that are counted from now on are counted with them. Those that were counted
 * without them need a count of their own first. Called under the stock lock.
 */
export async function needPastCounts(run: FlowRun, decisions: readonly Decision[]): Promise<readonly Decision[]> {
  const takes = takesStock(run);
  if (takes === null || run.plan !== null) return decisions;
  const { database } = run.bench.store;
  const orderIds = decisions.flatMap((one) => (one.kind === "write" && one.intent === "create" ? [one.sourceId] : []));
  await endPast(database, run.key.integrationId, orderIds);
  const units = Map.groupBy(await unitsToCountIn(database, stockFlows(run), { orderIds }), ({ orderId }) => orderId);
  return decisions.map((one) => {
    const own = units.get(one.sourceId);
    if (one.kind !== "write" || own === undefined) return one;
    const counts = own.map(
      ({ unit, location }) => new LinkRequest(takes.counts, countId(unit, location, one.sourceId)),
    );
    return { ...one, needs: [...(one.needs ?? []), ...counts] };
  });
}
