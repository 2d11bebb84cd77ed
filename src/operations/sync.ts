import { InvalidInput, NeedsPerson } from "../core/errors.ts";
import type { OutcomeCounts, Trigger } from "../core/outcome.ts";
import { type RunReport, runFlow } from "../engine/run-flow.ts";
import type { Jobs } from "../jobs/start-jobs.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";

/** What a sync by hand is asked for. */
export interface SyncRequest {
  readonly integration: string;
  /** one flow; all of the integration in their order when left out */
  readonly flow?: string | undefined;
  readonly signal: AbortSignal;
  readonly trigger?: Trigger;
  /** wait for doubtful writes until they are settled */
  readonly settle?: boolean;
  readonly scope?: "full" | "due";
  readonly onProgress?: (flow: string, counts: OutcomeCounts, calls: Readonly<Record<string, number>>) => void;
}

/** How the flow of a sync ended. */
export interface FlowReport extends RunReport {
  readonly flow: string;
}

/** Longest that a sync waits in all for doubtful writes. */
const settleMostMs = 15 * 60_000;

/** Runs flows now, in this process. A flow that needs a person or failed ends the sync; the rest is not run then. */
export async function sync(desk: Desk, request: SyncRequest): Promise<FlowReport[]> {
  const integration = await integrationNamed(desk, request.integration);
  const reports: FlowReport[] = [];
  for (const flow of chosenFlows(desk, integration, request.flow)) {
    const { onProgress } = request;
    const run = (scope: "full" | "due") =>
      runFlow(desk, {
        integration,
        flow,
        scope,
        trigger: request.trigger ?? "manual",
        signal: request.signal,
        ...(onProgress ? { onProgress: ({ counts, calls }) => onProgress(flow.name, counts, calls) } : {}),
      });
    let report = await run(request.scope ?? "full");
    if (request.settle) report = await settle(desk, report, () => run("due"), request.signal);
    const ahead = madeAhead(reports, flow.name);
    const counts = { ...report.counts, created: report.counts.created + ahead };
    reports.push({ ...report, counts, flow: flow.name });
    countBrought(reports, report.brought);
    if (report.state === "failed" || report.error instanceof NeedsPerson || request.signal.aborted) break;
  }
  return reports;
}

/**
 * Records of another flow that were made because records of this one refer to them count under their own flow: made,
 * and no longer skipped, so that the counts of a sync equal what stands at the target.
 */
function countBrought(reports: FlowReport[], brought: RunReport["brought"]): void {
  for (const [flow, { created, wasSkipped }] of Object.entries(brought)) {
    const at = reports.findIndex((report) => report.flow === flow);
    const report = reports[at];
    if (report === undefined) continue;
    const { counts } = report;
    const skipped = Math.max(0, counts.skipped - wasSkipped);
    reports[at] = { ...report, counts: { ...counts, created: counts.created + created, skipped } };
  }
}

/** Records of a flow that earlier ones made before its turn, such as the payments of invoices. */
function madeAhead(reports: readonly FlowReport[], flow: string): number {
  return reports.reduce((sum, { brought }) => sum + (brought[flow]?.created ?? 0), 0);
}

/** The part of the jobs that queueing needs. */
type Queue = Pick<Jobs, "runNow">;

/**
 * Asks for runs in whichever process has a place for them. @throws {InvalidInput} when the integration is paused
 * @returns each flow; `queued` is false where one was queued for now already.
 */
export async function queueSync(
  desk: Desk,
  queue: Queue,
  request: { integration: string; flow?: string | undefined },
): Promise<{ flow: string; queued: boolean }[]> {
  const integration = await integrationNamed(desk, request.integration);
  if (integration.paused)
    throw new InvalidInput(
      "integration",
      `${integration.name} is paused, so a queued run would be left alone; resume it, or ask for the sync with wait=true`,
    );
  const answers: { flow: string; queued: boolean }[] = [];
  for (const { name: flow } of chosenFlows(desk, integration, request.flow)) {
    const queued = await queue.runNow({ integrationId: integration.id, flow, scope: "full", trigger: "manual" });
    answers.push({ flow, queued });
  }
  return answers;
}

/** Comes back to doubtful writes when their time has come; the counts of the later runs are added to the first. */
async function settle(
  desk: Desk,
  first: RunReport,
  again: () => Promise<RunReport>,
  signal: AbortSignal,
): Promise<RunReport> {
  const until = desk.clock.now() + settleMostMs;
  let report = first;
  while (report.state === "done" && report.searchAt !== null && report.searchAt.getTime() < until && !signal.aborted) {
    await desk.clock.sleep(Math.max(50, report.searchAt.getTime() - desk.clock.now()), signal).catch(() => undefined);
    const next = await again();
    report = { ...next, counts: settledCounts(report.counts, next.counts) };
  }
  return report;
}

/** A doubtful record was counted as waiting; once it is settled it counts as what became of it. */
function settledCounts(first: OutcomeCounts, later: OutcomeCounts): OutcomeCounts {
  const counts = { ...first };
  for (const [outcome, count] of Object.entries(later) as [keyof OutcomeCounts, number][]) counts[outcome] += count;
  const moved = later.created + later.updated + later.rejected + later.skipped + later.unchanged;
  counts.waiting = Math.max(0, counts.waiting - later.waiting - moved) + later.waiting;
  return counts;
}
