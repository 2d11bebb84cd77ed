/** Orders that hold units of a shop back, as the stock equation needs them (product.md, 1.1). */

import { type Insertable, sql } from "kysely";
import { asNoted, pastAfter, type Reservation, unitsHeldBack } from "../core/stock-equation.ts";
import { excludedOrders } from "./excluded-orders.ts";
import { storableText } from "./json-text.ts";
import { isInBooks, type StockFlows } from "./orders-in-books.ts";
import { findNoted, nextLook, standingColumns, standingOf, standings } from "./past-orders.ts";
import type { Executor, FlowKey } from "./schema.ts";
import type { ReservedOrderTable } from "./stock-tables.ts";

/** What is known of one order. */
export interface NotedOrder {
  readonly orderId: string;
  readonly label: string;
  readonly status: string;
  readonly changedAt: Date;
  /** its lines could not be read, so that what it holds is not known */
  readonly unreadable: boolean;
  /** null = not even its row could be read */
  readonly reservation: Reservation | null;
}

/** Stores what orders hold. What is known of a later change of an order stays. @returns the orders that are taken again since */
export async function noteReservations(
  database: Executor,
  integrationId: number,
  orders: readonly NotedOrder[],
  now: Date,
): Promise<readonly string[]> {
  if (orders.length === 0) return [];
  // All or nothing: an order whose units were lost would be offered again.
  return database.transaction().execute(async (executor) => {
    const look = await nextLook(executor, integrationId);
    const known = await findNoted(
      executor,
      integrationId,
      orders.map(({ orderId }) => orderId),
    );
    const excluded = await excludedOrders(
      executor,
      integrationId,
      orders.map(({ orderId }) => orderId),
    );
    const rows = orders.map((order) => {
      const before = known.get(order.orderId);
      const outside = order.unreadable || excluded.get(order.orderId) === "left";
      const found = order.reservation === null ? null : { ...asNoted(order.reservation, before), outside };
      const past = found === null ? before?.past : pastAfter(look, found, before?.past);
      return {
        integration_id: integrationId,
        order_id: order.orderId,
        label: storableText(order.label),
        status: storableText(order.status),
        held: found?.held ?? before?.held ?? true,
        unreadable: order.unreadable,
        changed_at: order.changedAt,
        read_at: now,
        past_from: past?.from ?? null,
        past_until: past?.until ?? null,
        taken_again: isTakenAgain(found?.held ?? null, before),
      };
    });
    const taken = await saveOrders(executor, rows);
    await saveUnits(
      executor,
      integrationId,
      // What was known of an order holds until it can be read again.
      orders.filter(({ orderId, unreadable }) => taken.has(orderId) && !unreadable),
    );
    return rows.flatMap(({ order_id: id, taken_again: again }) =>
      again && taken.has(id) && known.get(id)?.again === false ? [id] : [],
    );
  });
}

/** Whether the shop took an order's goods after it had put them back. */
function isTakenAgain(
  held: boolean | null,
  before: { readonly held: boolean; readonly again: boolean } | undefined,
): boolean {
  if (before === undefined) return false;
  return held === null ? before.again : held && (before.again || !before.held);
}

/** @returns the ids of those that were not known by a later change */
async function saveOrders(
  executor: Executor,
  rows: readonly Insertable<ReservedOrderTable>[],
): Promise<ReadonlySet<string>> {
  const taken = await executor
    .insertInto("reserved_order")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["integration_id", "order_id"])
        .doUpdateSet((excluded) => ({
          label: excluded.ref("excluded.label"),
          status: excluded.ref("excluded.status"),
          held: excluded.ref("excluded.held"),
          unreadable: excluded.ref("excluded.unreadable"),
          changed_at: excluded.ref("excluded.changed_at"),
          read_at: excluded.ref("excluded.read_at"),
          past_from: excluded.ref("excluded.past_from"),
          past_until: excluded.ref("excluded.past_until"),
          taken_again: excluded.ref("excluded.taken_again"),
        }))
        .where(({ or, eb, ref }) =>
          or([
            eb("reserved_order.changed_at", "<=", ref("excluded.changed_at")),
            eb("reserved_order.unreadable", "=", true),
          ]),
        ),
    )
    .returning("order_id")
    .execute();
  return new Set(taken.map((row) => row.order_id));
}

/**
 * Units stay known when they are given back, since they may have to be counted in (see `past-orders.ts`), and while their
 * order cannot be read: what it held is the best that is known of it.
 */
async function saveUnits(executor: Executor, integrationId: number, orders: readonly NotedOrder[]): Promise<void> {
  await executor
    .deleteFrom("reserved_unit")
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", [...orders.map(({ orderId }) => orderId), ""])
    .execute();
  const units = orders.flatMap(({ orderId, reservation }) =>
    (reservation?.units ?? []).map(({ unit, location, quantity }) => ({
      integration_id: integrationId,
      order_id: orderId,
      unit,
      location,
      quantity,
    })),
  );
  if (units.length > 0) await executor.insertInto("reserved_unit").values(units).execute();
}

