import { InvalidInput } from "../core/errors.ts";
import { runOptions } from "../engine/run-options.ts";
import type { Integration } from "../store/integrations.ts";
import { countOverdue, type OverdueFilter, type OverdueOrder, overdueOrders } from "../store/overdue-orders.ts";
import type { FlowKey } from "../store/schema.ts";
import { connectionById, type Desk, flowsOf, integrationNamed, kindOf } from "./desk.ts";

/** Days after which an order that was delivered should have been completed. */
export const overdueDays = 14;
export const overdueDaysMax = 3_650;
const dayMs = 86_400_000;
/** Orders that are named; `count` says how many there are. */
const mostNamed = 1_000;

/** Orders that were delivered and never completed, from what Mizan knows of them: no call is made. */
export interface Overdue {
  readonly days: number;
  readonly count: number;
  readonly orders: readonly OverdueOrder[];
}

/**
 * Lists orders that were shipped or delivered, and have not been completed since: their goods stay reserved (product.md,
 * 1.1). @throws {InvalidInput}
 */
export async function listOverdue(
  desk: Desk,
  { integration: name, days = overdueDays }: { readonly integration: string; readonly days?: number | undefined },
): Promise<Overdue> {
  if (!Number.isInteger(days) || days < 0 || days > overdueDaysMax)
    throw new InvalidInput("days", `days is ${days}; allowed: a whole number from 0 to ${overdueDaysMax}`);
  const integration = await integrationNamed(desk, name);
  const found = await overdueOf(desk, integration, days);
  if (found === null) throw new InvalidInput("integration", `${name} has no orders that hold stock`);
  const { database } = desk.store;
  const orders = await overdueOrders(database, found.key, { ...found.filter, most: mostNamed });
  return { days, count: await countOverdue(database, found.key, found.filter), orders };
}

/** How many there are; null where the integration has no orders that hold stock. */
export async function overdueCount(desk: Desk, integration: Integration): Promise<number | null> {
  const found = await overdueOf(desk, integration, overdueDays);
  return found === null ? null : countOverdue(desk.store.database, found.key, found.filter);
}

async function overdueOf(
  desk: Desk,
  integration: Integration,
  days: number,
): Promise<{ readonly key: FlowKey; readonly filter: OverdueFilter } | null> {
  const flow = flowsOf(desk, integration).find(({ stock }) => stock?.role === "takes");
  if (flow?.stock?.role !== "takes") return null;
  const source = await connectionById(desk, integration.sourceConnectionId);
  const target = await connectionById(desk, integration.targetConnectionId);
  const settings = runOptions(kindOf(desk, integration.kind), integration, { source, target });
  const before = new Date(desk.clock.now() - days * dayMs);
  const filter = { statuses: flow.stock.delivered(settings as never), before };
  return { key: { integrationId: integration.id, flow: flow.name }, filter };
}
