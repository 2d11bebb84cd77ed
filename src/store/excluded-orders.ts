/** Orders that a person decided are never to become invoices (product.md, 1.1). */
import { sql } from "kysely";
import { nextLook } from "./past-orders.ts";
import type { Executor } from "./schema.ts";

/** What a person says of an excluded order's goods: they have left, or the shop has them still. */
export type Goods = "left" | "kept";

/** Which of the orders are excluded, with what was said of their goods. */
export async function excludedOrders(
  executor: Executor,
  integrationId: number,
  orderIds: readonly string[],
): Promise<Map<string, Goods>> {
  if (orderIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("excluded_order")
    .select(["order_id", "goods"])
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .execute();
  return new Map(rows.map((row) => [row.order_id, row.goods]));
}

/**
 * Keeps an exclusion. Goods that have left are in no count that is made from now on, like those of an order from before the
 * integration that was final; counts that hold them are made anew.
 */
export async function excludeOrder(
  executor: Executor,
  integrationId: number,
  { orderId, goods }: { readonly orderId: string; readonly goods: Goods },
  now: Date,
): Promise<void> {
  await executor
    .insertInto("excluded_order")
    .values({ integration_id: integrationId, order_id: orderId, goods, excluded_at: now })
    .execute();
  if (goods === "kept") return;
  const { number } = await nextLook(executor, integrationId);
  await executor
    .updateTable("reserved_order")
    .set({ past_from: sql`coalesce(past_from, ${number})`, past_until: null })
    .where("integration_id", "=", integrationId)
    .where("order_id", "=", orderId)
    .execute();
}

/** Forgets an exclusion, and the counts that were to follow from it. */
export async function includeOrder(
  executor: Executor,
  { integrationId, counts }: { readonly integrationId: number; readonly counts: string },
  orderId: string,
  countIds: readonly string[],
): Promise<void> {
  await executor
    .deleteFrom("excluded_order")
    .where("integration_id", "=", integrationId)
    .where("order_id", "=", orderId)
    .execute();
  if (countIds.length === 0) return;
  await executor
    .deleteFrom("record")
    .where("integration_id", "=", integrationId)
    .where("flow", "=", counts)
    .where("source_id", "in", countIds)
    .execute();
}
