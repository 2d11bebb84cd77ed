import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { liveThrough } from "../../bench/lived-history.ts";
import { createTestDatabase } from "../test-database.ts";

/** The story of `bench/three-years.ts` in small: a shop whose calls a day cannot carry its stock sweep as often as it is set. */
test("days of a shop under a small quota: the sweep stretches as was said, nothing else is late, the forecast holds", async () => {
  const [database, home] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), "mizan-long-history-"))]);
  onTestFinished(async () => {
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  const seldom = { suppliers: 360, "supplier-products": 360, "sell-orders": 360, "buy-orders": 360 };
  const lived = await liveThrough(
    {
      items: 600,
      salesOrders: 120,
      purchaseOrders: 10,
      days: 300,
      perDay: 360,
      stockIn: "details",
      regularDays: 1,
      everyMinutes: { ...seldom, products: 120, "buy-orders-export": 60 },
      daily: { stockChanges: 60, itemChanges: 1, salesOrders: 3, purchaseOrders: 0.5, buyOrders: 2 },
    },
    // The simulated time does not wait for the disk.
    { MIZAN_DATABASE_URL: `${database.databaseUrl}?options=-c%20synchronous_commit%3Doff`, MIZAN_HOME: home },
    () => undefined,
  );
  expect(lived).toMatchObject({
    saidStretched: "products every 240 minutes",
    stretchedMinutes: 240,
    missedRuns: 0,
    runsNotDone: 0,
    exportMostMinutesLate: 0,
    answersOf429: 0,
    troubles: {},
    sellOrdersLacking: 0,
    sellOrdersTwice: 0,
  });
  expect(lived.exported.twice).toBe(0);
  expect(lived.exported.once).toBe(lived.exported.placed);
  // So small a history ends on one day or on the next; `bench/three-years.ts` shows how near the forecast comes.
  expect(Math.abs(lived.actualDays - lived.forecastDays)).toBeLessThan(1.05);
});
