import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { RetryLater } from "../../core/errors.ts";

/** The most rows that Optiply gives on one page; an offset must be a multiple of the rows asked for. */
export const fullPage = 100;
/** A listing longer than this is a listing that never ends. */
export const maximumPages = 20_000;
const failedMs = 60_000;

type Fields = Readonly<Record<string, unknown>>;

/** One resource object of a JSON:API document. */
export interface ResourceObject {
  readonly id: string;
  readonly attributes: Fields;
}

/** A list that Optiply refuses because of its filter, told apart so that the caller can ask in another way. */
export class FilterRefused extends Error {
  override readonly name = "FilterRefused";
}

/**
 * Reads a list page by page, in a stable order.
 * @throws {FilterRefused} where the query itself is refused. @throws {RetryLater} where the list cannot be read.
 */
export async function* listRows(
  door: Door,
  resource: string,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<readonly ResourceObject[], void> {
  for (let page = 0; page < maximumPages; page += 1) {
    const { values, hasMore } = await fetchPage(door, resource, query, { limit: fullPage, offset: page * fullPage });
    yield values.map(readObject).filter((row) => row !== null);
    if (!hasMore) return;
  }
  throw listFailed(door, resource, "the list does not end");
}

/** One page of a list, its resource objects as they came. */
export interface ListPage {
  readonly values: readonly unknown[];
  /** false behind the last page, and where the page is empty */
  readonly hasMore: boolean;
}

/**
 * Reads one page; the offset must be a multiple of the limit.
 * @throws {FilterRefused} where the query itself is refused. @throws {RetryLater} where the list cannot be read.
 */
export async function fetchPage(
  door: Door,
  resource: string,
  query: Readonly<Record<string, string>>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ListPage> {
  const paging = { "page[limit]": String(limit), "page[offset]": String(offset) };
  const path = `/${resource}`;
  const result = await door.call({ method: "GET", path, query: { ...query, ...paging }, repeat: "safe" });
  if (result.kind === "refused") throw new FilterRefused(result.message);
  if (result.kind !== "ok") throw listFailed(door, resource, result.message);
  const body = fieldsOf(result.body);
  if (!Array.isArray(body.data)) throw listFailed(door, resource, "the answer has no list");
  const links = fieldsOf(body.links);
  const ended = "links" in body ? typeof links.next !== "string" : body.data.length < limit;
  return { values: body.data, hasMore: !ended && body.data.length > 0 };
}

/** Reads one record by its id; null where it is not there. @throws {RetryLater} where it cannot be read. */
export async function fetchRecord(door: Door, resource: string, id: string): Promise<ResourceObject | null> {
  const path = `/${resource}/${encodeURIComponent(id)}`;
  const result = await door.call({ method: "GET", path, repeat: "safe" });
  if (result.kind === "missing") return null;
  const record = result.kind === "ok" ? readObject(fieldsOf(result.body).data) : null;
  if (record?.id === id) return record;
  const message = result.kind === "ok" ? `the answer is not record ${id}` : result.message;
  throw new RetryLater(later(door.clock, failedMs), `${resource} ${id} of Optiply could not be read: ${message}`);
}

/** Reads a resource object; null where it has no readable id. */
export function readObject(value: unknown): ResourceObject | null {
  const { id, attributes } = fieldsOf(value);
  const text = typeof id === "number" ? String(id) : id;
  if (typeof text !== "string" || !/^\d{1,19}$/.test(text)) return null;
  return { id: text, attributes: fieldsOf(attributes) };
}

/** When a row was made, milliseconds since 1970; null where it does not say. */
export function createdAt({ attributes }: ResourceObject): number | null {
  return typeof attributes.createdAt === "string" ? readInstant(attributes.createdAt) : null;
}

/** Whether a row says that the API made it. One that does not say may be people's own, and counts as theirs where it matters. */
export function isMadeByApi({ attributes }: ResourceObject): boolean {
  return attributes.createdFromPublicApi === true;
}

/** The members of a value; none where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}

/** An instant as filters take it: with `+00:00`, not `Z`. */
export function filterInstant(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d{3}Z$/, "+00:00");
}

/** A list that could not be read: never "nothing there". */
export function listFailed(door: Door, resource: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedMs), `The list ${resource} of Optiply could not be read: ${message}`);
}
