/** Which units the lines of orders sold that name only a SKU (`migrations/0009-what-orders-sold.sql`). */
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
  if (sold.length > 0)
    await executor
      .insertInto("sold_unit")
      .values(sold.map(({ sku, unit }) => ({ integration_id: integrationId, order_id: orderId, sku, unit })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const rows = await executor
    .selectFrom("sold_unit")
    .select(["sku", "unit"])
    .where("integration_id", "=", integrationId)
    .where("order_id", "=", orderId)
    .execute();
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
