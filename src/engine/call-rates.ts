/** What the regular runs of a connection cost a day, and what that leaves to sweeps and to history. */
import type { BudgetLimits } from "../core/budget.ts";
import type { Flow } from "../core/flow.ts";
import { readBudget } from "../store/call-budgets.ts";
import type { Connection } from "../store/connections.ts";
import { listFlowStates } from "../store/flow-states.ts";
import { listIntegrations } from "../store/integrations.ts";
import { listRuns, type Run } from "../store/runs.ts";
import { bounds } from "./bounds.ts";
import type { Workbench } from "./workbench.ts";

const minutesPerDay = 1_440;

/** One flow's part in the day's calls of a connection. */
export interface FlowRate {
  readonly integrationId: number;
  readonly flow: Flow;
  /** as it was set */
  readonly everyMinutes: number;
  /** as it runs now, where the day's calls cannot carry what was set */
  readonly stretchedMinutes: number | null;
  /** its next time on its grid, milliseconds since 1970 */
  readonly nextRunAt: number;
  /** what three of four runs cost at most, or all on the average where that is more: nothing may run short by it */
  readonly callsPerRun: number;
  readonly averageCalls: number;
  /** calls that a run which has begun, or which waits for its turn, has still to make */
  readonly callsUnderWay: number;
}

/** The day of a connection's budget. Calls are counted; times are milliseconds since 1970. */
export interface CallDay {
  readonly now: number;
  readonly limits: BudgetLimits;
  readonly dayMs: number;
  /** null = no limit a day is known */
  readonly limit: number | null;
  readonly remaining: number | null;
  readonly resetsAt: number;
  /** kept for exports and people */
  readonly reserve: number;
  readonly rates: readonly FlowRate[];
}

/** Reads what is known of a connection's day. */
export async function callDay(bench: Workbench, connection: Connection): Promise<CallDay> {
  const limits = bench.limitsOf(connection);
  const dayMs = limits.minuteMs * minutesPerDay;
  const now = bench.clock.now();
  const budget = await readBudget(bench.store.database, connection.id);
  const limit = budget.dayLimit ?? limits.perDay;
  const fresh = budget.dayResetsAt === null || now >= budget.dayResetsAt;
  return {
    now,
    limits,
    dayMs,
    limit,
    remaining: fresh ? limit : (budget.dayRemaining ?? limit),
    resetsAt: budget.dayResetsAt === null ? now + dayMs : nextReset(budget.dayResetsAt, dayMs, now),
    reserve: Math.min(limits.dayReserve, Math.floor((limit ?? 0) / 2)),
    rates: await flowRates(bench, connection),
  };
}

function nextReset(resetsAt: number, dayMs: number, now: number): number {
  return now < resetsAt ? resetsAt : resetsAt + (Math.floor((now - resetsAt) / dayMs) + 1) * dayMs;
}

/** Every flow that runs by itself over a connection. */
async function flowRates(bench: Workbench, connection: Connection): Promise<FlowRate[]> {
  const rates: FlowRate[] = [];
  for (const integration of await listIntegrations(bench.store.database)) {
    const { sourceConnectionId, targetConnectionId } = integration;
    // Those that are paused count too: they go on one day.
    if (sourceConnectionId !== connection.id && targetConnectionId !== connection.id) continue;
    const kind = bench.kinds.get(integration.kind);
    const names = kind?.flavours[integration.flavour] ?? [];
    for (const state of await listFlowStates(bench.store.database, integration.id)) {
      const flow = kind?.flows.find((one) => one.name === state.flow);
      if (flow === undefined || !names.includes(flow.name)) continue;
      const rated = Math.max(bounds.ratedRuns, Math.ceil(minutesPerDay / state.everyMinutes));
      const key = { integrationId: integration.id, flow: flow.name };
      // Runs that only took up due records say nothing of what a whole one costs.
      const most = bounds.averagedDays * rated + 1;
      const regular = await listRuns(bench.store.database, { ...key, scope: "full", most });
      const { everyMinutes, stretchedMinutes } = state;
      const known = knownCosts(regular, { vendor: connection.vendor, flow, most });
      const cost = usualCost(known, { rated, isSweep: flow.reads === "all" });
      const rate = { everyMinutes, stretchedMinutes, nextRunAt: state.nextRunAt.getTime(), ...cost };
      const callsUnderWay = underWay(rate, regular[0], connection.vendor);
      rates.push({ integrationId: integration.id, flow, ...rate, callsUnderWay });
    }
  }
  return rates;
}

