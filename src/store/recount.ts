/** Forgets counts whose places are no longer what they were, so that each unit is counted anew (product.md, 1.1: "Branches"). */
import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

/** The location in the id of a count (`countId`). */
const locationOf = sql<string>`split_part(source_id, '@', 2)`;

/** How many units are counted at each of the locations; one without any has no entry. */
export async function countsAt(
  executor: Executor,
  counts: FlowKey,
  locations: readonly string[],
): Promise<Map<string, number>> {
  if (locations.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select([locationOf.as("location"), sql<number>`count(*)`.as("units")])
    .where("integration_id", "=", counts.integrationId)
    .where("flow", "=", counts.flow)
    .where(locationOf, "in", locations)
    .where(sql<string>`split_part(source_id, '@', 3)`, "=", "")
    .groupBy(locationOf)
    .orderBy(locationOf)
    .execute();
  return new Map(rows.map(({ location, units }) => [location, units]));
}

/** The counts at the locations that were sent and have no answer yet. */
export async function countsInDoubt(
  executor: Executor,
  counts: FlowKey,
  locations: readonly string[],
): Promise<string[]> {
  if (locations.length === 0) return [];
  const rows = await executor
    .selectFrom("intent")
    .select("label")
    .where("integration_id", "=", counts.integrationId)
    .where("flow", "=", counts.flow)
    .where("state", "in", ["planned", "sent", "in-doubt"])
    .where(locationOf, "in", locations)
    .orderBy("label")
    .execute();
  return rows.map(({ label }) => label);
}

/** Forgets everything that rests on counts at the locations. @param flows those whose source ids are ids of counts */
export async function forgetCounts(
  executor: Executor,
  integrationId: number,
  { flows, locations }: { readonly flows: readonly string[]; readonly locations: readonly string[] },
  now: Date,
): Promise<void> {
  // Each may be made once more.
  await executor
    .updateTable("intent")
    .set({ state: "failed", message: "forgotten, because its place changed", updated_at: now })
    .where("integration_id", "=", integrationId)
    .where("flow", "in", flows)
    .where("kind", "=", "create")
    .where("state", "=", "confirmed")
    .where(locationOf, "in", locations)
    .execute();
  for (const table of ["link", "record"] as const)
    await executor
      .deleteFrom(table)
      .where("integration_id", "=", integrationId)
      .where("flow", "in", flows)
      .where(locationOf, "in", locations)
      .execute();
  for (const table of ["stock_level", "stock_decision"] as const)
    await executor
      .deleteFrom(table)
      .where("integration_id", "=", integrationId)
      .where("location", "in", locations)
      .execute();
}

/** Forgets single counts, so that the next order of each unit counts it. @param counts the flow of the counts */
export async function forgetCountsOf(
  executor: Executor,
  counts: FlowKey,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  const { integrationId, flow } = counts;
  await executor
    .updateTable("intent")
    .set({ state: "failed", message: "forgotten, because both sides count the product by now", updated_at: now })
    .where("integration_id", "=", integrationId)
    .where("flow", "=", flow)
    .where("kind", "=", "create")
    .where("state", "=", "confirmed")
    .where("source_id", "in", ids)
    .execute();
  for (const table of ["link", "record"] as const)
    await executor
      .deleteFrom(table)
      .where("integration_id", "=", integrationId)
      .where("flow", "=", flow)
      .where("source_id", "in", ids)
      .execute();
}

/**
 * Has every order without an invoice that holds units, or may have to be counted in, read anew by the next look: where its
 * units lie is told by the options. Until then no quantity rises.
 */
export async function readOrdersAnew(executor: Executor, orders: FlowKey): Promise<void> {
  await executor
    .updateTable("reserved_order")
    .set({ unreadable: true })
    .where("integration_id", "=", orders.integrationId)
    .where(({ or, eb }) => or([eb("held", "=", true), eb("past_from", "is not", null)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("link")
            .select("link.source_id")
            .whereRef("link.source_id", "=", "reserved_order.order_id")
            .where("link.integration_id", "=", orders.integrationId)
            .where("link.flow", "=", orders.flow),
        ),
      ),
    )
    .execute();
}
