import { expect, test } from "vitest";
import { type BudgetLimits, exchangeBudget, freshBudget } from "./budget.ts";

const now = 1_000_000_000;
const limits: BudgetLimits = {
  perMinute: 576,
  untoldPerMinute: 48,
  perDay: null,
  concurrency: 1_000,
  dayReserve: 0,
  minuteMs: 60_000,
};
const ask = (wanted: number, observed: object = {}, at = now) => ({
  now: at,
  process: "one",
  inFlight: 0,
  wanted: Array.from({ length: wanted }, () => "flow" as const),
  silenceMs: 4_000,
  observed,
});

test("before the vendor told its minute, few calls leave; then four fifths of what it allows, up to what was set", () => {
  expect(exchangeBudget(freshBudget, limits, ask(100)).grant.granted).toBe(48);
  for (const [minuteLimit, granted] of [
    [120, 96],
    [360, 288],
    [720, 576],
    [5_000, 576],
    [1, 1],
  ] as const)
    expect(exchangeBudget(freshBudget, limits, ask(600, { minuteLimit })).grant.granted).toBe(granted);
});

test("what was told is remembered, and a plan that changes is followed", () => {
  const told = exchangeBudget(freshBudget, limits, ask(0, { minuteLimit: 120 })).state;
  expect(exchangeBudget(told, limits, ask(600)).grant.granted).toBe(96);
  expect(exchangeBudget(told, limits, ask(600, { minuteLimit: 720 })).grant.granted).toBe(576);
});

test("where nothing is left of the vendor's minute, nobody calls before the next, and the pace stays", () => {
  const spent = { minuteLimit: 120, minuteRemaining: 0, minuteResetsAt: now + 20_000 };
  const { state, grant } = exchangeBudget(freshBudget, limits, ask(5, spent));
  expect(grant).toMatchObject({ granted: 0, retryAt: now + 20_000, parked: "minute-quota" });
  expect(state.pace).toBe(1);
  expect(exchangeBudget(state, limits, ask(5, {}, now + 20_001)).grant.granted).toBe(5);
});

test("calls in flight count as spent; a reset that is past or far away says nothing", () => {
  const left = { minuteLimit: 120, minuteRemaining: 3, minuteResetsAt: now + 20_000 };
  expect(exchangeBudget(freshBudget, limits, ask(5, left)).grant.granted).toBe(5);
  expect(exchangeBudget(freshBudget, limits, { ...ask(5, left), inFlight: 3 }).grant.granted).toBe(0);
  for (const minuteResetsAt of [now - 1, now + 3_600_000])
    expect(
      exchangeBudget(freshBudget, limits, ask(5, { ...left, minuteRemaining: 0, minuteResetsAt })).grant.granted,
    ).toBe(5);
});

test("a vendor that tells no minute is held to what was set", () => {
  const { untoldPerMinute: _, ...known } = limits;
  expect(exchangeBudget(freshBudget, { ...known, perMinute: 80 }, ask(100)).grant.granted).toBe(80);
});