/** Up to which change orders are known, and when they were read. */
export async function knownOrders(
  executor: Executor,
  integrationId: number,
  orderIds: readonly string[],
): Promise<Map<string, { readonly changedAt: Date; readonly readAt: Date; readonly unreadable: boolean }>> {
  if (orderIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("reserved_order")
    .select(["order_id", "changed_at", "read_at", "unreadable"])
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .execute();
  return new Map(
    rows.map((row) => [row.order_id, { changedAt: row.changed_at, readAt: row.read_at, unreadable: row.unreadable }]),
  );
}

/**
 * How many of each unit orders without an invoice hold back at a location; units without any have no entry.
 * @param look the one at which units are counted that are not counted yet
 */
export async function heldUnits(
  executor: Executor,
  flows: StockFlows,
  {
    location,
    units,
    look = 0,
  }: { readonly location: string; readonly units: readonly string[]; readonly look?: number },
): Promise<Map<string, number>> {
  const held = new Map<string, number>();
  if (units.length === 0) return held;
  const rows = await standings(executor, flows)
    .select(({ fn }) => fn.sum<string>("held.quantity").as("quantity"))
    .where("held.location", "=", location)
    .where("held.unit", "in", units)
    .where(({ or, eb }) => or([eb("reserved_order.held", "=", true), eb("reserved_order.past_from", "is not", null)]))
    .groupBy(standingColumns)
    .execute();
  for (const row of rows) {
    const back = unitsHeldBack(Number(row.quantity), standingOf(row), row.counted_at ?? look);
    held.set(row.unit, (held.get(row.unit) ?? 0) + back);
  }
  return held;
}

/** The units of some orders, in the order of the given ids. */
export async function orderUnits(
  executor: Executor,
  integrationId: number,
  orderIds: readonly string[],
): Promise<{ orderId: string; unit: string; location: string; quantity: number }[]> {
  if (orderIds.length === 0) return [];
  const rows = await executor
    .selectFrom("reserved_unit")
    .select(["order_id", "unit", "location", "quantity"])
    .where("integration_id", "=", integrationId)
    .where("order_id", "in", orderIds)
    .orderBy("unit")
    .execute();
  const place = new Map(orderIds.map((id, index) => [id, index]));
  return rows
    .map(({ order_id: orderId, ...unit }) => ({ orderId, ...unit }))
    .toSorted((one, other) => (place.get(one.orderId) ?? 0) - (place.get(other.orderId) ?? 0));
}

/** Units whose stock in the books is uncertain, because an invoice that carries them is being made or in doubt. */
export async function unitsInDoubt(executor: Executor, orders: FlowKey): Promise<Set<string>> {
  const rows = await executor
    .selectFrom("reserved_unit as held")
    .innerJoin("intent", (join) =>
      join
        .onRef("intent.integration_id", "=", "held.integration_id")
        .onRef("intent.source_id", "=", "held.order_id")
        .on("intent.flow", "=", orders.flow)
        .on("intent.state", "in", ["sent", "in-doubt"]),
    )
    .select("held.unit")
    .distinct()
    .where("held.integration_id", "=", orders.integrationId)
    .execute();
  return new Set(rows.map((row) => row.unit));
}

/** Orders without an invoice whose units are not known, because they could not be read: by id, with their labels. */
export async function unreadableOrders(executor: Executor, flows: StockFlows): Promise<Map<string, string>> {
  const rows = await unreadable(executor, flows).execute();
  return new Map(rows.map((row) => [row.order_id, row.label]));
}

/** What orders without an invoice hold is to be read again: until then it counts as not known. */
export async function forgetHeldUnits(executor: Executor, flows: StockFlows): Promise<void> {
  await executor
    .updateTable("reserved_order")
    .set({ unreadable: true })
    .where("integration_id", "=", flows.integrationId)
    .where("held", "=", true)
    .where(({ not }) => not(isInBooks(flows)))
    .execute();
}

function unreadable(executor: Executor, flows: StockFlows) {
  return executor
    .selectFrom("reserved_order")
    .select(["reserved_order.order_id", "reserved_order.label"])
    .where("reserved_order.integration_id", "=", flows.integrationId)
    .where("reserved_order.unreadable", "=", true)
    .where(({ not }) => not(isInBooks(flows)))
    .orderBy("reserved_order.order_id");
}

/**
 * The label of an unreadable order that a count can neither hold nor leave to be counted in later, since it is not known
 * whether the shop has deducted it, or it could not be read once before (see `pastAfter`); null = there is none.
 */
export async function orderThatHidesUnits(executor: Executor, flows: StockFlows): Promise<string | null> {
  const row = await unreadable(executor, flows)
    .where("reserved_order.held", "=", true)
    .where(({ or, eb }) =>
      or([eb("reserved_order.past_from", "is", null), eb("reserved_order.past_until", "is not", null)]),
    )
    .executeTakeFirst();
  return row?.label ?? null;
}

/** Up to when the orders were read for their units; null = never. */
export async function ordersReadUntil(executor: Executor, integrationId: number): Promise<number | null> {
  const row = await executor
    .selectFrom("stock_state")
    .select("orders_read_until")
    .where("integration_id", "=", integrationId)
    .executeTakeFirst();
  return row?.orders_read_until?.getTime() ?? null;
}

/** Moves that moment on, never back. */
export async function saveOrdersReadUntil(executor: Executor, integrationId: number, until: Date): Promise<void> {
  await executor
    .insertInto("stock_state")
    .values({ integration_id: integrationId, orders_read_until: until })
    .onConflict((conflict) =>
      conflict
        .column("integration_id")
        .doUpdateSet({ orders_read_until: sql`greatest(stock_state.orders_read_until, ${until})` }),
    )
    .execute();
}
