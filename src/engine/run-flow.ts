/** One run of one flow: claim it, take over what a dead run left, read, write, move the cursor behind finished records. */

import { type Clock, later } from "../core/clock.ts";
import { NeedsPerson, RetryLater } from "../core/errors.ts";
import type { Flow } from "../core/flow.ts";
import { noOutcomes, type OutcomeCounts, type Trigger } from "../core/outcome.ts";
import type { Backfill } from "../store/backfills.ts";
import { isConnectionLost } from "../store/connection-lost.ts";
import type { Integration } from "../store/integrations.ts";
import { nextSearchAt, recoverIntents } from "../store/intents.ts";
import { type PlanItem, planItems } from "../store/plans.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import { claimRun, endRun, type Run } from "../store/runs.ts";
import type { RunScope, RunState } from "../store/schema.ts";
import { bounds } from "./bounds.ts";
import { checkChosen } from "./check-chosen.ts";
import { type FlowRun, RunEnded } from "./flow-run.ts";
import { keepLease, type Lease } from "./keep-lease.ts";
import { type Brought, type HandsOptions, openHands } from "./open-hands.ts";
import { processIds } from "./process-rows.ts";
import { readHistory, restBackfill } from "./read-history.ts";
import { settleDoubtful } from "./settle-doubtful.ts";
import { stretchSweeps } from "./stretch-sweeps.ts";
import { workThrough } from "./work-through.ts";
import type { Workbench } from "./workbench.ts";

/** What a caller asks of a run. */
export interface RunRequest {
  readonly integration: Integration;
  readonly flow: Flow;
  readonly trigger: Trigger;
  /**
   * `full`: due records and a whole pass of the source; `due`: doubtful writes, announced and due records only; one plan's writes; or
   * a backfill, which runs beside the regular runs of the flow and leaves doubtful writes and due records to them
   */
  readonly scope: "full" | "due" | { readonly planId: number } | { readonly backfill: Backfill };
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { counts: OutcomeCounts; calls: Readonly<Record<string, number>> }) => void;
}

/** How a run ended. */
export interface RunReport {
  readonly runId: number | null;
  readonly state: RunState | "held";
  readonly counts: OutcomeCounts;
  readonly calls: Readonly<Record<string, number>>;
  readonly message: string | null;
  /** when the next attempt makes sense, where the run was cut short */
  readonly retryAt: Date | null;
  /** when a doubtful write of this flow is to be searched next */
  readonly searchAt: Date | null;
  /** the error where the run failed by our own fault or needs a person */
  readonly error: unknown;
  readonly heldBy: Run | null;
  /** records that the applied plan no longer fits */
  readonly refused: readonly { readonly sourceId: string; readonly label: string }[];
  /** records of other flows that this run made because its own referred to them; `wasSkipped` of them were skipped before */
  readonly brought: Readonly<Record<string, { readonly created: number; readonly wasSkipped: number }>>;
}

/** Runs a flow once. Never throws for what happens at vendors: the report says how the run ended. */
export async function runFlow(bench: Workbench, request: RunRequest): Promise<RunReport> {
  const { integration, flow } = request;
  const key = { integrationId: integration.id, flow: flow.name };
  const now = bench.clock.now();
  const claim = await claimRun(bench.store.database, key, {
    trigger: request.trigger,
    scope: scopeOf(request),
    process: bench.process,
    lifeline: bench.store.lifeline,
    now: new Date(now),
    leaseUntil: new Date(now + bounds.leaseMs),
  });
  const counts = noOutcomes();
  if (claim.kind === "held") return { ...emptyReport(counts), state: "held", heldBy: claim.by };
  const calls: Record<string, number> = {};
  const refused: Refused[] = [];
  const lease = keepLease(bench, claim.runId, request, () => ({ counts, calls }));
  const end = await attempt(bench, request, claim.runId, counts, { calls, refused, lease });
  await lease.end();
  const alive = await endRun(bench.store.database, claim.runId, {
    state: end.state,
    counts,
    calls,
    message: end.message,
    now: new Date(bench.clock.now()),
  });
  if (typeof request.scope === "object" && "backfill" in request.scope)
    await restBackfill(bench, request.scope.backfill, end);
  const isSweep = request.scope === "full" && request.flow.reads === "all" && request.flow.purpose === undefined;
  if (isSweep && end.state === "done") await stretchSweeps(bench, integration);
  const searchAt = await earliestSearch(bench, request);
  return {
    ...emptyReport(counts),
    runId: claim.runId,
    calls,
    refused,
    ...end,
    state: alive ? end.state : "abandoned",
    searchAt,
  };
}

/** When a doubtful write of the flow, or of one whose records its own refer to, is to be searched next. */
async function earliestSearch(bench: Workbench, { integration, flow }: RunRequest): Promise<Date | null> {
  const flows = bench.kinds.get(integration.kind)?.flows ?? [];
  const referred = flow.stock?.role === "takes" ? flows.filter(({ reads }) => reads === "referred") : [];
  const names = [flow.name, ...referred.map(({ name }) => name)];
  return nextSearchAt(bench.store.database, integration.id, names);
}

type Refused = RunReport["refused"][number];
const ended = { state: "done", message: null, retryAt: null, error: null } as const;

type RunEnd = Pick<RunReport, "message" | "retryAt" | "error"> &
  Partial<Pick<RunReport, "brought">> & { readonly state: Exclude<RunState, "running"> };

