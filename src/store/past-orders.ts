/**
 * Orders from before an integration that were final when a unit was counted: no count holds their units. Sent to the books or
 * taken back after all, they are counted in (product.md, 1.1). Looks at the orders are numbered, so that no clock tells
 * what was known when a unit was counted.
 */
import { sql } from "kysely";
import { isHistory, type Look, type Standing } from "../core/stock-equation.ts";
import { isInBooks, type StockFlows } from "./orders-in-books.ts";
import type { Executor } from "./schema.ts";

/** Begins a look: others of this integration wait until the transaction ends. */
export async function nextLook(executor: Executor, integrationId: number): Promise<Look> {
  const row = await executor
    .insertInto("stock_state")
    .values({ integration_id: integrationId, orders_read_until: null, look: 1 })
    .onConflict((conflict) => conflict.column("integration_id").doUpdateSet({ look: sql`stock_state.look + 1` }))
    .returning(["look", "orders_read_until"])
    .executeTakeFirstOrThrow();
  return { number: row.look, first: row.orders_read_until === null };
}

/** The last look that was stored whole. */
export async function lookNow(executor: Executor, integrationId: number): Promise<number> {
  const row = await executor
    .selectFrom("stock_state")
    .select("look")
    .where("integration_id", "=", integrationId)
    .executeTakeFirst();
  return row?.look ?? 0;
}

type Past = Standing["past"];

/** What looks before this one found of the orders; no entry = the order is new. */
export async function findNoted(
  executor: Executor,
  integrationId: number,
  orderIds: readonly string[],
): Promise<Map<string, { readonly held: boolean; readonly again: boolean; readonly past: Past }>> {
  const rows = await executor
    .selectFrom("reserved_order")
    .select(["order_id", "held", "taken_again", "past_from", "past_until"])
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .execute();
  return new Map(rows.map((row) => [row.order_id, { held: row.held, again: row.taken_again, past: pastIn(row) }]));
}

/** The orders are sent to the books now: what is counted from here on is counted with them. */
export async function endPast(executor: Executor, integrationId: number, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const past = await executor
    .selectFrom("reserved_order")
    .select("order_id")
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .where("past_from", "is not", null)
    .where("past_until", "is", null)
    .limit(1)
    .executeTakeFirst();
  if (past === undefined) return;
  await executor.transaction().execute(async (transaction) => {
    const { number } = await nextLook(transaction, integrationId);
    await transaction
      .updateTable("reserved_order")
      .set({ past_until: number })
      .where("integration_id", "=", integrationId)
      .where("order_id", "in", orderIds)
      .where("past_from", "is not", null)
      .where("past_until", "is", null)
      .execute();
  });
}

/** Units that no count holds, of one order. */
export interface PastUnit {
  readonly orderId: string;
  readonly unit: string;
  readonly location: string;
}

/** Counted units that must be counted in: of the given orders, or of all whose units came back. */
export async function unitsToCountIn(
  executor: Executor,
  flows: StockFlows,
  which: { readonly orderIds: readonly string[] } | "taken-back",
): Promise<PastUnit[]> {
  if (which !== "taken-back" && which.orderIds.length === 0) return [];
  const query = standings(executor, flows)
    .select("held.order_id")
    .where("reserved_order.past_from", "is not", null)
    .where("count.source_id", "is not", null)
    .where(sql<boolean>`coalesce((count.written->>'counted')::boolean, true)`)
    .orderBy("held.order_id")
    .orderBy("held.unit");
  const rows = await (which === "taken-back"
    ? query.where("reserved_order.held", "=", false)
    : query.where("held.order_id", "in", which.orderIds)
  ).execute();
  return rows
    .filter((row) => isHistory(standingOf(row), row.counted_at ?? 0))
    .map(({ order_id: orderId, unit, location }) => ({ orderId, unit, location }));
}

