import { later } from "../../core/clock.ts";
import type { CallRequest, CallResult, Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { type Reading, readRows } from "../../core/read-record.ts";
import type { UnreadableRow } from "../../core/resources.ts";

/** Rows that Zoho gives at most on one page (Books pagination page). */
export const fullPage = 200;
/** A listing longer than this is a listing that never ends. */
export const maximumPages = 20_000;
const refusedListMs = 600_000;
const endlessListMs = 600_000;
/** Zoho refuses in passing now and then; a refused read is asked this often before it counts. */
const attemptsOfRead = 3;
const betweenAttemptsMs = 1_000;

/** How one module of Zoho Books is listed. */
export interface Listing<Row> {
  /** below the API address, such as `/salesorders` */
  readonly path: string;
  /** the member of the answer that holds the rows */
  readonly key: string;
  /** filters that every page of the listing carries */
  readonly query: Readonly<Record<string, string>>;
  idOf(row: Row): string;
  changedAt(row: Row): number;
  readRow(value: unknown): Reading<Row>;
}

type SortOrder = "A" | "D";

/** Which page is asked, and in which order. */
export interface PageRequest {
  readonly page: number;
  readonly perPage: number;
  readonly sort?: { readonly column: string; readonly order: SortOrder };
  readonly query?: Readonly<Record<string, string>>;
}

/** One page as Zoho gave it. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow[];
  /** ids of all rows in their order, of the unreadable ones too where they have one */
  readonly ids: readonly string[];
  readonly hasMore: boolean;
  /** the order that `page_context` says the rows are in; "" where it does not say */
  readonly sortColumn: string;
  readonly sortOrder: string;
}

/**
 * Asks for one page.
 * @throws {RetryLater} where the list is refused or is no list: a failed read is never an empty list.
 */
export async function fetchPage<Row>(door: Door, listing: Listing<Row>, request: PageRequest): Promise<ListPage<Row>> {
  const { page, perPage, sort } = request;
  const order = sort === undefined ? {} : { sort_column: sort.column, sort_order: sort.order };
  const paging = { page: String(page), per_page: String(perPage) };
  const query = { ...listing.query, ...request.query, ...order, ...paging };
  const result = await callRead(door, { method: "GET", path: listing.path, query, repeat: "safe" });
  if (result.kind !== "ok") throw listFailed(door, listing.path, result.message);
  const body = fieldsOf(result.body);
  const values = body[listing.key];
  if (!Array.isArray(values)) throw listFailed(door, listing.path, `the answer has no list ${listing.key}`);
  const context = fieldsOf(body.page_context);
  const more = context.has_more_page;
  const hasMore = typeof more === "boolean" ? more : values.length >= perPage;
  if (hasMore && values.length === 0) throw listFailed(door, listing.path, "an empty page says that more follow");
  return {
    ...readRows(values, listing),
    hasMore,
    sortColumn: String(context.sort_column ?? ""),
    sortOrder: String(context.sort_order ?? ""),
  };
}

/** Whether the page came in the order that was asked; Zoho replaces an order silently (README, "Sorting"). */
export function isSorted<Row>(page: ListPage<Row>, sort: NonNullable<PageRequest["sort"]>): boolean {
  return page.sortColumn === sort.column && page.sortOrder === sort.order;
}

/** A reading call that is asked again a few times when Zoho refuses it, before the refusal counts. */
export async function callRead(door: Door, request: CallRequest): Promise<CallResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await door.call(request);
    if (result.kind !== "refused" || attempt >= attemptsOfRead) return result;
    await door.clock.sleep(betweenAttemptsMs);
  }
}

/** What a listing beyond every bound comes to. */
export function endless(door: Door, path: string): RetryLater {
  return new RetryLater(later(door.clock, endlessListMs), `The list ${path} of Zoho Books does not end`);
}

/** The members of an answer; none where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}

function listFailed(door: Door, path: string, message: string): RetryLater {
  return new RetryLater(
    later(door.clock, refusedListMs),
    `The list ${path} of Zoho Books could not be read: ${message}`,
  );
}