async function attempt(
  bench: Workbench,
  request: RunRequest,
  runId: number,
  counts: OutcomeCounts,
  { calls, refused, lease }: { calls: Record<string, number>; refused: Refused[]; lease: Lease },
): Promise<RunEnd> {
  const over = new AbortController();
  const signal = AbortSignal.any([lease.signal, over.signal]);
  const hands = await openHands(bench, request.integration, { signal, calls, ...waysOf(request) }).catch(
    (error: unknown) => ({
      error,
    }),
  );
  if ("error" in hands) return endOf(hands.error, bench.clock);
  try {
    const giveUp = () => over.abort(new RunEnded("stopped"));
    const refuse = ({ sourceId, label }: Refused) => refused.push({ sourceId, label });
    const hand = { runId, counts, fence: lease.fence, plan: null, refuse, giveUp };
    const run = hands.flowRun(request.flow, { ...hand, approved: null });
    if (typeof request.scope === "object" && "backfill" in request.scope) {
      await checkChosen(run);
      await readHistory(run, request.scope.backfill);
      return { ...ended, brought: broughtBy(hands.brought) };
    }
    await recoverIntents(bench.store.database, run.key, new Date(bench.clock.now()), run.longestWorkMs);
    await settleDoubtful(run);
    if (typeof request.scope === "object") {
      await checkChosen(run);
      await applyItems(bench, request.scope.planId, (approved) => hands.flowRun(request.flow, { ...hand, approved }));
      return ended;
    }
    await checkChosen(run);
    await workThrough(run, request.scope);
    return { ...ended, brought: broughtBy(hands.brought) };
  } catch (error) {
    return {
      ...endOf(lease.signal.aborted ? endedBy(lease.signal) : error, bench.clock),
      brought: broughtBy(hands.brought),
    };
  } finally {
    await hands.close();
  }
}

function scopeOf({ scope }: RunRequest): RunScope {
  if (typeof scope === "string") return scope;
  return "planId" in scope ? "plan" : "backfill";
}

/** What its calls are for, and the options that a backfill works with: its own first day in place of the regular one. */
function waysOf({ flow, scope }: RunRequest): Pick<HandsOptions, "purpose" | "overrides"> {
  if (typeof scope !== "object" || !("backfill" in scope)) return { purpose: flow.purpose ?? "flow" };
  const { notBefore } = flow;
  return {
    purpose: "backfill",
    overrides: notBefore === undefined ? {} : { [notBefore]: scope.backfill.since },
  };
}

function broughtBy(brought: Brought): RunReport["brought"] {
  const made = [...brought].filter(([, { counts }]) => counts.created > 0);
  return Object.fromEntries(
    made.map(([flow, { counts, wasSkipped }]) => [flow, { created: counts.created, wasSkipped }]),
  );
}

/** Makes the writes of a plan, a page at a time; a record in it counts as referred to, so that rule Z4 does not drop it. */
async function applyItems(
  bench: Workbench,
  planId: number,
  runWith: (approved: ReadonlyMap<string, PlanItem> | null) => FlowRun,
): Promise<void> {
  const { flow } = runWith(new Map());
  for (let after = -1; ; ) {
    const page = await planItems(bench.store.database, planId, { flow: flow.name, after, most: bounds.duePage });
    if (page.items.length === 0) return;
    const approved = new Map(page.items.map((item) => [item.sourceId, item]));
    const ids = [...approved.keys()];
    await processIds(runWith(approved), ids, { referred: true, asked: true });
    // What a write of the plan has left to be done belongs to it: the record in place of a deleted one, a second step.
    const records = await findRecords(bench.store.database, runWith(null).key, ids);
    const left = ids.filter((id) => isLeft(records.get(id), bench.clock.now()));
    await processIds(runWith(null), left, { referred: true, asked: true });
    after = page.last;
  }
}

function isLeft(record: StoredRecord | undefined, now: number): boolean {
  const written = record?.outcome === "created" || record?.outcome === "updated";
  return written && record.retryAt !== null && record.retryAt.getTime() <= now;
}

/** Why the run's signal ended it: taken over, a lost database, or (anything else) somebody asked it to stop. */
function endedBy(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name !== "AbortError" ? reason : new RunEnded("stopped");
}

/** A database that was lost is back within seconds (the embedded one is started anew by whoever needs it). */
function soon(clock: Clock): Date {
  return later(clock, bounds.leaseMs);
}

function endOf(error: unknown, clock: Clock): RunEnd {
  if (error instanceof RunEnded)
    return {
      state: error.why === "stopped" ? "stopped" : "abandoned",
      message: error.message,
      retryAt: null,
      error: null,
    };
  if (error instanceof RetryLater)
    return { state: "stopped", message: error.message, retryAt: error.after, error: null };
  if (error instanceof NeedsPerson) return { state: "stopped", message: error.message, retryAt: null, error };
  if (isConnectionLost(error)) {
    return { state: "stopped", message: "the connection to the database was lost", retryAt: soon(clock), error: null };
  }
  return { state: "failed", message: error instanceof Error ? error.message : String(error), retryAt: null, error };
}

function emptyReport(counts: OutcomeCounts): RunReport {
  return {
    runId: null,
    state: "done",
    counts,
    calls: {},
    message: null,
    retryAt: null,
    searchAt: null,
    error: null,
    heldBy: null,
    refused: [],
    brought: {},
  };
}
