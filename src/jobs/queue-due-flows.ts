import type { Workbench } from "../engine/workbench.ts";
import { dueBackfills } from "../store/backfills.ts";
import { claimDueFlows } from "../store/flow-states.ts";
import { bounds } from "./bounds.ts";
import type { RunQueue } from "./run-queue.ts";

/** Queues every backfill that may go on and that nobody is at; a rest, a restart or a lost job need nothing else. */
export async function queueBackfills(bench: Workbench, queue: RunQueue): Promise<void> {
  const due = await dueBackfills(bench.store.database, new Date(bench.clock.now()), bounds.claimedTogether);
  for (const key of due) await queue.wish({ ...key, scope: "backfill", trigger: "backfill", dueAt: null, at: null });
}

/**
 * Queues every flow whose time has come. Several processes share the work: what one claims, no other does, and the
 * claim and the queued run are one transaction.
 * @returns how many flows were due.
 */
export async function queueDueFlows(bench: Workbench, queue: RunQueue): Promise<number> {
  const order = [...bench.kinds.values()].flatMap((kind) => kind.flows.map((flow) => flow.name));
  let total = 0;
  for (;;) {
    const count = await bench.store.database.transaction().execute(async (executor) => {
      const due = await claimDueFlows(executor, new Date(bench.clock.now()), bounds.claimedTogether);
      if (due.length === 0) return 0;
      // Products come before the orders that refer to them.
      const inOrder = due.toSorted((one, other) => order.indexOf(one.flow) - order.indexOf(other.flow));
      const wishes = inOrder.map(({ integrationId, flow, dueAt }) => ({
        integrationId,
        flow,
        scope: "full" as const,
        trigger: "schedule" as const,
        dueAt: dueAt.toISOString(),
        at: null,
      }));
      await queue.wishInside(executor, wishes);
      return due.length;
    });
    total += count;
    if (count < bounds.claimedTogether) return total;
  }
}
