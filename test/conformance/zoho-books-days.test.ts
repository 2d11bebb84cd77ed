import { describe, expect, test } from "vitest";
import { zohoBooks } from "../../src/connectors/zoho-books/index.ts";
import type { CallRequest, Door } from "../../src/core/connector.ts";
import { RetryLater } from "../../src/core/errors.ts";
import type { DayRange, Page, SourceResource } from "../../src/core/resources.ts";
import { zohoBooksConnections } from "./connections.ts";
import { idsOf } from "./connector-suite.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { Fields } from "./stand-in.ts";

const first = Date.parse("2025-09-01T00:00:00Z");
const orderCount = 450;
/** Two orders a day, from 2025-09-01 to 2026-04-13, mixed up so that ids do not follow days. */
const dayOf = (index: number) =>
  new Date(first + Math.floor(((index * 7) % orderCount) / 2) * 86_400_000).toISOString().slice(0, 10);
const whole: DayRange = { from: "2025-09-01", to: "2026-04-13" };
const months: DayRange = { from: "2025-10-15", to: "2025-12-31" };
const day: DayRange = { from: "2026-02-01", to: "2026-02-01" };

const shop = zohoBooksConnections();
const { connect } = shop;

const modules = [
  { name: "salesorders", idField: "salesorder_id" },
  { name: "purchaseorders", idField: "purchaseorder_id" },
] as const;
const behaviours = ["honoured", "ignored"].flatMap((dateFilter) =>
  ["honoured", "order-replaced", "ignored"].map((sort) => ({ dateFilter, sort })),
);
const cases = modules.flatMap((module) => behaviours.map((behaviour) => ({ ...module, ...behaviour })));

const listed = ({ calls }: OpenConnection, name: string) =>
  calls.filter(({ path }) => path.endsWith(`/${name}`)).length;

function sourceOf({ session }: Pick<OpenConnection, "session">, name: string) {
  const { within, count } = session.sources[name] as unknown as SourceResource<Fields, Fields>;
  if (within === undefined || count === undefined) throw new Error(`${name} has no days`);
  return { within, count };
}

async function addOrders(name: string, more: (index: number) => Fields = () => ({})): Promise<readonly Fields[]> {
  return await shop.standIn.add(
    `zoho-books/${name}`,
    Array.from({ length: orderCount }, (_, index) => ({ date: dayOf(index), line_items: [], ...more(index) })),
  );
}

async function readDays(connection: OpenConnection, name: string, range: DayRange): Promise<Page<Fields>[]> {
  const pages: Page<Fields>[] = [];
  for await (const page of sourceOf(connection, name).within(range)) pages.push(page);
  return pages;
}

const idsWithin = (rows: readonly Fields[], idField: string, { from, to }: DayRange) =>
  rows
    .filter(({ date }) => String(date) >= from && String(date) <= to)
    .map((row) => String(row[idField]))
    .sort();

describe.each(cases)("$name, filter $dateFilter, sort $sort", ({ name, idField, dateFilter, sort }) => {
  const behave = () =>
    shop.standIn.reset({ "zoho-books": { [`${name}DateFilter`]: dateFilter, [`${name}Sort`]: sort } });

  test("the rows of a range come, both days included, and no others", async () => {
    await behave();
    const rows = await addOrders(name);
    for (const range of [whole, months, day, { from: "2027-01-01", to: "2027-12-31" }]) {
      const pages = await readDays(connect(), name, range);
      expect([...idsOf(pages, idField)].sort()).toEqual(idsWithin(rows, idField, range));
    }
  });

  test("all that is later than the day a list says it has reached has come", async () => {
    await behave();
    const rows = await addOrders(name);
    for (const range of [whole, months]) {
      const come = new Set<string>();
      const said: string[] = [];
      for (const page of await readDays(connect(), name, range)) {
        for (const id of idsOf([page], idField)) come.add(id);
        const { reachedDay } = page;
        if (reachedDay === undefined) continue;
        said.push(reachedDay);
        const later = rows.filter(({ date }) => String(date) > reachedDay);
        const missing = idsWithin(later, idField, range).filter((id) => !come.has(id));
        expect(missing).toEqual([]);
      }
      // A list that comes by another column tells nothing of its days; one that is always turned to the newest does.
      if (sort !== "ignored") expect(said.length).toBeGreaterThan(0);
      else expect(said).toEqual([]);
    }
  });

  test("a range is counted, with parts of its own list", async () => {
    await behave();
    const rows = await addOrders(name);
    for (const range of [whole, months, day, { from: "2027-01-01", to: "2027-12-31" }]) {
      const ids = idsWithin(rows, idField, range);
      const counted = await sourceOf(connect(), name).count(range);
      expect(counted.rows).toBe(ids.length);
      const met = counted.parts.flatMap(({ rows }) => rows.map((row) => String(row[idField])));
      expect(met.filter((id) => !ids.includes(id))).toEqual([]);
      expect(met.length > 0).toBe(ids.length > 0);
      const places = counted.parts.flatMap(({ from, to }) => [from, to]);
      expect(places).toEqual([...places].sort((one, other) => one - other));
      if (ids.length > 0) expect([places[0], places.at(-1)]).toEqual([0, ids.length]);
    }
  });

  test.each(["delete", "touch", "insert"])("no row of a range is lost while rows shift (%s)", async (shift) => {
    await behave();
    const rows = await addOrders(name);
    await shop.standIn.fault({ vendor: "zoho-books", kind: "shift-rows", path: `/${name}`, shift, count: 3 });
    const found = idsOf(await readDays(connect(), name, whole), idField);
    const left = new Set((await shop.standIn.all(`zoho-books/${name}`)).map((row) => String(row[idField])));
    const stayed = idsWithin(rows, idField, whole).filter((id) => left.has(id));
    expect(stayed.filter((id) => !found.has(id))).toEqual([]);
  });
});

