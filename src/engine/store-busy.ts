import type { Reason } from "../core/reasons.ts";
import { intentsOf } from "../store/intents.ts";
import { findLinks, saveNewLinks } from "../store/links.ts";
import type { Executor } from "../store/schema.ts";
import { linkOf, outcome } from "./after-write.ts";
import type { FlowRun } from "./flow-run.ts";
import type { ReadyWrite } from "./resolve-links.ts";
import { storeOutcomes } from "./store-outcomes.ts";

/** The one intent of this business fact exists: another run holds it, or the row came twice and is written already. */
export async function storeBusy(executor: Executor, run: FlowRun, write: ReadyWrite): Promise<void> {
  const links = await findLinks(executor, run.key, [write.sourceId]);
  if (write.intent === "create" && links.has(write.sourceId)) {
    run.counts.unchanged += 1;
    return;
  }
  // It was made, and its link was lost with that of the flow that runs the other way: it is known again, not made again.
  const made = (await intentsOf(executor, run.key, write.sourceId)).findLast(({ kind }) => kind === "create");
  if (write.intent === "create" && made?.state === "confirmed" && made.targetId !== null) {
    const link = { ...linkOf(run, write, made.targetId), fingerprint: "", written: null };
    await saveNewLinks(executor, run.key, [link], new Date(run.bench.clock.now()));
    run.counts.unchanged += 1;
    return;
  }
  const reason: Reason = { code: "write-in-progress", parameters: {} };
  run.counts.waiting += 1;
  await storeOutcomes(executor, run, [outcome(write, "waiting", reason, "waiting", { reason })]);
}
