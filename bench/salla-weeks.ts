/**
 * Weeks of Salla and Qoyod on a simulated clock: real orders, placed, completed, canceled and refunded in a seeded order
 * while purchases are booked; the real engine, flows, connectors, webhooks and database, the stand-ins in the same process.
 * Bars: no invariant of `weeks-checks.ts` is broken in any night; with `faults` (calls without an answer, lost, doubled and
 * late webhooks, killed processes) both sides end as in the run without.
 * `npm run bench -- bench/salla-weeks.ts [orders] [seed] [faults|clean] [days] [fault percent]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { retailFiles, whyAbsent } from "../test/real-data/retail-books.ts";
import { type LivedWeeks, liveWeeks } from "./lived-weeks.ts";
import { readRetailOrders } from "./retail-orders.ts";
import { keepResult } from "./stage.ts";
import { differences } from "./weeks-checks.ts";

const [orderWord = "60", seedWord = "1", mode = "faults", dayWord = "14", shareWord = "10"] = process.argv.slice(2);
if (mode !== "faults" && mode !== "clean") throw new Error(`the mode is ${mode}; allowed: faults, clean`);
if (retailFiles.length === 0) {
  console.log(`skipped: ${whyAbsent}`);
  process.exit(0);
}
// The simulated time does not wait for the disk; nothing here is to survive a loss of power.
process.env.PGOPTIONS = "-c synchronous_commit=off";
const [seed, days] = [Number(seedWord), Number(dayWord)];
const orders = await readRetailOrders(retailFiles, Number(orderWord));
const started = performance.now();
const clean = await live(false);
const cleanSeconds = secondsSince(started);
const shaken = mode === "faults" ? await live(true) : null;
const different = shaken === null ? [] : differences(clean.end, shaken.end);
for (const one of different) console.log(`different: ${one}`);
const brokenOnes = [...clean.broken, ...(shaken?.broken ?? [])];
await keepResult(`salla-weeks-${mode}`, {
  what: `${orders.length} real orders with ${orders.reduce((sum, { lines }) => sum + lines.length, 0)} lines over ${days} days of orders between Salla and Qoyod, seed ${seed}, on a simulated clock${shaken === null ? "" : `; once as it is, and once with ${shareWord} % of the calls of each day in trouble, webhooks lost, doubled and late, and processes killed`}`,
  bar: "broken 0, different 0",
  completedOrders: clean.completedOrders,
  invoices: Object.keys(clean.end.invoices).length,
  creditNotes: Object.keys(clean.end.creditNotes).length,
  counts: clean.end.counts,
  quantityWrites: clean.quantityWrites,
  looks: clean.looks + (shaken?.looks ?? 0),
  broken: brokenOnes.length,
  ...(shaken === null ? {} : { kills: shaken.kills, different: different.length }),
  calls: clean.calls,
  ...(shaken === null ? {} : { callsWithFaults: shaken.calls }),
  ordersASecond: Math.round((orders.length / cleanSeconds) * 10) / 10,
  realSeconds: secondsSince(started),
  reasons: clean.reasons,
  ...(shaken === null ? {} : { reasonsWithFaults: shaken.reasons, troublesWithFaults: shaken.troubles }),
  troubles: clean.troubles,
  firstBroken: brokenOnes.slice(0, 20),
  firstDifferent: different.slice(0, 20),
});

async function live(faults: boolean): Promise<LivedWeeks> {
  const home = await mkdtemp(join(tmpdir(), "mizan-salla-weeks-"));
  const lived = await liveWeeks({
    orders,
    seed,
    days,
    stepDays: 4,
    calmDays: 2,
    faults,
    faultShare: Number(shareWord) / 100,
    environment: { MIZAN_HOME: home },
    everyMinutes: { orders: 60, refunds: 60, stock: 30 },
    tell: (line) => console.log(`${secondsSince(started)} s  ${faults ? "faults" : "clean"}  ${line}`),
  });
  for (const { invariant, what } of lived.broken.slice(0, 20)) console.log(`broken: ${invariant}: ${what}`);
  await rm(home, { recursive: true, force: true });
  return lived;
}

function secondsSince(moment: number): number {
  return Math.round((performance.now() - moment) / 1000);
}
