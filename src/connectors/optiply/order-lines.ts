import type { Door } from "../../core/connector.ts";
import { FilterRefused, fieldsOf, listFailed, readObject } from "./documents.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";

/** Where the lines of an order are, and the attribute there that names the order. */
export interface LinesOf {
  readonly resource: "sellOrderLines" | "buyOrderLines";
  readonly order: "sellOrderId" | "buyOrderId";
}

export const sellOrderLines: LinesOf = { resource: "sellOrderLines", order: "sellOrderId" };
export const buyOrderLines: LinesOf = { resource: "buyOrderLines", order: "buyOrderId" };

/**
 * All lines of one order as they came, each once, by their ids. Lines that name another order are left out, so that a
 * filter that is ignored does no harm; a line that names none stays in, for the reader to refuse.
 * @throws {FilterRefused} where the filter is refused. @throws {RetryLater} where the list cannot be read.
 */
export async function readOrderLines(door: Door, lines: LinesOf, orderId: string): Promise<readonly unknown[]> {
  const byId = new Map<string, unknown>();
  const withoutId: unknown[] = [];
  const query = { [`filter[${lines.order}]`]: orderId, sort: "id" };
  for await (const values of readOverlappingPages(door, lines.resource, query))
    for (const value of values) {
      if (isOfOther(value, lines, orderId)) continue;
      const id = readObject(value)?.id;
      if (id === undefined) withoutId.push(value);
      else byId.set(id, value);
    }
  return [...byId.values(), ...withoutId];
}

/** The same where a refused filter is only a reading that failed. @throws {RetryLater} where the list cannot be read. */
export async function requireOrderLines(door: Door, lines: LinesOf, orderId: string): Promise<readonly unknown[]> {
  try {
    return await readOrderLines(door, lines, orderId);
  } catch (error) {
    if (error instanceof FilterRefused) throw listFailed(door, lines.resource, error.message);
    throw error;
  }
}

function isOfOther(value: unknown, lines: LinesOf, orderId: string): boolean {
  const named = fieldsOf(fieldsOf(value).attributes)[lines.order];
  return named !== undefined && named !== null && String(named) !== orderId;
}
