/** What disappears at its source: only complete passes may say so, twice, and never of many at once (law 6). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { plan } from "../../src/operations/plan.ts";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { integrationName, item, itemId, only, openStage, type Stage } from "../stage.ts";

const itemsPath = "/books/v3/items";

/** A synced shop of so many items whose stock stands in the list, so that a pass is its list pages alone. */
async function shopOf(count: number): Promise<{ stage: Stage; items: readonly Fields[] }> {
  const stage = await openStage({ switches: { "zoho-books": { stockIn: "list" } } });
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: count }, (_, at) => item({ name: `Thing ${at}`, sku: `T${at}.` })),
  );
  await pass(stage);
  return { stage, items };
}

async function pass(stage: Stage) {
  return (await stage.sync({ flow: "products", settle: true })).products;
}

async function take(stage: Stage, items: readonly Fields[]): Promise<void> {
  for (const one of items) await stage.shop.remove("zoho-books/items", itemId(one));
}

async function disabled(stage: Stage): Promise<readonly string[]> {
  const rows = await stage.inOptiply("products");
  return rows
    .filter(({ status }) => status === "disabled")
    .map(({ skuCode }) => String(skuCode))
    .sort();
}

/** How many complete passes in a row have missed each link that any has missed. */
async function missed(stage: Stage): Promise<readonly number[]> {
  const { rows } = await stage.mizan.desk.store.pool.query("select missed from link where missed > 0 order by missed");
  return rows.map((row: { missed: number }) => row.missed);
}

/** Waits until the stand-in Zoho has answered so many calls of the item list. */
async function listed(stage: Stage, calls: number): Promise<void> {
  for (;;) {
    const all = await stage.calls("zoho-books", "GET");
    if (all.filter(({ path }) => path === itemsPath).reduce((sum, { count }) => sum + count, 0) >= calls) return;
  }
}

const slowSecondPage = { vendor: "zoho-books", path: "/items", kind: "slow", delayMs: 3_000, afterCalls: 1, count: 1 };

test("an item that was deleted is disabled after two complete passes, once, and enabled again when it is back", async () => {
  const { stage, items } = await shopOf(3);
  const [gone] = items;
  await take(stage, [gone ?? {}]);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2 }));
  expect(await disabled(stage)).toEqual([]);
  // One alone is settled, in a shop of any size.
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2, updated: 1 }));
  expect(await disabled(stage)).toEqual(["T0."]);
  expect(await stage.record("products", itemId(gone))).toMatchObject({
    outcome: "updated",
    code: "gone-at-source",
    reason: "Zoho Books no longer has this record.",
  });
  await stage.resetCalls();
  await pass(stage);
  await pass(stage);
  expect(await stage.writes()).toBe(0);
  expect((await stage.calls("zoho-books")).map(({ path }) => path)).toEqual([itemsPath]);
  await stage.shop.add("zoho-books/items", [gone ?? {}]);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2, updated: 1 }));
  expect(await disabled(stage)).toEqual([]);
  expect(await stage.record("products", itemId(gone))).toMatchObject({ outcome: "updated", code: null });
  expect(await stage.inOptiply("products")).toHaveLength(3);
});

test("an item that is back after one pass begins anew", async () => {
  const { stage, items } = await shopOf(3);
  const [shy] = items;
  await take(stage, [shy ?? {}]);
  await pass(stage);
  await stage.shop.add("zoho-books/items", [shy ?? {}]);
  await pass(stage);
  await take(stage, [shy ?? {}]);
  await pass(stage);
  expect(await missed(stage)).toEqual([1]);
  expect(await disabled(stage)).toEqual([]);
  await pass(stage);
  expect(await disabled(stage)).toEqual(["T0."]);
});

