/** What a backfill will take, said before it begins: records, calls, minutes and days under the account's real quota. */

import { isCalendarDay } from "../core/conversions.ts";
import { InvalidInput } from "../core/errors.ts";
import type { Flow } from "../core/flow.ts";
import { noOutcomes } from "../core/outcome.ts";
import {
  type CallDay,
  callDay,
  carriedSweeps,
  regularCallsOfDay,
  spareCalls,
  spareCallsOfDay,
} from "../engine/call-rates.ts";
import type { FlowRun } from "../engine/flow-run.ts";
import { countDue } from "../engine/judge-rows.ts";
import { openHands } from "../engine/open-hands.ts";
import { addDays, rowsOfHistory } from "../engine/read-history.ts";
import { findConnection } from "../store/connections.ts";
import type { Integration } from "../store/integrations.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";
import { estimateDue } from "./estimate-due.ts";

/** What one flow of a backfill comes to. Days are YYYY-MM-DD, both included. */
export interface FlowForecast {
  readonly flow: string;
  readonly since: string;
  readonly until: string;
  /** records in the range, and how many of them will be read and sent, judged by some of its pages */
  readonly records: number;
  readonly toSend: number;
  /** calls by vendor */
  readonly calls: Readonly<Record<string, number>>;
}

/** What the calls of one connection come to. */
export interface ConnectionForecast {
  readonly connection: string;
  readonly vendor: string;
  readonly calls: number;
  readonly perMinute: number;
  /** null = no limit a day is known */
  readonly perDay: number | null;
  /** kept for exports and people, and needed by the regular flows, a day */
  readonly reserve: number;
  readonly regular: number;
  /** left today */
  readonly spareToday: number | null;
  /** until it is done, the rest until the vendor's next day included; null = the day's calls leave nothing for it */
  readonly minutes: number | null;
  readonly days: number | null;
  /** sweeps that the day's calls cannot carry as often as they were set */
  readonly stretched: readonly {
    readonly flow: string;
    readonly everyMinutes: number;
    readonly carriedMinutes: number;
  }[];
}

export interface Forecast {
  readonly integration: string;
  readonly since: string;
  readonly flows: readonly FlowForecast[];
  readonly connections: readonly ConnectionForecast[];
  readonly records: number;
  /** of the slower connection */
  readonly minutes: number | null;
  readonly days: number | null;
}

/** What is asked of a backfill. */
export interface BackfillRequest {
  readonly integration: string;
  /** one flow; all that have a history when left out */
  readonly flow?: string | undefined;
  /** the first business day that is wanted, YYYY-MM-DD */
  readonly since: string;
  readonly signal: AbortSignal;
}

/** Reads a few pages and says what a backfill will take; stores and writes nothing. @throws {InvalidInput} */
export async function forecast(desk: Desk, request: BackfillRequest): Promise<Forecast> {
  const integration = await integrationNamed(desk, request.integration);
  const flows = flowsWithHistory(desk, integration, request.flow);
  const calls: Record<string, number> = {};
  const forecasts: FlowForecast[] = [];
  for (const flow of flows) {
    const range = rangeOf(integration, flow, request.since);
    const overrides = { [String(flow.notBefore)]: range.from };
    const hands = await openHands(desk, integration, { signal: request.signal, purpose: "person", calls, overrides });
    try {
      const run = hands.flowRun(flow, unbound);
      forecasts.push(await flowForecast(run, range));
    } finally {
      await hands.close();
    }
  }
  const connections: ConnectionForecast[] = [];
  for (const id of [integration.sourceConnectionId, integration.targetConnectionId]) {
    const connection = await findConnection(desk.store.database, { id });
    if (connection === null) continue;
    const sum = forecasts.reduce((total, one) => total + (one.calls[connection.vendor] ?? 0), 0);
    const day = await callDay(desk, connection);
    connections.push({
      connection: connection.name,
      vendor: connection.vendor,
      ...durationOf(day, sum, desk.clock.now()),
    });
  }
  return {
    integration: integration.name,
    since: request.since,
    flows: forecasts,
    connections,
    records: forecasts.reduce((total, one) => total + one.records, 0),
    minutes: longest(connections.map((one) => one.minutes)),
    days: longest(connections.map((one) => one.days)),
  };
}

