import type { Door } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { FilterRefused, filterInstant, readObject } from "./documents.ts";
import type { LinesOf } from "./order-lines.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";

/** A line with the moment of its last change, milliseconds since 1970; null where it does not tell. */
interface Line {
  readonly orderId: string;
  readonly movedAt: number | null;
}

/**
 * The orders of which a line was made or changed since a moment, with the moment of the last: whether a change of a line
 * moves its order is not published. A line that was deleted is in no list.
 * @throws {RetryLater} where the lines cannot be listed.
 */
export async function movedOrders(door: Door, lines: LinesOf, sinceMs: number): Promise<ReadonlyMap<string, number>> {
  const moved = new Map<string, number>();
  for await (const page of pagesSince(door, lines, sinceMs))
    for (const { orderId, movedAt } of page)
      if (movedAt !== null && movedAt >= sinceMs) moved.set(orderId, Math.max(movedAt, moved.get(orderId) ?? 0));
  return moved;
}

/** By a filter; where it is refused or not heeded, the latest first, as far as needed. */
async function* pagesSince(door: Door, lines: LinesOf, sinceMs: number): AsyncGenerator<readonly Line[], void> {
  const isOlder = ({ movedAt }: Line) => movedAt !== null && movedAt < sinceMs - 1_000;
  try {
    const filter = { "filter[updatedAt][GT]": filterInstant(sinceMs), sort: "id" };
    let heeded = true;
    for await (const page of pagesOf(door, lines, filter)) {
      heeded = !page.some(isOlder);
      if (!heeded) break;
      yield page;
    }
    if (heeded) return;
  } catch (error) {
    if (!(error instanceof FilterRefused)) throw error;
  }
  try {
    for await (const page of pagesOf(door, lines, { sort: "-updatedAt" })) {
      yield page;
      if (page.some(isOlder)) return;
    }
  } catch (error) {
    // Without either, only the orders' own moments tell; exports go on.
    if (!(error instanceof FilterRefused)) throw error;
  }
}

async function* pagesOf(
  door: Door,
  { resource, order }: LinesOf,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<readonly Line[], void> {
  for await (const values of readOverlappingPages(door, resource, query))
    yield values.flatMap((value) => {
      const { [order]: orderId, updatedAt } = readObject(value)?.attributes ?? {};
      if (orderId === undefined || orderId === null) return [];
      return [{ orderId: String(orderId), movedAt: typeof updatedAt === "string" ? readInstant(updatedAt) : null }];
    });
}
