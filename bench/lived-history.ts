/** The story of `three-years.ts`: regular flows, then a forecast and its backfill beside them, and what became of it. */
import type { Fields } from "../sandbox/wire.ts";
import { addDays } from "../src/engine/read-history.ts";
import { backfills, startBackfill } from "../src/operations/backfill.ts";
import { integrationNamed } from "../src/operations/desk.ts";
import { forecast } from "../src/operations/forecast.ts";
import { listFlowStates } from "../src/store/flow-states.ts";
import { dayMs, hourMs, openSimulatedShop, type ShopSize, type SimulatedShop } from "./simulated-shop.ts";
import { type DoneRun, type SimulatedWork, startWork } from "./simulated-work.ts";

/** What was forecast and what happened. Durations are days or minutes of simulated time. */
export type LivedHistory = Awaited<ReturnType<typeof liveThrough>>;

/** Some Monday; the clocks of Amsterdam change four weeks later. */
const startMs = Date.parse("2026-03-02T07:10:00Z");
/** However long a backfill takes, nobody waits for more. */
const mostDays = 400;
const pollMs = 600_000;

/** Lives through it all. `tell` gets a line now and then. */
export async function liveThrough(
  size: ShopSize,
  environment: Readonly<Record<string, string>>,
  tell: (line: string) => void,
) {
  const troubles: string[] = [];
  const shop = await openSimulatedShop(size, {
    startMs,
    environment,
    log: (level, message, fields) => {
      if (level === "info" && fields?.callsPerRun !== undefined) tell(`${message} ${JSON.stringify(fields)}`);
      if (level === "warn" || level === "error") troubles.push(message);
    },
  });
  tell(`filled: ${JSON.stringify(shop.filled)}`);
  const over = new AbortController();
  const { clock, mizan } = shop;
  const work = startWork(mizan, clock, (run) => tellRun(tell, run));
  try {
    await untilAllRan(shop, work);
    const regularFrom = clock.now();
    tell(`everything is there on ${moment(regularFrom)}`);
    const people = shop.goOn(over.signal);
    await clock.sleep(size.regularDays * dayMs);
    const { startedAt, ...said } = await runHistory(shop, size, tell);
    over.abort();
    await people;
    // What people did last is looked at when every flow has come to its turn.
    const longestMinutes = Math.max(60, ...Object.values(size.everyMinutes ?? {}));
    await clock.sleep(longestMinutes * 60_000 + hourMs);
    const states = await listFlowStates(mizan.desk.store.database, (await integrationNamed(mizan.desk, "shop")).id);
    const stretchedMinutes = states.find(({ flow }) => flow === "products")?.stretchedMinutes ?? null;
    return {
      ...said,
      stretchedMinutes,
      ...latenessOf(work.done, regularFrom),
      sweepMinutesSinceForecast: gapsOf(work.done, "products", startedAt),
      ...soldOrders(shop, said.forecast.since),
      answersOf429: answersOf429(shop),
      troubles: countEach(troubles),
      simulatedDays: rounded((clock.now() - startMs) / dayMs),
      exported: exportedOrders(shop),
    };
  } finally {
    over.abort();
    await work.stop();
    await mizan.close();
  }
}

/** The first sync of everything is no regular work: it ends when each flow has had a whole run. */
async function untilAllRan({ clock, mizan }: SimulatedShop, work: SimulatedWork): Promise<void> {
  const integration = await integrationNamed(mizan.desk, "shop");
  const names = mizan.desk.kinds.get(integration.kind)?.flavours[integration.flavour] ?? [];
  const hasRun = (name: string) =>
    work.done.some(({ job, run }) => job.flow === name && job.scope === "full" && run?.state === "done");
  while (!names.every(hasRun)) {
    if (clock.now() > startMs + 10 * dayMs) throw new Error("the first sync did not come to its end in 10 days");
    await clock.sleep(pollMs);
  }
}

