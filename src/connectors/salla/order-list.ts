/**
 * How orders are listed: there is no filter by change, so the list is read by its newest change first, down to the moment
 * asked (salla.md 3.2; README, "Orders").
 */
import type { Door, Facts } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import type { ChangedSince, Page } from "../../core/resources.ts";
import { fieldsOf, readRecord } from "./fields.ts";
import { endless, fetchPage, fullPage, type Listing, type ListPage, maximumPages } from "./list-page.ts";
import { readMoment } from "./moments.ts";
import { type OrderRow, orderRow } from "./orders.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";
import { readStatuses } from "./statuses.ts";

/** Orders that nothing moves any more but a refund: they are no work of a first reading (product.md 1.1). */
const finalStatuses: ReadonlySet<string> = new Set(["completed", "delivered", "canceled", "restored"]);

/** Of those, the ones whose units are back in the shop. */
const takenBackStatuses: ReadonlySet<string> = new Set(["canceled", "restored"]);

/** How the orders of a store are listed. */
export function ordersListing(query: Listing<OrderRow>["query"] = {}): Listing<OrderRow> {
  return {
    path: "/orders",
    query: { sort_by: "updated_at-desc", ...query },
    idOf: ({ id }) => id,
    readRow: (value) => readRecord(orderRow, value),
  };
}

/** Orders changed at or after a moment; with none, the orders that are not final, and on demand those that were taken back. Rows may repeat. */
export async function* readChangedOrders(
  door: Door,
  facts: Facts,
  { since, takenBack = false }: ChangedSince,
): AsyncGenerator<Page<OrderRow>, void> {
  if (since !== null) return yield* readNewestFirst(door, facts, ordersListing(), since);
  const isWanted = ({ slug }: { readonly slug: string }) =>
    !finalStatuses.has(slug) || (takenBack && takenBackStatuses.has(slug));
  const open = ordersListing(facts.ordersStatusFilter === true ? await statusQuery(door, isWanted) : {});
  for await (const { rows, ...page } of readNewestFirst(door, facts, open, null))
    yield { ...page, rows: rows.filter(({ status }) => isWanted(status)) };
}

async function statusQuery(
  door: Door,
  isWanted: (status: { readonly slug: string }) => boolean,
): Promise<Listing<OrderRow>["query"]> {
  const statuses = await readStatuses(door);
  return { "status[]": statuses.filter(isWanted).map(({ id }) => id) };
}

/**
 * Newest change first, down to the moment asked. A row that changes before it was reached jumps to the front; so the
 * front is read again, down to where the reading began, until a round is a single page or brings nothing else.
 */
async function* readNewestFirst(
  door: Door,
  facts: Facts,
  listing: Listing<OrderRow>,
  asked: number | null,
): AsyncGenerator<Page<OrderRow>, void> {
  let since = asked;
  let before: ReadonlySet<string> = new Set();
  for (let rounds = 0; rounds < maximumPages; rounds += 1) {
    const round = new Set<string>();
    let pages = 0;
    let newest: number | null = null;
    /** false: the rows are in another order than the one asked, so that no page says that the rest is older */
    let sorted = facts.ordersSorted !== false;
    for await (const { whole, rows, unreadable } of readOverlappingPages(door, listing)) {
      pages += 1;
      const span = await spanOf(door, whole, since !== null || pages === 1);
      newest ??= span?.newest ?? null;
      sorted &&= span?.sorted ?? true;
      // Of the first round only its newest moment is kept: it may be the whole history.
      if (rounds > 0) for (const { id, updated_at } of whole.rows) round.add(`${id} ${updated_at}`);
      // Rows that do not tell their change would each be read in full: a page that is older as a whole is none of it.
      const isOlder = since !== null && sorted && span !== null && span.newest < since;
      const isPartly = since !== null && sorted && span !== null && !isOlder && !span.told && span.last < since;
      const newer = isPartly ? await newerThan(door, whole.rows, since ?? 0) : null;
      const kept = newer === null ? rows : rows.filter(({ id }) => newer.has(id));
      yield { rows: isOlder ? [] : kept, unreadable, position: null };
      if (since !== null && sorted && span !== null && span.end < since) break;
    }
    if (pages <= 1 || newest === null || !sorted || (rounds > 1 && round.isSubsetOf(before))) return;
    before = round;
    since = newest;
  }
  throw endless(door, listing.path);
}