/** Units that a count holds and that left with an excluded order: of one order, or of all. */
export async function unitsToCountOut(
  executor: Executor,
  flows: StockFlows,
  { orderId }: { readonly orderId?: string } = {},
): Promise<(PastUnit & { readonly quantity: number })[]> {
  const query = standings(executor, flows)
    .select(["held.order_id", "held.quantity"])
    .where("count.source_id", "is not", null)
    .where(sql<boolean>`coalesce((count.written->>'counted')::boolean, true)`)
    .where("reserved_order.held", "=", true)
    .orderBy("held.order_id")
    .orderBy("held.unit");
  const rows = await (orderId === undefined
    ? query.where("excluded.goods", "=", "left")
    : query.where("held.order_id", "=", orderId)
  ).execute();
  return rows
    .filter((row) => !isHistory(standingOf(row), row.counted_at ?? 0))
    .map(({ order_id: orderId, unit, location, quantity }) => ({ orderId, unit, location, quantity }));
}

/** What `standings` selects of each unit of an order without an invoice. */
export const standingColumns = [
  "held.unit",
  "held.location",
  "reserved_order.held",
  "reserved_order.past_from",
  "reserved_order.past_until",
  "recounted",
  "counted_out",
  "goods",
  "counted_at",
] as const;

/** Every unit of orders without an invoice, with where its order stands to its count. */
export function standings(executor: Executor, flows: StockFlows) {
  const { integrationId, counts } = flows;
  return executor
    .selectFrom("reserved_unit as held")
    .innerJoin("reserved_order", (join) =>
      join
        .onRef("reserved_order.integration_id", "=", "held.integration_id")
        .onRef("reserved_order.order_id", "=", "held.order_id"),
    )
    .leftJoin("link as count", (join) =>
      join
        .onRef("count.integration_id", "=", "held.integration_id")
        .on("count.flow", "=", counts)
        .on("count.source_id", "=", sql<string>`held.unit || '@' || held.location`),
    )
    .leftJoin("link as again", (join) =>
      join
        .onRef("again.integration_id", "=", "held.integration_id")
        .on("again.flow", "=", counts)
        .on("again.source_id", "=", sql<string>`held.unit || '@' || held.location || '@' || held.order_id`),
    )
    .leftJoin("link as out", (join) =>
      join
        .onRef("out.integration_id", "=", "held.integration_id")
        .on("out.flow", "=", counts)
        .on("out.source_id", "=", sql<string>`held.unit || '@' || held.location || '@' || held.order_id || '@left'`),
    )
    .leftJoin("excluded_order as excluded", (join) =>
      join
        .onRef("excluded.integration_id", "=", "held.integration_id")
        .onRef("excluded.order_id", "=", "held.order_id"),
    )
    .select([
      "excluded.goods",
      sql<boolean>`out.source_id is not null`.as("counted_out"),
      "held.unit",
      "held.location",
      "reserved_order.held",
      "reserved_order.past_from",
      "reserved_order.past_until",
      sql<boolean>`again.source_id is not null`.as("recounted"),
      // A count whose look is not known holds nothing of orders that were past before the first look.
      sql<number | null>`case when count.source_id is null then null
        else coalesce((count.written->>'look')::integer, 0) end`.as("counted_at"),
    ])
    .where("held.integration_id", "=", integrationId)
    .where(({ not }) => not(isInBooks(flows)));
}

interface StandingRow {
  readonly held: boolean;
  readonly past_from: number | null;
  readonly past_until: number | null;
  readonly recounted: boolean;
  readonly counted_out: boolean;
  readonly goods: "left" | "kept" | null;
  readonly counted_at: number | null;
}

/** A row of `standings` as the equation reads it. */
export function standingOf({ held, recounted, ...row }: StandingRow): Standing {
  const standing = { held, recounted, past: pastIn(row) };
  if (row.counted_out) return { ...standing, excluded: "counted-out" };
  // What the shop has still is in a count that is made from now on, as if its order held it.
  return row.goods === "kept" && row.counted_at !== null ? { ...standing, excluded: "offered-again" } : standing;
}

function pastIn({ past_from: from, past_until: until }: Pick<StandingRow, "past_from" | "past_until">): Past {
  return from === null ? null : { from, until };
}
