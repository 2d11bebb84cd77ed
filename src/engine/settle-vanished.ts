/** Records that disappeared at their source: only complete passes may say so, twice, and never of many at once (law 6). */
import type { Page } from "../core/resources.ts";
import type { Executor } from "../store/schema.ts";
import { countMissed, forgetSeen, markSeen } from "../store/seen-records.ts";
import { bounds } from "./bounds.ts";
import { type FlowRun, lockFlows, type SourceRow } from "./flow-run.ts";
import { processIds, settleUnread } from "./process-rows.ts";
import { storeSettled } from "./store-outcomes.ts";

/** What a pass has met so far. */
export interface Seen {
  mark(executor: Executor, page: Page<SourceRow>): Promise<void>;
  met(): number;
}

/** Begins to note what a pass meets; null where the flow does nothing about what disappears. */
export async function noteSeen(run: FlowRun): Promise<Seen | null> {
  if (run.flow.gone === undefined || run.plan !== null) return null;
  await forgetSeen(run.bench.store.database, run.key);
  let met = 0;
  return {
    mark: async (executor, page) => {
      const ids = [
        ...page.rows.map((row) => run.source.idOf(row as never)),
        ...page.unreadable.flatMap(({ id }) => id ?? []),
      ];
      met += await markSeen(executor, run.key, run.runId, ids);
    },
    met: () => met,
  };
}

/**
 * After a complete pass: what two of them have missed is asked for by its id, and what is really gone gets what the flow
 * says. Where that would be more than a tenth of all, nothing happens before a person confirms it: a list that is
 * empty by mistake must not switch a catalogue off.
 */
export async function settleVanished(run: FlowRun, met: number): Promise<void> {
  const { database } = run.bench.store;
  const vanished = await database
    .transaction()
    .execute((executor) =>
      countMissed(executor, run.key, { runId: run.runId, met, mirrored: run.counterpart !== null }),
    );
  if (vanished === null || vanished.missedTwice.length === 0) return;
  const { linked, missed, missedTwice } = vanished;
  const few = missed <= Math.max(bounds.vanishedAtOnce.least, linked * bounds.vanishedAtOnce.share);
  // Where nothing is written for what disappeared, nothing can go wrong by it.
  if (few || Object.keys(run.flow.gone?.changes ?? {}).length === 0)
    return processIds(run, missedTwice, { referred: false, asked: false });
  run.bench.log("warn", "many records disappeared at once; nothing is done before a person confirms it", {
    integration: run.integration.name,
    flow: run.flow.name,
    count: missed,
    linked,
  });
  const settled = await settleUnread(
    run,
    missedTwice.map((id) => [id, { kind: "vanished", count: missed, linked }]),
  );
  const waiting = settled.filter((one) => one.kind === "settled");
  for (const one of waiting) run.counts[one.outcome] += 1;
  await database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    await storeSettled(executor, run, waiting);
  });
}