async function runHistory({ clock, mizan: { desk } }: SimulatedShop, { days }: ShopSize, tell: (line: string) => void) {
  const since = addDays(new Date(startMs).toISOString().slice(0, 10), -days - 1);
  const { signal } = new AbortController();
  const request = { integration: "shop", since, signal };
  const askedAt = clock.now();
  const first = await forecast(desk, request);
  tell(`forecast: ${JSON.stringify(first)}`);
  const { forecast: said } = await startBackfill(desk, request);
  const startedAt = clock.now();
  for (;;) {
    await clock.sleep(pollMs);
    const open = await backfills(desk, { integration: "shop", open: true });
    if (open.length === 0) break;
    if (clock.now() > startedAt + mostDays * dayMs) throw new Error("the backfill does not end");
  }
  const ended = await backfills(desk, { integration: "shop" });
  const endedAt = Math.max(...ended.map(({ updatedAt }) => updatedAt.getTime()));
  const calls = sum(ended.map((one) => callsTo(one.calls, "zoho-books")));
  const zoho = said.connections.find(({ vendor }) => vendor === "zoho-books");
  const forecastCalls = zoho?.calls ?? 0;
  const forecastDays = said.days ?? Number.NaN;
  const actualDays = (endedAt - startedAt) / dayMs;
  tell(`backfills ended: ${JSON.stringify(ended.map(({ flow, counts, calls: made }) => ({ flow, counts, made })))}`);
  return {
    startedAt,
    forecastTookMinutes: rounded((startedAt - askedAt) / 60_000),
    forecastCalls,
    actualCalls: calls,
    callsOffPercent: percent(calls, forecastCalls),
    forecastDays,
    actualDays: rounded(actualDays),
    daysOffPercent: percent(actualDays, forecastDays),
    forecastRegularCallsADay: zoho?.regular ?? 0,
    saidStretched:
      zoho?.stretched.map(({ flow, carriedMinutes }) => `${flow} every ${carriedMinutes} minutes`).join(", ") ?? "",
    backfilled: sum(ended.map(({ counts }) => counts.created)),
    forecastRecords: sum(said.flows.map(({ toSend }) => toSend)),
    forecast: said,
    ended: ended.map(({ flow, counts, calls: made }) => ({ flow, counts, calls: made })),
  };
}

/** Of every regular run from the moment on: how much later than its time it began, and whether the next time had come. */
function latenessOf(done: readonly DoneRun[], from: number) {
  const regular = done.filter(
    ({ job, dueAt, run }) => job.scope === "full" && job.dueAt !== null && dueAt >= from && run !== null,
  );
  const flows = [...new Set(regular.map(({ job }) => job.flow))].sort();
  const byFlow = flows.map((flow) => {
    const own = regular.filter(({ job }) => job.flow === flow).sort((one, other) => one.dueAt - other.dueAt);
    const late = own.map(({ dueAt, startedAt }) => startedAt - dueAt);
    const gaps = own.slice(1).map(({ dueAt }, at) => (dueAt - (own[at]?.dueAt ?? dueAt)) / 60_000);
    // A run that was cut short is done again for the same time.
    const interval = Math.min(...gaps.filter((gap) => gap > 0));
    return {
      flow,
      runs: own.length,
      everyMinutes: countEach(gaps.map((gap) => `${gap}`)),
      missed: late.filter((by) => by > interval * 60_000).length,
      notDone: own.filter(({ run }) => run?.state !== "done").length,
      mostMinutesLate: rounded(Math.max(0, ...late) / 60_000),
      mostMinutesLong: rounded(Math.max(0, ...own.map(({ startedAt, endedAt }) => endedAt - startedAt)) / 60_000),
      zohoCalls: sum(own.map(({ run }) => callsTo(run?.calls ?? {}, "zoho-books"))),
      messages: countEach(own.flatMap(({ run }) => run?.message ?? [])),
    };
  });
  const exports = byFlow.filter(({ flow }) => flow === "buy-orders-export");
  return {
    regularRuns: regular.length,
    missedRuns: sum(byFlow.map(({ missed }) => missed)),
    runsNotDone: sum(byFlow.map(({ notDone }) => notDone)),
    exportMostMinutesLate: Math.max(0, ...exports.map(({ mostMinutesLate }) => mostMinutesLate)),
    byFlow,
  };
}