function longest(durations: readonly (number | null)[]): number | null {
  return durations.some((one) => one === null) ? null : Math.max(...durations.map((one) => one ?? 0));
}

/** The flows of an integration that begin with a day and can be asked for what lies before it. @throws {InvalidInput} */
export function flowsWithHistory(desk: Desk, integration: Integration, name: string | undefined): Flow[] {
  const flows = chosenFlows(desk, integration, name).filter(({ notBefore }) => notBefore !== undefined);
  if (flows.length > 0) return flows;
  const all = chosenFlows(desk, integration, undefined).filter(({ notBefore }) => notBefore !== undefined);
  if (all.length === 0) {
    const sends = chosenFlows(desk, integration, undefined).some(({ stock }) => stock?.role === "takes");
    const way = sends ? "; earlier orders are sent by hand, with `mizan send-order`" : "";
    throw new InvalidInput("flow", `no flow of ${integration.name} brings history in${way}`);
  }
  throw new InvalidInput(
    "flow",
    `${name ?? "no flow"} has no history to bring in; allowed: ${all.map((flow) => flow.name).join(", ")}`,
  );
}

/** The days of a backfill: from the one asked to the day before the regular runs begin. @throws {InvalidInput} */
export function rangeOf(integration: Integration, flow: Flow, since: string): { from: string; to: string } {
  const first = String(integration.options[String(flow.notBefore)]);
  if (!isCalendarDay(since))
    throw new InvalidInput("since", `since is ${JSON.stringify(since)}; allowed: a day YYYY-MM-DD`);
  if (since >= first)
    throw new InvalidInput(
      "since",
      `since is ${since}; allowed: a day before ${String(flow.notBefore)} (${first}), because everything from there on flows by itself`,
    );
  return { from: since, to: addDays(first, -1) };
}

/** A run that only looks: nothing is counted, stored or written by it. */
const unbound = {
  runId: 0,
  counts: noOutcomes(),
  fence: async () => undefined,
  giveUp: () => undefined,
  plan: null,
  approved: null,
  refuse: () => undefined,
};

async function flowForecast(run: FlowRun, range: { from: string; to: string }): Promise<FlowForecast> {
  const { flow, source } = run;
  if (source.count === undefined) throw new Error(`${flow.name} cannot be counted`);
  const counted = await source.count(range);
  // By the same words as the backfill itself: what is done or skipped costs it no read and no write.
  const toSend = await estimateDue(counted, (rows) => countDue(run, rows, rowsOfHistory));
  return {
    flow: flow.name,
    since: range.from,
    until: range.to,
    records: counted.rows,
    toSend,
    calls: { [flow.from.vendor]: counted.listCalls + Math.ceil(toSend / source.batch), [flow.to.vendor]: toSend },
  };
}

function durationOf(day: CallDay, calls: number, now: number): Omit<ConnectionForecast, "connection" | "vendor"> {
  const perDay = spareCallsOfDay(day);
  const today = Math.max(0, spareCalls(day));
  const ms = durationMs(day, { calls, today, perDay, now });
  return {
    calls,
    perMinute: day.limits.perMinute,
    perDay: day.limit,
    reserve: day.reserve,
    regular: day.limit === null ? 0 : Math.ceil(regularCallsOfDay(day)),
    spareToday: Number.isFinite(today) ? today : null,
    minutes: ms === null ? null : Math.ceil(ms / 60_000),
    days: ms === null ? null : Math.round((ms / day.dayMs) * 10) / 10,
    stretched: carriedSweeps(day).flatMap(({ flow, everyMinutes, carriedMinutes }) =>
      carriedMinutes === null ? [] : { flow: flow.name, everyMinutes, carriedMinutes },
    ),
  };
}

/** How long so many calls take; null = for ever. What is left today goes first, then whole days. */
function durationMs(
  { limits, resetsAt, dayMs }: CallDay,
  { calls, today, perDay, now }: { calls: number; today: number; perDay: number; now: number },
): number | null {
  const callingMs = (count: number) => (count / limits.perMinute) * limits.minuteMs;
  if (calls <= today) return callingMs(calls);
  if (perDay <= 0) return null;
  const later = (calls - today) / perDay;
  const wholeDays = Math.ceil(later) - 1;
  return resetsAt - now + wholeDays * dayMs + callingMs((later - wholeDays) * perDay);
}
