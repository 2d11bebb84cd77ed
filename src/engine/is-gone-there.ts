import { RetryLater } from "../core/errors.ts";
import type { FlowRun } from "./flow-run.ts";
import { readInFull } from "./read-in-full.ts";

/**
 * Whether the target no longer has a record that people may have deleted there: asked for by its id, or read as the flow
 * that runs the other way reads it. What cannot be told, or not now, counts as there.
 */
export async function isGoneThere(run: FlowRun, targetId: string): Promise<boolean> {
  const { target, counterpart } = run;
  try {
    if (target.has !== undefined) return !(await target.has(targetId));
  } catch (error) {
    if (!(error instanceof RetryLater) || error.connectionRests) throw error;
    return false;
  }
  const there = counterpart === null ? null : run.sibling(counterpart.flow);
  return there !== null && (await readInFull(there, [targetId])).get(targetId)?.kind === "missing";
}
