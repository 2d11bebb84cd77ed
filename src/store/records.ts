import { type Selectable, sql } from "kysely";
import type { Outcome } from "../core/outcome.ts";
import type { Reason, ReasonCode } from "../core/reasons.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { Executor, FlowKey, RecordTable } from "./schema.ts";

/** The record of another flow that a record waits for, by the one of its two ids that is known. */
export type WaitsFor =
  | { readonly flow: string; readonly sourceId: string }
  | { readonly flow: string; readonly targetId: string };

/** One source object under one flow, with what became of it. */
export interface StoredRecord {
  readonly sourceId: string;
  readonly label: string;
  readonly outcome: Outcome;
  readonly reason: Reason | null;
  readonly notes: readonly Reason[];
  readonly sourceChangedAt: Date | null;
  readonly waitsFor: WaitsFor | null;
  readonly retryAt: Date | null;
  readonly attempts: number;
  /** digest of the mapped record that the target refused */
  readonly refusedFingerprint: string | null;
  /** when a person asked for it, whatever its age; null where nobody did */
  readonly wantedAt: Date | null;
  /** the difference that a person has seen and leaves as it is; storing another outcome forgets it */
  readonly dismissed: Reason | null;
  /** when this outcome was stored, or last found to stand */
  readonly updatedAt: Date;
}

/** The stored records of the given source ids. */
export async function findRecords(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
): Promise<Map<string, StoredRecord>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("record")
    .selectAll()
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
  return new Map(rows.map((row) => [row.source_id, toRecord(row)]));
}

/** Stores what became of records. */
export async function saveRecords(
  executor: Executor,
  key: FlowKey,
  runId: number | null,
  records: readonly Omit<StoredRecord, "updatedAt" | "wantedAt" | "dismissed">[],
  now: Date,
): Promise<void> {
  if (records.length === 0) return;
  await executor
    .insertInto("record")
    .values(
      records.map((record) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: record.sourceId,
        label: storableText(record.label),
        outcome: record.outcome,
        reason_code: record.reason?.code ?? null,
        reason_parameters: record.reason === null ? null : jsonText(record.reason.parameters),
        notes: record.notes.length === 0 ? null : jsonText(record.notes),
        source_changed_at: record.sourceChangedAt,
        waits_for_flow: record.waitsFor?.flow ?? null,
        waits_for_source_id: record.waitsFor && "sourceId" in record.waitsFor ? record.waitsFor.sourceId : null,
        waits_for_target_id: record.waitsFor && "targetId" in record.waitsFor ? record.waitsFor.targetId : null,
        retry_at: record.retryAt,
        attempts: record.attempts,
        refused_fingerprint: record.refusedFingerprint,
        run_id: runId,
        first_seen_at: now,
        updated_at: now,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["integration_id", "flow", "source_id"]).doUpdateSet((excluded) => ({
        label: excluded.ref("excluded.label"),
        outcome: excluded.ref("excluded.outcome"),
        reason_code: excluded.ref("excluded.reason_code"),
        reason_parameters: excluded.ref("excluded.reason_parameters"),
        notes: excluded.ref("excluded.notes"),
        source_changed_at: excluded.ref("excluded.source_changed_at"),
        waits_for_flow: excluded.ref("excluded.waits_for_flow"),
        waits_for_source_id: excluded.ref("excluded.waits_for_source_id"),
        waits_for_target_id: excluded.ref("excluded.waits_for_target_id"),
        retry_at: excluded.ref("excluded.retry_at"),
        attempts: excluded.ref("excluded.attempts"),
        refused_fingerprint: excluded.ref("excluded.refused_fingerprint"),
        dismissed: null,
        run_id: excluded.ref("excluded.run_id"),
        updated_at: excluded.ref("excluded.updated_at"),
      })),
    )
    .execute();
}

/** Notes that the stored outcomes of records were found to stand. */
export async function confirmOutcomes(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
  now: Date,
): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .updateTable("record")
    .set({ updated_at: now })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
}

/** Keeps the moment of the source's last change at records whose outcome stays as it is. */
export async function moveRecords(
  executor: Executor,
  key: FlowKey,
  looked: readonly { readonly sourceId: string; readonly changedAt: number }[],
): Promise<void> {
  if (looked.length === 0) return;
  await sql`
    update record set source_changed_at = moved.at
    from unnest(
      ${looked.map(({ sourceId }) => sourceId)}::text[],
      ${looked.map(({ changedAt }) => new Date(changedAt))}::timestamptz[]
    ) as moved (source_id, at)
    where record.integration_id = ${key.integrationId} and record.flow = ${key.flow}
      and record.source_id = moved.source_id`.execute(executor);
}

/** The flows of an integration with records whose time to be tried again came between two moments. */
export async function flowsWithDueRecords(
  executor: Executor,
  integrationId: number,
  became: { readonly from: Date; readonly until: Date },
): Promise<string[]> {
  const rows = await executor
    .selectFrom("record")
    .select("flow")
    .distinct()
    .where("integration_id", "=", integrationId)
    .where("retry_at", ">=", became.from)
    .where("retry_at", "<=", became.until)
    .orderBy("flow")
    .execute();
  return rows.map((row) => row.flow);
}

/** Which records a person or a changed option asks to be tried again. */
export interface RetryFilter {
  readonly integrationId: number;
  readonly flow?: string;
  readonly sourceIds?: readonly string[];
  readonly outcomes?: readonly Outcome[];
  readonly codes?: readonly ReasonCode[];
}

