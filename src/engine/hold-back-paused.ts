import { pausedByPerson } from "../store/flow-pauses.ts";
import { type Decision, type Settled, settled } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * Where a document came out different from what was asked, nothing more is made by itself until a person has looked;
 * what a person asks for by hand since then goes on (product.md, 1.2). Who asked before could not know.
 */
export async function holdBackPaused<Kind extends Decision>(
  run: FlowRun,
  decisions: readonly Kind[],
): Promise<readonly (Kind | Settled)[]> {
  const creates = decisions.some((one) => one.kind === "write" && one.intent === "create");
  const reason = creates && run.plan === null ? await pausedByPerson(run.bench.store.database, run.key) : null;
  if (reason === null) return decisions;
  const since = new Date(reason.parameters.at ?? 0);
  return decisions.map((one) => {
    if (one.kind !== "write" || one.intent !== "create") return one;
    const wantedAt = one.stored?.wantedAt ?? null;
    if (wantedAt !== null && wantedAt > since) return one;
    return settled(one, "waiting", { code: "flow-paused", parameters: { record: reason.parameters.record ?? "" } });
  });
}
