import { bounds } from "./bounds.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * Whether a record that was stored at a moment of ours was read behind the second of its last change. Vendors tell whole
 * seconds, in their own time: what was read within that second may have changed once more in it.
 */
export function isSurelyRead({ from }: FlowRun, storedAt: Date, changedAt: number): boolean {
  return storedAt.getTime() + (from.clockAheadMs() ?? 0) - changedAt >= bounds.settledAfterMs;
}

/** Whether the rows of a flow say when they changed, and nothing else moves what is made of them. */
export function tellsChanges({ flow }: FlowRun): boolean {
  return flow.reads === "changed" || flow.watch !== undefined;
}