/** Marks records as due now. @returns how many, by flow. */
export async function retryRecords(executor: Executor, filter: RetryFilter, now: Date): Promise<Map<string, number>> {
  let query = executor
    .updateTable("record")
    .set({ retry_at: now, attempts: 0 })
    .where("integration_id", "=", filter.integrationId)
    .returning("flow");
  if (filter.flow !== undefined) query = query.where("flow", "=", filter.flow);
  if (filter.sourceIds !== undefined) query = query.where("source_id", "in", filter.sourceIds);
  if (filter.outcomes !== undefined) query = query.where("outcome", "in", filter.outcomes);
  if (filter.codes !== undefined) query = query.where("reason_code", "in", filter.codes);
  const counts = new Map<string, number>();
  for (const { flow } of await query.execute()) counts.set(flow, (counts.get(flow) ?? 0) + 1);
  return counts;
}

/** A record with everything a listing shows. */
export interface ListedRecord extends StoredRecord {
  readonly flow: string;
  readonly targetId: string | null;
  readonly firstSeenAt: Date;
}

/** What records to list. */
export interface RecordFilter {
  readonly integrationId: number;
  readonly flow?: string;
  readonly outcome?: Outcome;
  readonly code?: string;
  /** a source id, a target id, or a part of the label */
  readonly text?: string;
  /** true: the text must be the whole id or label, not a part */
  readonly exact?: boolean;
  readonly most: number;
  readonly after?: { readonly flow: string; readonly sourceId: string };
}

/** A label is an id that people use (a SKU, a number), a name, or both: either part alone finds the record. */
function partsOfLabel(text: string): string[] {
  const part = likeText(text);
  return [`${part} %`, `% ${part}`];
}

function likeText(text: string): string {
  return text.toLowerCase().replace(/[\\%_]/g, "\\$&");
}

/** Lists records in a stable order (flow, source id), a page at a time. */
export async function listRecords(executor: Executor, filter: RecordFilter): Promise<ListedRecord[]> {
  let query = executor
    .selectFrom("record")
    .leftJoin("link", (join) =>
      join
        .onRef("link.integration_id", "=", "record.integration_id")
        .onRef("link.flow", "=", "record.flow")
        .onRef("link.source_id", "=", "record.source_id"),
    )
    .selectAll("record")
    .select("link.target_id")
    .where("record.integration_id", "=", filter.integrationId)
    .orderBy("record.flow")
    .orderBy("record.source_id")
    .limit(filter.most);
  if (filter.flow !== undefined) query = query.where("record.flow", "=", filter.flow);
  if (filter.outcome !== undefined) query = query.where("record.outcome", "=", filter.outcome);
  if (filter.code !== undefined) query = query.where("record.reason_code", "=", filter.code as ReasonCode);
  if (filter.after !== undefined)
    query = query.where(
      sql<boolean>`(record.flow, record.source_id) > (${filter.after.flow}, ${filter.after.sourceId})`,
    );
  if (filter.text !== undefined) {
    const { text, exact } = filter;
    const label = exact ? text.toLowerCase() : `%${likeText(text)}%`;
    query = query.where((where) =>
      where.or([
        where("record.source_id", "=", text),
        where("link.target_id", "=", text),
        where(sql`lower(record.label)`, exact ? "=" : "like", label),
        ...(exact ? partsOfLabel(text).map((part) => where(sql`lower(record.label)`, "like", part)) : []),
      ]),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    ...toRecord(row),
    flow: row.flow,
    targetId: row.target_id,
    firstSeenAt: row.first_seen_at,
  }));
}

/** How many records stand at each outcome and reason, by flow. */
export async function countRecords(
  executor: Executor,
  integrationId: number,
): Promise<{ flow: string; outcome: Outcome; code: ReasonCode | null; count: number }[]> {
  const rows = await executor
    .selectFrom("record")
    .select(["flow", "outcome", "reason_code", sql<number>`count(*)`.as("count")])
    .where("integration_id", "=", integrationId)
    .groupBy(["flow", "outcome", "reason_code"])
    .orderBy("flow")
    .orderBy("outcome")
    .execute();
  return rows.map((row) => ({ flow: row.flow, outcome: row.outcome, code: row.reason_code, count: Number(row.count) }));
}

function toRecord(row: Selectable<RecordTable>): StoredRecord {
  return {
    sourceId: row.source_id,
    label: row.label,
    outcome: row.outcome,
    reason: row.reason_code === null ? null : { code: row.reason_code, parameters: row.reason_parameters ?? {} },
    notes: row.notes ?? [],
    sourceChangedAt: row.source_changed_at,
    waitsFor: waitsForOf(row),
    retryAt: row.retry_at,
    attempts: row.attempts,
    refusedFingerprint: row.refused_fingerprint,
    wantedAt: row.wanted_at,
    dismissed: row.dismissed,
    updatedAt: row.updated_at,
  };
}

function waitsForOf(row: Selectable<RecordTable>): WaitsFor | null {
  const flow = row.waits_for_flow;
  if (flow === null) return null;
  if (row.waits_for_source_id !== null) return { flow, sourceId: row.waits_for_source_id };
  return row.waits_for_target_id === null ? null : { flow, targetId: row.waits_for_target_id };
}
