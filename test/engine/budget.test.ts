/** The budget of a connection under limits as the vendors keep them, in scaled time: never exceeded, never a 429 (law 7). */
import { expect, test } from "vitest";
import { sync } from "../../src/operations/sync.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { doubled, integrationName, item, itemId, openStage, order, type Stage } from "../stage.ts";

const minuteMs = 2_000;
/** Mizan's share, and the vendor's own limit: 80 of 100, as for the real Zoho Books. */
const share = 40;
const vendorLimit = 50;
const limits = { perMinuteLimit: vendorLimit, minuteMs, blockMs: minuteMs, concurrentLimit: 10 };

async function sell(stage: Stage, count: number): Promise<void> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: count }, () => order([{ item_id: itemId(mug), quantity: 1 }])),
  );
}

/** How many calls of a vendor arrived since a moment, and how many of them were refused for a limit. */
async function arrivals(stage: Stage, since: number): Promise<{ refused: number; calls: number; minutes: number }> {
  const log = (await (await fetch(`${stage.shop.addresses.control}/calls/log?last=2000`)).json()) as Fields[];
  const own = log.filter(
    (call) =>
      call.vendor === "zoho-books" && Date.parse(String(call.at)) >= since && !String(call.url).includes("/oauth/"),
  );
  const refused = own.filter(({ status }) => status === 429).length;
  return { refused, calls: own.length, minutes: (Date.now() - since) / minuteMs };
}

test("one process: the minute's budget is used and never exceeded, and no 429 is met", async () => {
  const stage = await openStage({ zohoSettings: { perMinute: share, minuteMs } });
  await sell(stage, 110);
  await stage.shop.switches({ "zoho-books": limits });
  const startedAt = Date.now();
  const { orders } = await stage.sync();
  expect(orders).toMatchObject({ state: "done", counts: { created: 110 } });
  const zoho = await arrivals(stage, startedAt);
  expect(zoho.calls).toBeGreaterThan(110);
  expect(zoho.refused).toBe(0);
  // The stand-in judges each sliding minute; over all of them the share holds too.
  expect(zoho.calls).toBeLessThanOrEqual(share * (zoho.minutes + 1));
  // It was the budget that held it back, and not idleness.
  expect(zoho.minutes).toBeGreaterThan(1.7);
});

test("two processes share one budget: together they do not exceed it", async () => {
  const stage = await openStage({ zohoSettings: { perMinute: share, minuteMs } });
  await sell(stage, 60);
  const other = await stage.openAnother();
  const startedAt = Date.now();
  await stage.shop.switches({ "zoho-books": limits });
  const run = (mizan: typeof other, flow: string) =>
    sync(mizan.desk, { integration: integrationName, flow, signal: stage.signal });
  // Products are swept again and again by one, while the other reads the orders.
  const orders = run(stage.mizan, "sell-orders");
  let sweeps = 0;
  let going = true;
  void orders.finally(() => {
    going = false;
  });
  for (; going; sweeps += 1) await run(other, "products");
  expect(sweeps).toBeGreaterThan(1);
  const zoho = await arrivals(stage, startedAt);
  expect(zoho.refused).toBe(0);
  // The stand-in judges each sliding minute; over all of them the share holds too.
  expect(zoho.calls).toBeLessThanOrEqual(share * (zoho.minutes + 1));
  const rows = await stage.inOptiply("sellOrders");
  expect(rows).toHaveLength(60);
  expect(doubled(rows)).toEqual([]);
});

test("calls in flight never exceed the connection's concurrency", async () => {
  const stage = await openStage({ zohoSettings: { concurrency: 3 }, switches: { "zoho-books": { latencyMs: 15 } } });
  await sell(stage, 40);
  await stage.shop.switches({ "zoho-books": { concurrentLimit: 3 } });
  const startedAt = Date.now();
  expect((await stage.sync()).orders.counts.created).toBe(40);
  expect((await arrivals(stage, startedAt)).refused).toBe(0);
});
