import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

test("limits are off at first, and the headers tell the day's allowance until the organisation's midnight", async () => {
  await bench.control("PATCH", "/zoho-books/organizations/60814150001", { time_zone: "America/New_York" });
  const { headers } = await bench.zoho("GET", "/items");
  expect(headers.get("x-rate-limit-limit")).toBe("10000");
  expect(headers.get("x-rate-limit-remaining")).toBe("9999");
  expect(headers.get("retry-after")).toBeNull();
  const resetMs = Date.now() + Number(headers.get("x-rate-limit-reset")) * 1000;
  const local = new Date(resetMs).toLocaleTimeString("en-GB", { timeZone: "America/New_York" });
  expect(local).toMatch(/^(00:00:0[0-2]|23:59:5[89])$/);
  await bench.set("zoho-books", { rateLimitHeaders: false });
  expect((await bench.zoho("GET", "/items")).headers.get("x-rate-limit-limit")).toBeNull();
});

test("the call above the minute's limit blocks the whole organisation for a while", async () => {
  await bench.set("zoho-books", { perMinuteLimit: 3, blockMs: 200 });
  for (let made = 0; made < 3; made += 1) expect((await bench.zoho("GET", "/items")).status).toBe(200);
  const blocked = await bench.zoho("GET", "/contacts");
  expect([blocked.status, blocked.body.code]).toEqual([429, 44]);
  expect(blocked.headers.get("retry-after")).toBeNull();
  expect(blocked.headers.get("x-rate-limit-limit")).toBe("10000");
  // The minute is over at once; the block still stands, then ends.
  await bench.set("zoho-books", { minuteMs: 1 });
  expect((await bench.zoho("GET", "/items")).body.code).toBe(44);
  await expect.poll(async () => (await bench.zoho("GET", "/items")).status, { interval: 40 }).toBe(200);
});

test("the day's limit is code 45, and its header may differ from it", async () => {
  await bench.set("zoho-books", { perDayLimit: 2, headerDailyLimit: 1000, dayMs: 400 });
  await bench.zoho("GET", "/items");
  const last = await bench.zoho("GET", "/items");
  expect(last.headers.get("x-rate-limit-limit")).toBe("1000");
  const refused = await bench.zoho("GET", "/items");
  expect([refused.status, refused.body.code]).toEqual([429, 45]);
  await expect.poll(async () => (await bench.zoho("GET", "/items")).status, { interval: 50 }).toBe(200);
});

test("too many calls in process are code 1070, and slow answers are in process", async () => {
  await bench.set("zoho-books", { concurrentLimit: 2, latencyMs: 80 });
  await bench.zoho("GET", "/items");
  const answers = await Promise.all(Array.from({ length: 4 }, () => bench.zoho("GET", "/items")));
  expect(answers.map(({ body }) => body.code).sort()).toEqual([0, 0, 1070, 1070]);
});
