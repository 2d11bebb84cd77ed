import type { Reason } from "../core/reasons.ts";
import { mirrorLinks, type NewLink } from "../store/links.ts";
import { findRecords, retryRecords, saveRecords } from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * What one flow linked, the flow that runs the other way knows at once, in the same transaction: an exported order is
 * never imported as another one, nor an imported one exported (rule Z5). After an export the other flow is due, which
 * writes back what it is known by.
 */
export async function tellCounterpart(
  executor: Executor,
  run: FlowRun,
  links: readonly NewLink[],
  now: Date,
): Promise<void> {
  const { counterpart } = run;
  if (counterpart === null) return;
  await mirrorLinks(executor, counterpart, links, now);
  if (run.flow.purpose !== "export") return;
  const known = await findRecords(
    executor,
    counterpart,
    links.map(({ targetId }) => targetId),
  );
  const reason = (id: string): Reason => ({
    code: "export-confirmed",
    parameters: { vendor: run.bench.vendorTitle(run.flow.from.vendor), id },
  });
  const fresh = links.filter(({ targetId }) => !known.has(targetId));
  await saveRecords(
    executor,
    counterpart,
    run.runId,
    fresh.map(({ sourceId, targetId }) => ({
      sourceId: targetId,
      label: sourceId,
      outcome: "waiting",
      reason: reason(sourceId),
      notes: [],
      sourceChangedAt: null,
      waitsFor: null,
      retryAt: now,
      attempts: 0,
      refusedFingerprint: null,
    })),
    now,
  );
  if (known.size > 0) await retryRecords(executor, { ...counterpart, sourceIds: [...known.keys()] }, now);
}
