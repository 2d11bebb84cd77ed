/** Which orders the books hold (product.md, 1.1): their goods are out of the stock of the books. */
import { type RawBuilder, sql } from "kysely";
import type { ReasonCode } from "../core/reasons.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** The flows that take stock and count it. */
export interface StockFlows {
  readonly integrationId: number;
  readonly orders: string;
  readonly counts: string;
  /** the flow of what is taken back of invoices; "" = there is none */
  readonly refunds: string;
}

/** The reason of an order that stands although all of its invoice was credited. */
export const creditedAgain: ReasonCode = "taken-again-after-credit";

/**
 * Whether an order is in the books, for conditions on `reserved_order`: it has an invoice. One that the shop took again after
 * its invoice was credited in full is not, until a person says that it was entered by hand.
 */
export function isInBooks({ orders, refunds }: StockFlows): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from link
    where link.integration_id = reserved_order.integration_id
      and link.source_id = reserved_order.order_id
      and link.flow = ${orders}
      and not (reserved_order.taken_again and ${isCredited(refunds)} and not ${isDismissed})
  )`;
}

/** All that `link` was invoiced with was given back. */
function isCredited(refunds: string): RawBuilder<boolean> {
  return sql<boolean>`coalesce((
    select sum((note.written ->> 'credited')::numeric) from link as note
    where note.integration_id = link.integration_id and note.flow = ${refunds}
      and split_part(note.source_id, '-', 1) = link.source_id
  ) >= (link.written -> 'kept' ->> 'total')::numeric, false)`;
}

const isDismissed = sql<boolean>`exists (
  select from record
  where record.integration_id = link.integration_id and record.flow = link.flow and record.source_id = link.source_id
    and record.dismissed ->> 'code' = ${creditedAgain}
)`;

/** Those of the orders that the shop took again after it had put their goods back. */
export async function ordersTakenAgain(
  executor: Executor,
  { integrationId }: FlowKey,
  orderIds: readonly string[],
): Promise<Set<string>> {
  if (orderIds.length === 0) return new Set();
  const rows = await executor
    .selectFrom("reserved_order")
    .select("order_id")
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .where("taken_again", "=", true)
    .execute();
  return new Set(rows.map((row) => row.order_id));
}
