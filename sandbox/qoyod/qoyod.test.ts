import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { seededRandom } from "../seeded-random.ts";
import { noPause } from "../wire.ts";
import { createQoyod } from "./qoyod.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});
const post = (path: string, body: unknown) => bench.qoyod("POST", path, body);
const set = (switches: object) => bench.set("qoyod", { ...switches });

test("every call needs the key, the moved hosts answer 307, and what is not there is no empty list", async () => {
  for (const key of ["", "wrong"])
    expect((await bench.qoyod("GET", "/taxes", undefined, { "api-key": key })).status).toBe(401);
  const old = bench.sandbox.vendors.qoyod.apiUrl.replace("/2.0", "/api/2.0");
  const ask = () =>
    fetch(`${old}/taxes?page=2`, {
      headers: { "api-key": bench.sandbox.credentials.qoyod.apiKey },
      redirect: "manual",
    });
  const moved = await ask();
  expect([moved.status, moved.headers.get("location")]).toEqual([307, "/2.0/taxes?page=2"]);
  await set({ oldHost: "answers", perPageMaximum: 1 });
  expect((await ask()).status).toBe(200);
  await set({ oldHost: "gone" });
  expect((await ask()).status).toBe(404);
  for (const path of ["/me", "/contacts", "/products/5001/stock", "/taxes/1"]) {
    const answer = await bench.qoyod("GET", path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain("found nothing");
  }
  expect((await bench.qoyod("PATCH", "/customers/1001", {})).status).toBe(404);
  expect((await post("/customers", "no json")).status).toBe(400);
});

test("an empty list and a missing record are 404 with the same words", async () => {
  for (const path of ["/products", "/invoices", "/invoices/60001", "/customers?page=9"]) {
    const answer = await bench.qoyod("GET", path);
    expect([answer.status, answer.body.message]).toEqual([404, "We looked everywhere but found nothing"]);
  }
  await set({ emptyList: "empty-array", notFoundText: "nothing here" });
  expect((await bench.qoyod("GET", "/products")).body).toMatchObject({ products: [], pagination: { total: 0 } });
  expect((await bench.qoyod("GET", "/products/1")).body.message).toBe("nothing here");
  expect((await bench.qoyod("GET", "/projects")).body).toEqual({ projects: [] });
});

test("above the limit of a minute comes 429 with Retry-After, until the minute is over", async () => {
  expect((await bench.qoyod("GET", "/taxes")).status).toBe(200);
  await set({ perMinuteLimit: 2 });
  for (let made = 0; made < 2; made += 1) expect((await bench.qoyod("GET", "/taxes")).status).toBe(200);
  const refused = await bench.qoyod("GET", "/taxes");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  await set({ retryAfter: false });
  expect((await bench.qoyod("GET", "/taxes")).headers.get("retry-after")).toBeNull();
  await set({ minuteMs: 0 });
  expect((await bench.qoyod("GET", "/taxes")).status).toBe(200);
});

test("errors are a list or a hash, as they were seen or as the switch says", async () => {
  const wrong = { customer: { name: "Huda" } };
  expect((await post("/customers", wrong)).body).toEqual({ errors: { contact_name: ["Can't be blank"] } });
  await bench.control("PATCH", "/qoyod/customers/1001", { status: "Inactive" });
  const receipt = {
    receipt: { contact_id: 1001, reference: "R", kind: "received", account_id: 105, amount: 1, date: "2026-01-01" },
  };
  expect((await post("/receipts", receipt)).body).toEqual({ errors: ["this contact 1001 is not active"] });
  await set({ errorShape: "hash" });
  expect((await post("/receipts", receipt)).body).toEqual({ errors: { base: ["this contact 1001 is not active"] } });
  await set({ errorShape: "portal" });
  expect((await post("/customers", wrong)).body.error).toEqual({ message: "contact_name Can't be blank", code: 422 });
  await set({ errorShape: "list" });
  const answer = await post("/customers", wrong);
  expect([answer.status, answer.body]).toEqual([422, { errors: ["contact_name Can't be blank"] }]);
});

test("creates answer 201 or 200, locations with their id at the top or inside", async () => {
  const location = { inventory: { name: "North", ar_name: "الشمال", account_id: 103 } };
  const made = await post("/inventories", location);
  expect([made.status, made.body.name, made.body.inventory]).toEqual([201, "North", undefined]);
  await set({ inventoriesAnswer: "enveloped", createStatus: "200" });
  const other = await post("/inventories", location);
  expect([other.status, objectOf(other, "inventory").ar_name]).toEqual([200, "الشمال"]);
  const changed = await bench.qoyod("PATCH", `/inventories/${made.body.id}`, { inventory: { name: "Far north" } });
  expect(objectOf(changed, "inventory")).toMatchObject({ name: "Far north", account_id: 103 });
  expect((await post("/inventories", { inventory: { name: "a", ar_name: "b", account_id: 101 } })).status).toBe(422);
});

test("a new company has accounts, taxes 1 to 3, a unit, a category, two locations and a cash customer", async () => {
  const list = async (path: string) => rowsOf(await bench.qoyod("GET", `/${path}`), path);
  expect((await list("accounts")).map(({ type, type_of_account }) => `${type}/${type_of_account}`)).toEqual([
    "Revenue/Sale",
    "Expense/DirectCost",
    "Asset/Inventory",
    "Equity/Equity",
    "Asset/Bank",
    "Asset/Cash",
    "Expense/Overhead",
  ]);
  expect((await list("taxes")).map(({ id, percentage }) => [id, percentage])).toEqual([
    [1, "15.0"],
    [2, "0.0"],
    [3, "0.0"],
  ]);
  expect(await list("product_unit_types")).toMatchObject([{ unit_name: "Piece" }]);
  expect(await list("categories")).toHaveLength(1);
  expect(await list("inventories")).toHaveLength(2);
  const [customer] = await list("customers");
  expect(customer).toMatchObject({ name: "عميل نقدي", status: "Active", tax_number: null });
  expect(customer?.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+03:00$/);
});

test("slow resources are slow", async () => {
  const slept: number[] = [];
  const clock = { now: () => Date.UTC(2026, 0, 15), sleep: async (durationMs: number) => void slept.push(durationMs) };
  const qoyod = createQoyod({ clock, random: seededRandom(1) });
  Object.assign(qoyod.switches, { latencyMs: 5, invoicesLatencyMs: 30, creditNotesLatencyMs: 70 });
  for (const path of ["invoices", "credit_notes/80001", "taxes"]) {
    const request = { method: "GET", path: `/2.0/${path}`, query: new URLSearchParams(), headers: {}, body: "" };
    await qoyod.api(request, noPause);
  }
  expect(slept).toEqual([35, 75, 5]);
});

test("faults strike it as the others, and a reset forgets", async () => {
  await bench.control("POST", "/faults", { vendor: "qoyod", path: "/taxes", kind: "status", status: 500, count: 1 });
  expect((await bench.qoyod("GET", "/taxes")).status).toBe(500);
  await bench.control("POST", "/faults", { vendor: "qoyod", kind: "rate-limited", count: 1 });
  expect((await bench.qoyod("GET", "/taxes")).status).toBe(429);
  await bench.control("POST", "/faults", { vendor: "qoyod", kind: "cut-after", path: "/customers", count: 1 });
  await expect(post("/customers", { contact: { name: "Huda" } })).rejects.toThrow();
  expect(rowsOf(await bench.qoyod("GET", "/customers"), "customers")).toHaveLength(2);
  await bench.control("POST", "/reset");
  expect(rowsOf(await bench.qoyod("GET", "/customers"), "customers")).toHaveLength(1);
});
