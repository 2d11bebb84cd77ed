/**
 * How a changing list is read without loss, by what the probe saw this account's Zoho Books honour. Each plan watches
 * the answers; one that is no longer honoured ends with "not-honoured" and the next plan reads the list anew.
 */
import type { Door, Facts } from "../../core/connector.ts";
import type { ChangedSince, Page } from "../../core/resources.ts";
import { endless, fetchPage, fullPage, isSorted, type Listing, type ListPage, maximumPages } from "./list-page.ts";
import { dayBefore, organisationTime } from "./organisation-time.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";

/** Zoho's timestamps are whole seconds: one second earlier serves an inclusive and an exclusive filter alike. */
const marginMs = 1_000;
/** Passes over a list whose order is unknown, at most. */
const maximumPasses = 3;

type PlanEnd = "complete" | "not-honoured";
type Pages<Row> = AsyncGenerator<Page<Row>, PlanEnd>;

/** Everything one reading of a list needs. */
interface Reading<Row> {
  readonly door: Door;
  readonly listing: Listing<Row>;
  readonly request: ChangedSince;
  readonly timeZone: string;
  /** filters of this reading, such as the first business day */
  readonly query: Readonly<Record<string, string>>;
}

type Plan<Row> = (reading: Reading<Row>) => Pages<Row>;

/** A module whose list is read by what changed. */
export interface ListedModule {
  /** the path, and the member of a list answer that holds the rows */
  readonly name: "items" | "contacts" | "salesorders" | "purchaseorders";
  /** filters of the list */
  readonly query: Readonly<Record<string, string>>;
  /** names of the facts that say what Zoho does with this list's order, its filter and its first business day */
  readonly facts: { readonly sort: string; readonly filter: string; readonly dateStart: string | null };
  /** a `last_modified_time` filter that is documented is tried before a probe has seen it work */
  readonly filterDocumented: boolean;
}

/** Reads the rows of a list that changed since a moment, by the best plan that Zoho honours. */
export async function* readChanged<Row>(
  door: Door,
  listing: Listing<Row>,
  module: ListedModule,
  facts: Facts,
  request: ChangedSince,
): AsyncGenerator<Page<Row>, void> {
  const timeZone = typeof facts.timeZone === "string" ? facts.timeZone : "UTC";
  const { dateStart } = module.facts;
  const sinceDay = dateStart !== null && facts[dateStart] === true ? request.notBefore : null;
  // A day of margin: the business date is the organisation's, and time zones reach a day around the world.
  const query = sinceDay === null ? {} : { date_start: dayBefore(sinceDay, 1) };
  for (const plan of plansFor<Row>(module, facts, request)) {
    const end = yield* plan({ door, listing, request, timeZone, query });
    if (end === "complete") return;
  }
}

/** The plans that may work, best first; each later one trusts the vendor less. */
function plansFor<Row>(
  { facts: names, filterDocumented }: ListedModule,
  facts: Facts,
  { since, position }: ChangedSince,
): Plan<Row>[] {
  const filter = facts[names.filter] ?? "unknown";
  const sort = facts[names.sort] ?? "unknown";
  // A filter that nobody has seen work is tried where rows of this very list can give it away, and nowhere else.
  const tried = filter === "unknown" && filterDocumented && (since === null || position !== null);
  const filterHonoured = filter === "inclusive" || filter === "exclusive" || tried;
  const plans: Plan<Row>[] = [readInPasses];
  if (sort !== "ignored") plans.unshift(readBackwards);
  if (filterHonoured && (sort === "A" || sort === "unknown")) plans.unshift(readForwards);
  return plans;
}

/**
 * Oldest change first, each page asked from the last timestamp seen: rows that change meanwhile move to the end and
 * come again, and the list can be continued from any page.
 */
