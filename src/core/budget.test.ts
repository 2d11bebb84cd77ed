import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BudgetLimits,
  type BudgetRequest,
  type BudgetState,
  type CallPurpose,
  exchangeBudget,
  freshBudget,
} from "./budget.ts";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const start = Date.UTC(2026, 0, 5);
const zoho: BudgetLimits = { perMinute: 80, perDay: null, concurrency: 5, dayReserve: 0, minuteMs };
const unbound = { ...zoho, concurrency: 10_000 };

function ask(state: BudgetState, limits: BudgetLimits, now: number, request: Partial<BudgetRequest> = {}) {
  return exchangeBudget(state, limits, { now, process: "a", inFlight: 0, wanted: [], silenceMs: 4_000, ...request });
}

function flows(count: number): CallPurpose[] {
  return Array.from({ length: count }, () => "flow");
}

describe("the minute", () => {
  test("an idle minute can be spent at once, and is free again a minute and at most two slots later", () => {
    const first = ask(freshBudget, unbound, start, { wanted: flows(100) });
    expect(first.grant.granted).toBe(80);
    const retryAt = first.grant.retryAt ?? 0;
    expect(retryAt).toBeGreaterThan(start + minuteMs);
    expect(retryAt).toBeLessThanOrEqual(start + minuteMs + 2 * 600);
    expect(ask(first.state, unbound, retryAt - 1, { wanted: flows(1) }).grant).toMatchObject({ granted: 0, retryAt });
    expect(ask(first.state, unbound, retryAt, { wanted: flows(100) }).grant.granted).toBe(80);
  });

  test.each([{ callEveryMs: 1 }, { callEveryMs: 100 }, { callEveryMs: 737 }])(
    "at least 97 % of an hour's budget is used when a call is wanted every $callEveryMs ms",
    ({ callEveryMs }) => {
      let state = freshBudget;
      let granted = 0;
      let now = start + minuteMs;
      const end = start + 61 * minuteMs;
      while (now < end) {
        const answer = ask(state, unbound, now, { wanted: flows(1) });
        state = answer.state;
        granted += answer.grant.granted;
        now = Math.max(now + callEveryMs, answer.grant.retryAt ?? 0);
      }
      expect(granted).toBeGreaterThanOrEqual(0.97 * 80 * 60);
      expect(Object.keys(state.slots).length).toBeLessThanOrEqual(102);
    },
  );

  test("a slot far in the future, left by a wrong clock, stops nobody", () => {
    const state = { ...freshBudget, slots: { [String(Math.floor(start / 600) + 6_000)]: 80 } };
    expect(ask(state, unbound, start, { wanted: flows(1) }).grant.granted).toBe(1);
  });
});

describe("pauses", () => {
  const pause = { until: start + 60_000, reason: "minute-quota" } as const;

  test("stop everyone until they end", () => {
    const { state, grant } = ask(freshBudget, zoho, start, { pause, wanted: ["person"] });
    expect(grant).toEqual({ granted: 0, retryAt: pause.until, parked: "minute-quota", ahead: 0 });
    expect(ask(state, zoho, pause.until - 1, { process: "b", wanted: ["person"] }).grant.granted).toBe(0);
    expect(ask(state, zoho, pause.until, { process: "b", wanted: ["person"] }).grant.granted).toBe(1);
  });

  test("for the minute's quota halve the pace once a block, never below a quarter, and it comes back by steps", () => {
    let { state } = ask(freshBudget, zoho, start, { pause });
    state = ask(state, zoho, start + 5, { pause: { ...pause, until: start + 60_005 } }).state;
    expect(state.pace).toBe(0.5);
    for (const again of [1, 2, 3]) {
      const now = start + again * 70_000;
      state = ask(state, zoho, now, { pause: { until: now + 60_000, reason: "minute-quota" } }).state;
    }
    expect(state.pace).toBe(0.25);
    const end = state.pausedUntil ?? 0;
    expect(ask(state, unbound, end, { wanted: flows(80) }).grant.granted).toBe(20);
    expect(ask(state, unbound, end + 2 * minuteMs, { wanted: flows(80) }).grant.granted).toBe(24);
    expect(ask(state, unbound, end + 15 * minuteMs, { wanted: flows(80) }).grant.granted).toBe(80);
  });

  test("a shorter pause does not end a longer one", () => {
    const { state } = ask(freshBudget, zoho, start, { pause });
    const second = ask(state, zoho, start, { pause: { until: start + 1_000, reason: "concurrency" } }).state;
    expect(second).toMatchObject({ pausedUntil: pause.until, pauseReason: "minute-quota" });
  });
});

