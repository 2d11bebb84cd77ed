/** Whose stock counts for a unit where shop and books differ before the first count: a person decided. */
import type { Executor } from "./schema.ts";

/** What was decided for some units at a location. */
export async function stockDecisions(
  executor: Executor,
  integrationId: number,
  location: string,
  units: readonly string[],
): Promise<Map<string, "shop" | "books">> {
  if (units.length === 0) return new Map();
  const rows = await executor
    .selectFrom("stock_decision")
    .select(["unit", "keeps"])
    .where("integration_id", "=", integrationId)
    .where("location", "=", location)
    .where("unit", "in", units)
    .execute();
  return new Map(rows.map((row) => [row.unit, row.keeps]));
}

/** Keeps a decision; a later one replaces it. */
export async function decideStock(
  executor: Executor,
  integrationId: number,
  decision: { readonly unit: string; readonly location: string; readonly keeps: "shop" | "books" },
  now: Date,
): Promise<void> {
  await executor
    .insertInto("stock_decision")
    .values({ integration_id: integrationId, ...decision, decided_at: now })
    .onConflict((conflict) =>
      conflict.columns(["integration_id", "unit", "location"]).doUpdateSet({ keeps: decision.keeps, decided_at: now }),
    )
    .execute();
}
