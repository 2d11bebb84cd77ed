/** A few days of a shop and its books on a simulated clock, as `bench/salla-weeks.ts` lives through weeks of real orders. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { liveWeeks } from "../../bench/lived-weeks.ts";
import { differences } from "../../bench/weeks-checks.ts";
import type { OrderToPlace } from "../../bench/weeks-plan.ts";
import { oneOf, seededRandom, wholeBetween } from "../../sandbox/seeded-random.ts";
import { createTestDatabase } from "../test-database.ts";

const seed = 2;
const orders = madeUpOrders(12);

test("a shop of some days ends the same with lost answers, lost and doubled webhooks and killed processes as without", async () => {
  const clean = await live(false);
  expect(clean.broken).toEqual([]);
  // Something of everything has happened.
  expect(Object.keys(clean.end.invoices)).toHaveLength(clean.completedOrders);
  expect(clean.completedOrders).toBeGreaterThan(5);
  expect(clean.waitingPurchases).toBe(0);
  expect(Object.keys(clean.end.creditNotes).length).toBeGreaterThan(0);
  expect(clean.quantityWrites).toBeGreaterThan(0);
  const shaken = await live(true);
  expect(shaken.kills).toBeGreaterThan(3);
  expect(shaken.broken).toEqual([]);
  expect(differences(clean.end, shaken.end)).toEqual([]);
}, 600_000);

async function live(faults: boolean) {
  const [database, home] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), "mizan-weeks-"))]);
  onTestFinished(async () => {
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  return liveWeeks({
    orders,
    seed,
    days: 1,
    stepDays: 1,
    calmDays: 1,
    faults,
    faultShare: 0.15,
    // The simulated time does not wait for the disk.
    environment: {
      MIZAN_HOME: home,
      MIZAN_DATABASE_URL: `${database.databaseUrl}?options=-c%20synchronous_commit%3Doff`,
    },
    everyMinutes: { orders: 240, refunds: 240, stock: 120 },
    tell: () => undefined,
  });
}

/** Orders of one to three lines of six products, by four customers and some guests. */
function madeUpOrders(count: number): OrderToPlace[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    reference: 7_001 + index,
    customer: oneOf(random, ["", "11", "12", "13", "14"]),
    lines: Array.from({ length: wholeBetween(random, 1, 3) }, () => ({
      sku: `SKU-${wholeBetween(random, 1, 6)}`,
      quantity: wholeBetween(random, 1, 4),
      price: `${wholeBetween(random, 1, 60)}.${wholeBetween(random, 10, 99)}`,
    })),
  }));
}
