/**
 * Business days of a list: all rows of a range, and how many there are. Zoho documents `date_start` and `date_end` for
 * orders; every row is judged by its own day all the same, so that a filter that is ignored costs calls and no row.
 */
import type { Door } from "../../core/connector.ts";
import { isCalendarDay } from "../../core/conversions.ts";
import type { DayRange, Page, RangeCount } from "../../core/resources.ts";
import { endless, fetchPage, fullPage, isSorted, type Listing, type ListPage, maximumPages } from "./list-page.ts";
import { dayBefore } from "./organisation-time.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { readInPasses } from "./reading-plans.ts";

/** Rows that a count keeps to judge the others by. */
const maximumSample = 2_000;
const newestFirst = { column: "date", order: "D" } as const;
const laterThanAny = "9999-12-31";
/** Orders in which a change of a row does not move it while the list is read. */
const steadyColumns: readonly string[] = ["date", "created_time"];

/** A list whose rows have a business day. */
export interface DatedListing<Row> extends Listing<Row> {
  /** as Zoho wrote it */
  dayOf(row: Row): string | undefined;
}

/**
 * Every row whose business day lies within the range, and those without a readable day; rows may repeat.
 * @throws {RetryLater} where the list cannot be read.
 */
export async function* readDays<Row>(
  door: Door,
  listing: DatedListing<Row>,
  range: DayRange,
): AsyncGenerator<Page<Row>, void> {
  // A day of margin on both sides, in case the filter leaves its own bounds out.
  const margin = { from: dayBefore(range.from, 1), to: dayBefore(range.to, -1) };
  const query = filterOf(margin);
  let reached: string | null = laterThanAny;
  for await (const { whole, rows, unreadable } of readOverlappingPages(door, listing, { sort: newestFirst, query })) {
    if (!steadyColumns.includes(whole.sortColumn)) {
      for await (const page of readInPasses({ door, listing, query })) yield onlyWithin(listing, page, range);
      return;
    }
    reached = reached === null ? null : dayReached(listing, whole, reached);
    const page = onlyWithin(listing, { rows, unreadable, position: null }, range);
    yield reached === null ? page : { ...page, reachedDay: reached };
    if (isPast(listing, whole, margin.from)) return;
  }
}

/**
 * How many rows a range has, by few calls: the number of the last page is found by doubling and halving.
 * @returns the pages that were met too. @throws {RetryLater} where the list cannot be read.
 */
export async function countDays<Row>(
  door: Door,
  listing: DatedListing<Row>,
  range: DayRange,
): Promise<RangeCount<Row>> {
  const met = new Map<number, readonly Row[]>();
  /** the last page known to have others behind it, and the first known to have none */
  let full = 0;
  let end: number | null = null;
  let pageSize: number = fullPage;
  const fetch = (page: number) =>
    fetchPage(door, listing, { page, perPage: fullPage, sort: newestFirst, query: filterOf(range) });
  const found = (rows: number) => counted(rows, { pageSize, met, fetch });
  while (end === null || end - full > 1) {
    const page: number = end === null ? Math.max(1, full * 2) : Math.floor((full + end) / 2);
    if (page > 2 * maximumPages) throw endless(door, listing.path);
    const answer = await fetch(page);
    // The filter is ignored: only the rows themselves tell.
    if (answer.rows.some((row) => isOutside(listing, row, range))) return await countEach(door, listing, range);
    met.set(page, answer.rows);
    const rows = answer.rows.length + answer.unreadable.length;
    if (!answer.hasMore && rows > 0) return found((page - 1) * pageSize + rows);
    if (answer.hasMore) {
      full = page;
      pageSize = rows;
    } else end = page;
  }
  return found(full * pageSize);
}

interface Pages<Row> {
  readonly pageSize: number;
  readonly met: ReadonlyMap<number, readonly Row[]>;
  fetch(page: number): Promise<{ readonly rows: readonly Row[] }>;
}

function counted<Row>(rows: number, { pageSize, met, fetch }: Pages<Row>): RangeCount<Row> {
  const partOf = (page: number, found: readonly Row[]) => {
    return { from: (page - 1) * pageSize, to: Math.min(rows, page * pageSize), rows: found };
  };
  const inOrder = [...met].sort(([one], [other]) => one - other);
  return {
    rows,
    parts: inOrder.map(([page, found]) => partOf(page, found)).filter(({ from, to }) => from < to),
    listCalls: listCallsOf(rows),
    partAt: async (place) => {
      const page = Math.floor(place / pageSize) + 1;
      return partOf(page, (await fetch(page)).rows);
    },
  };
}

/** Each page begins inside the one before it, so that it brings a row less than it holds. */
function listCallsOf(rows: number): number {
  return Math.max(1, Math.ceil(rows / (fullPage - 1)));
}

async function countEach<Row>(door: Door, listing: DatedListing<Row>, range: DayRange): Promise<RangeCount<Row>> {
  const sample = evenSample<Row>();
  let rows = 0;
  for await (const page of readDays(door, listing, range)) {
    rows += page.rows.length + page.unreadable.length;
    sample.add(page.rows);
  }
  const whole = { from: 0, to: rows, rows: sample.rows() };
  return { rows, parts: [whole], listCalls: listCallsOf(rows), partAt: async () => whole };
}

/** Rows evenly picked from all that were added: whenever they are too many, every second one goes. */
function evenSample<Row>(): { add(rows: readonly Row[]): void; rows(): readonly Row[] } {
  let picked: readonly Row[] = [];
  let step = 1;
  let added = 0;
  return {
    add: (rows) => {
      picked = [...picked, ...rows.filter((_row, index) => (added + index) % step === 0)];
      added += rows.length;
      while (picked.length > maximumSample) {
        picked = picked.filter((_row, index) => index % 2 === 0);
        step *= 2;
      }
    },
    rows: () => picked,
  };
}

function filterOf({ from, to }: DayRange): Readonly<Record<string, string>> {
  return { date_start: from, date_end: to };
}

function onlyWithin<Row>(listing: DatedListing<Row>, page: Page<Row>, range: DayRange): Page<Row> {
  return { ...page, rows: page.rows.filter((row) => !isOutside(listing, row, range)) };
}

/** A row without a readable day is not outside: whoever reads it says what is wrong with it. */
function isOutside<Row>(listing: DatedListing<Row>, row: Row, { from, to }: DayRange): boolean {
  const day = listing.dayOf(row) ?? "";
  return isCalendarDay(day) && (day < from || day > to);
}

/**
 * The day that a list which comes newest day first has reached with a page; null where the page does not tell, or a day came
 * that is later than one before it.
 */
function dayReached<Row>(listing: DatedListing<Row>, page: ListPage<Row>, before: string): string | null {
  if (!isSorted(page, newestFirst) || page.unreadable.length > 0) return null;
  const days = page.rows.map((row) => listing.dayOf(row) ?? "");
  const falls = days.every((day, index) => isCalendarDay(day) && (index === 0 || day <= (days[index - 1] ?? day)));
  const [first = before] = days;
  return falls && first <= before ? (days.at(-1) ?? before) : null;
}

/** Whether a page that came newest day first has reached days before the range, where the filter is ignored. */
function isPast<Row>(listing: DatedListing<Row>, page: ListPage<Row>, from: string): boolean {
  if (!isSorted(page, newestFirst)) return false;
  const days = page.rows.map((row) => listing.dayOf(row) ?? "").filter(isCalendarDay);
  const oldest = days.at(-1);
  return oldest !== undefined && oldest < from && days.every((day, index) => day <= (days[index - 1] ?? day));
}
