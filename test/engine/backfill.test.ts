import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { backfills, changeBackfill, runBackfill, startBackfill } from "../../src/operations/backfill.ts";
import { forecast } from "../../src/operations/forecast.ts";
import { retry } from "../../src/operations/retry.ts";
import {
  doubled,
  integrationName,
  item,
  itemId,
  only,
  openStage,
  order,
  purchaseOrder,
  type Stage,
  vendor,
  vendorId,
} from "../stage.ts";

/** Orders of one item, one a day, the last of them on the given day. */
async function fill(stage: Stage, lastDay: string, days: number): Promise<void> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const orders = Array.from({ length: days }, (_, ago) => {
    const date = new Date(Date.parse(lastDay) - ago * 86_400_000).toISOString().slice(0, 10);
    return order([{ item_id: itemId(mug), quantity: 1, rate: 9.5 }], { date });
  });
  await stage.shop.add("zoho-books/salesorders", orders);
}

function days(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.map(({ placed }) => String(placed).slice(0, 10));
}

async function outcomesOf(stage: Stage): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of await stage.records({ flow: "sell-orders", most: 1_000 }))
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

const asked = (stage: Stage, since: string) => ({
  integration: integrationName,
  flow: "sell-orders",
  since,
  signal: stage.signal,
});

test("a forecast reads a few pages and stores nothing; the backfill then takes just what it said, newest first", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2026-01-10", 400);
  const first = await stage.sync();
  expect(first.orders.counts).toMatchObject({ created: 10 });
  const { desk } = stage.mizan;
  await stage.resetCalls();
  const said = await forecast(desk, asked(stage, "2025-03-01"));
  expect(said.flows).toEqual([
    {
      flow: "sell-orders",
      since: "2025-03-01",
      until: "2025-12-31",
      records: 306,
      toSend: 306,
      calls: { "zoho-books": 308, optiply: 306 },
    },
  ]);
  expect(await stage.count("zoho-books")).toBeLessThanOrEqual(4);
  expect(await stage.writes()).toBe(0);
  expect(await backfills(desk, { integration: integrationName })).toEqual([]);

  await startBackfill(desk, asked(stage, "2025-03-01"));
  await stage.resetCalls();
  const report = await runBackfill(desk, asked(stage, ""));
  expect([report.state, report.message]).toEqual(["done", null]);
  expect(report.counts).toEqual(only({ created: 306 }));
  expect(report.backfill).toMatchObject({ state: "done", counts: only({ created: 306 }) });
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  const brought = days(rows).slice(10);
  expect(brought[0]).toBe("2025-12-31");
  expect(brought.at(-1)).toBe("2025-03-01");
  // Within one wave of writes the order is left to the vendor.
  expect(brought.slice(0, 50).sort()[0]).toBe("2025-11-12");
  const calls = (await stage.count("zoho-books")) + (await stage.writes());
  expect(Math.abs(calls - 614)).toBeLessThanOrEqual(614 * 0.05);
});

test("the forecast of a history that is partly in says what is left of it", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2025-12-31", 1_800);
  const { desk } = stage.mizan;
  await startBackfill(desk, asked(stage, "2024-02-01"));
  expect((await runBackfill(desk, asked(stage, ""))).counts).toEqual(only({ created: 700 }));
  await stage.resetCalls();
  const { flows } = await forecast(desk, asked(stage, "2020-01-01"));
  expect(flows).toMatchObject([{ records: 1_800, toSend: 1_100, calls: { "zoho-books": 1_110, optiply: 1_100 } }]);
  expect(await stage.count("zoho-books")).toBeLessThanOrEqual(12);
});

