/** Orders that hold goods back, and whether their shop still has them (product.md, 1.1). */
import { type ExpressionBuilder, sql } from "kysely";
import type { ReasonCode } from "../core/reasons.ts";
import { isInBooks, type StockFlows } from "./orders-in-books.ts";
import type { Executor, Schema } from "./schema.ts";

/** What is known of an order that holds goods back. */
export interface HeldOrder {
  readonly label: string;
  /** it cannot be read as it is now */
  readonly unreadable: boolean;
}

/** What stands at the records of orders that are not found; they are asked for in their own time. */
export const notFound: readonly (ReasonCode | undefined)[] = ["order-missed", "order-gone", "order-gone-unread"];

/** Those of the orders that hold goods back. */
export async function heldOrders(
  executor: Executor,
  flows: StockFlows,
  orderIds: readonly string[],
): Promise<Map<string, HeldOrder>> {
  if (orderIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("reserved_order")
    .select(["order_id", "label", "unreadable"])
    .where("integration_id", "=", flows.integrationId)
    .where("order_id", "in", orderIds)
    .where((builder) => holdsBack(builder, flows))
    .execute();
  return new Map(rows.map((row) => [row.order_id, { label: row.label, unreadable: row.unreadable }]));
}

/** The order that holds goods back under this id or number, as it was last read; null = there is none, or two. */
export async function heldOrderCalled(
  executor: Executor,
  flows: StockFlows,
  text: string,
): Promise<{ readonly id: string; readonly label: string } | null> {
  const rows = await executor
    .selectFrom("reserved_order")
    .select(["order_id", "label"])
    .where("integration_id", "=", flows.integrationId)
    .where(({ eb, or }) => or([eb("order_id", "=", text), eb("label", "=", text)]))
    .where((builder) => holdsBack(builder, flows))
    .limit(2)
    .execute();
  const [first, ...others] = rows;
  return first === undefined || others.length > 0 ? null : { id: first.order_id, label: first.label };
}

/** Orders that hold goods back and were not read since, those that were not for longest first. */
export async function ordersUnreadSince(
  executor: Executor,
  flows: StockFlows,
  { since, most }: { readonly since: Date; readonly most: number },
): Promise<string[]> {
  const rows = await executor
    .selectFrom("reserved_order")
    .select("order_id")
    .where("integration_id", "=", flows.integrationId)
    .where("read_at", "<", since)
    .where((builder) => holdsBack(builder, flows))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("record")
            .select("record.source_id")
            .whereRef("record.integration_id", "=", "reserved_order.integration_id")
            .whereRef("record.source_id", "=", "reserved_order.order_id")
            .where("record.flow", "=", flows.orders)
            .where(sql<boolean>`record.reason_code = any(${notFound}::text[])`),
        ),
      ),
    )
    .orderBy("read_at")
    .orderBy("order_id")
    .limit(most)
    .execute();
  return rows.map((row) => row.order_id);
}

/** Orders that are gone cannot be read any more, and wait for no reading: what was known of them stays. */
export async function endUnreadable(
  executor: Executor,
  integrationId: number,
  orderIds: readonly string[],
): Promise<void> {
  if (orderIds.length === 0) return;
  await executor
    .updateTable("reserved_order")
    .set({ unreadable: false })
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .execute();
}

/**
 * Held without an invoice, not excluded by a person, and not past: an order from before the integration that was final holds
 * nothing. One that cannot be read counts as past for what is counted meanwhile, and holds goods nevertheless.
 */
function holdsBack(
  { and, or, eb, not, exists, selectFrom }: ExpressionBuilder<Schema, "reserved_order">,
  flows: StockFlows,
) {
  return and([
    eb("reserved_order.held", "=", true),
    or([
      eb("reserved_order.past_from", "is", null),
      eb("reserved_order.past_until", "is not", null),
      eb("reserved_order.unreadable", "=", true),
    ]),
    not(
      exists(
        selectFrom("excluded_order")
          .select("excluded_order.order_id")
          .whereRef("excluded_order.integration_id", "=", "reserved_order.integration_id")
          .whereRef("excluded_order.order_id", "=", "reserved_order.order_id"),
      ),
    ),
    not(isInBooks(flows)),
  ]);
}
