/** Codes that people gave to records which lack them at their source, such as a product without a SKU (rule S11). */
import type { AssignRule } from "../core/flow.ts";
import type { ReadResult, SourceResource } from "../core/resources.ts";
import { assignedSkus } from "../store/assigned-skus.ts";
import type { Executor } from "../store/schema.ts";

/** The source with what was assigned laid over it. What the source says itself counts. */
export function withAssigned(
  source: SourceResource<never, never>,
  rule: AssignRule<never>,
  { database, integrationId }: { readonly database: Executor; readonly integrationId: number },
): SourceResource<never, never> {
  const assigned = async (result: ReadResult<never>, sku: string | undefined): Promise<ReadResult<never>> => {
    if (result.kind !== "found" || sku === undefined || !rule.lacks(result.record)) return result;
    return { kind: "found", record: rule.assigned(result.record, sku, (await source.holders?.(sku)) ?? []) as never };
  };
  return {
    ...source,
    read: async (ids) => {
      const read = await source.read(ids);
      const skus = await assignedSkus(database, integrationId, ids);
      return new Map(
        await Promise.all([...read].map(async ([id, result]) => [id, await assigned(result, skus.get(id))] as const)),
      );
    },
  };
}
