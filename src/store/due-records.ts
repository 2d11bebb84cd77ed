/** Records that are to be looked at again: those whose time has come, and those whose parents have arrived. */
import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

/** A record whose time to be tried again has come. */
export interface DueRecord {
  readonly sourceId: string;
  readonly label: string;
  readonly retryAt: Date;
  /** its last change at the source, as far as it is known */
  readonly changedAt: Date | null;
}

/** Records whose time to be tried again has come, longest waiting first, a page at a time. */
export async function dueRecords(
  executor: Executor,
  key: FlowKey,
  now: Date,
  page: { readonly after: DueRecord | null; readonly most: number },
): Promise<DueRecord[]> {
  const { after, most } = page;
  let query = allDue(executor, key, now).orderBy("retry_at").orderBy("source_id").limit(most);
  if (after !== null)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("retry_at", "source_id"), ">", tuple(after.retryAt, after.sourceId)),
    );
  return (await query.execute()).map((row) => toDue(row, now));
}

/**
 * The same, what changed first at the source first, and of one moment the lower number. One whose change is not known yet
 * comes by the time it became due.
 */
export async function dueByChange(
  executor: Executor,
  key: FlowKey,
  now: Date,
  page: { readonly after: DueRecord | null; readonly most: number },
): Promise<DueRecord[]> {
  const { after, most } = page;
  const place = sql`(coalesce(source_changed_at, retry_at), length(label), label, source_id)`;
  let query = allDue(executor, key, now).orderBy(place).limit(most);
  if (after !== null) {
    const { changedAt, retryAt, label, sourceId } = after;
    const last = sql`(${changedAt ?? retryAt}::timestamptz, length(${label}::text), ${label}::text, ${sourceId}::text)`;
    query = query.where(sql<boolean>`${place} > ${last}`);
  }
  return (await query.execute()).map((row) => toDue(row, now));
}

/** Whether any of the flows has a write that was sent or is in doubt, or a record whose time has come. */
export async function hasOpenWork(
  executor: Executor,
  integrationId: number,
  flows: readonly string[],
  now: Date,
): Promise<boolean> {
  if (flows.length === 0) return false;
  const { rows } = await sql<{ open: boolean }>`select
    exists (select from intent where integration_id = ${integrationId} and flow = any(${flows}::text[])
      and state in ('sent', 'in-doubt'))
    or exists (select from record where integration_id = ${integrationId} and flow = any(${flows}::text[])
      and retry_at <= ${now}) as open`.execute(executor);
  return rows[0]?.open === true;
}

function allDue(executor: Executor, key: FlowKey, now: Date) {
  return executor
    .selectFrom("record")
    .select(["source_id", "label", "retry_at", "source_changed_at"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("retry_at", "<=", now);
}

interface DueRow {
  readonly source_id: string;
  readonly label: string;
  readonly retry_at: Date | null;
  readonly source_changed_at: Date | null;
}

function toDue(row: DueRow, now: Date): DueRecord {
  return {
    sourceId: row.source_id,
    label: row.label,
    retryAt: row.retry_at ?? now,
    changedAt: row.source_changed_at,
  };
}

const noLongerWaiting = { waits_for_flow: null, waits_for_source_id: null, waits_for_target_id: null };

/**
 * Lets records go on that waited for the given parents, by either of the two ids of their links: call it after the links
 * are stored. @returns the flows that now have due records. */
export async function releaseWaiting(
  executor: Executor,
  parent: FlowKey,
  parentIds: readonly string[],
  now: Date,
): Promise<string[]> {
  if (parentIds.length === 0) return [];
  const released = (executor: Executor) =>
    executor
      .updateTable("record")
      .set({ retry_at: now, ...noLongerWaiting })
      .where("integration_id", "=", parent.integrationId)
      .where("waits_for_flow", "=", parent.flow)
      .returning("flow");
  // Two statements, because each has an index of its own.
  const bySource = await released(executor).where("waits_for_source_id", "in", parentIds).execute();
  const byTarget = await released(executor)
    .where("waits_for_target_id", "in", (where) =>
      where
        .selectFrom("link")
        .select("link.target_id")
        .where("link.integration_id", "=", parent.integrationId)
        .where("link.flow", "=", parent.flow)
        .where("link.source_id", "in", parentIds),
    )
    .execute();
  return [...new Set([...bySource, ...byTarget].map((row) => row.flow))];
}

/**
 * Lets the given records go on whose parents were linked while they were found waiting: the release that came with the
 * link could not see them yet.
 */
export async function releaseOvertaken(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
  now: Date,
): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .updateTable("record")
    .set({ retry_at: now, ...noLongerWaiting })
    .where("record.integration_id", "=", key.integrationId)
    .where("record.flow", "=", key.flow)
    .where("record.source_id", "in", sourceIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("link")
          .select("link.source_id")
          .whereRef("link.integration_id", "=", "record.integration_id")
          .whereRef("link.flow", "=", "record.waits_for_flow")
          .where(({ or, eb }) =>
            or([
              eb("link.source_id", "=", eb.ref("record.waits_for_source_id")),
              eb("link.target_id", "=", eb.ref("record.waits_for_target_id")),
            ]),
          ),
      ),
    )
    .execute();
}