test("it rests when the rest of the day belongs to the regular flows, and goes on where it was, on the same day with what they left", async () => {
  const stage = await openStage({
    options: { ordersSince: "2026-01-01" },
    switches: { "zoho-books": { rateLimitHeaders: false, stockIn: "list" } },
    zohoSettings: { perDay: 300, dayReserve: 30 },
  });
  await fill(stage, "2025-12-31", 250);
  await stage.sync();
  await startBackfill(stage.mizan.desk, asked(stage, "2025-01-01"));
  const first = await runBackfill(stage.mizan.desk, asked(stage, ""));
  expect(first.state).toBe("stopped");
  expect(first.message).toBe("the rest of the day's calls of Zoho Books is for the regular flows");
  const made = (await stage.inOptiply("sellOrders")).length;
  expect(made).toBeGreaterThan(50);
  expect(made).toBeLessThan(250);
  // What is left serves the regular runs of the day: two flows, each hour.
  const regular = await stage.sync();
  expect(regular.all.map(({ state }) => state)).toEqual(["done", "done"]);
  const [resting] = await backfills(stage.mizan.desk, { integration: integrationName });
  expect(resting).toMatchObject({ state: "running", activity: "resting", message: first.message });
  // A quarter of a day later something may be left over.
  const restsMs = (resting?.resumesAt?.getTime() ?? 0) - stage.clock.now();
  expect(restsMs).toBeGreaterThan(0);
  expect(restsMs).toBeLessThanOrEqual(6 * 3_600_000);
  stage.clock.jump(restsMs + 1_000);
  for (let look = 0; look < 16; look += 1) {
    const next = await runBackfill(stage.mizan.desk, asked(stage, ""));
    if (next.state === "done") break;
    stage.clock.jump(Math.max(0, (next.retryAt?.getTime() ?? 0) - stage.clock.now() + 1_000));
  }
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows).toHaveLength(250);
  expect((await backfills(stage.mizan.desk, { integration: integrationName }))[0]?.state).toBe("done");
});

