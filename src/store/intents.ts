import { type Selectable, sql } from "kysely";
import type { IntentKind, IntentState } from "../core/outcome.ts";
import type { Reason } from "../core/reasons.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { Executor, FlowKey, IntentTable } from "./schema.ts";

/** A write that is decided: what will be sent, and the mapped record it comes from. */
export interface NewIntent {
  readonly sourceId: string;
  readonly label: string;
  readonly notes: readonly Reason[];
  readonly sourceChangedAt: Date | null;
  readonly kind: IntentKind;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly mapped: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  readonly targetId: string | null;
}

export interface Intent extends NewIntent {
  readonly id: number;
  readonly state: IntentState;
  readonly runId: number;
  readonly sentAt: Date | null;
  readonly emptySearches: number;
  readonly message: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Stores intents as sent, before the requests leave (architecture, law 1): call it last in the transaction after which
 * they leave at once. The unique indexes admit one create per business fact.
 * @returns intent id by source id; a record that is missing has an intent already and must not be sent.
 */
export async function intendNow(
  executor: Executor,
  key: FlowKey,
  runId: number,
  intents: readonly NewIntent[],
  now: Date,
): Promise<Map<string, number>> {
  if (intents.length === 0) return new Map();
  const rows = await executor
    .insertInto("intent")
    .values(
      intents.map((intent) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: intent.sourceId,
        kind: intent.kind,
        state: "sent" as const,
        run_id: runId,
        label: storableText(intent.label),
        notes: intent.notes.length === 0 ? null : jsonText(intent.notes),
        source_changed_at: intent.sourceChangedAt,
        payload: jsonText(intent.payload),
        mapped: jsonText(intent.mapped),
        fingerprint: intent.fingerprint,
        target_id: intent.targetId,
        sent_at: now,
        next_search_at: null,
        message: null,
        created_at: now,
        updated_at: now,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(["id", "source_id"])
    .execute();
  return new Map(rows.map((row) => [row.source_id, row.id]));
}

/** What became of an intent. */
export interface SettledIntent {
  readonly id: number;
  readonly state: "confirmed" | "in-doubt" | "failed";
  readonly targetId: string | null;
  readonly message: string | null;
  /** when the vendor is searched (again) for it, for doubtful ones */
  readonly nextSearchAt: Date | null;
}

/** Stores answers; a confirmed or failed intent no longer needs its payload. */
export async function settleIntents(executor: Executor, settled: readonly SettledIntent[], now: Date): Promise<void> {
  if (settled.length === 0) return;
  await sql`
    update intent set
      state = answer.state,
      target_id = coalesce(answer.target_id, intent.target_id),
      message = answer.message,
      next_search_at = answer.next_search_at,
      payload = case when answer.state = 'in-doubt' then intent.payload end,
      mapped = case when answer.state = 'in-doubt' then intent.mapped end,
      updated_at = ${now}
    from unnest(
      ${settled.map((one) => one.id)}::bigint[],
      ${settled.map((one) => one.state)}::text[],
      ${settled.map((one) => one.targetId)}::text[],
      ${settled.map((one) => (one.message === null ? null : storableText(one.message)))}::text[],
      ${settled.map((one) => one.nextSearchAt)}::timestamptz[]
    ) as answer (id, state, target_id, message, next_search_at)
    where intent.id = answer.id and intent.state in ('sent', 'in-doubt')`.execute(executor);
}

/** Forgets intents that provably never left. */
export async function dropUnsent(executor: Executor, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await executor.deleteFrom("intent").where("id", "in", ids).where("state", "=", "sent").execute();
}

/** Takes over what dead runs left: what was sent and has no answer is in doubt. @returns how many. */
export async function recoverIntents(
  executor: Executor,
  key: FlowKey,
  now: Date,
  longestWorkMs: number,
): Promise<number> {
  const ofDeadRun = sql<boolean>`not exists (select from run where run.id = intent.run_id and run.state = 'running' and run.lease_until > ${now})`;
  const result = await executor
    .updateTable("intent")
    .set({
      state: "in-doubt",
      message: "the process ended before the answer came",
      // A create is looked for at once; an update is sent anew when the lost one can no longer land after it.
      next_search_at: sql<Date>`case when kind = 'create' then ${now}::timestamptz else ${new Date(now.getTime() + longestWorkMs)}::timestamptz end`,
      updated_at: now,
    })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("state", "=", "sent")
    .where(ofDeadRun)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Doubtful intents whose time to be searched has come. */
export async function dueDoubtful(executor: Executor, key: FlowKey, now: Date, most: number): Promise<Intent[]> {
  const rows = await executor
    .selectFrom("intent")
    .selectAll()
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("state", "=", "in-doubt")
    .where((where) => where.or([where("next_search_at", "is", null), where("next_search_at", "<=", now)]))
    .orderBy("id")
    .limit(most)
    .execute();
  return rows.map(toIntent);
}

/** When the next doubtful intent of one of the flows is to be searched; null when none is in doubt. */
export async function nextSearchAt(
  executor: Executor,
  integrationId: number,
  flows: readonly string[],
): Promise<Date | null> {
  const row = await executor
    .selectFrom("intent")
    .select(sql<Date | null>`min(coalesce(next_search_at, updated_at))`.as("at"))
    .where("integration_id", "=", integrationId)
    .where("flow", "in", flows)
    .where("state", "=", "in-doubt")
    .executeTakeFirstOrThrow();
  return row.at;
}

/**
 * A search found nothing: counts it and sets when to look again. `first`: the time that must pass is counted from now, by
 * the process of this run.
 */
export async function countEmptySearch(
  executor: Executor,
  id: number,
  next: Date,
  first: { readonly runId: number; readonly now: Date } | null,
): Promise<void> {
  await executor
    .updateTable("intent")
    .set((row) => ({ empty_searches: row("empty_searches", "+", 1), next_search_at: next }))
    .$if(first !== null, (query) => query.set({ run_id: first?.runId ?? 0, updated_at: first?.now ?? next }))
    .where("id", "=", id)
    .execute();
}

/** A search could not be made: sets when it is tried again; nothing is concluded. */
export async function searchLater(executor: Executor, id: number, next: Date): Promise<void> {
  await executor.updateTable("intent").set({ next_search_at: next }).where("id", "=", id).execute();
}

/** Records that have an open intent, by source id. */
export async function findOpenIntents(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
): Promise<Map<string, Intent>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("intent")
    .selectAll()
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("state", "in", ["sent", "in-doubt"])
    .where("source_id", "in", sourceIds)
    .execute();
  return new Map(rows.map((row) => [row.source_id, toIntent(row)]));
}

/** All intents of one record, oldest first, for its timeline. */
export async function intentsOf(executor: Executor, key: FlowKey, sourceId: string): Promise<Intent[]> {
  const rows = await executor
    .selectFrom("intent")
    .selectAll()
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .orderBy("id")
    .execute();
  return rows.map(toIntent);
}

/** The record's target was deleted by people: its confirmed create no longer stands in the way of a new one. */
export async function voidConfirmedCreate(
  executor: Executor,
  key: FlowKey,
  sourceId: string,
  now: Date,
): Promise<void> {
  await executor
    .updateTable("intent")
    .set({ state: "failed", message: "the record was deleted at the target", updated_at: now })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .where("kind", "=", "create")
    .where("state", "=", "confirmed")
    .execute();
}

function toIntent(row: Selectable<IntentTable>): Intent {
  return {
    id: row.id,
    sourceId: row.source_id,
    label: row.label,
    notes: row.notes ?? [],
    sourceChangedAt: row.source_changed_at,
    kind: row.kind,
    state: row.state,
    runId: row.run_id,
    payload: row.payload ?? {},
    mapped: row.mapped ?? {},
    fingerprint: row.fingerprint,
    targetId: row.target_id,
    sentAt: row.sent_at,
    emptySearches: row.empty_searches,
    message: row.message,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Lets the doubtful intents of a flow be searched at once, because a person asked. */
export async function searchNow(executor: Executor, key: FlowKey, now: Date): Promise<void> {
  await executor
    .updateTable("intent")
    .set({ next_search_at: now })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("state", "=", "in-doubt")
    .execute();
}