/** Between which moments the orders of a page changed last. */
interface Span {
  readonly newest: number;
  /** what comes on later pages changed at this moment at the latest */
  readonly end: number;
  /** when the last order of the page changed */
  readonly last: number;
  /** the rows themselves tell when they changed */
  readonly told: boolean;
  /** the page is in the order of its changes, newest first */
  readonly sorted: boolean;
}

/**
 * By the rows where they carry `updated_at`. Else by the details of the first and the last order of the page; then only a
 * page that is older as a whole says that the rest is.
 * @param ask false: the details are not worth their calls @returns null where nothing tells
 */
async function spanOf(door: Door, { rows }: ListPage<OrderRow>, ask: boolean): Promise<Span | null> {
  const told = rows.map(({ updated_at }) => updated_at).filter((time) => time !== null);
  const ends = [rows[0], rows.length > 1 ? rows.at(-1) : undefined].filter((row) => row !== undefined);
  const times: readonly number[] = told.length > 0 || !ask ? told : await changesOf(door, ends);
  if (times.length === 0) return null;
  const sorted = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
  const newest = Math.max(...times);
  const isTold = told.length > 0;
  return { newest, end: isTold ? Math.min(...times) : newest, last: times.at(-1) ?? newest, told: isTold, sorted };
}

/**
 * The orders of a page that changed at or after a moment, where the list is in the order of changes and its rows do not tell
 * them: each would be read in full, so that the border is looked for by a handful of them. What changes meanwhile can only
 * move it down. @returns null where one does not tell, or they are in another order after all
 */
async function newerThan(door: Door, rows: readonly OrderRow[], since: number): Promise<ReadonlySet<string> | null> {
  let [newer, older] = [0, rows.length - 1];
  let [atNewer, atOlder] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  while (older - newer > 1) {
    const middle = Math.floor((newer + older) / 2);
    const changed = await changeOf(door, rows[middle]?.id ?? "");
    if (changed === null || changed > atNewer || changed < atOlder) return null;
    if (changed >= since) [newer, atNewer] = [middle, changed];
    else [older, atOlder] = [middle, changed];
  }
  return new Set(rows.slice(0, newer + 1).map(({ id }) => id));
}

/** @returns nothing where one does not tell: the other alone says nothing of the page */
async function changesOf(door: Door, rows: readonly OrderRow[]): Promise<readonly number[]> {
  const times = await Promise.all(rows.map(({ id }) => changeOf(door, id)));
  return times.every((time) => time !== null) ? times : [];
}

async function changeOf(door: Door, id: string): Promise<number | null> {
  try {
    const result = await door.call({
      method: "GET",
      path: `/orders/${id}`,
      query: { format: "light" },
      repeat: "safe",
    });
    return result.kind === "ok" ? readMoment(fieldsOf(fieldsOf(result.body).data).updated_at) : null;
  } catch (error) {
    // One order that Salla does not deliver must not hide the list (law 4).
    if (error instanceof RetryLater && !error.connectionRests) return null;
    throw error;
  }
}

/** The first page of orders by a number or a text, as far as Salla honours the filter. @throws {RetryLater} */
export function searchOrders(door: Door, query: Listing<OrderRow>["query"]): Promise<ListPage<OrderRow>> {
  return fetchPage(door, ordersListing(query), { page: 1, perPage: fullPage });
}

/** The page of the orders that changed last. @throws {RetryLater} */
export function readLatestOrders(door: Door): Promise<ListPage<OrderRow>> {
  return searchOrders(door, {});
}
