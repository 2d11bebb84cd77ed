import { later } from "../../core/clock.ts";
import type { CallRequest, Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { type Reading, readRows } from "../../core/read-record.ts";
import type { UnreadableRow } from "../../core/resources.ts";
import { fieldsOf } from "./fields.ts";

/** Rows that Salla gives at most on one page (pagination page); what it really gives stands in each answer. */
export const fullPage = 60;
/** A listing longer than this is a listing that never ends. */
export const maximumPages = 20_000;
const refusedListMs = 600_000;
const endlessListMs = 600_000;

type Query = NonNullable<CallRequest["query"]>;

/** How one resource of Salla is listed. */
export interface Listing<Row> {
  /** below the API address, such as `/orders` */
  readonly path: string;
  /** filters and order that every page of the listing carries */
  readonly query: Query;
  /** what tells one row from another in this list */
  idOf(row: Row): string;
  readRow(value: unknown): Reading<Row>;
}

/** One page as Salla gave it. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow[];
  /** ids of all rows in their order, of the unreadable ones too where they have one */
  readonly ids: readonly string[];
  /** the rows as they came, for what only a probe looks at */
  readonly raw: readonly unknown[];
  readonly hasMore: boolean;
  /** rows that a page has, as the answer says; what was asked where it does not say */
  readonly perPage: number;
  /** rows of the whole list; null where the answer does not say */
  readonly total: number | null;
}

/**
 * Asks for one page.
 * @throws {RetryLater} where the list is refused or is no list: a failed read is never an empty list.
 */
export async function fetchPage<Row>(
  door: Door,
  listing: Listing<Row>,
  { page, perPage }: { readonly page: number; readonly perPage: number },
): Promise<ListPage<Row>> {
  const query = { ...listing.query, page: String(page), per_page: String(perPage) };
  const result = await door.call({ method: "GET", path: listing.path, query, repeat: "safe" });
  if (result.kind !== "ok") throw listFailed(door, listing.path, result.message);
  const body = fieldsOf(result.body);
  // 204 is Salla's other way to say that there is nothing (responses page).
  const values = result.status === 204 ? [] : body.data;
  if (!Array.isArray(values)) throw listFailed(door, listing.path, "the answer has no list data");
  const paging = fieldsOf(body.pagination);
  const answered = wholeNumber(paging.perPage) ?? perPage;
  const pages = wholeNumber(paging.totalPages);
  const hasMore = pages === null ? values.length >= answered : page < pages;
  if (hasMore && values.length === 0) throw listFailed(door, listing.path, "an empty page says that more follow");
  return {
    ...readRows(values, listing),
    raw: values,
    hasMore: hasMore && values.length > 0,
    perPage: Math.max(1, answered),
    total: wholeNumber(paging.total),
  };
}

/** Every page of a short list, one after the other, without a row that came before; for lists that stand still. */
export async function* readPlainPages<Row>(door: Door, listing: Listing<Row>): AsyncGenerator<ListPage<Row>, void> {
  const known = new Set<string>();
  for (let page = 1; page <= maximumPages; page += 1) {
    const whole = await fetchPage(door, listing, { page, perPage: fullPage });
    const before = known.size;
    yield {
      ...whole,
      rows: whole.rows.filter((row) => !known.has(listing.idOf(row))),
      unreadable: whole.unreadable.filter(({ id }) => id === null || !known.has(id)),
    };
    for (const id of whole.ids) known.add(id);
    // A list that knows no pages gives the same rows again.
    if (!whole.hasMore || known.size === before) return;
  }
  throw endless(door, listing.path);
}

/** What a listing beyond every bound comes to. */
export function endless(door: Door, path: string): RetryLater {
  return new RetryLater(later(door.clock, endlessListMs), `The list ${path} of Salla does not end`);
}

export function listFailed(door: Door, path: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, refusedListMs), `The list ${path} of Salla could not be read: ${message}`);
}

function wholeNumber(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 ? number : null;
}
