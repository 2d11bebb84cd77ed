import { sql } from "kysely";
import type { Reason } from "../core/reasons.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** Where a flow's reading stands. All times as milliseconds since 1970. */
export interface Cursor {
  /** records changed at or after this are read by the next pass; null = all */
  readonly since: number | null;
  /** where an interrupted pass goes on, with the watermark taken when it began */
  readonly pass: { readonly position: string; readonly watermark: number } | null;
}

/** Makes the states of the given flows where they do not exist; existing ones keep cursor and schedule. */
export async function ensureFlowStates(
  executor: Executor,
  integrationId: number,
  flows: readonly { name: string; everyMinutes: number }[],
  nextRunAt: Date,
): Promise<void> {
  if (flows.length === 0) return;
  await executor
    .insertInto("flow_state")
    .values(
      flows.map((flow) => ({
        integration_id: integrationId,
        flow: flow.name,
        cursor_since: null,
        pass_position: null,
        pass_watermark: null,
        every_minutes: flow.everyMinutes,
        next_run_at: nextRunAt,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function readCursor(executor: Executor, key: FlowKey): Promise<Cursor> {
  const row = await executor
    .selectFrom("flow_state")
    .select(["cursor_since", "pass_position", "pass_watermark"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .executeTakeFirstOrThrow();
  const pass =
    row.pass_position === null || row.pass_watermark === null
      ? null
      : { position: row.pass_position, watermark: row.pass_watermark.getTime() };
  return { since: row.cursor_since?.getTime() ?? null, pass };
}

/** Moves the cursor; call it in the transaction that stores the outcomes of the records behind it (law 3). */
export async function saveCursor(executor: Executor, key: FlowKey, cursor: Cursor): Promise<void> {
  await executor
    .updateTable("flow_state")
    .set({
      cursor_since: cursor.since === null ? null : new Date(cursor.since),
      pass_position: cursor.pass?.position ?? null,
      pass_watermark: cursor.pass === null ? null : new Date(cursor.pass.watermark),
    })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .execute();
}

export async function scheduleFlow(
  executor: Executor,
  key: FlowKey,
  change: { nextRunAt?: Date; everyMinutes?: number; stretchedMinutes?: number | null },
): Promise<void> {
  await executor
    .updateTable("flow_state")
    .set({
      ...(change.nextRunAt === undefined ? {} : { next_run_at: change.nextRunAt }),
      ...(change.everyMinutes === undefined ? {} : { every_minutes: change.everyMinutes }),
      ...(change.stretchedMinutes === undefined ? {} : { stretched_minutes: change.stretchedMinutes }),
    })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .execute();
}

/** Holds the state of a flow until the transaction ends, so that decisions about the flow come one after another. */
export async function lockFlow(executor: Executor, key: FlowKey): Promise<void> {
  await executor
    .selectFrom("flow_state")
    .select("flow")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .forUpdate()
    .execute();
}

/** A flow that is due, claimed for this caller: its next time is already set. */
export interface DueFlow extends FlowKey {
  readonly dueAt: Date;
}

/**
 * Takes the flows whose time has come and sets their next time, so that no other process takes them too. Flows of an
 * integration that is paused, or with a connection that waits for a person, stay due until that has passed. Call it in
 * a transaction that also queues them.
 */
export async function claimDueFlows(executor: Executor, now: Date, most: number): Promise<DueFlow[]> {
  const due = await executor
    .selectFrom("flow_state")
    .innerJoin("integration", "integration.id", "flow_state.integration_id")
    .innerJoin("connection as source", "source.id", "integration.source_connection_id")
    .innerJoin("connection as target", "target.id", "integration.target_connection_id")
    .select(["flow_state.integration_id", "flow_state.flow", "flow_state.next_run_at"])
    .select(sql<number>`coalesce(flow_state.stretched_minutes, flow_state.every_minutes)`.as("every_minutes"))
    .where("integration.paused", "=", false)
    .where("source.needs_person", "is", null)
    .where("target.needs_person", "is", null)
    .where("next_run_at", "<=", now)
    .orderBy("next_run_at")
    .limit(most)
    .forUpdate("flow_state")
    .skipLocked()
    .execute();
  if (due.length === 0) return [];
  await sql`
    update flow_state set next_run_at = claimed.next_run_at
    from unnest(
      ${due.map((flow) => flow.integration_id)}::integer[],
      ${due.map((flow) => flow.flow)}::text[],
      ${due.map((flow) => nextTime(flow.next_run_at, flow.every_minutes, now))}::timestamptz[]
    ) as claimed (integration_id, flow, next_run_at)
    where flow_state.integration_id = claimed.integration_id and flow_state.flow = claimed.flow`.execute(executor);
  return due.map((flow) => ({ integrationId: flow.integration_id, flow: flow.flow, dueAt: flow.next_run_at }));
}

/** The next time on the flow's own grid, so that a late start does not shift the schedule; never in the past. */
function nextTime(dueAt: Date, everyMinutes: number, now: Date): Date {
  const everyMs = everyMinutes * 60_000;
  const missed = Math.floor((now.getTime() - dueAt.getTime()) / everyMs);
  return new Date(dueAt.getTime() + (missed + 1) * everyMs);
}

/** Where a flow's schedule stands. */
export interface FlowState {
  readonly flow: string;
  /** as it was set */
  readonly everyMinutes: number;
  /** as it runs, where the day's calls cannot carry what was set */
  readonly stretchedMinutes: number | null;
  readonly nextRunAt: Date;
  /** why nothing is made by itself until a person has looked; null = it goes on */
  readonly needsPerson: Reason | null;
  readonly since: Date | null;
}

/** The states of all flows of an integration. */
export async function listFlowStates(executor: Executor, integrationId: number): Promise<FlowState[]> {
  const rows = await executor
    .selectFrom("flow_state")
    .selectAll()
    .where("integration_id", "=", integrationId)
    .execute();
  return rows.map((row) => ({
    flow: row.flow,
    everyMinutes: row.every_minutes,
    stretchedMinutes: row.stretched_minutes,
    nextRunAt: row.next_run_at,
    needsPerson: row.needs_person,
    since: row.cursor_since,
  }));
}
