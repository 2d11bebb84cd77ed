import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "./sandbox-client.ts";
import type { Fields } from "./wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const fault = async (rule: Fields) => {
  const answer = await bench.control("POST", "/faults", rule);
  expect(answer.status).toBe(201);
};
const post = () =>
  bench.optiply("POST", "/products", {
    data: { type: "products", attributes: { name: "Mug", stockLevel: 1, unlimitedStock: false } },
  });
const stored = async () => rowsOf(await bench.control("GET", "/optiply/products"), "rows").length;
const creating = { vendor: "optiply", method: "POST", path: "/products" };

test("a failure before the work leaves nothing, one after it leaves the work done", async () => {
  await fault({ ...creating, kind: "status", status: 503, count: 1 });
  expect((await post()).status).toBe(503);
  expect(await stored()).toBe(0);
  await fault({ ...creating, kind: "status-after", count: 1 });
  expect((await post()).status).toBe(500);
  expect(await stored()).toBe(1);
  expect((await post()).status).toBe(201);
});

test("a connection is cut before the work, after it, or the work is done late", async () => {
  await fault({ ...creating, kind: "cut", count: 1 });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(await stored()).toBe(0);
  await fault({ ...creating, kind: "cut-after", count: 1 });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(await stored()).toBe(1);
  await fault({ ...creating, kind: "late", delayMs: 120, count: 1 });
  await expect(post()).rejects.toThrow("fetch failed");
  expect(await stored()).toBe(1);
  await expect.poll(stored, { interval: 20 }).toBe(2);
  const calls = rowsOf(await bench.control("GET", "/calls"), "rows");
  expect(calls).toContainEqual({ vendor: "optiply", method: "POST", path: "/v1/products", status: 0, count: 3 });
});

test("a slow answer takes its time", async () => {
  await bench.zoho("GET", "/items");
  await fault({ vendor: "zoho-books", path: "/items", kind: "slow", delayMs: 120, count: 1 });
  const startedMs = performance.now();
  await bench.zoho("GET", "/items");
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(115);
});

test("each vendor's own 429", async () => {
  await fault({ vendor: "zoho-books", path: "/items", kind: "rate-limited", code: 45, count: 1 });
  const zoho = await bench.zoho("GET", "/items");
  expect([zoho.status, zoho.body.code, zoho.headers.get("x-rate-limit-remaining")]).toEqual([429, 45, "0"]);
  await fault({ vendor: "optiply", kind: "rate-limited", count: 1 });
  expect((await bench.optiply("GET", "/accounts")).status).toBe(429);
});

test("200 with half a body, with none, and with a code that is not 0", async () => {
  const kinds = ["malformed-json", "empty-body", "nonzero-code"];
  await Promise.all(kinds.map((kind) => fault({ vendor: "zoho-books", kind, count: 1 })));
  const [half, none, nonzero] = [
    await bench.zoho("GET", "/items"),
    await bench.zoho("GET", "/items"),
    await bench.zoho("GET", "/items"),
  ];
  expect([half.status, none.status, nonzero.status]).toEqual([200, 200, 200]);
  expect(half.text.startsWith('{"code":0')).toBe(true);
  expect(() => JSON.parse(half.text)).toThrow();
  expect(none.text).toBe("");
  expect(nonzero.body.code).toBe(1000);
});

test("a row shifts between two pages, so that offsets skip one", async () => {
  await bench.control(
    "POST",
    "/zoho-books/items",
    ["a", "b", "c", "d"].map((name) => ({ name })),
  );
  await fault({ vendor: "zoho-books", path: "/items", kind: "shift-rows", shift: "delete" });
  const first = rowsOf(await bench.zoho("GET", "/items?per_page=2&page=1"), "items").map(({ name }) => name);
  const second = rowsOf(await bench.zoho("GET", "/items?per_page=2&page=2"), "items").map(({ name }) => name);
  expect(first).toEqual(["a", "b"]);
  expect(second).toEqual(["d"]);
  await bench.control(
    "POST",
    "/optiply/products",
    ["a", "b", "c"].map((name) => ({ name, stockLevel: 1, unlimitedStock: false })),
  );
  await fault({ vendor: "optiply", kind: "shift-rows", shift: "insert" });
  await bench.optiply("GET", "/products?page[limit]=2");
  expect(rowsOf(await bench.optiply("GET", "/products?page[limit]=2&page[offset]=2"), "data")).toHaveLength(2);
});

test("a fault touches a row: it moves to the end of a listing by modification", async () => {
  const made = ["a", "b", "c"].map((name, index) => ({
    name,
    last_modified_time: `2026-01-0${index + 1}T00:00:00+0000`,
  }));
  await bench.control("POST", "/zoho-books/items", made);
  await fault({ vendor: "zoho-books", path: "/items", kind: "shift-rows", shift: "touch", count: 1 });
  const page = async (number: number) =>
    rowsOf(
      await bench.zoho("GET", `/items?sort_column=last_modified_time&sort_order=A&per_page=1&page=${number}`),
      "items",
    ).map(({ name }) => name);
  expect(await page(1)).toEqual(["a"]);
  expect(await page(2)).toEqual(["c"]);
  expect(await page(3)).toEqual(["a"]);
});

test("faults strike by pattern, after some calls, by count and by seeded chance", async () => {
  const { body } = await bench.control("POST", "/zoho-books/items", { name: "a" });
  await fault({ vendor: "zoho-books", path: "/items/{id}", kind: "status", afterCalls: 1, count: 1 });
  expect((await bench.zoho("GET", "/items")).status).toBe(200);
  const details = [];
  for (let made = 0; made < 3; made += 1) details.push((await bench.zoho("GET", `/items/${body.item_id}`)).status);
  expect(details).toEqual([200, 500, 200]);
  const chances = async () => {
    await bench.control("POST", "/reset", { seed: 42 });
    await fault({ vendor: "optiply", kind: "status", probability: 0.5 });
    const statuses = [];
    for (let made = 0; made < 12; made += 1) statuses.push((await bench.optiply("GET", "/accounts")).status);
    return statuses;
  };
  const once = await chances();
  expect(new Set(once)).toEqual(new Set([200, 500]));
  expect(await chances()).toEqual(once);
});

test("faults are listed with what they did, and can be taken away one by one", async () => {
  await fault({ vendor: "optiply", kind: "status" });
  await fault({ vendor: "optiply", kind: "cut" });
  await bench.optiply("GET", "/accounts");
  const standing = rowsOf(await bench.control("GET", "/faults"), "rows");
  expect(standing).toMatchObject([
    { kind: "status", seen: 1, struck: 1 },
    { kind: "cut", struck: 0 },
  ]);
  await bench.control("DELETE", `/faults/${standing[0]?.id}`);
  expect(rowsOf(await bench.control("GET", "/faults"), "rows")).toHaveLength(1);
  await bench.control("DELETE", "/faults");
  expect((await bench.optiply("GET", "/accounts")).status).toBe(200);
  expect((await bench.control("POST", "/faults", { vendor: "optiply", kind: "explode" })).body.error).toContain(
    "allowed: status, status-after",
  );
  expect((await bench.control("POST", "/faults", { vendor: "optiply" })).status).toBe(400);
});