async function* readForwards<Row>({ door, listing, request, timeZone, query }: Reading<Row>): Pages<Row> {
  const sort = { column: "last_modified_time", order: "A" } as const;
  let from = request.position === null ? request.since : Number(request.position);
  let anchored = request.position !== null;
  let seen: readonly string[] = [];
  for (let walks = 0; walks < maximumPages; walks += 1) {
    const askedFrom = from === null ? null : from - marginMs;
    const filter = askedFrom === null ? {} : { last_modified_time: organisationTime(askedFrom, timeZone) };
    let reached = from;
    for await (const { whole, rows, unreadable } of readOverlappingPages(door, listing, {
      sort,
      query: { ...query, ...filter },
    })) {
      if (!isSorted(whole, sort) || !isFrom(listing, whole, askedFrom)) return "not-honoured";
      // A row was seen at this moment and must come again, unless the filter no longer means "since".
      if (anchored && lastChange(listing, whole) < (from ?? 0)) return "not-honoured";
      reached = Math.max(reached ?? 0, lastChange(listing, whole));
      const known = new Set(seen);
      yield {
        rows: rows.filter((row) => !known.has(listing.idOf(row))),
        unreadable: unreadable.filter(({ id }) => id === null || !known.has(id)),
        position: String(reached),
      };
      if (!whole.hasMore) return "complete";
      seen = whole.ids;
      anchored = true;
      if (from === null || reached > from) break;
    }
    from = reached;
  }
  throw endless(door, listing.path);
}

/**
 * Newest change first, down to the moment asked. A row that changes before it was reached jumps to the front; so the
 * front is read again, down to where the reading began, until a single page holds all that moved.
 */
async function* readBackwards<Row>({ door, listing, request, query }: Reading<Row>): Pages<Row> {
  const sort = { column: "last_modified_time", order: "D" } as const;
  const seenAt = (row: Row) => `${listing.idOf(row)} ${listing.changedAt(row)}`;
  let since = request.since;
  /** id and moment of every row of the round before: a round that brings nothing else finds nothing that moved */
  let before = new Set<string>();
  for (let rounds = 0; rounds < maximumPages; rounds += 1) {
    let pages = 0;
    let newest = 0;
    const round = new Set<string>();
    for await (const { whole, rows, unreadable } of readOverlappingPages(door, listing, { sort, query })) {
      if (!isSorted(whole, sort)) return "not-honoured";
      pages += 1;
      newest = Math.max(newest, lastChange(listing, whole));
      for (const row of whole.rows) round.add(seenAt(row));
      for (const { id } of whole.unreadable) round.add(`${id} unreadable`);
      // What came in the round before and has not moved since is not handed on twice.
      yield {
        rows: rows.filter((row) => !before.has(seenAt(row))),
        unreadable: unreadable.filter(({ id }) => !before.has(`${id} unreadable`)),
        position: null,
      };
      if (since !== null && firstChange(listing, whole) < since) break;
    }
    if (pages <= 1 || round.isSubsetOf(before)) return "complete";
    before = round;
    since = newest;
  }
  throw endless(door, listing.path);
}

/** An unknown order: plain pages, over and over until a pass brings nothing new. */
export async function* readInPasses<Row>({
  door,
  listing,
  query,
}: Pick<Reading<Row>, "door" | "listing" | "query">): Pages<Row> {
  const known = new Set<string>();
  for (let pass = 1; pass <= maximumPasses; pass += 1) {
    const before = known.size;
    for (let page = 1; ; page += 1) {
      if (page > maximumPages) throw endless(door, listing.path);
      const answer = await fetchPage(door, listing, { page, perPage: fullPage, query });
      const rows = answer.rows.filter((row) => !known.has(listing.idOf(row)));
      const unreadable = answer.unreadable.filter(({ id }) => (id === null ? pass === 1 : !known.has(id)));
      for (const id of answer.ids) known.add(id);
      if (rows.length > 0 || unreadable.length > 0) yield { rows, unreadable, position: null };
      if (!answer.hasMore) break;
    }
    if (known.size === before || (pass === 1 && known.size <= fullPage)) break;
  }
  return "complete";
}

/** No row is older than what was asked, and none is older than the row before it. */
function isFrom<Row>(listing: Listing<Row>, page: ListPage<Row>, askedFrom: number | null): boolean {
  let last = askedFrom ?? 0;
  for (const row of page.rows) {
    const changed = listing.changedAt(row);
    if (changed === 0) continue;
    if (changed < last) return false;
    last = changed;
  }
  return true;
}

function lastChange<Row>(listing: Listing<Row>, page: ListPage<Row>): number {
  return page.rows.reduce((latest, row) => Math.max(latest, listing.changedAt(row)), 0);
}

function firstChange<Row>(listing: Listing<Row>, page: ListPage<Row>): number {
  const times = page.rows.map((row) => listing.changedAt(row)).filter((changed) => changed > 0);
  return times.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...times);
}
