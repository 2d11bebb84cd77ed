import { expect, test } from "vitest";
import { callDay } from "../../src/engine/call-rates.ts";
import { connectionNamed } from "../../src/operations/desk.ts";
import { openStage, type Stage } from "../stage.ts";

const runsOfADay = 24;

/** Days of hourly runs that are done, each run of a day with the same calls; the first day is the oldest. */
async function livedDays({ mizan, clock }: Stage, flow: string, callsOfRuns: readonly number[]): Promise<void> {
  const lived = callsOfRuns.flatMap((calls) => Array<number>(runsOfADay).fill(calls));
  for (const [at, calls] of lived.entries())
    await mizan.desk.store.pool.query(
      `insert into run (integration_id, flow, trigger, scope, process, lifeline, state, lease_until, counts, calls, started_at)
       select id, $1, 'schedule', 'full', 'made up', 'made up', 'done', now(), '{}', $2, $3 from integration`,
      [flow, JSON.stringify({ "zoho-books GET 200": calls }), new Date(clock.now() - (lived.length - at) * 3_600_000)],
    );
}

async function rateOf(stage: Stage, flow: string) {
  const day = await callDay(stage.mizan.desk, await connectionNamed(stage.mizan.desk, "zoho"));
  const rate = day.rates.find((one) => one.flow.name === flow);
  if (rate === undefined) throw new Error(`the flow ${flow} has no rate`);
  return rate;
}

test("what a flow of changes costs on the average is told by a week, what may run short by the last day", async () => {
  const stage = await openStage();
  // Nine days: what lies more than a week back says nothing any more.
  await livedDays(stage, "sell-orders", [90, 90, 1, 2, 3, 4, 5, 6, 7]);
  const { averageCalls, callsPerRun } = await rateOf(stage, "sell-orders");
  // A week and one run more, which may be the very first.
  expect(averageCalls).toBeCloseTo(((1 + 2 + 3 + 4 + 5 + 6 + 7) * runsOfADay + 90) / (7 * runsOfADay + 1), 6);
  expect(callsPerRun).toBe(7);
});

test("a sweep costs what it cost on the last day", async () => {
  const stage = await openStage();
  await livedDays(stage, "products", [40, 5]);
  expect(await rateOf(stage, "products")).toMatchObject({ averageCalls: 5, callsPerRun: 5 });
});