describe("the day", () => {
  const limits = { ...unbound, perMinute: 10_000, perDay: 1_000, dayReserve: 100 };
  const dayResetsAt = start + 6 * 3_600_000;

  test("flows stop at the reserve; exports and people use it up; the next day is full again", () => {
    const first = ask(freshBudget, limits, start, { wanted: flows(1_000) });
    expect(first.grant).toEqual({ granted: 900, retryAt: start + dayMs, parked: "day-quota", ahead: 0 });
    const reserve: CallPurpose[] = Array.from({ length: 150 }, (_, index) => (index % 2 === 0 ? "export" : "person"));
    const second = ask(first.state, limits, start + 1, { wanted: reserve });
    expect(second.grant).toEqual({ granted: 100, retryAt: start + dayMs, parked: "day-quota", ahead: 0 });
    expect(ask(second.state, limits, start + dayMs, { wanted: flows(1_000) }).grant.granted).toBe(900);
  });

  test("what the vendor says wins over the configured day, and the lowest answer holds until the reset", () => {
    const seen = (dayRemaining: number) => ({ dayLimit: 7_500, dayRemaining, dayResetsAt });
    let { state } = ask(freshBudget, limits, start, { observed: seen(5_000) });
    expect(state.dayRemaining).toBe(5_000);
    state = ask(state, limits, start, { observed: seen(4_000), wanted: flows(10) }).state;
    state = ask(state, limits, start, { observed: seen(4_500), inFlight: 10 }).state;
    expect(state.dayRemaining).toBe(3_990);
    expect(ask(state, limits, dayResetsAt).state).toMatchObject({
      dayRemaining: 7_500,
      dayResetsAt: dayResetsAt + dayMs,
    });
  });

  test("calls in flight are taken off, and yesterday's answer says nothing about today", () => {
    const observed = { dayLimit: 1_000, dayRemaining: 500, dayResetsAt };
    const { state } = ask(freshBudget, limits, start, { observed, inFlight: 4 });
    expect(state.dayRemaining).toBe(496);
    const today = ask(state, limits, dayResetsAt + 1, { observed: { ...observed, dayRemaining: 2 } }).state;
    expect(today.dayRemaining).toBe(1_000);
    const corrected = { ...observed, dayRemaining: 7, dayResetsAt: dayResetsAt + 900 };
    expect(ask(today, limits, dayResetsAt + 2, { observed: corrected }).state.dayRemaining).toBe(7);
  });

  test("a refusal for the day's quota parks everyone until the reset, then the day is full", () => {
    const pause = { until: dayResetsAt, reason: "day-quota" } as const;
    const { state, grant } = ask(freshBudget, limits, start, { pause, wanted: ["person"] });
    expect(grant).toEqual({ granted: 0, retryAt: dayResetsAt, parked: "day-quota", ahead: 0 });
    expect(ask(state, limits, dayResetsAt, { wanted: flows(2_000) }).grant.granted).toBe(900);
  });

  test("a probe passes what the vendor said of the day, and its answer is what counts then", () => {
    const pause = { until: dayResetsAt, reason: "day-quota" } as const;
    const seen = { dayLimit: 1_000, dayRemaining: 0, dayResetsAt };
    for (const said of [{ pause }, { observed: seen }, { pause, observed: seen }]) {
      const spent = ask(freshBudget, limits, start, said).state;
      const probe = ask(spent, limits, start + 1, { wanted: ["probe", "person"] });
      expect(probe.grant).toEqual({ granted: 1, retryAt: dayResetsAt, parked: "day-quota", ahead: 0 });
      expect(probe.state.dayRemaining).toBe(0);
      const sooner = { until: dayResetsAt - 3_600_000, reason: "day-quota" } as const;
      const again = ask(probe.state, limits, start + 2, { probed: true, pause: sooner, wanted: ["export"] });
      expect(again.grant).toMatchObject({ granted: 0, retryAt: sooner.until });
      const bigger = { dayLimit: 5_000, dayRemaining: 3_900, dayResetsAt };
      const lifted = ask(probe.state, limits, start + 2, { probed: true, observed: bigger, wanted: flows(1) });
      expect(lifted).toMatchObject({ state: { dayRemaining: 3_899, dayLimit: 5_000 }, grant: { granted: 1 } });
      const silent = ask(probe.state, { ...limits, perDay: null }, start + 2, { probed: true, wanted: flows(9) });
      expect(silent).toMatchObject({ state: { dayRemaining: null }, grant: { granted: 9 } });
    }
  });

  test("a probe keeps to a day that a person configured, and to every other pause", () => {
    const { state } = ask(freshBudget, limits, start, { wanted: Array.from({ length: 1_000 }, () => "person") });
    expect(ask(state, limits, start, { wanted: ["probe"] }).grant.granted).toBe(0);
    expect(ask(state, limits, start, { probed: true, wanted: ["person"] }).grant.granted).toBe(0);
    for (const reason of ["minute-quota", "concurrency"] as const) {
      const observed = { dayLimit: 1_000, dayRemaining: 0, dayResetsAt };
      const pause = { until: start + 60_000, reason };
      const paused = ask(freshBudget, limits, start, { pause, observed }).state;
      expect(ask(paused, limits, start, { wanted: ["probe"] }).grant.granted).toBe(0);
    }
  });

  test("a reserve larger than the day leaves half of it to the flows", () => {
    expect(ask(freshBudget, { ...limits, dayReserve: 5_000 }, start, { wanted: flows(2_000) }).grant.granted).toBe(500);
  });
});

