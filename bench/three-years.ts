/**
 * Three years of a shop under a small quota, on a simulated clock: the real engine, flows, connectors and database, and
 * the stand-ins in the same process. Bars: the forecast of a backfill is within 5 % of what happens, no regular flow
 * misses its interval (a sweep that the quota cannot carry is stretched, and keeps what was said), exports are never
 * late, and Zoho Books never answers 429.
 * `npm run bench -- bench/three-years.ts [list|details] [items] [salesOrders] [purchaseOrders] [days] [perDay]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { liveThrough } from "./lived-history.ts";
import { keepResult } from "./stage.ts";

const [stock = "list", ...figures] = process.argv.slice(2);
if (stock !== "list" && stock !== "details") throw new Error(`stock is ${stock}; allowed: list, details`);
const [items = 20_000, salesOrders = 60_000, purchaseOrders = 5_000, days = 1_095, perDay = 5_000] =
  figures.map(Number);
// The simulated time does not wait for the disk; nothing here is to survive a loss of power.
process.env.PGOPTIONS = "-c synchronous_commit=off";
const home = await mkdtemp(join(tmpdir(), "mizan-three-years-"));
const started = performance.now();
const lived = await liveThrough(
  {
    items,
    salesOrders,
    purchaseOrders,
    days,
    perDay,
    stockIn: stock,
    regularDays: 2,
    daily: {
      stockChanges: Math.ceil(items / 60),
      itemChanges: Math.ceil(items / 1_000),
      salesOrders: items / 360,
      purchaseOrders: items / 4_000,
      buyOrders: 4,
    },
  },
  { MIZAN_HOME: home },
  (line) => console.log(`${Math.round((performance.now() - started) / 1000)} s  ${line}`),
);
await keepResult(`three-years-${stock}`, {
  what: `a shop of ${items} items, ${salesOrders} sales orders and ${purchaseOrders} purchase orders over ${days} days under ${perDay} calls a day, the stock of its items in ${stock === "list" ? "the rows of the list" : "their details only"}, on a simulated clock`,
  bar: "forecast within 5 %; no regular run missed but sweeps that were said to stretch; exports never late; no 429",
  ...lived,
  realSeconds: Math.round((performance.now() - started) / 1000),
});
await rm(home, { recursive: true, force: true });
