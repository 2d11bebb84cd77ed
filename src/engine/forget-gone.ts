import { voidConfirmedCreate } from "../store/intents.ts";
import { type Link, removeLink } from "../store/links.ts";
import { type Settled, settled, targetTitle, type Work } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";
import { isGoneThere } from "./is-gone-there.ts";

/**
 * Where nothing is ever updated, no update tells that people deleted what was made: it is looked for when a person asks for
 * the record. Neither link nor intent stands in the way of a new one then, which the next retry makes.
 * @param links of the records that a person asks for; those of targets that are gone are taken out
 * @returns the ids that are gone, by source id
 */
export async function forgetGone(run: FlowRun, links: Map<string, Link>): Promise<ReadonlyMap<string, string>> {
  const gone = new Map<string, string>();
  if (run.flow.updates || run.plan !== null || run.target.has === undefined) return gone;
  for (const { sourceId, targetId } of [...links.values()]) {
    if (!(await isGoneThere(run, targetId))) continue;
    const now = new Date(run.bench.clock.now());
    await run.bench.store.database.transaction().execute(async (executor) => {
      await removeLink(executor, run.key, sourceId);
      await voidConfirmedCreate(executor, run.key, sourceId, now);
    });
    links.delete(sourceId);
    gone.set(sourceId, targetId);
  }
  return gone;
}

/** What is told of a record whose target is gone. */
export function targetGone(run: FlowRun, work: Work, id: string): Settled {
  return settled(work, "rejected", { code: "target-gone", parameters: { vendor: targetTitle(run), id } });
}
