import type { NewLink } from "../store/links.ts";
import { findRecords, retryRecords, saveRecords } from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * What this flow linked, the flows that follow it take up next, in the same transaction: a payment can only be made for
 * an invoice that is there, and no crash in between may forget it.
 */
export async function tellFollowers(
  executor: Executor,
  run: FlowRun,
  links: readonly NewLink[],
  now: Date,
): Promise<void> {
  if (links.length === 0) return;
  const { integrationId } = run.key;
  for (const flow of run.flow.followedBy ?? []) {
    const key = { integrationId, flow };
    const ids = links.map(({ sourceId }) => sourceId);
    const known = await findRecords(executor, key, ids);
    const labels = await findRecords(executor, run.key, ids);
    const fresh = ids.filter((id) => !known.has(id));
    await saveRecords(
      executor,
      key,
      run.runId,
      fresh.map((sourceId) => ({
        sourceId,
        label: labels.get(sourceId)?.label ?? sourceId,
        outcome: "waiting",
        reason: { code: "follows", parameters: {} },
        notes: [],
        sourceChangedAt: null,
        waitsFor: null,
        retryAt: now,
        attempts: 0,
        refusedFingerprint: null,
      })),
      now,
    );
    if (known.size > 0) await retryRecords(executor, { ...key, sourceIds: [...known.keys()] }, now);
  }
}
