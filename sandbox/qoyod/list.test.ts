import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
  const skus = ["A-1", "a-1", "B 2", "007", "7"];
  await bench.control(
    "POST",
    "/qoyod/products",
    skus.map((sku, at) => ({ sku, name: `Tea ${at}`, selling_price: 10 * (at + 1) })),
  );
});
const set = (switches: object) => bench.set("qoyod", { ...switches });
const skus = async (query: string) => {
  const answer = await bench.qoyod("GET", `/products?${query}`);
  return answer.status === 404 ? [] : rowsOf(answer, "products").map(({ sku }) => sku);
};
const all = ["A-1", "a-1", "B 2", "007", "7"];

test("a page has per_page rows at most 100, limit is ignored, and pagination tells the rest", async () => {
  const first = await bench.qoyod("GET", "/products?per_page=2&page=2&limit=1");
  expect(rowsOf(first, "products").map(({ sku }) => sku)).toEqual(["B 2", "007"]);
  expect(first.body.pagination).toEqual({ totalPages: 3, total: 5, currentPage: 2 });
  expect(await skus("per_page=2&page=4")).toEqual([]);
  await set({ perPageMaximum: 3, pagination: "nowhere" });
  expect(await skus("per_page=500")).toHaveLength(3);
  expect((await bench.qoyod("GET", "/products")).body.pagination).toBeUndefined();
  await set({ perPageMaximum: null, defaultPerPage: 4 });
  expect(await skus("")).toHaveLength(4);
  expect(await skus("per_page=500")).toHaveLength(5);
});

test("paging is ignored where Qoyod ignores it", async () => {
  await bench.control("POST", "/qoyod/vendors", [{ name: "One" }, { name: "Two" }]);
  const count = async (path: string) => rowsOf(await bench.qoyod("GET", `/${path}?per_page=1`), path).length;
  expect(await count("accounts")).toBe(7);
  expect(await count("inventories")).toBe(2);
  expect(await count("vendors")).toBe(2);
  expect(await count("taxes")).toBe(1);
  await bench.control("POST", "/qoyod/receipts", [
    { contact_id: 1001, kind: "received", amount: 1 },
    { contact_id: 1001, kind: "paid", amount: 1 },
  ]);
  expect(await count("receipts")).toBe(1);
  await set({ receiptsPaging: "ignored" });
  expect(await count("receipts")).toBe(2);
  const lines = { line_items: [{ product_id: 5001, quantity: 1 }] };
  await bench.control("POST", "/qoyod/orders", [lines, lines]);
  expect(await count("orders")).toBe(1);
  await set({ otherPaging: "ignored" });
  expect(await count("orders")).toBe(2);
});

test("filters compare texts exactly and numbers by value", async () => {
  expect(await skus("q[sku_eq]=A-1")).toEqual(["A-1"]);
  expect(await skus("q[sku_eq]=7")).toEqual(["7"]);
  expect(await skus("q[sku_not_eq]=7")).toEqual(["A-1", "a-1", "B 2", "007"]);
  expect(await skus("q[sku_in][]=A-1&q[sku_in][]=007&q[sku_in][]=none")).toEqual(["A-1", "007"]);
  expect(await skus("q[id_in][]=5002&q[id_in][]=5005")).toEqual(["a-1", "7"]);
  expect(await skus("q[id_gt]=5003")).toEqual(["007", "7"]);
  expect(await skus("q[selling_price_gteq]=40&q[selling_price_lt]=50.0")).toEqual(["007"]);
  expect(await skus("q[sku_cont]=-")).toEqual(["A-1", "a-1"]);
  expect(await skus("q[sku_start]=b&q[sku_end]=2")).toEqual(["B 2"]);
  expect(await skus("q[s]=selling_price+desc")).toEqual([...all].reverse());
  expect(await skus("q[s]=sku+asc")).toEqual(["007", "7", "A-1", "B 2", "a-1"]);
  await set({ textFilters: "loose" });
  expect(await skus("q[sku_eq]=a-1%20")).toEqual(["A-1", "a-1"]);
});

test("what Qoyod does not filter by is ignored, and the whole list comes back", async () => {
  for (const query of [
    "q[sku_eq]=",
    "q[sku_in][]=",
    "q[colour_eq]=red",
    "q[sku_matches]=A",
    "q[sku_in]=A-1",
    "q[name_ar_eq]=Tea%200",
    "q[updated_at_gteq]=2999-01-01T00:00:00+03:00",
    "sku=A-1",
  ])
    expect(await skus(query)).toEqual(all);
  expect(await skus("q[updated_at_gteq]=2999-01-01T00:00:00Z")).toEqual([]);
  expect(await skus("q[updated_at_lteq]=2999-01-01T00:00:00%2B03:00")).toEqual(all);
  await set({ nameFilters: "honoured" });
  expect(await skus("q[name_ar_eq]=Tea%200")).toEqual(["A-1"]);
  await set({ ignoredFilters: "products.sku, invoices.reference", updatedAtFilterOn: "" });
  expect(await skus("q[sku_eq]=A-1")).toEqual(all);
  expect(await skus("q[updated_at_gteq]=2999-01-01T00:00:00Z")).toEqual(all);
});

test("accounts by type are never found, contacts by phone and kinds of vouchers only in Qoyod's way", async () => {
  const count = async (path: string) => {
    const answer = await bench.qoyod("GET", path);
    return answer.status === 404 ? 0 : rowsOf(answer, path.slice(1).split("?")[0] ?? "").length;
  };
  expect(await count("/accounts?q[type_eq]=Equity")).toBe(0);
  await set({ accountTypeFilter: "honoured" });
  expect(await count("/accounts?q[type_eq]=Equity")).toBe(1);
  await bench.control("POST", "/qoyod/customers", { name: "Huda", phone_number: "+966500000001", tax_number: "3" });
  expect(await count("/customers?q[phone_number_eq]=%2B966500000001")).toBe(2);
  expect(await count("/customers?q[tax_number_eq]=3")).toBe(1);
  expect(await count("/customers?q[name_cont]=hud")).toBe(1);
  await set({ contactFilters: "honoured" });
  expect(await count("/customers?q[phone_number_eq]=%2B966500000001")).toBe(1);
  await bench.control("POST", "/qoyod/receipts", { contact_id: 1001, kind: "paid", amount: 1 });
  expect(await count("/receipts?q[kind_eq]=1")).toBe(1);
  expect(await count("/receipts?q[kind_eq]=paid")).toBe(0);
  await set({ contactsListKey: "contacts" });
  expect(rowsOf(await bench.qoyod("GET", "/customers"), "contacts")).toHaveLength(2);
});