test("what rests in a window goes on from the day that it has reached, and lists nothing of the days that are done", async () => {
  const stage = await openStage({
    options: { ordersSince: "2026-01-01" },
    switches: { "zoho-books": { rateLimitHeaders: false, stockIn: "list" } },
    zohoSettings: { perDay: 600, dayReserve: 30 },
  });
  // One window of five pages.
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const lines = [{ item_id: itemId(mug), quantity: 1, rate: 9.5 }];
  const dayOf = (number: number) =>
    new Date(Date.UTC(2025, 11, 31 - Math.floor(number / 50))).toISOString().slice(0, 10);
  const orders = Array.from({ length: 950 }, (_, number) => order(lines, { date: dayOf(number) }));
  await stage.shop.add("zoho-books/salesorders", orders);
  await stage.sync();
  await startBackfill(stage.mizan.desk, asked(stage, "2025-12-01"));
  const lists: number[] = [];
  for (let look = 0; look < 16; look += 1) {
    await stage.resetCalls();
    const next = await runBackfill(stage.mizan.desk, asked(stage, ""));
    const listed = (await stage.calls("zoho-books", "GET")).filter(({ path }) => path.endsWith("/salesorders"));
    lists.push(listed.reduce((sum, { count }) => sum + count, 0));
    if (next.state === "done") break;
    stage.clock.jump(Math.max(0, (next.retryAt?.getTime() ?? 0) - stage.clock.now() + 1_000));
  }
  expect(await stage.inOptiply("sellOrders")).toHaveLength(950);
  expect(lists.length).toBeGreaterThan(1);
  // Five pages, and at most two more whenever it goes on: of the day that it has reached, and of the margin of a day.
  expect(lists.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(5 + 2 * (lists.length - 1) + 1);
  expect(lists.slice(1).some((count) => count < 5)).toBe(true);
});

test("a window that is listed again on the next day costs no read for the purchase orders that are done or skipped", async () => {
  const stage = await openStage({
    flavour: "full",
    options: { ordersSince: "2026-01-01" },
    switches: { "zoho-books": { rateLimitHeaders: false, stockIn: "list" } },
    zohoSettings: { perDay: 600, dayReserve: 30 },
  });
  const [potters] = await stage.shop.add("zoho-books/contacts", [vendor()]);
  const [mug] = await stage.shop.add("zoho-books/items", [item({ vendor_id: vendorId(potters), purchase_rate: 4 })]);
  const lines = [{ item_id: itemId(mug), quantity: 1, rate: 4 }];
  const customs = [{ name: "Customs", quantity: 1, rate: 80 }];
  const most = 400;
  // The clock of the stage jumps, and that of the stand-in does not: long ago by both.
  const last_modified_time = new Date(Date.now() - 90 * 24 * 3_600_000).toISOString();
  await stage.shop.add(
    "zoho-books/purchaseorders",
    Array.from({ length: most }, (_, number) =>
      purchaseOrder(number % 4 === 0 ? customs : lines, {
        vendor_id: vendorId(potters),
        last_modified_time,
        date: number % 2 === 0 ? "2025-12-30" : "2025-12-31",
      }),
    ),
  );
  await stage.sync();
  const wanted = { ...asked(stage, "2025-12-01"), flow: "buy-orders" };
  await startBackfill(stage.mizan.desk, wanted);
  await stage.resetCalls();
  let days = 1;
  for (; days < 10; days += 1) {
    const next = await runBackfill(stage.mizan.desk, wanted);
    if (next.state === "done") break;
    stage.clock.jump(Math.max(0, (next.retryAt?.getTime() ?? 0) - stage.clock.now() + 1_000));
  }
  expect(days).toBeGreaterThan(1);
  expect(await stage.inOptiply("buyOrders")).toHaveLength(300);
  const reads = (await stage.calls("zoho-books", "GET")).filter(({ path }) => path.endsWith("/purchaseorders/{id}"));
  expect(reads.reduce((sum, { count }) => sum + count, 0)).toBe(most);
  // Listed anew, and not read: what is wanted of it is done.
  const again = await startBackfill(stage.mizan.desk, { ...wanted, since: "2025-11-01" });
  expect(again.forecast.flows).toMatchObject([{ records: most, toSend: 0, calls: { "zoho-books": 3, optiply: 0 } }]);
  await stage.resetCalls();
  stage.clock.jump(24 * 3_600_000);
  expect((await runBackfill(stage.mizan.desk, wanted)).state).toBe("done");
  expect(await stage.count("zoho-books", "GET")).toBeLessThan(10);
});

test("paused it stops at a record boundary, a restart and a killed answer lose and double nothing", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2025-12-31", 200);
  await stage.shop.fault({
    vendor: "optiply",
    method: "POST",
    path: "/sellOrders",
    kind: "cut-after",
    probability: 0.2,
  });
  const { desk } = stage.mizan;
  await startBackfill(desk, asked(stage, "2025-01-01"));
  let pausing: Promise<unknown> | null = null;
  const first = await runBackfill(desk, {
    ...asked(stage, ""),
    onProgress: ({ created }) => {
      if (created > 0) pausing ??= changeBackfill(desk, { integration: integrationName, verb: "pause" });
    },
  });
  await pausing;
  expect(first.state).toBe("stopped");
  expect(first.backfill?.state).toBe("paused");
  await expect(runBackfill(desk, asked(stage, ""))).rejects.toThrow("there is no running backfill");
  await stage.calm();
  const other = await stage.openAnother();
  await changeBackfill(other.desk, { integration: integrationName, verb: "resume" });
  const second = await runBackfill(other.desk, asked(stage, ""));
  expect(second.state).toBe("done");
  // Its doubtful writes are searched by the next regular run.
  await stage.sync({ settle: true });
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows).toHaveLength(200);
});