describe("concurrency", () => {
  test("counts every process until it falls silent", () => {
    const { state } = ask(freshBudget, zoho, start, { process: "a", wanted: flows(5) });
    expect(ask(state, zoho, start + 3_999, { process: "b", wanted: flows(1) }).grant.granted).toBe(0);
    expect(ask(state, zoho, start + 4_000, { process: "b", wanted: flows(9) }).grant.granted).toBe(5);
  });

  test("a busy process makes room for one that waits, up to an equal share", () => {
    let state = ask(freshBudget, zoho, start, { process: "a", wanted: flows(5) }).state;
    state = ask(state, zoho, start + 1, { process: "b", wanted: flows(3) }).state;
    const askAgain = (now: number, process: string, inFlight: number, calls: number) => {
      const answer = ask(state, zoho, now, { process, inFlight, wanted: flows(calls) });
      state = answer.state;
      return answer.grant.granted;
    };
    expect(askAgain(start + 2, "a", 4, 1)).toBe(0);
    expect(askAgain(start + 3, "a", 3, 2)).toBe(0);
    expect(askAgain(start + 4, "b", 0, 3)).toBe(2);
    expect(askAgain(start + 5, "a", 2, 3)).toBe(1);
  });

  test("a process that got something goes behind one that has waited longer", () => {
    const limits = { ...zoho, concurrency: 1 };
    let state = ask(freshBudget, limits, start, { process: "a", wanted: flows(1) }).state;
    state = ask(state, limits, start + 1, { process: "b", wanted: flows(1) }).state;
    const again = ask(state, limits, start + 2, { process: "a", inFlight: 0, wanted: flows(1) });
    expect(again.grant.granted).toBe(0);
    expect(ask(again.state, limits, start + 3, { process: "b", wanted: flows(1) }).grant.granted).toBe(1);
  });
});

describe("calls booked in advance", () => {
  const large = { ...zoho, perMinute: 60_000 };

  test("are given where the budget is large and hardly used, and count like the others", () => {
    const first = ask(freshBudget, large, start, { wanted: flows(2), ahead: 100 });
    expect(first.grant).toEqual({ granted: 2, retryAt: null, parked: null, ahead: 58 });
    expect(Object.values(first.state.slots)).toEqual([60]);
    expect(first.state.inFlight).toMatchObject({ a: { calls: 2 } });
    const used = { ...first.state, slots: { [String(Math.floor(start / 600))]: 6_000 } };
    expect(ask(used, large, start, { wanted: flows(2), ahead: 100 }).grant).toMatchObject({ granted: 2, ahead: 0 });
  });

  test("are not given where a lost call matters, or where another process waits", () => {
    expect(ask(freshBudget, zoho, start, { wanted: flows(1), ahead: 100 }).grant.ahead).toBe(0);
    const ofDay = { ...large, perDay: 1_000 };
    expect(ask(freshBudget, ofDay, start, { wanted: flows(1), ahead: 100 }).grant.ahead).toBe(0);
    let { state } = ask(freshBudget, large, start, { wanted: flows(5) });
    state = ask(state, large, start, { process: "b", wanted: flows(1) }).state;
    expect(ask(state, large, start, { inFlight: 4, wanted: flows(1), ahead: 100 }).grant.ahead).toBe(0);
  });
});

