import { later } from "../../core/clock.ts";
import type { CallRequest, Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { type Fields, fieldsOf, readId, readNumber, recordOf, rowsOf } from "./fields.ts";

/** A listing longer than this is a listing that never ends. */
const maximumPages = 20_000;
const failedMs = 60_000;
/**
 * Numbers of rows at which servers like to cut a page short, whatever was asked. A first page of exactly so many may have
 * others behind it.
 */
const usualCaps: readonly number[] = [10, 20, 25, 30, 50, 100, 200, 250];
/** The words by which Qoyod says that a list is empty, in an answer of 404. */
const nothingFound = /found\s+nothing/i;

/** How one list of Qoyod is asked. */
export interface Listing {
  /** below the API address, such as `/products` */
  readonly path: string;
  /** the member of the answer that holds the rows */
  readonly key: string;
  /** filters; whether they are honoured is for the reader to check */
  readonly query?: NonNullable<CallRequest["query"]>;
}

/**
 * Reads a list page by page, oldest id first. Paging is ignored by several resources, which then give all rows at once: a
 * page that is longer than asked, shorter, or begins with a row already seen ends the list (README, "Lists").
 * @throws {RetryLater} where the list cannot be read: a failed read is never an empty list.
 */
export async function* listPages(
  door: Door,
  listing: Listing,
  perPage: number,
): AsyncGenerator<readonly Fields[], void> {
  const begun = new Set<string>();
  let size = perPage;
  for (let page = 1; page <= maximumPages; page += 1) {
    const { rows, totalPages } = await fetchPage(door, listing, { page, perPage });
    const first = readId(rows[0]?.id) ?? "";
    if (rows.length === 0 || begun.has(first)) return;
    begun.add(first);
    yield rows;
    if (page === 1 && rows.length < perPage && usualCaps.includes(rows.length)) size = rows.length;
    const isLast = totalPages === null ? rows.length < size : page >= totalPages;
    if (rows.length > perPage || isLast) return;
  }
  throw listFailed(door, listing.path, "the list does not end");
}

/** All rows of a list that is short by its nature, such as accounts. @throws as `listPages`. */
export async function listAll(door: Door, listing: Listing, perPage: number): Promise<readonly Fields[]> {
  const all: Fields[] = [];
  for await (const rows of listPages(door, listing, perPage)) all.push(...rows);
  return all;
}

/** One page of a list. @throws {RetryLater} where it cannot be read. */
export async function fetchPage(
  door: Door,
  { path, key, query }: Listing,
  { page, perPage }: { readonly page: number; readonly perPage: number },
): Promise<{ readonly rows: readonly Fields[]; readonly totalPages: number | null }> {
  const paging = { page: String(page), per_page: String(perPage) };
  const result = await door.call({ method: "GET", path, query: { ...query, ...paging }, repeat: "safe" });
  if (result.kind === "missing" && nothingFound.test(result.message)) return { rows: [], totalPages: null };
  if (result.kind !== "ok") throw listFailed(door, path, result.message);
  const body = fieldsOf(result.body);
  const values = Array.isArray(body[key]) ? body[key] : onlyList(result.body);
  if (values === undefined) throw listFailed(door, path, `the answer has no list ${key}`);
  const { totalPages } = fieldsOf(body.pagination);
  return { rows: rowsOf(values), totalPages: readNumber(totalPages)?.toNumber() ?? null };
}

/** Reads one record by its id; null where it is not there. @throws {RetryLater} where it cannot be read. */
export async function fetchRecord(door: Door, path: string, id: string, envelope: string): Promise<Fields | null> {
  const result = await door.call({ method: "GET", path: `${path}/${encodeURIComponent(id)}`, repeat: "safe" });
  if (result.kind === "missing") return null;
  const record = result.kind === "ok" ? recordOf(result.body, envelope) : {};
  if (readId(record.id) === id) return record;
  const message = result.kind === "ok" ? `the answer is not record ${id}` : result.message;
  throw new RetryLater(later(door.clock, failedMs), `${path}/${id} of Qoyod could not be read: ${message}`);
}

/** Some lists stand under another name than their resource's, or under none. */
function onlyList(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  const [list, ...others] = Object.values(fieldsOf(body)).filter((value) => Array.isArray(value));
  return others.length === 0 ? list : undefined;
}

function listFailed(door: Door, path: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedMs), `The list ${path} of Qoyod could not be read: ${message}`);
}
