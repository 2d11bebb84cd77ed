import { jsonText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** Source id ↔ target id of one record, with what was last written. */
export interface Link {
  readonly sourceId: string;
  readonly targetId: string;
  readonly fingerprint: string;
  readonly written: Readonly<Record<string, unknown>> | null;
}

/** The links of the given records, by source id. */
export async function findLinks(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
): Promise<Map<string, Link>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select(["source_id", "target_id", "fingerprint", "written"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
  return new Map(
    rows.map((row) => [
      row.source_id,
      { sourceId: row.source_id, targetId: row.target_id, fingerprint: row.fingerprint, written: row.written },
    ]),
  );
}

/** The source ids that the given target ids are linked to, by target id. */
export async function findLinkedTargets(
  executor: Executor,
  key: FlowKey,
  targetIds: readonly string[],
): Promise<Map<string, string>> {
  if (targetIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select(["source_id", "target_id"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("target_id", "in", targetIds)
    .execute();
  return new Map(rows.map((row) => [row.target_id, row.source_id]));
}

/** Makes or renews links after confirmed writes. */
export async function saveLinks(executor: Executor, key: FlowKey, links: readonly Link[], now: Date): Promise<void> {
  if (links.length === 0) return;
  await executor
    .insertInto("link")
    .values(
      links.map((link) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: link.sourceId,
        target_id: link.targetId,
        fingerprint: link.fingerprint,
        written: link.written === null ? null : jsonText(link.written),
        linked_at: now,
        written_at: now,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["integration_id", "flow", "source_id"]).doUpdateSet((excluded) => ({
        target_id: excluded.ref("excluded.target_id"),
        fingerprint: excluded.ref("excluded.fingerprint"),
        written: excluded.ref("excluded.written"),
        written_at: excluded.ref("excluded.written_at"),
      })),
    )
    .execute();
}

/** Forgets a link whose target is gone, so that the record can be made again. */
export async function removeLink(executor: Executor, key: FlowKey, sourceId: string): Promise<void> {
  await executor
    .deleteFrom("link")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .execute();
}

/** Forgets what was last written to the targets of records, so that the next comparison sends everything. */
export async function forgetWritten(executor: Executor, key: FlowKey, sourceIds: readonly string[]): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .updateTable("link")
    .set({ fingerprint: "", written: null })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
}
