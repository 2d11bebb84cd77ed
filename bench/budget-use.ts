/**
 * How much of the configured calls a minute a long sync uses, while the stand-in Zoho Books limits as Zoho does (100 a
 * minute, the whole organisation blocked above it), with the minute scaled down. Bars: at least 97 %, and no 429.
 * `npm run bench -- bench/budget-use.ts [minuteMs] [minutes]`
 */
import { setTimeout as sleep } from "node:timers/promises";
import { sync } from "../src/operations/sync.ts";
import { keepResult, openStage, startSandboxProcess } from "./stage.ts";

const [minuteMs = 2000, minutes = 20] = process.argv.slice(2).map(Number);
const perMinute = 80;
const sandbox = await startSandboxProcess();
// Not every order of the made-up shop is read in full, so there are twice as many as calls.
await sandbox.post("/import/made-up-shop", { seed: 7, items: 50, orders: 2 * perMinute * (minutes + 4) });
const mizan = await openStage(sandbox, { zoho: { perMinute, minuteMs } });
// The limit comes after the probe, which is made in one go; the vendor's own reserve covers it in real life.
await sleep(minuteMs);
await sandbox.patch("/switches", { "zoho-books": { perMinuteLimit: 100, minuteMs, blockMs: minuteMs } });
await sandbox.post("/calls/reset", {});
const running = sync(mizan.desk, { integration: "shop", flow: "products", signal: new AbortController().signal }).then(
  () => sync(mizan.desk, { integration: "shop", flow: "sell-orders", signal: new AbortController().signal }),
);
// The first minutes hold the burst that an idle budget allows; what counts is the steady state.
await sleep(3 * minuteMs);
const from = await countedCalls();
await sleep(minutes * minuteMs);
const to = await countedCalls();
const reports = await running;
const limited = (await calls()).filter(({ status }) => status === 429).reduce((sum, { count }) => sum + count, 0);
const seen = to.count - from.count;
const allowed = (perMinute * (to.at - from.at)) / minuteMs;
await mizan.end();
await sandbox.stop();
await keepResult("budget-use", {
  what: "calls made of calls allowed, over the steady part of one long sync",
  bar: "use at least 0.97, answers of 429: 0",
  perMinute,
  minuteMs,
  minutes,
  calls: seen,
  allowed: Math.round(allowed),
  use: Number((seen / allowed).toFixed(4)),
  answersOf429: limited,
  ended: reports.map(({ flow, state }) => `${flow} ${state}`),
});

async function calls(): Promise<{ vendor: string; status: number; count: number }[]> {
  return (await sandbox.get("/calls")) as { vendor: string; status: number; count: number }[];
}

async function countedCalls(): Promise<{ count: number; at: number }> {
  const rows = await calls();
  const count = rows.filter(({ vendor }) => vendor === "zoho-books").reduce((sum, row) => sum + row.count, 0);
  return { count, at: performance.now() };
}
