import { readFile } from "node:fs/promises";
import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "../sandbox-client.ts";
import { vendors } from "../vendors.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

test("a merchant adds, reads, changes and deletes records of both vendors in their own field names", async () => {
  const item = await bench.control("POST", "/zoho-books/items", { name: "Mug", sku: "M", colour: "red" });
  expect(item.status).toBe(201);
  const path = `/zoho-books/items/${item.body.item_id}`;
  expect((await bench.control("PATCH", path, { sku: "N" })).body).toMatchObject({
    name: "Mug",
    sku: "N",
    colour: "red",
  });
  expect((await bench.control("GET", path)).body).toMatchObject({ sku: "N" });
  expect(rowsOf(await bench.control("GET", "/zoho-books/items?sku=N"), "rows")).toHaveLength(1);
  expect(rowsOf(await bench.control("GET", "/zoho-books/items?sku=M"), "rows")).toHaveLength(0);
  expect((await bench.control("DELETE", path)).status).toBe(204);
  for (const method of ["GET", "DELETE"]) expect((await bench.control(method, path)).status).toBe(404);
  const product = await bench.control("POST", "/optiply/products", {
    name: "Mug",
    stockLevel: 1,
    unlimitedStock: false,
  });
  expect(product.body).toMatchObject({ createdFromPublicApi: false });
  expect((await bench.control("PATCH", `/optiply/products/${product.body.id}`, { price: "2.5" })).body.price).toBe(
    "2.50",
  );
});

test("every resource of both vendors can be listed", async () => {
  const kept = {
    "zoho-books": ["organizations", "items", "contacts", "salesorders", "purchaseorders", "locations", "warehouses"],
    optiply: [
      "accounts",
      "products",
      "suppliers",
      "supplierProducts",
      "sellOrders",
      "sellOrderLines",
      "buyOrders",
      "buyOrderLines",
      "receiptLines",
      "productCompositions",
      "promotions",
      "promotionProducts",
    ],
  };
  for (const [vendor, resources] of Object.entries(kept)) {
    for (const resource of resources)
      expect(Array.isArray((await bench.control("GET", `/${vendor}/${resource}`)).body.rows)).toBe(true);
  }
});

test("a record goes to the organisation that it names", async () => {
  await bench.control("POST", "/zoho-books/organizations", { organization_id: "777", name: "Second" });
  await bench.control("POST", "/zoho-books/items", [{ name: "a" }, { name: "b", organization_id: "777" }]);
  expect(rowsOf(await bench.control("GET", "/zoho-books/items?organization_id=777"), "rows")).toMatchObject([
    { name: "b" },
  ]);
  expect(rowsOf(await bench.zoho("GET", "/items"), "items")).toMatchObject([{ name: "a" }]);
});

test("a reset forgets records, faults, calls and switches, and the credentials still work", async () => {
  await bench.control("POST", "/zoho-books/items", { name: "a" });
  await bench.set("zoho-books", { latencyMs: 1 });
  await bench.control("POST", "/faults", { vendor: "optiply", kind: "cut" });
  const { body } = await bench.control("POST", "/reset", { seed: 7, switches: { optiply: { retryAfter: true } } });
  expect(body).toMatchObject({ "zoho-books": { latencyMs: 0 }, optiply: { retryAfter: true } });
  expect(rowsOf(await bench.control("GET", "/zoho-books/items"), "rows")).toHaveLength(0);
  expect((await bench.zoho("GET", "/items")).status).toBe(200);
  expect((await bench.optiply("GET", "/accounts")).status).toBe(200);
});

test("calls are counted without ids, and logged without secrets", async () => {
  const { body } = await bench.control("POST", "/zoho-books/items", { name: "a" });
  await bench.zoho("GET", `/items/${body.item_id}`);
  await bench.zoho("GET", `/items/${body.item_id}?refresh_token=planted`);
  const calls = rowsOf(await bench.control("GET", "/calls"), "rows");
  expect(calls).toContainEqual({
    vendor: "zoho-books",
    method: "GET",
    path: "/books/v3/items/{id}",
    status: 200,
    count: 2,
  });
  const log = await bench.control("GET", "/calls/log?last=1");
  expect(rowsOf(log, "rows")).toMatchObject([{ vendor: "zoho-books", method: "GET", status: 200, fault: null }]);
  expect(log.text).not.toContain("planted");
  await bench.control("POST", "/calls/reset");
  expect(rowsOf(await bench.control("GET", "/calls"), "rows")).toEqual([]);
});

test("a wrong request is answered with what is wrong and what is allowed", async () => {
  const error = async (method: string, path: string, body?: unknown) => {
    const answer = await bench.control(method, path, body);
    expect(answer.status).toBe(400);
    return String(answer.body.error);
  };
  expect(await error("PATCH", "/switches", { optiply: { limitAbove100: "maybe" } })).toContain(
    'limitAbove100 cannot be "maybe"; allowed: "refused", "capped"',
  );
  expect(await error("PATCH", "/switches", { optiply: { nothing: 1 } })).toContain("no switch is named nothing");
  expect(await error("PATCH", "/switches", { xero: {} })).toContain("there is no vendor xero");
  expect(await error("POST", "/zoho-books/things", {})).toContain("it keeps: organizations, items");
  expect(await error("POST", "/zoho-books/items", [1])).toContain("must be a JSON object");
  expect(await error("POST", "/zoho-books/items", "no json")).toContain("not JSON");
  expect(await error("POST", "/zoho-books/organizations", { time_zone: "Mars/Base" })).toContain("Mars/Base");
  expect(await error("POST", "/zoho-books/items", { created_time: "yesterday" })).toContain("yesterday");
  expect(await error("POST", "/optiply/products", { stockLevel: 1.5 })).toContain("stockLevel");
  expect(await error("POST", "/import/online-retail", { paths: ["/nowhere.csv"] })).toContain("/nowhere.csv");
  expect(await error("POST", "/import/online-retail", {})).toContain("paths");
  expect((await bench.control("GET", "/nothing")).status).toBe(404);
});

test("the README lists every switch with its value at start", async () => {
  // Tables are aligned with spaces, which say nothing.
  const readme = (await readFile(new URL("../README.md", import.meta.url), "utf8")).replace(/ +/g, " ");
  for (const [name, { initial, meaning }] of Object.values(vendors).flatMap(({ switchSet }) =>
    Object.entries(switchSet),
  )) {
    expect(readme).toContain(`| \`${name}\` | \`${JSON.stringify(initial)}\` |`);
    expect(readme).toContain(meaning);
  }
});