/** What runs that were done cost, the latest first. The very first run reads everything there is, and says nothing of the others. */
function knownCosts(
  newestFirst: readonly Run[],
  { vendor, flow, most }: { vendor: string; flow: Flow; most: number },
): readonly number[] {
  const hasFirst = flow.reads !== "all" && newestFirst.length < most;
  const others = hasFirst ? newestFirst.slice(0, -1) : newestFirst;
  return others.filter(({ state }) => state === "done").map((run) => callsOf(run, vendor));
}

/**
 * What a run costs: what three of four of the last day's runs cost at most; and on the average of some days, because what
 * changes differs from day to day. A sweep costs what the last ones did.
 */
function usualCost(
  known: readonly number[],
  { rated, isSweep }: { readonly rated: number; readonly isSweep: boolean },
): Pick<FlowRate, "callsPerRun" | "averageCalls"> {
  if (known.length === 0) return { callsPerRun: bounds.unratedCalls, averageCalls: bounds.unratedCalls };
  const latest = known.slice(0, rated).sort((one, other) => one - other);
  const averageCalls = average(isSweep ? latest : known);
  return { averageCalls, callsPerRun: Math.max(average(latest), latest[Math.floor(latest.length * 0.75)] ?? 0) };
}

function average(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

/** A run that has begun makes the rest of its calls; one whose time has come but that has not begun makes all of them. */
function underWay(
  { callsPerRun, nextRunAt, ...rate }: Omit<FlowRate, "integrationId" | "flow" | "callsUnderWay">,
  latest: Run | undefined,
  vendor: string,
): number {
  if (latest === undefined) return 0;
  if (latest.state === "running") return Math.max(0, callsPerRun - callsOf(latest, vendor));
  return latest.startedAt.getTime() >= nextRunAt - intervalMs(rate) ? 0 : callsPerRun;
}

function intervalMs({ everyMinutes, stretchedMinutes }: Pick<FlowRate, "everyMinutes" | "stretchedMinutes">): number {
  return (stretchedMinutes ?? everyMinutes) * 60_000;
}

function callsOf({ calls }: Run, vendor: string): number {
  return Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith(`${vendor} `) ? count : 0), 0);
}

/** The calls that regular runs need in a whole day. */
function callsOfDay(rates: readonly FlowRate[], dayMs: number): number {
  return rates.reduce((sum, rate) => sum + (rate.callsPerRun * dayMs) / intervalMs(rate), 0);
}

/** The calls that regular runs need until the day ends, run by run: what has begun, and each time on their grids. */
function callsOfToday(rates: readonly FlowRate[], day: CallDay): number {
  return rates.reduce((sum, rate) => sum + rate.callsUnderWay + rate.callsPerRun * runsOfToday(rate, day), 0);
}

function runsOfToday(rate: FlowRate, { now, resetsAt }: CallDay): number {
  // Times that were missed, in a pause or while nothing ran, are made up for by one run.
  const firstAt = Math.max(now, rate.nextRunAt);
  return firstAt >= resetsAt ? 0 : Math.floor((resetsAt - 1 - firstAt) / intervalMs(rate)) + 1;
}

/**
 * The calls that the regular runs of a connection need a day on the average, its sweeps as often as the day can carry them.
 * What is kept for dearer runs in the course of a day is given back by its end.
 */
export function regularCallsOfDay(day: CallDay): number {
  const sweeps = carriedSweeps(day).map((sweep) => ({ ...sweep, stretchedMinutes: sweep.carriedMinutes }));
  return callsOfDay([...othersThanSweeps(day), ...sweeps].map(onAverage), day.dayMs);
}

function onAverage(rate: FlowRate): FlowRate {
  return { ...rate, callsPerRun: rate.averageCalls };
}

/**
 * The calls that are left today for history: neither reserved nor needed by the regular runs, and some left over, because
 * not every run costs the same. Infinite where no day is limited.
 */
export function spareCalls(day: CallDay): number {
  if (day.remaining === null) return Number.POSITIVE_INFINITY;
  return Math.floor(day.remaining - day.reserve - leftOver(day) - callsOfToday(day.rates, day));
}

/** The same for a whole day. */
export function spareCallsOfDay(day: CallDay): number {
  if (day.limit === null) return Number.POSITIVE_INFINITY;
  return Math.floor(day.limit - day.reserve - leftOver(day) - regularCallsOfDay(day));
}