test("many orders are counted by few calls", async () => {
  await shop.standIn.add(
    "zoho-books/salesorders",
    Array.from({ length: 5_000 }, (_, index) => ({ date: dayOf(index), line_items: [] })),
  );
  const connection = connect();
  const counted = await sourceOf(connection, "salesorders").count(whole);
  expect(counted.rows).toBe(5_000);
  expect(listed(connection, "salesorders")).toBeLessThanOrEqual(10);
  const calls = listed(connection, "salesorders");
  const part = await counted.partAt(2_345);
  expect([part.from, part.to, part.rows.length]).toEqual([2_200, 2_400, 200]);
  expect(listed(connection, "salesorders")).toBe(calls + 1);
});

test("a count of exactly full pages, of one row and of none is right", async () => {
  await addOrders("salesorders");
  // Two orders a day: 100 days are one page, 200 days are two.
  for (const [from, to, rows] of [
    ["2025-09-01", "2025-12-09", 200],
    ["2025-09-01", "2026-03-19", 400],
    ["2025-08-01", "2025-09-01", 2],
    ["2025-01-01", "2025-08-31", 0],
  ] as const)
    expect((await sourceOf(connect(), "salesorders").count({ from, to })).rows).toBe(rows);
});

test("where the filter is ignored, newest first, no page behind the range is read", async () => {
  await shop.standIn.reset({ "zoho-books": { salesordersDateFilter: "ignored" } });
  await addOrders("salesorders");
  const connection = connect();
  await readDays(connection, "salesorders", { from: "2026-04-01", to: "2026-04-13" });
  expect(listed(connection, "salesorders")).toBe(1);
});

test("rows without a readable day come too, and unreadable ones are told", async () => {
  await shop.standIn.reset({ "zoho-books": { salesordersDateFilter: "ignored", salesordersSort: "ignored" } });
  const [undated, odd, spoilt] = await shop.standIn.add("zoho-books/salesorders", [
    { date: "", line_items: [] },
    { date: "soon", line_items: [] },
    { date: "2026-02-01", salesorder_number: { no: 1 }, line_items: [] },
    { date: "2025-02-01", line_items: [] },
  ]);
  const pages = await readDays(connect(), "salesorders", day);
  expect([...idsOf(pages, "salesorder_id")].sort()).toEqual([undated?.salesorder_id, odd?.salesorder_id].sort());
  expect(pages.flatMap(({ unreadable }) => unreadable)).toMatchObject([
    { id: spoilt?.salesorder_id, rejection: { parameters: { field: "salesorder_number" } } },
  ]);
});

test("a list that cannot be read is neither empty nor counted as nothing", async () => {
  await addOrders("salesorders");
  await shop.standIn.fault({ vendor: "zoho-books", kind: "nonzero-code", code: 9, path: "/salesorders" });
  await expect(readDays(connect(), "salesorders", day)).rejects.toBeInstanceOf(RetryLater);
  await expect(sourceOf(connect(), "salesorders").count(day)).rejects.toBeInstanceOf(RetryLater);
});

test("a range is read with a day of margin on both sides, and counted without", async () => {
  const { door } = connect();
  const asked: CallRequest[] = [];
  const watched: Door = {
    clock: door.clock,
    clockAheadMs: () => door.clockAheadMs(),
    call: (request) => {
      asked.push(request);
      return door.call(request);
    },
  };
  const session = zohoBooks.open(watched, zohoBooks.settings.parse({ organizationId: "60814150001" }), {});
  const { within, count } = sourceOf({ session }, "purchaseorders");
  for await (const page of within({ from: "2026-01-01", to: "2026-02-28" })) expect(page.rows).toEqual([]);
  await count({ from: "2026-01-01", to: "2026-02-28" });
  expect(asked.map(({ query }) => [query?.date_start, query?.date_end, query?.sort_column, query?.sort_order])).toEqual(
    [
      ["2025-12-31", "2026-03-01", "date", "D"],
      ["2026-01-01", "2026-02-28", "date", "D"],
    ],
  );
});

test("vendors and items have no business day", () => {
  const { sources } = connect().session;
  for (const name of ["contacts", "items", "changed-items"]) {
    expect(sources[name]).toBeDefined();
    expect(sources[name]?.within).toBeUndefined();
    expect(sources[name]?.count).toBeUndefined();
  }
});