test("a pass whose list fails, that is stopped or whose process is killed never counts", async () => {
  const { stage, items } = await shopOf(205);
  await take(stage, items.slice(0, 2));

  await stage.shop.fault({ vendor: "zoho-books", path: "/items", kind: "status", status: 503, afterCalls: 1 });
  expect((await pass(stage)).state).toBe("stopped");
  await stage.calm();
  expect(await missed(stage)).toEqual([]);

  await stage.shop.fault(slowSecondPage);
  await stage.resetCalls();
  const stop = new AbortController();
  const stopped = stage.sync({ flow: "products", signal: stop.signal });
  await listed(stage, 1);
  stop.abort();
  expect((await stopped).products.state).toBe("stopped");
  await stage.calm();
  expect(await missed(stage)).toEqual([]);

  await stage.shop.fault({ ...slowSecondPage, delayMs: 30_000 });
  await stage.resetCalls();
  const script = new URL("sync-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, integrationName], {
    env: { PATH: process.env.PATH, ...stage.environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const ended = once(child, "exit");
  await listed(stage, 1);
  expect(child.exitCode, "the process was killed at work").toBeNull();
  child.kill("SIGKILL");
  await ended;
  await stage.calm();
  await stage.endLeases();
  expect(await missed(stage)).toEqual([]);

  await pass(stage);
  expect(await missed(stage)).toEqual([1, 1]);
  expect(await disabled(stage)).toEqual([]);
  await pass(stage);
  expect(await disabled(stage)).toEqual(["T0.", "T1."]);
});

test("a pass does not count when the database lost a part of what it had met", async () => {
  const { stage, items } = await shopOf(205);
  await take(stage, items.slice(0, 1));
  for (let passes = 0; passes < 2; passes += 1) {
    await stage.shop.fault(slowSecondPage);
    await stage.resetCalls();
    const running = pass(stage);
    await listed(stage, 1);
    const { pool } = stage.mizan.desk.store;
    // As an unlogged table is after a crash of its server.
    for (let lost = 0; lost === 0; ) lost = (await pool.query("delete from seen_record")).rowCount ?? 0;
    expect((await running).state).toBe("done");
    await stage.calm();
  }
  expect(await missed(stage)).toEqual([]);
  expect(await disabled(stage)).toEqual([]);
  expect(await stage.records({ flow: "products", code: "many-vanished" })).toEqual([]);
});

test("a row that cannot be read counts as there", async () => {
  const { stage, items } = await shopOf(3);
  await stage.shop.change("zoho-books/items", itemId(items[0]), { name: { wrong: true } });
  for (let passes = 0; passes < 3; passes += 1) await pass(stage);
  expect(await missed(stage)).toEqual([]);
  expect(await stage.record("products", itemId(items[0]))).toMatchObject({
    outcome: "rejected",
    code: "field-invalid",
  });
  expect(await disabled(stage)).toEqual([]);
});

test("what the list misses and its detail still has stays as it is", async () => {
  const { stage, items } = await shopOf(3);
  const [shy] = items;
  await take(stage, [shy ?? {}]);
  await pass(stage);
  await stage.shop.fault({ vendor: "zoho-books", path: "/itemdetails", kind: "slow", delayMs: 2_000, count: 1 });
  await stage.resetCalls();
  const running = pass(stage);
  await listed(stage, 1);
  // The list has been read by now; the detail is read from here on.
  while ((await missed(stage))[0] !== 2);
  await stage.shop.add("zoho-books/items", [shy ?? {}]);
  expect((await running).counts).toEqual(only({ unchanged: 3 }));
  expect((await stage.calls("zoho-books")).map(({ path }) => path)).toContain("/books/v3/itemdetails");
  expect(await disabled(stage)).toEqual([]);
  expect(await stage.record("products", itemId(shy))).toMatchObject({ outcome: "created", code: null });
});

test("of thirty, three at once are disabled; three more of what is left are too many", async () => {
  const { stage, items } = await shopOf(30);
  await take(stage, items.slice(0, 3));
  await pass(stage);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 27, updated: 3 }));
  expect(await disabled(stage)).toEqual(["T0.", "T1.", "T2."]);
  // Those that are settled no longer count among all: a tenth of 27 is less than three.
  await take(stage, items.slice(3, 6));
  await pass(stage);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 24, waiting: 3 }));
  expect(await disabled(stage)).toHaveLength(3);
});

