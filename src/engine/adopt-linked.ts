import { readCursor } from "../store/flow-states.ts";
import { mirrorLinks, saveNewLinks } from "../store/links.ts";
import { type FlowRun, lockFlows } from "./flow-run.ts";

/**
 * Before the first pass of a flow: what the target holds under our remote ids already (from a connector that was used
 * before, or an installation that was lost) is linked, so that the pass changes it and makes none of it twice. What
 * those records hold is not known, so each is written once in full. A plan links them too, or it would say that they are
 * to be made; at the vendors it writes nothing.
 */
export async function adoptLinked(run: FlowRun): Promise<void> {
  const { target, counterpart, bench } = run;
  const { database } = bench.store;
  // Where the flow itself sends no remote id, those that are there mean something else.
  if (target.linked === undefined || !Object.hasOwn(run.flow.rows, "remoteId")) return;
  const cursor = await readCursor(database, run.key);
  if (cursor.since !== null || cursor.pass !== null) return;
  let adopted = 0;
  for await (const rows of target.linked()) {
    const links = rows.map(({ id, remoteId, madeThere }) => ({
      sourceId: remoteId,
      targetId: id,
      fingerprint: "",
      written: null,
      madeThere,
    }));
    const now = new Date(bench.clock.now());
    await database.transaction().execute(async (executor) => {
      await lockFlows(executor, run);
      adopted += await saveNewLinks(executor, run.key, links, now);
      if (counterpart !== null) await mirrorLinks(executor, counterpart, links, now);
    });
    await run.fence();
  }
  if (adopted > 0)
    bench.log("info", `${adopted} records that were there under our remote ids are linked`, {
      integration: run.integration.name,
      flow: run.flow.name,
    });
}
