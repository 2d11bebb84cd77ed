import { jsonText, storableText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/**
 * A person asks for records, whatever their age: those that are not known yet get a record that waits, and all of them
 * are due now (rules S5, S10).
 */
export async function wantRecords(
  executor: Executor,
  key: FlowKey,
  wanted: readonly { readonly sourceId: string; readonly label: string }[],
  now: Date,
): Promise<void> {
  if (wanted.length === 0) return;
  await executor
    .insertInto("record")
    .values(
      wanted.map(({ sourceId, label }) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: sourceId,
        label: storableText(label),
        outcome: "waiting" as const,
        reason_code: "sent-by-hand" as const,
        reason_parameters: jsonText({}),
        notes: null,
        source_changed_at: null,
        waits_for_flow: null,
        waits_for_source_id: null,
        waits_for_target_id: null,
        retry_at: now,
        refused_fingerprint: null,
        run_id: null,
        wanted_at: now,
        first_seen_at: now,
        updated_at: now,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["integration_id", "flow", "source_id"])
        .doUpdateSet({ retry_at: now, attempts: 0, wanted_at: now }),
    )
    .execute();
}
