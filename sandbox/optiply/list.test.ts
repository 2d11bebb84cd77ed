import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const addProducts = (...products: object[]) =>
  bench.control(
    "POST",
    "/optiply/products",
    products.map((one) => ({ stockLevel: 0, unlimitedStock: false, ...one })),
  );
const names = async (query: string) =>
  rowsOf(await bench.optiply("GET", `/products?${query}`), "data").map(({ attributes }) =>
    isFields(attributes) ? attributes.name : "",
  );
const status = async (query: string) => (await bench.optiply("GET", `/products?${query}`)).status;

test("pages of 50 unless asked, at most 100, offsets in whole pages, links.next while there is more", async () => {
  await addProducts(...Array.from({ length: 120 }, (_, index) => ({ name: `n${index}` })));
  const first = await bench.optiply("GET", "/products?sort=id");
  expect(rowsOf(first, "data")).toHaveLength(50);
  expect(objectOf(first, "meta").totalResourceCount).toBe(120);
  const { next, prev } = objectOf(first, "links");
  expect(prev).toBeUndefined();
  const path = String(next).replace(bench.sandbox.vendors.optiply.apiUrl, "");
  expect(await names(path.slice("/products?".length))).toHaveLength(50);
  const last = await bench.optiply("GET", "/products?sort=id&page[limit]=100&page[offset]=100");
  expect(rowsOf(last, "data")).toHaveLength(20);
  expect(objectOf(last, "links").next).toBeUndefined();
  const crooked = await bench.optiply("GET", "/products?page[limit]=50&page[offset]=25");
  expect(crooked.status).toBe(400);
  expect(crooked.text).toContain("offset 25 is not a multiple of limit 50");
  expect(await status("page[limit]=101")).toBe(400);
  await bench.set("optiply", { limitAbove100: "capped" });
  expect(await names("page[limit]=101")).toHaveLength(100);
});

test("filters: operators in capitals, all of them at once, enum values in capitals, null as a word", async () => {
  await addProducts(
    { name: "a", skuCode: "S-1", stockLevel: 5, price: "1.50" },
    { name: "b", skuCode: "S-2", stockLevel: 10, status: "disabled" },
    { name: "c", stockLevel: 20 },
  );
  expect(await names("filter[status]=ENABLED")).toEqual(["a", "c"]);
  expect(await names("filter[skuCode][LIKE]=S-%25&filter[stockLevel][GT]=5")).toEqual(["b"]);
  expect(await names("filter[stockLevel][GE]=10&filter[stockLevel][LT]=20")).toEqual(["b"]);
  expect(await names("filter[stockLevel][LE]=5")).toEqual(["a"]);
  expect(await names("filter[name][NEQ]=a")).toEqual(["b", "c"]);
  expect(await names("filter[name]=a,c")).toEqual(["a", "c"]);
  expect(await names("filter[skuCode]=null")).toEqual(["c"]);
  expect(await names("filter[price][EQ]=1.5")).toEqual(["a"]);
  expect(await names("filter[accountId]=1402")).toHaveLength(3);
  expect(await status("filter[status]=enabled")).toBe(400);
  expect(await status("filter[stockLevel][gt]=5")).toBe(400);
});

test("an unknown filter is refused or ignored, and remoteId is never a filter", async () => {
  await addProducts({ name: "a", remoteId: "r" });
  for (const name of ["nothing", "remoteId", "remoteIdMap"]) expect(await status(`filter[${name}]=r`)).toBe(400);
  await bench.set("optiply", { unknownFilter: "ignored" });
  expect(await names("filter[remoteId]=something-else")).toEqual(["a"]);
});

test("instants in filters end in an encoded +00:00", async () => {
  await addProducts(
    { name: "old", updatedAt: "2026-01-01T00:00:00Z" },
    { name: "new", updatedAt: "2026-02-01T00:00:00Z" },
  );
  expect(await names("filter[updatedAt][GT]=2026-01-01T00:00:00%2B00:00")).toEqual(["new"]);
  expect(await names("filter[updatedAt][GE]=2026-01-01T00:00:00%2B00:00&sort=-updatedAt")).toEqual(["new", "old"]);
  expect(await status("filter[updatedAt][GT]=2026-01-01T00:00:00+00:00")).toBe(400);
  expect(await status("filter[updatedAt][GT]=2026-01-01T00:00:00Z")).toBe(400);
  await bench.set("optiply", { filterInstantZ: "accepted" });
  expect(await status("filter[updatedAt][GT]=2026-01-01T00:00:00Z")).toBe(200);
});

test("sorting by id, backwards, and by what is not there", async () => {
  await addProducts({ name: "a", stockLevel: 2 }, { name: "b", stockLevel: 1 });
  expect(await names("sort=-id")).toEqual(["b", "a"]);
  expect(await names("sort=stockLevel")).toEqual(["b", "a"]);
  expect(await status("sort=nothing")).toBe(400);
});

test("a large read of sellOrderLines answers 504 where the switch says so", async () => {
  const made = await bench.control("POST", "/optiply/products", { name: "a", stockLevel: 1, unlimitedStock: false });
  const line = { productId: Number(made.body.id), quantity: 1, subtotalValue: 1 };
  const orders = Array.from({ length: 3 }, () => ({
    placed: "2026-01-01T00:00:00Z",
    totalValue: 1,
    orderLines: [line],
  }));
  const stored = await bench.control("POST", "/optiply/sellOrders", orders);
  await bench.set("optiply", { sellOrderLinesTimeoutAbove: 2 });
  expect((await bench.optiply("GET", "/sellOrderLines")).status).toBe(504);
  const one = rowsOf(stored, "rows")[0]?.id;
  expect((await bench.optiply("GET", `/sellOrderLines?filter[sellOrderId]=${one}`)).status).toBe(200);
});
