/** Which units the lines of orders sold that name only a SKU (`migrations/0009-what-orders-sold.sql`). */
import { sql } from "kysely";
import type { Executor } from "./schema.ts";

/** A SKU of an order's lines and the unit that held it. */
export interface SoldUnit {
  readonly sku: string;
  readonly unit: string;
}

/** Keeps what an order sold; a SKU that is known already keeps its unit. @returns the unit of each SKU, as it is known now */
export async function keepSoldUnits(
  executor: Executor,
  integrationId: number,
  orderId: string,
  sold: readonly SoldUnit[],
): Promise<Map<string, string>> {
  const skus = sold.map(({ sku }) => sku);
  const units = sold.map(({ unit }) => unit);
  const { rows } = await sql<SoldUnit>`
    with fresh as (
      insert into sold_unit (integration_id, order_id, sku, unit)
      select ${integrationId}, ${orderId}, sold.sku, sold.unit
      from unnest(${skus}::text[], ${units}::text[]) as sold (sku, unit)
      on conflict do nothing
      returning sku, unit
    )
    select sku, unit from fresh
    union all
    select sku, unit from sold_unit where integration_id = ${integrationId} and order_id = ${orderId}`.execute(
    executor,
  );
  return new Map(rows.map(({ sku, unit }) => [sku, unit]));
}

/** The unit that held a SKU is gone from the shop: the order sold what holds it now. */
export async function replaceSoldUnit(
  executor: Executor,
  integrationId: number,
  orderId: string,
  { sku, unit }: SoldUnit,
): Promise<void> {
  await executor
    .updateTable("sold_unit")
    .set({ unit })
    .where("integration_id", "=", integrationId)
    .where("order_id", "=", orderId)
    .where("sku", "=", sku)
    .execute();
}
