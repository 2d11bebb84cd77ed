/** Records of which a webhook said that they changed. What an engine's write stores of a record leaves the mark alone. */
import { sql } from "kysely";
import type { Reason, ReasonCode } from "../core/reasons.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

const notReadYet: ReasonCode = "announced";

/** A record that was announced, and when for the last time. */
export interface Announced {
  readonly sourceId: string;
  readonly at: Date;
}

/**
 * Marks records as announced. One that is not known yet gets a record that waits and says so. Call it in a transaction
 * that holds the state of the flow.
 */
export async function announceRecords(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
  { vendor, now }: { readonly vendor: string; readonly now: Date },
): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .insertInto("record")
    .values(
      sourceIds.toSorted().map((sourceId) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: storableText(sourceId),
        label: storableText(sourceId),
        outcome: "waiting" as const,
        reason_code: notReadYet,
        reason_parameters: jsonText({ vendor } satisfies Reason["parameters"]),
        notes: null,
        source_changed_at: null,
        waits_for_flow: null,
        waits_for_source_id: null,
        waits_for_target_id: null,
        retry_at: null,
        refused_fingerprint: null,
        run_id: null,
        first_seen_at: now,
        updated_at: now,
        announced_at: now,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["integration_id", "flow", "source_id"])
        .doUpdateSet((excluded) => ({ announced_at: excluded.ref("excluded.announced_at") })),
    )
    .execute();
}

/** Announced records, longest waiting first, a page at a time. */
export async function announcedRecords(
  executor: Executor,
  key: FlowKey,
  until: Date,
  page: { readonly after: Announced | null; readonly most: number },
): Promise<Announced[]> {
  const { after, most } = page;
  let query = executor
    .selectFrom("record")
    .select(["source_id", "announced_at"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("announced_at", "<=", until)
    .orderBy("announced_at")
    .orderBy("source_id")
    .limit(most);
  if (after !== null)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("announced_at", "source_id"), ">", tuple(after.at, after.sourceId)),
    );
  const rows = await query.execute();
  return rows.map((row) => ({ sourceId: row.source_id, at: row.announced_at ?? until }));
}

/**
 * Takes the marks away from records that were read; one that was announced again meanwhile keeps its mark. Of ids that
 * were announced, never known, and are not there, nothing stays.
 */
export async function settleAnnounced(
  executor: Executor,
  key: FlowKey,
  read: readonly Announced[],
  neverKnown: readonly string[],
): Promise<void> {
  if (read.length === 0) return;
  await sql`
    update record set announced_at = null
    from unnest(
      ${read.map(({ sourceId }) => sourceId)}::text[],
      ${read.map(({ at }) => at)}::timestamptz[]
    ) as seen (source_id, at)
    where record.integration_id = ${key.integrationId} and record.flow = ${key.flow}
      and record.source_id = seen.source_id and record.announced_at = seen.at`.execute(executor);
  if (neverKnown.length === 0) return;
  const invented = await executor
    .deleteFrom("record")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", neverKnown)
    .where("reason_code", "=", "gone-at-source")
    .where("announced_at", "is", null)
    .where("outcome", "=", "skipped")
    .returning("source_id")
    .execute();
  if (invented.length === 0) return;
  await executor
    .deleteFrom("event")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where(
      "source_id",
      "in",
      invented.map((row) => row.source_id),
    )
    .execute();
}
