import { type Announced, announcedRecords, settleAnnounced } from "../store/announcements.ts";
import { findRecords } from "../store/records.ts";
import { bounds } from "./bounds.ts";
import { type FlowRun, lockFlows, stopHere } from "./flow-run.ts";
import { processIds } from "./process-rows.ts";

/**
 * Reads the records that webhooks announced (architecture, law 2) as a pass would: nobody asked, so that what a person
 * decides and what the target refused stays as it is unless the record has moved. A rehearsal leaves the marks.
 */
export async function takeUpAnnounced(run: FlowRun): Promise<void> {
  const { database } = run.bench.store;
  const now = new Date(run.bench.clock.now());
  let after: Announced | null = null;
  for (;;) {
    stopHere(run);
    const page: Announced[] = await announcedRecords(database, run.key, now, { after, most: bounds.duePage });
    if (page.length === 0) return;
    const ids = page.map(({ sourceId }) => sourceId);
    const stored = await findRecords(database, run.key, ids);
    await processIds(run, ids, { referred: false, asked: false });
    after = page.at(-1) ?? null;
    if (run.plan === null) {
      const neverKnown = ids.filter((id) => stored.get(id)?.reason?.code === "announced");
      await database.transaction().execute(async (executor) => {
        await lockFlows(executor, run);
        await settleAnnounced(executor, run.key, page, neverKnown);
      });
    }
    if (page.length < bounds.duePage) return;
  }
}
