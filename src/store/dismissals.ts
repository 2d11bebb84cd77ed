/** Differences of linked records that people have seen and leave as they are (product.md 1.2, "Refunds"). */
import type { Reason } from "../core/reasons.ts";
import { jsonText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** Takes a waiting record off the list of differences, with a note of what was seen. */
export async function dismissDifference(
  executor: Executor,
  key: FlowKey,
  {
    sourceId,
    reason,
    notes,
  }: { readonly sourceId: string; readonly reason: Reason; readonly notes: readonly Reason[] },
  now: Date,
): Promise<void> {
  await executor
    .updateTable("record")
    .set({
      outcome: "unchanged",
      reason_code: null,
      reason_parameters: null,
      notes: jsonText(notes),
      retry_at: null,
      attempts: 0,
      dismissed: jsonText(reason),
      updated_at: now,
    })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .execute();
}
