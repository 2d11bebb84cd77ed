/** Orders that were delivered and never completed: what they carry stays reserved (product.md, 1.1). */
import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

export interface OverdueOrder {
  readonly id: string;
  readonly label: string;
  /** the shop's word for where it stands */
  readonly status: string;
  /** when it last changed at the shop */
  readonly since: Date;
  /** units that it holds back */
  readonly units: number;
}

/** Which orders count as overdue. */
export interface OverdueFilter {
  readonly statuses: readonly string[];
  /** that have not changed since */
  readonly before: Date;
}

/** Those that have stood so the longest come first. */
export async function overdueOrders(
  executor: Executor,
  orders: FlowKey,
  { statuses, before, most }: OverdueFilter & { readonly most: number },
): Promise<OverdueOrder[]> {
  const rows = await overdue(executor, orders, { statuses, before })
    .select(["held.order_id", "held.label", "held.status", "held.changed_at"])
    .select(({ selectFrom }) =>
      selectFrom("reserved_unit")
        .select(sql<string>`coalesce(sum(quantity), 0)`.as("units"))
        .whereRef("reserved_unit.integration_id", "=", "held.integration_id")
        .whereRef("reserved_unit.order_id", "=", "held.order_id")
        .as("units"),
    )
    .orderBy("held.changed_at")
    .orderBy("held.order_id")
    .limit(most)
    .execute();
  return rows.map((row) => ({
    id: row.order_id,
    label: row.label,
    status: row.status,
    since: row.changed_at,
    units: Number(row.units),
  }));
}

/** How many there are. */
export async function countOverdue(executor: Executor, orders: FlowKey, filter: OverdueFilter): Promise<number> {
  const row = await overdue(executor, orders, filter)
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Orders whose goods left before any count, and those that a person excluded, hold nothing back. */
function overdue(executor: Executor, { integrationId, flow }: FlowKey, { statuses, before }: OverdueFilter) {
  return executor
    .selectFrom("reserved_order as held")
    .where("held.integration_id", "=", integrationId)
    .where("held.held", "=", true)
    .where("held.past_from", "is", null)
    .where("held.status", "in", [...statuses, ""])
    .where("held.status", "!=", "")
    .where("held.changed_at", "<", before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("link")
            .select("link.source_id")
            .whereRef("link.source_id", "=", "held.order_id")
            .where("link.integration_id", "=", integrationId)
            .where("link.flow", "=", flow),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("excluded_order")
            .select("excluded_order.order_id")
            .whereRef("excluded_order.order_id", "=", "held.order_id")
            .where("excluded_order.integration_id", "=", integrationId),
        ),
      ),
    );
}