function leftOver({ limit }: CallDay): number {
  return Math.max(bounds.history.spareCalls, Math.floor((limit ?? 0) * bounds.history.spareShare));
}

/** A sweep with the interval that the day's calls can carry; null = the one that was set. */
export interface CarriedSweep extends FlowRate {
  readonly carriedMinutes: number | null;
}

/**
 * How often the sweeps of a connection (flows that list everything each time) can run, when what is left of a whole day
 * after the reserve and all other flows is shared among them. Intervals stretch in whole multiples; exports never do.
 */
export function carriedSweeps(day: CallDay): CarriedSweep[] {
  const sweeps = day.rates.filter((rate) => isSweep(rate) && rate.callsPerRun > 0);
  if (day.limit === null) return sweeps.map((sweep) => ({ ...sweep, carriedMinutes: null }));
  const asSet = sweeps.map((sweep) => ({ ...sweep, stretchedMinutes: null }));
  const others = callsOfDay(othersThanSweeps(day), day.dayMs);
  const share = Math.max(0, day.limit - day.reserve - others) / callsOfDay(asSet, day.dayMs);
  return sweeps.map((sweep) => ({ ...sweep, carriedMinutes: carriedMinutes(sweep, share) }));
}

/**
 * The same for the rest of today, of which more may be spent than usual (by a first sync, by people): the sweeps stretch
 * further until the day ends, so that they leave the other flows their calls. `nextRunAt` is their next time then. What
 * runs cost on the average decides, which is less than what a backfill leaves to them: a sweep must not wait because a
 * few runs cost more than usual.
 */
export function carriedToday(day: CallDay): CarriedSweep[] {
  const sweeps = carriedSweeps(day);
  const others = callsOfToday(othersThanSweeps(day).map(onAverage), day);
  const left = (day.remaining ?? Number.POSITIVE_INFINITY) - day.reserve - others;
  for (let skipped = 0; ; skipped += 1) {
    const stretched = sweeps.map((sweep) => moved(sweep, skipped, day));
    const running = stretched.map((sweep) => ({ ...onAverage(sweep), stretchedMinutes: sweep.carriedMinutes }));
    const over = stretched.every(({ nextRunAt }) => nextRunAt >= day.resetsAt || nextRunAt < day.now);
    const most = skipped === bounds.longestStretchMinutes;
    if (over || most || callsOfToday(running, day) <= left) return stretched;
  }
}

/** @param skipped times of its own interval that the sweep waits longer than a whole day asks */
function moved(sweep: CarriedSweep, skipped: number, { now, resetsAt }: CallDay): CarriedSweep {
  // One that is due, or paused, keeps its time.
  if (sweep.nextRunAt < now) return sweep;
  const { everyMinutes } = sweep;
  const everyMs = everyMinutes * 60_000;
  const minutes = Math.min(longest(everyMinutes), (sweep.carriedMinutes ?? everyMinutes) + skipped * everyMinutes);
  const lastAt = sweep.nextRunAt - intervalMs(sweep);
  const nextRunAt = lastAt + minutes * 60_000;
  if (skipped === 0) return { ...sweep, nextRunAt };
  // The next day carries it again as usual.
  const tomorrowAt = lastAt + Math.max(1, Math.ceil((resetsAt - lastAt) / everyMs)) * everyMs;
  return { ...sweep, carriedMinutes: minutes, nextRunAt: Math.min(nextRunAt, tomorrowAt) };
}

function isSweep({ flow }: FlowRate): boolean {
  return flow.reads === "all" && flow.purpose !== "export";
}

function othersThanSweeps({ rates }: CallDay): FlowRate[] {
  return rates.filter((rate) => !isSweep(rate));
}

/** @param share how much of what all sweeps want can be had; 1 = all */
function carriedMinutes({ everyMinutes, stretchedMinutes }: FlowRate, share: number): number | null {
  // Once stretched, it goes back only when there is clearly room, so that it does not swing.
  if (share >= (stretchedMinutes === null ? 1 : bounds.stretchSlack)) return null;
  const multiple = Math.max(2, Math.ceil(1 / share - 1e-9));
  return Math.min(longest(everyMinutes), everyMinutes * multiple);
}

/** A sweep that was set to run less than once a day is not run more often by stretching it. */
function longest(everyMinutes: number): number {
  return Math.max(bounds.longestStretchMinutes, everyMinutes);
}
