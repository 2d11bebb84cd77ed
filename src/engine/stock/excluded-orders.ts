/** Orders that a person decided are never to become invoices (product.md, 1.1). */
import type { Flow } from "../../core/flow.ts";
import type { Reason } from "../../core/reasons.ts";
import { excludedOrders, type Goods } from "../../store/excluded-orders.ts";
import { type Decision, settled } from "../decisions.ts";
import type { FlowRun } from "../flow-run.ts";
import type { Workbench } from "../workbench.ts";
import { takesStock } from "./note-orders.ts";

/** Why excluded orders are left out, by id; those that are not excluded have no entry. */
export async function findExcluded(run: FlowRun, orderIds: readonly string[]): Promise<ReadonlyMap<string, Reason>> {
  if (takesStock(run) === null) return new Map();
  const excluded = await excludedOrders(run.bench.store.database, run.key.integrationId, orderIds);
  return new Map([...excluded].map(([id, goods]) => [id, excludedReason(goods, run.bench.vendorTitle, run.flow)]));
}

/** What stands at the record of an excluded order. */
export function excludedReason(goods: Goods, vendorTitle: Workbench["vendorTitle"], { from, to }: Flow): Reason {
  const code = goods === "left" ? "order-excluded-left" : "order-excluded";
  return { code, parameters: { vendor: vendorTitle(from.vendor), other: vendorTitle(to.vendor) } };
}

/** Leaves out what was excluded after it was judged. Called under the stock lock, which an exclusion takes too. */
export async function leaveOutExcluded(run: FlowRun, decisions: readonly Decision[]): Promise<readonly Decision[]> {
  const creates = decisions.filter((one) => one.kind === "write" && one.intent === "create");
  const excluded = await findExcluded(
    run,
    creates.map(({ sourceId }) => sourceId),
  );
  return decisions.map((one) => {
    const reason = excluded.get(one.sourceId);
    return reason === undefined ? one : settled(one, "skipped", reason);
  });
}
