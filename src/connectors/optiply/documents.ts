import { later } from "../../core/clock.ts";
import type { CallResult, Door } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { RetryLater } from "../../core/errors.ts";

/** The most rows that Optiply gives on one page; an offset must be a multiple of it. */
const pageLimit = 100;
/** A listing longer than this is a listing that never ends. */
const maximumPages = 20_000;
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
    const paging = { "page[limit]": String(pageLimit), "page[offset]": String(page * pageLimit) };
    const result = await door.call({
      method: "GET",
      path: `/${resource}`,
      query: { ...query, ...paging },
      repeat: "safe",
    });
    if (result.kind === "refused") throw new FilterRefused(result.message);
    const body = fieldsOf(bodyOf(door, resource, result));
    if (!Array.isArray(body.data)) throw failed(door, resource, "the answer has no list");
    const rows = body.data.map(readObject).filter((row) => row !== null);
    yield rows;
    const links = fieldsOf(body.links);
    const ended = "links" in body ? typeof links.next !== "string" : body.data.length < pageLimit;
    if (ended || body.data.length === 0) return;
  }
  throw failed(door, resource, "the list does not end");
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

/** The members of a value; none where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}

/** An instant as filters take it: with `+00:00`, not `Z`. */
export function filterInstant(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/\.\d{3}Z$/, "+00:00");
}

function bodyOf(door: Door, resource: string, result: CallResult): unknown {
  if (result.kind === "ok") return result.body;
  throw failed(door, resource, result.message);
}

function failed(door: Door, resource: string, message: string): RetryLater {
  return new RetryLater(later(door.clock, failedMs), `The list ${resource} of Optiply could not be read: ${message}`);
}
