/** SKUs that people gave to units which have none in their shop (rule S11). */
import type { Executor } from "./schema.ts";

/** The assigned SKUs of some units. */
export async function assignedSkus(
  executor: Executor,
  integrationId: number,
  units: readonly string[],
): Promise<Map<string, string>> {
  if (units.length === 0) return new Map();
  const rows = await executor
    .selectFrom("assigned_sku")
    .select(["unit", "sku"])
    .where("integration_id", "=", integrationId)
    .where("unit", "in", units)
    .execute();
  return new Map(rows.map((row) => [row.unit, row.sku]));
}

/** Keeps a SKU of a unit in place of the one before. @returns the other unit that has it already; null = it is kept */
export async function assignSku(
  executor: Executor,
  integrationId: number,
  { unit, sku }: { readonly unit: string; readonly sku: string },
  now: Date,
): Promise<string | null> {
  const kept = await executor
    .insertInto("assigned_sku")
    .values({ integration_id: integrationId, unit, sku, assigned_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("unit")
    .executeTakeFirst();
  if (kept !== undefined) return null;
  const holder = await executor
    .selectFrom("assigned_sku")
    .select("unit")
    .where("integration_id", "=", integrationId)
    .where("sku", "=", sku)
    .executeTakeFirst();
  if (holder !== undefined) return holder.unit === unit ? null : holder.unit;
  await executor
    .updateTable("assigned_sku")
    .set({ sku, assigned_at: now })
    .where("integration_id", "=", integrationId)
    .where("unit", "=", unit)
    .execute();
  return null;
}
