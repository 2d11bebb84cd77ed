import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const modules = [
  { module: "salesorders", number: "salesorder_number" },
  { module: "purchaseorders", number: "purchaseorder_number" },
] as const;

describe.each(modules)("dates on /$module", ({ module, number }) => {
  const add = (...dates: string[]) =>
    bench.control(
      "POST",
      `/zoho-books/${module}`,
      dates.map((date) => ({ date, [number]: date })),
    );
  const listed = async (query: string) =>
    rowsOf(await bench.zoho("GET", `/${module}?${query}`), module).map(({ date }) => date);

  test("date_start and date_end include their day, date_after and date_before do not", async () => {
    await add("2026-01-03", "2026-01-01", "2026-01-04", "2026-01-02");
    const sorted = async (query: string) => (await listed(query)).toSorted();
    expect(await sorted("date_start=2026-01-02&date_end=2026-01-03")).toEqual(["2026-01-02", "2026-01-03"]);
    expect(await sorted("date_after=2026-01-02&date_before=2026-01-04")).toEqual(["2026-01-03"]);
    expect(await listed("date_start=2026-02-01")).toEqual([]);
  });

  test("sort_column=date sorts over pages, and equal days stand in the order of their ids", async () => {
    await bench.set("zoho-books", { [`${module}Sort`]: "honoured" });
    await add("2026-01-03", "2026-01-01", "2026-01-02", "2026-01-02");
    expect(await listed("sort_column=date&sort_order=A&per_page=3")).toEqual([
      "2026-01-01",
      "2026-01-02",
      "2026-01-02",
    ]);
    expect(await listed("sort_column=date&sort_order=A&per_page=3&page=2")).toEqual(["2026-01-03"]);
    const page = await bench.zoho("GET", `/${module}?sort_column=date&sort_order=D&per_page=3&page=2`);
    expect(rowsOf(page, module).map(({ date }) => date)).toEqual(["2026-01-01"]);
    expect(objectOf(page, "page_context")).toMatchObject({
      sort_column: "date",
      sort_order: "D",
      has_more_page: false,
    });
    expect(await listed("sort_column=date&sort_order=D&per_page=3&page=3")).toEqual([]);
  });

  test("an ignored date filter lists everything, and only the date filter is ignored", async () => {
    await add("2026-01-01", "2026-01-02");
    expect(await listed("date_start=2026-01-02")).toHaveLength(1);
    await bench.set("zoho-books", { [`${module}DateFilter`]: "ignored" });
    expect(await listed("date_start=2026-01-02&date_end=2026-01-02")).toHaveLength(2);
    expect(await listed(`date_start=2026-01-02&${number}=2026-01-01`)).toEqual(["2026-01-01"]);
    expect(await listed("date_start=2026-01-02&created_date_start=2100-01-01")).toEqual([]);
  });

  test("a row that changes, comes or goes between two pages is where it belongs on the next", async () => {
    await bench.set("zoho-books", { [`${module}Sort`]: "honoured" });
    await add("2026-01-01", "2026-01-02", "2026-01-03");
    const query = "sort_column=date&sort_order=A&date_start=2026-01-01";
    const rows = rowsOf(await bench.zoho("GET", `/${module}?${query}`), module);
    const id = (position: number) => rows[position]?.[module === "salesorders" ? "salesorder_id" : "purchaseorder_id"];
    await bench.control("PATCH", `/zoho-books/${module}/${id(0)}`, { date: "2026-01-05" });
    await bench.control("DELETE", `/zoho-books/${module}/${id(1)}`);
    await add("2026-01-04", "2025-12-31");
    expect(await listed(query)).toEqual(["2026-01-03", "2026-01-04", "2026-01-05"]);
  });
});

test("purchase orders sort by date descending whatever is asked, until the switch says otherwise", async () => {
  await bench.control("POST", "/zoho-books/purchaseorders", [{ date: "2026-01-01" }, { date: "2026-01-02" }]);
  const answer = await bench.zoho("GET", "/purchaseorders?sort_column=date&sort_order=A");
  expect(objectOf(answer, "page_context")).toMatchObject({ sort_column: "date", sort_order: "D" });
  expect(rowsOf(answer, "purchaseorders").map(({ date }) => date)).toEqual(["2026-01-02", "2026-01-01"]);
});

test("reference_number means equal, a part of it, or nothing, as the switch says", async () => {
  const references = ["119092", "1190921", "2"];
  await bench.control(
    "POST",
    "/zoho-books/purchaseorders",
    references.map((reference_number) => ({ reference_number })),
  );
  const listed = async () =>
    rowsOf(await bench.zoho("GET", "/purchaseorders?reference_number=119092"), "purchaseorders")
      .map(({ reference_number }) => reference_number)
      .toSorted();
  expect(await listed()).toEqual(["119092"]);
  await bench.set("zoho-books", { purchaseordersReferenceFilter: "contains" });
  expect(await listed()).toEqual(["119092", "1190921"]);
  await bench.set("zoho-books", { purchaseordersReferenceFilter: "ignored" });
  expect(await listed()).toEqual(references);
});