test("four of thirty wait for a person, who confirms them by a retry", async () => {
  const { stage, items } = await shopOf(30);
  await take(stage, items.slice(0, 4));
  await pass(stage);
  await stage.resetCalls();
  for (let passes = 0; passes < 3; passes += 1)
    expect((await pass(stage)).counts).toEqual(only({ unchanged: 26, waiting: 4 }));
  expect(await stage.writes()).toBe(0);
  const waiting = await stage.records({ flow: "products", code: "many-vanished" });
  expect(waiting.map(({ sourceId }) => sourceId).sort()).toEqual(items.slice(0, 4).map(itemId).sort());
  for (const one of waiting)
    expect(one).toMatchObject({
      outcome: "waiting",
      reason: "Zoho Books no longer lists it, and 4 of 30 records disappeared at once.",
      retryAt: null,
    });
  expect(stage.logged.filter((line) => line.startsWith("warn many records disappeared"))).not.toEqual([]);
  const planned = await plan(stage.mizan.desk, {
    integration: integrationName,
    flow: "products",
    signal: stage.signal,
  });
  expect(planned.flows[0]?.first).toEqual([]);
  await retry(stage.mizan.desk, { integration: integrationName, reason: "many-vanished", signal: stage.signal });
  expect(await disabled(stage)).toEqual(["T0.", "T1.", "T2.", "T3."]);
  await stage.resetCalls();
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 26 }));
  expect(await stage.writes()).toBe(0);
});

test("a list that is empty by mistake switches nothing off, and releases everything when it is back", async () => {
  const { stage, items } = await shopOf(12);
  await take(stage, items);
  await pass(stage);
  expect((await pass(stage)).counts).toEqual(only({ waiting: 12 }));
  await stage.shop.add("zoho-books/items", items);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 12 }));
  expect(await stage.records({ flow: "products", code: "many-vanished" })).toEqual([]);
  expect(await stage.writes()).toBe(12);
  expect(await disabled(stage)).toEqual([]);
  expect(await missed(stage)).toEqual([]);
});

test("a plan neither counts as a pass nor says that anything disappeared", async () => {
  const { stage, items } = await shopOf(3);
  await take(stage, items.slice(0, 1));
  const rehearse = () =>
    plan(stage.mizan.desk, { integration: integrationName, flow: "products", signal: stage.signal });
  await rehearse();
  await rehearse();
  await pass(stage);
  expect((await rehearse()).flows).toMatchObject([{ counts: only({ unchanged: 2 }), first: [] }]);
  expect(await missed(stage)).toEqual([1]);
  expect(await disabled(stage)).toEqual([]);
});

test("what Optiply refuses is not sent again in each pass, but when a person asks", async () => {
  const { stage, items } = await shopOf(3);
  await take(stage, items.slice(0, 1));
  await pass(stage);
  await stage.shop.fault({ vendor: "optiply", method: "PATCH", kind: "status", status: 400, count: 1 });
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2, rejected: 1 }));
  await stage.resetCalls();
  await pass(stage);
  await pass(stage);
  expect(await stage.writes()).toBe(0);
  expect(await stage.record("products", itemId(items[0]))).toMatchObject({ code: "refused-by-target" });
  await retry(stage.mizan.desk, { record: itemId(items[0]), signal: stage.signal });
  expect(await disabled(stage)).toEqual(["T0."]);
});

test.for(["cut", "cut-after"])("an answer that is lost (%s) leaves it disabled in the end", async (kind) => {
  const { stage, items } = await shopOf(3);
  await take(stage, items.slice(0, 1));
  await pass(stage);
  await stage.shop.fault({ vendor: "optiply", method: "PATCH", kind, count: 10 });
  await pass(stage);
  await stage.calm();
  await pass(stage);
  stage.clock.jump(60_000);
  await pass(stage);
  expect(await disabled(stage)).toEqual(["T0."]);
  expect((await stage.record("products", itemId(items[0]))).code).toBe("gone-at-source");
});

test("one that is gone at both sides is named once and left alone", async () => {
  const { stage, items } = await shopOf(3);
  await take(stage, items.slice(0, 1));
  const [product] = (await stage.inOptiply("products")).filter(({ skuCode }) => skuCode === "T0.");
  await stage.shop.remove("optiply/products", String(product?.id));
  await pass(stage);
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2, rejected: 1 }));
  expect((await stage.record("products", itemId(items[0]))).code).toBe("target-gone");
  await stage.resetCalls();
  expect((await pass(stage)).counts).toEqual(only({ unchanged: 2 }));
  expect(await stage.writes()).toBe(0);
  expect(await stage.inOptiply("products")).toHaveLength(2);
});