/** Minutes between the times of a flow from a moment on, with how often each came. */
function gapsOf(done: readonly DoneRun[], flow: string, from: number): string {
  const times = done
    .filter(({ job, dueAt }) => job.flow === flow && job.scope === "full" && job.dueAt !== null && dueAt >= from)
    .map(({ dueAt }) => dueAt)
    .sort((one, other) => one - other);
  const gaps = times.slice(1).map((at, index) => `${(at - (times[index] ?? at)) / 60_000}`);
  return Object.entries(countEach(gaps))
    .map(([gap, count]) => `${gap} (${count}×)`)
    .join(", ");
}

/** Orders that Optiply must hold at the end, and how many it lacks, or holds twice. */
function soldOrders({ sandbox, clock }: SimulatedShop, since: string): Fields {
  const wanted = new Set<string>();
  for (const organization of sandbox.zohoBooks.books().organizations.values())
    for (const { id, fields, modifiedMs } of organization.tables.salesorders.rows.values()) {
      const settled = fields.order_status === "closed" || fields.invoiced_status === "invoiced";
      const isOrder = !["draft", "void"].includes(String(fields.order_status));
      // The regular run after a change has its hour.
      const seen = modifiedMs < clock.now() - 2 * hourMs;
      if (settled && isOrder && seen && String(fields.date) >= since) wanted.add(id);
    }
  const held = new Map<string, number>();
  for (const { remoteIdMap } of sandbox.optiply.webshop().tables.sellOrders.rows.values())
    for (const id of Object.values(remoteIdMap)) held.set(id, (held.get(id) ?? 0) + 1);
  return {
    sellOrdersWanted: wanted.size,
    sellOrdersLacking: [...wanted].filter((id) => !held.has(id)).length,
    sellOrdersTwice: [...held.values()].filter((count) => count > 1).length,
  };
}

function answersOf429({ sandbox }: SimulatedShop): number {
  return sum(sandbox.calls.counts().map(({ status, count }) => (status === 429 ? Number(count) : 0)));
}

/** Orders that people placed, and how many of them stand in Zoho Books exactly once. */
function exportedOrders({ sandbox }: SimulatedShop): Fields {
  const references = new Map<string, number>();
  for (const organization of sandbox.zohoBooks.books().organizations.values())
    for (const { fields } of organization.tables.purchaseorders.rows.values()) {
      const reference = String(fields.reference_number ?? "");
      if (reference !== "") references.set(reference, (references.get(reference) ?? 0) + 1);
    }
  const placed = [...sandbox.optiply.webshop().tables.buyOrders.rows.values()].filter(
    ({ createdFromPublicApi }) => !createdFromPublicApi,
  );
  const counts = placed.map(({ id }) => references.get(String(id)) ?? 0);
  return {
    placed: placed.length,
    once: counts.filter((count) => count === 1).length,
    twice: counts.filter((count) => count > 1).length,
  };
}

function tellRun(tell: (line: string) => void, { job, dueAt, startedAt, endedAt, run }: DoneRun): void {
  const late = startedAt - dueAt;
  if (run === null || (job.scope !== "backfill" && late < 900_000 && run.state === "done" && job.flow !== "products"))
    return;
  if (job.flow === "products" && new Date(dueAt).getUTCHours() > 1 && run.state === "done" && late < 900_000) return;
  const minutes = Math.round((endedAt - startedAt) / 60_000);
  const zoho = callsTo(run.calls, "zoho-books");
  tell(
    `${moment(startedAt)} ${job.flow} ${job.scope} ${run.state}, ${rounded(late / 60_000)} min late, ${minutes} min, ${zoho} calls${run.message ? `: ${run.message}` : ""}`,
  );
}

function callsTo(calls: Readonly<Record<string, number>>, vendor: string): number {
  // Signing in lies outside of the quota.
  return sum(Object.entries(calls).map(([name, count]) => (name.startsWith(`${vendor} `) ? count : 0)));
}

function countEach(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function percent(actual: number, said: number): number {
  return Math.round((actual / said - 1) * 1_000) / 10;
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}
