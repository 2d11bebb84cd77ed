import { afterAll, beforeEach, expect, test } from "vitest";
import { type Answer, objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const names = (answer: Answer) => rowsOf(answer, "items").map(({ name }) => name);
const addItems = (...items: object[]) => bench.control("POST", "/zoho-books/items", items);

test("pages have a page_context without a total", async () => {
  await addItems(...["a", "b", "c", "d", "e"].map((name) => ({ name })));
  const first = await bench.zoho("GET", "/items?page=1&per_page=2");
  expect(names(first)).toEqual(["a", "b"]);
  expect(objectOf(first, "page_context")).toEqual({
    page: 1,
    per_page: 2,
    has_more_page: true,
    report_name: "Items",
    applied_filter: "Status.All",
    custom_fields: [],
    sort_column: "name",
    sort_order: "A",
  });
  const last = await bench.zoho("GET", "/items?page=3&per_page=2");
  expect(names(last)).toEqual(["e"]);
  expect(objectOf(last, "page_context").has_more_page).toBe(false);
});

test("per_page is 200 unless asked, and 201 follows the switch", async () => {
  await addItems(...Array.from({ length: 201 }, (_, index) => ({ name: `n${index}` })));
  expect(names(await bench.zoho("GET", "/items"))).toHaveLength(200);
  expect(names(await bench.zoho("GET", "/items?per_page=201"))).toHaveLength(200);
  await bench.set("zoho-books", { perPageAbove200: "honoured" });
  expect(names(await bench.zoho("GET", "/items?per_page=201"))).toHaveLength(201);
  await bench.set("zoho-books", { perPageAbove200: "refused" });
  expect((await bench.zoho("GET", "/items?per_page=201")).status).toBe(400);
});

test("last_modified_time is inclusive, exclusive, an equality or ignored, as the switch of the module says", async () => {
  await addItems(
    { name: "old", last_modified_time: "2026-01-01T10:00:00+0100" },
    { name: "exact", last_modified_time: "2026-01-02T10:00:00+0100" },
    { name: "new", last_modified_time: "2026-01-03T10:00:00+0100" },
  );
  const ask = async (itemsModifiedFilter: string) => {
    await bench.set("zoho-books", { itemsModifiedFilter });
    return names(
      await bench.zoho("GET", `/items?last_modified_time=${encodeURIComponent("2026-01-02T12:00:00+0300")}`),
    );
  };
  expect(await ask("inclusive")).toEqual(["exact", "new"]);
  expect(await ask("exclusive")).toEqual(["new"]);
  expect(await ask("equality")).toEqual(["exact"]);
  expect(await ask("ignored")).toEqual(["exact", "new", "old"]);
});

test("a plus that is not encoded, a colon in the offset and a Z are refused", async () => {
  for (const wrong of ["2026-01-02T12:00:00+0300", "2026-01-02T12:00:00%2B03:00", "2026-01-02T12:00:00Z"]) {
    expect((await bench.zoho("GET", `/salesorders?last_modified_time=${wrong}`)).status).toBe(400);
  }
});

test("timestamps carry the organisation's own offset of that day, without a colon", async () => {
  await addItems(
    { name: "winter", created_time: "2026-03-29T00:59:59+0000" },
    { name: "summer", created_time: "2026-03-29T01:00:00+0000" },
  );
  const rows = rowsOf(await bench.zoho("GET", "/items?sort_column=created_time&sort_order=A"), "items");
  expect(rows.map(({ created_time }) => created_time)).toEqual([
    "2026-03-29T01:59:59+0100",
    "2026-03-29T03:00:00+0200",
  ]);
  await bench.control("PATCH", "/zoho-books/organizations/60814150001", { time_zone: "Asia/Kolkata" });
  expect(rowsOf(await bench.zoho("GET", "/items"), "items")[0]?.created_time).toBe("2026-03-29T06:30:00+0530");
});

test("a sort may be honoured, its order replaced, or ignored; page_context tells", async () => {
  await addItems({ name: "a", rate: 2 }, { name: "b", rate: 1 });
  const ask = async (itemsSort: string) => {
    await bench.set("zoho-books", { itemsSort });
    const answer = await bench.zoho("GET", "/items?sort_column=rate&sort_order=A");
    const { sort_column, sort_order } = objectOf(answer, "page_context");
    return [...names(answer), sort_column, sort_order];
  };
  expect(await ask("honoured")).toEqual(["b", "a", "rate", "A"]);
  expect(await ask("order-replaced")).toEqual(["a", "b", "rate", "D"]);
  expect(await ask("ignored")).toEqual(["a", "b", "name", "A"]);
});

test("purchase orders ignore sort_order=A from the start, as recorded", async () => {
  const answer = await bench.zoho("GET", "/purchaseorders?sort_column=created_time&sort_order=A");
  expect(objectOf(answer, "page_context")).toMatchObject({ sort_column: "created_time", sort_order: "D" });
});

test("what was deleted is gone from lists and 404 with code 1002 on its detail", async () => {
  const made = await bench.control("POST", "/zoho-books/items", { name: "gone" });
  expect((await bench.zoho("GET", `/items/${made.body.item_id}`)).status).toBe(200);
  expect((await bench.control("DELETE", `/zoho-books/items/${made.body.item_id}`)).status).toBe(204);
  const detail = await bench.zoho("GET", `/items/${made.body.item_id}`);
  expect([detail.status, detail.body.code]).toEqual([404, 1002]);
  expect(names(await bench.zoho("GET", "/items"))).toEqual([]);
  expect((await bench.zoho("GET", "/nothing")).status).toBe(404);
  expect((await bench.zoho("DELETE", "/items")).status).toBe(405);
});
