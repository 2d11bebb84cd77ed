/** A backfill: older records of a flow, newest first, beside the regular runs and behind them in the day's calls. */
import { later } from "../core/clock.ts";
import { RetryLater } from "../core/errors.ts";
import { type Backfill, findOpenBackfill, updateBackfill } from "../store/backfills.ts";
import { findConnection } from "../store/connections.ts";
import { bounds } from "./bounds.ts";
import { callDay, spareCalls } from "./call-rates.ts";
import { type FlowRun, RunEnded, stopHere } from "./flow-run.ts";
import { judgeRows } from "./judge-rows.ts";
import { finishRows, settleUnreadable } from "./process-rows.ts";
import type { Workbench } from "./workbench.ts";

/** Not forced: a window that is listed again must cost no read for what is done, or a day's calls would never get past it. */
export const rowsOfHistory = { referred: false, forced: false, asked: false, full: false } as const;

/**
 * Goes on with a backfill where it stands, window by window. A window that is finished is never read again; one that was
 * cut short is listed again from the day that it has reached, and what it made already costs no further call.
 * @throws {RetryLater} when the rest of the day belongs to the regular flows. @throws {RunEnded} when it was paused.
 */
export async function readHistory(run: FlowRun, backfill: Backfill): Promise<void> {
  const { source } = run;
  if (source.within === undefined) throw new Error(`${run.flow.name} has no history that could be asked for`);
  let { until } = backfill;
  await updateBackfill(
    run.bench.store.database,
    backfill.id,
    { message: null, resumesAt: null },
    new Date(run.bench.clock.now()),
  );
  let days: number = bounds.history.firstDays;
  while (until >= backfill.since) {
    const from = laterDay(backfill.since, addDays(until, 1 - days));
    let rows = 0;
    // Before the first page is asked for: listing costs calls too.
    await mayTake(run, backfill);
    for await (const page of source.within({ from, to: until })) {
      rows += page.rows.length;
      const unreadable = await settleUnreadable(run, page.unreadable);
      await finishRows(run, [], { settled: unreadable });
      for (let at = 0; at < page.rows.length; ) {
        const most = await mayTake(run, backfill);
        await finishRows(run, await judgeRows(run, page.rows.slice(at, at + most), rowsOfHistory));
        at += most;
      }
      const reached = laterDay(from, page.reachedDay ?? until);
      if (reached >= until) continue;
      until = reached;
      await moveOn(run, backfill, until);
    }
    until = addDays(from, -1);
    await moveOn(run, backfill, until);
    days = nextDays(days, rows);
  }
}

/** How many rows may be taken now. @throws {RunEnded} when it was paused or ended. @throws {RetryLater} when none may. */
async function mayTake(run: FlowRun, backfill: Backfill): Promise<number> {
  stopHere(run);
  const open = await findOpenBackfill(run.bench.store.database, run.key);
  if (open === null || open.id !== backfill.id || open.state !== "running") throw new RunEnded("stopped");
  return Math.min(bounds.history.rowsTogether, await spareRows(run));
}

/** After a run of a backfill that was cut short: why it rests, and when it goes on. */
export async function restBackfill(
  { store, clock }: Workbench,
  { id }: Backfill,
  run: { readonly message: string | null; readonly retryAt: Date | null; readonly error: unknown },
): Promise<void> {
  // What failed or needs a person is not tried again at once, or it would be every second.
  const resumesAt = run.retryAt ?? (run.error === null ? null : later(clock, bounds.history.afterFailureMs));
  const rests = resumesAt === null ? {} : { message: run.message, resumesAt };
  await updateBackfill(store.database, id, rests, new Date(clock.now()));
}

/**
 * Leaves the reserve to exports and people, and to the regular flows what they need until the day ends.
 * @returns how many rows the rest can pay for, one call each
 */
async function spareRows({ bench, integration }: FlowRun): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const id of [integration.sourceConnectionId, integration.targetConnectionId]) {
    const connection = await findConnection(bench.store.database, { id });
    if (connection === null) continue;
    const day = await callDay(bench, connection);
    least = Math.min(least, spareCalls(day));
    if (least >= 1) continue;
    const words = `the rest of the day's calls of ${bench.vendorTitle(connection.vendor)} is for the regular flows`;
    const again = Math.min(
      day.resetsAt + bounds.history.afterResetMs,
      day.now + day.dayMs / bounds.history.looksPerDay,
    );
    throw new RetryLater(new Date(again), words, { connectionRests: true });
  }
  return least;
}

async function moveOn(run: FlowRun, { id, since }: Backfill, until: string): Promise<void> {
  const now = new Date(run.bench.clock.now());
  const done = until < since;
  await updateBackfill(run.bench.store.database, id, done ? { until, state: "done", message: null } : { until }, now);
  await run.fence();
}

/** Windows hold some thousands of rows: few enough to be listed again, enough that the lists cost little. */
function nextDays(days: number, rows: number): number {
  const { fewRows, manyRows, mostDays } = bounds.history;
  if (rows < fewRows) return Math.min(mostDays, days * 2);
  return rows > manyRows ? Math.max(1, Math.floor(days / 2)) : days;
}

/** A calendar day so many days later (YYYY-MM-DD). */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function laterDay(one: string, other: string): string {
  return one > other ? one : other;
}
