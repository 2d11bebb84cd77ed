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
  readonly callsPerRun: number;
}

/** The day of a connection's budget. Calls are counted; times are milliseconds since 1970. */
export interface CallDay {
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
    const states = await listFlowStates(bench.store.database, integration.id);
    for (const { flow: name, everyMinutes, stretchedMinutes } of states) {
      const flow = kind?.flows.find((one) => one.name === name);
      if (flow === undefined || !names.includes(name)) continue;
      const runs = await listRuns(bench.store.database, {
        integrationId: integration.id,
        flow: name,
        state: "done",
        most: bounds.ratedRuns + 1,
      });
      const callsPerRun = usualCalls(runs, connection.vendor, flow);
      rates.push({ integrationId: integration.id, flow, everyMinutes, stretchedMinutes, callsPerRun });
    }
  }
  return rates;
}

/** Three of four runs cost no more than this. The very first run reads everything there is, and says nothing of the others. */
function usualCalls(newestFirst: readonly Run[], vendor: string, flow: Flow): number {
  const regular = newestFirst.filter(({ trigger }) => trigger !== "backfill");
  const isWhole = flow.reads === "all" || regular.length > bounds.ratedRuns;
  const rated = isWhole ? regular : regular.slice(0, -1);
  const calls = rated.map((run) => callsOf(run, vendor)).sort((one, other) => one - other);
  return calls[Math.floor(calls.length * 0.75)] ?? bounds.unratedCalls;
}

function callsOf({ calls }: Run, vendor: string): number {
  return Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith(`${vendor} `) ? count : 0), 0);
}

/** The calls that the regular runs need in a time. */
export function regularCalls({ rates }: Pick<CallDay, "rates">, durationMs: number): number {
  const perMs = rates.map(
    ({ callsPerRun, everyMinutes, stretchedMinutes }) => callsPerRun / ((stretchedMinutes ?? everyMinutes) * 60_000),
  );
  return perMs.reduce((sum, each) => sum + each, 0) * durationMs;
}

/** The calls that are left today for history: neither reserved nor needed by the regular runs. Infinite where no day is limited. */
export function spareCalls(day: CallDay, now: number): number {
  if (day.remaining === null) return Number.POSITIVE_INFINITY;
  return Math.floor(day.remaining - day.reserve - regularCalls(day, Math.max(0, day.resetsAt - now)));
}

/** The same for a whole day. */
export function spareCallsOfDay(day: CallDay): number {
  return day.limit === null
    ? Number.POSITIVE_INFINITY
    : Math.floor(day.limit - day.reserve - regularCalls(day, day.dayMs));
}

/** A sweep with the interval that the day's calls can carry; null = the one that was set. */
export interface CarriedSweep extends FlowRate {
  readonly carriedMinutes: number | null;
}

/**
 * How often the sweeps of a connection (flows that list everything each time) can run, when what is left of a day after
 * the reserve and all other flows is shared among them. Intervals stretch in whole multiples; exports never do.
 */
export function carriedSweeps(day: CallDay): CarriedSweep[] {
  const isSweep = ({ flow }: FlowRate) => flow.reads === "all" && flow.purpose !== "export";
  const sweeps = day.rates.filter((rate) => isSweep(rate) && rate.callsPerRun > 0);
  if (day.limit === null) return sweeps.map((sweep) => ({ ...sweep, carriedMinutes: null }));
  const others = regularCalls({ rates: day.rates.filter((rate) => !isSweep(rate)) }, day.dayMs);
  const asSet = sweeps.map((sweep) => ({ ...sweep, stretchedMinutes: null }));
  const wanted = regularCalls({ rates: asSet }, day.dayMs);
  const share = Math.max(0, day.limit - day.reserve - others) / wanted;
  return sweeps.map((sweep) => ({ ...sweep, carriedMinutes: carriedMinutes(sweep, share) }));
}

/** @param share how much of what all sweeps want can be had; 1 = all */
function carriedMinutes({ everyMinutes, stretchedMinutes }: FlowRate, share: number): number | null {
  // Once stretched, it goes back only when there is clearly room, so that it does not swing.
  if (share >= (stretchedMinutes === null ? 1 : bounds.stretchSlack)) return null;
  const multiple = Math.max(2, Math.ceil(1 / share - 1e-9));
  return Math.min(bounds.longestStretchMinutes, everyMinutes * multiple);
}
