/** Does one queued run, and sees to what follows from how it ended. */
import { NeedsPerson } from "../core/errors.ts";
import type { Flow } from "../core/flow.ts";
import { type RunReport, runFlow } from "../engine/run-flow.ts";
import type { Workbench } from "../engine/workbench.ts";
import { findOpenBackfill } from "../store/backfills.ts";
import { findConnection } from "../store/connections.ts";
import { scheduleFlow } from "../store/flow-states.ts";
import { findIntegration, type Integration } from "../store/integrations.ts";
import { flowsWithDueRecords } from "../store/records.ts";
import { bounds } from "./bounds.ts";
import type { RunJob, RunQueue } from "./run-queue.ts";

/** What a run needs besides the job. */
export interface RunSetting {
  readonly bench: Workbench;
  readonly queue: RunQueue;
  /** the flows of an integration's flavour */
  flowsOf(integration: Integration): readonly Flow[];
}

/**
 * Does one queued run. A flow that is paused, was taken out of the flavour, or belongs to an integration that is gone
 * is left alone.
 * @throws what made the run fail (a bug or a lost database), so that the queue tries it again with backoff.
 */
export async function doRun(setting: RunSetting, job: RunJob, signal: AbortSignal): Promise<void> {
  const { bench } = setting;
  const integration = await findIntegration(bench.store.database, { id: job.integrationId });
  if (integration === null || integration.paused) return;
  const flow = setting.flowsOf(integration).find(({ name }) => name === job.flow);
  if (flow === undefined) return;
  if (job.scope === "backfill") return doBackfill(bench, integration, flow, signal);
  const startedAt = new Date(bench.clock.now());
  const report = await runFlow(bench, { integration, flow, trigger: job.trigger, scope: job.scope, signal });
  tell(bench, integration, flow, report, { trigger: job.trigger, scope: job.scope });
  await followUp(setting, integration, job, report, startedAt);
}

/** Goes on with a backfill. When it goes on next stands in its row, which the tick of every process looks at. */
async function doBackfill(bench: Workbench, integration: Integration, flow: Flow, signal: AbortSignal): Promise<void> {
  const open = await findOpenBackfill(bench.store.database, { integrationId: integration.id, flow: flow.name });
  const rests = open?.resumesAt != null && open.resumesAt.getTime() > bench.clock.now();
  if (open === null || open.state !== "running" || rests) return;
  const scope = { backfill: open };
  const report = await runFlow(bench, { integration, flow, trigger: "backfill", scope, signal });
  tell(bench, integration, flow, report, { trigger: "backfill", since: open.since });
}

function tell(
  bench: Workbench,
  integration: Integration,
  flow: Flow,
  { runId, state, counts, message }: RunReport,
  about: Readonly<Record<string, unknown>>,
): void {
  bench.log(state === "failed" ? "error" : "info", `run of ${integration.name} ${flow.name}: ${state}`, {
    run: runId,
    ...about,
    counts,
    ...(message === null ? {} : { message }),
  });
}

async function followUp(
  setting: RunSetting,
  integration: Integration,
  job: RunJob,
  report: RunReport,
  startedAt: Date,
): Promise<void> {
  const { bench, queue } = setting;
  switch (report.state) {
    case "failed":
      throw report.error;
    case "held": {
      // The holder may end long before its lease, so the lease is only the latest moment to look again.
      const soon = bench.clock.now() + bounds.heldMs;
      await queue.wish({ ...job, at: Math.min(report.heldBy?.leaseUntil.getTime() ?? soon, soon) });
      return;
    }
    case "stopped":
      await queueReleased(setting, job, startedAt);
      if (report.error instanceof NeedsPerson) await putBack(bench, integration, job);
      // Without a time the run was asked to stop: what is left of it is for whoever takes it next.
      else
        await queue.wish({ ...job, at: report.retryAt === null ? null : notBefore(bench, report.retryAt.getTime()) });
      return;
    case "done":
      await queueReleased(setting, job, startedAt);
      if (report.searchAt !== null)
        await queue.wish({ ...job, scope: "due", dueAt: null, at: notBefore(bench, report.searchAt.getTime()) });
      return;
    default:
      // Abandoned: another process took the run over and does what follows from it.
      return;
  }
}

/** Queues the flows of the integration whose records this run released, such as orders that waited for a product. */
async function queueReleased({ bench, queue }: RunSetting, job: RunJob, startedAt: Date): Promise<void> {
  const now = bench.clock.now();
  const flows = await flowsWithDueRecords(bench.store.database, job.integrationId, {
    from: startedAt,
    until: new Date(now),
  });
  for (const flow of flows) await queue.wish({ ...job, flow, scope: "due", dueAt: null, at: now + bounds.soonestMs });
}

/**
 * A connection waits for a person. The flow gets back the time on its grid that this run was for: it is not claimed
 * while the connection waits, and runs at once when the person has acted. Where no connection is marked (an option
 * names something that is gone), the flow keeps its next time, or it would run again every second.
 */
async function putBack(bench: Workbench, integration: Integration, job: RunJob): Promise<void> {
  if (job.dueAt === null) return;
  const { database } = bench.store;
  const ids = [integration.sourceConnectionId, integration.targetConnectionId];
  const connections = await Promise.all(ids.map((id) => findConnection(database, { id })));
  if (connections.every((connection) => connection === null || connection.needsPerson === null)) return;
  await scheduleFlow(database, job, { nextRunAt: new Date(job.dueAt) });
}

function notBefore(bench: Workbench, at: number): number {
  return Math.max(at, bench.clock.now() + bounds.soonestMs);
}