test("a regular run goes on beside it, and the same order is never made by both", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" }, switches: { optiply: { latencyMs: 10 } } });
  await fill(stage, "2026-03-01", 300);
  const { desk } = stage.mizan;
  await startBackfill(desk, asked(stage, "2025-01-01"));
  const other = await stage.openAnother();
  const [history, regular] = await Promise.all([runBackfill(other.desk, asked(stage, "")), stage.sync()]);
  expect([history.state, regular.orders.state]).toEqual(["done", "done"]);
  // Where the two met at one record, it waits for its next try.
  for (let run = 0; run < 2; run += 1) {
    await stage.sync();
    stage.clock.jump(3_700_000);
  }
  await stage.sync();
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows).toHaveLength(300);
  expect(await outcomesOf(stage)).toEqual({ created: 300 });
});

test("a regular run that judged before the backfill wrote does not store its word over what was made", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2026-01-01", 6);
  const slow = { kind: "slow", delayMs: 2_000, afterWork: true, count: 1 };
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", ...slow });
  const regular = stage.sync();
  while ((await stage.inOptiply("sellOrders")).length === 0) await setTimeout(10);
  const other = await stage.openAnother();
  await startBackfill(other.desk, asked(stage, "2025-01-01"));
  const report = await runBackfill(other.desk, asked(stage, ""));
  expect(report.counts).toEqual(only({ created: 5 }));
  expect((await regular).orders.counts).toMatchObject({ created: 1 });
  expect(await outcomesOf(stage)).toEqual({ created: 6 });
});

test("what it could not write or read is tried again by the regular runs, although it is older than they reach", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2025-12-31", 60);
  const faults = { probability: 0.3, count: 20 };
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut", ...faults });
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "status", ...faults });
  await stage.shop.fault({ vendor: "zoho-books", method: "GET", path: "/salesorders/{id}", kind: "status", ...faults });
  await startBackfill(stage.mizan.desk, asked(stage, "2025-01-01"));
  const report = await runBackfill(stage.mizan.desk, asked(stage, ""));
  expect(report.state).toBe("done");
  expect(report.counts.waiting).toBeGreaterThan(0);
  await stage.calm();
  for (let hour = 0; hour < 4; hour += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(3_700_000);
  }
  const rows = await stage.inOptiply("sellOrders");
  expect(doubled(rows)).toEqual([]);
  expect(rows).toHaveLength(60);
  expect(await outcomesOf(stage)).toEqual({ created: 60 });
});

test("what the vendor refused is sent when a person retries it", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  await fill(stage, "2025-12-31", 10);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "status", status: 422 });
  const { desk } = stage.mizan;
  await startBackfill(desk, asked(stage, "2025-01-01"));
  await runBackfill(desk, asked(stage, ""));
  expect(await outcomesOf(stage)).toEqual({ rejected: 10 });
  await stage.calm();
  const [first] = await stage.records({ flow: "sell-orders" });
  await retry(desk, { record: first?.sourceId ?? "", signal: stage.signal });
  expect(await outcomesOf(stage)).toEqual({ created: 1, rejected: 9 });
});

test("wrong days, flows without history and a second backfill are refused by name", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  const { desk } = stage.mizan;
  const refused = (change: object) => startBackfill(desk, { ...asked(stage, "2025-01-01"), ...change });
  await expect(refused({ since: "2026-01-01" })).rejects.toThrow("allowed: a day before ordersSince (2026-01-01)");
  await expect(refused({ since: "01.02.2025" })).rejects.toThrow("allowed: a day YYYY-MM-DD");
  await expect(refused({ flow: "products" })).rejects.toThrow(
    "products has no history to bring in; allowed: sell-orders",
  );
  await refused({});
  await expect(refused({})).rejects.toThrow("a backfill of shop sell-orders is open already");
  await changeBackfill(desk, { integration: integrationName, verb: "cancel" });
  await expect(changeBackfill(desk, { integration: integrationName, verb: "pause" })).rejects.toThrow(
    "no running backfill",
  );
  await refused({});
});