describe("any sequence of requests", () => {
  const purpose = fc.constantFrom<CallPurpose>("flow", "export", "person", "probe");
  const step = fc.record({
    waitMs: fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(90_000)),
    process: fc.constantFrom("a", "b", "c"),
    wanted: fc.array(purpose, { maxLength: 12 }),
    ended: fc.nat(12),
    pause: fc.option(
      fc.record({
        forMs: fc.nat(70_000),
        reason: fc.constantFrom("minute-quota" as const, "day-quota" as const, "concurrency" as const),
      }),
      { nil: undefined, freq: 15 },
    ),
    dayRemaining: fc.option(fc.nat(300), { nil: undefined, freq: 10 }),
  });
  const limitsOf = fc.record({
    perMinute: fc.integer({ min: 1, max: 40 }),
    perDay: fc.option(fc.integer({ min: 2, max: 300 })),
    concurrency: fc.integer({ min: 1, max: 12 }),
    dayReserve: fc.nat(50),
    minuteMs: fc.constantFrom(60_000, 1_234, 77),
  });

  test("keeps every limit, and always goes on at the time it names", () => {
    fc.assert(
      fc.property(limitsOf, fc.array(step, { minLength: 5, maxLength: 80 }), (limits, steps) => {
        let state = freshBudget;
        let now = start;
        let pausedUntil = 0;
        const leftAt: number[] = [];
        const running = new Map<string, { calls: number; until: number }>();
        for (const { waitMs, process, wanted, ended, pause, dayRemaining } of steps) {
          now += waitMs;
          const inFlight = Math.max(0, (running.get(process)?.calls ?? 0) - ended);
          const dayResetsAt = now + limits.minuteMs * 700;
          const answer = ask(state, limits, now, {
            process,
            inFlight,
            wanted,
            ...(pause && { pause: { until: now + pause.forMs, reason: pause.reason } }),
            ...(dayRemaining !== undefined && { observed: { dayLimit: 300, dayRemaining, dayResetsAt } }),
          });
          if (pause) pausedUntil = Math.max(pausedUntil, now + pause.forMs);
          const { granted } = answer.grant;

          expect(granted).toBeLessThanOrEqual(wanted.length);
          expect(answer.grant.retryAt === null).toBe(granted === wanted.length);
          const others = wanted.slice(0, granted).filter((one) => one !== "probe");
          if (others.length > 0) expect(now).toBeGreaterThanOrEqual(pausedUntil);
          for (let call = 0; call < granted; call += 1) leftAt.push(now);
          // The window that ends now, both ends counted.
          expect(leftAt.filter((at) => at >= now - limits.minuteMs).length).toBeLessThanOrEqual(limits.perMinute);
          running.set(process, { calls: inFlight + granted, until: now + 4_000 });
          const calls = [...running.values()]
            .filter(({ until }) => until > now)
            .reduce((sum, one) => sum + one.calls, 0);
          if (granted > 0) expect(calls).toBeLessThanOrEqual(limits.concurrency);
          if (answer.state.dayRemaining !== null) expect(answer.state.dayRemaining).toBeGreaterThanOrEqual(0);
          const reserve = Math.min(limits.dayReserve, Math.floor((answer.state.dayLimit ?? limits.perDay ?? 0) / 2));
          const flowLeft = wanted.slice(0, granted).includes("flow");
          const after = wanted.slice(wanted.slice(0, granted).lastIndexOf("flow") + 1, granted).length;
          if (flowLeft && answer.state.dayRemaining !== null) {
            expect(answer.state.dayRemaining + after).toBeGreaterThanOrEqual(reserve);
          }
          state = answer.state;
        }

        // No deadlock: with everything ended, asking at the named times leads to a grant.
        for (let turn = 0; turn < 20; turn += 1) {
          const answer = ask(state, limits, now, { process: "d", wanted: ["flow"] });
          if (answer.grant.granted === 1) return;
          expect(answer.grant.retryAt).toBeGreaterThan(now);
          now = Math.max(answer.grant.retryAt ?? now, now + 1_000);
          state = answer.state;
        }
        throw new Error("no grant after 20 turns");
      }),
      { numRuns: 1_000 },
    );
  });
});
