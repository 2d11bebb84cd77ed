import { expect, test } from "vitest";
import { BudgetQueue } from "./budget-queue.ts";
import { memoryLedger } from "./kept-in-memory.test-parts.ts";
import { systemClock } from "./system-clock.ts";

const limits = { perMinute: 1_000, perDay: null, concurrency: 4, dayReserve: 0, minuteMs: 60_000 };

test("a call that is asked for at any step of an exchange that ends is let go", async () => {
  for (let steps = 0; steps < 12; steps += 1) {
    const ledger = memoryLedger();
    const queue = new BudgetQueue(
      { connectionId: 1, vendor: "Made-up", ledger, clock: systemClock, process: "here", log: () => undefined },
      limits,
    );
    const owner = {};
    await queue.take("flow", owner);
    queue.ended();
    // The exchange that tells of the end of the first call; the second one is asked for while it comes to its own.
    const told = queue.flush();
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    const taken = queue.take("flow", owner).then(() => "let go");
    const late = new Promise((resolve) => setTimeout(() => resolve("still waiting"), 200));
    expect(await Promise.race([taken, late]), `asked for ${steps} steps after`).toBe("let go");
    queue.ended();
    await told;
    await queue.flush();
  }
});
