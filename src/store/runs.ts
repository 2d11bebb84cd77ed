import { type Selectable, sql } from "kysely";
import type { OutcomeCounts, Trigger } from "../core/outcome.ts";
import { noOutcomes } from "../core/outcome.ts";
import { jsonText, storableText } from "./json-text.ts";
import { lifelineSpace } from "./open-store.ts";
import type { Executor, FlowKey, RunScope, RunState, RunTable } from "./schema.ts";

/** One execution of one flow. */
export interface Run extends FlowKey {
  readonly id: number;
  readonly trigger: Trigger;
  readonly process: string;
  readonly state: RunState;
  readonly counts: OutcomeCounts;
  readonly calls: Readonly<Record<string, number>>;
  readonly message: string | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly leaseUntil: Date;
}

/** What a claim came to: a new run of ours, or the living run of another process. */
export type RunClaim =
  | { readonly kind: "claimed"; readonly runId: number }
  | { readonly kind: "held"; readonly by: Run | null };

/**
 * Starts a run of a flow, unless one is alive. A run belongs to a dead process when its lease is over, or when nobody
 * holds the lifeline lock of its process any more; it is marked abandoned and its place is taken. The unique index on
 * running runs makes this safe across processes. A backfill has a place of its own beside the regular run.
 */
export async function claimRun(
  executor: Executor,
  key: FlowKey,
  claim: { trigger: Trigger; scope: RunScope; process: string; lifeline: string; now: Date; leaseUntil: Date },
): Promise<RunClaim> {
  await sql`
    update run set state = 'abandoned', ended_at = ${claim.now}, message = 'its process is gone'
    where integration_id = ${key.integrationId} and flow = ${key.flow} and state = 'running'
      and (trigger = 'backfill') = ${claim.trigger === "backfill"}
      and (lease_until <= ${claim.now} or pg_try_advisory_xact_lock(${lifelineSpace}, hashtext(lifeline)))`.execute(
    executor,
  );
  const row = await executor
    .insertInto("run")
    .values({
      integration_id: key.integrationId,
      flow: key.flow,
      trigger: claim.trigger,
      scope: claim.scope,
      process: claim.process,
      lifeline: claim.lifeline,
      state: "running",
      lease_until: claim.leaseUntil,
      counts: jsonText(noOutcomes()),
      calls: "{}",
      message: null,
      started_at: claim.now,
      ended_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (row !== undefined) return { kind: "claimed", runId: row.id };
  const living = await listRuns(executor, { ...key, state: "running", most: 2 });
  const holder = living.find(({ trigger }) => (trigger === "backfill") === (claim.trigger === "backfill"));
  return { kind: "held", by: holder ?? null };
}

/** What a run reports of itself while it goes. */
export interface RunProgress {
  readonly counts: OutcomeCounts;
  readonly calls: Readonly<Record<string, number>>;
}

/** Renews the lease and reports progress. @returns false when the run was abandoned: its process must write nothing more. */
export async function renewRun(
  executor: Executor,
  runId: number,
  progress: RunProgress,
  leaseUntil: Date,
): Promise<boolean> {
  const result = await executor
    .updateTable("run")
    .set({ lease_until: leaseUntil, counts: jsonText(progress.counts), calls: jsonText(progress.calls) })
    .where("id", "=", runId)
    .where("state", "=", "running")
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Ends a run. @returns false when it had been abandoned. */
export async function endRun(
  executor: Executor,
  runId: number,
  end: RunProgress & { state: Exclude<RunState, "running">; message: string | null; now: Date },
): Promise<boolean> {
  const result = await executor
    .updateTable("run")
    .set({
      state: end.state,
      counts: jsonText(end.counts),
      calls: jsonText(end.calls),
      message: end.message === null ? null : storableText(end.message),
      ended_at: end.now,
    })
    .where("id", "=", runId)
    .where("state", "=", "running")
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Whether a run was one of this process. */
export async function isRunOf(executor: Executor, runId: number, process: string): Promise<boolean> {
  const query = executor.selectFrom("run").select("id").where("id", "=", runId).where("process", "=", process);
  return (await query.executeTakeFirst()) !== undefined;
}

/** Runs, newest first. */
export async function listRuns(
  executor: Executor,
  filter: { integrationId?: number; flow?: string; state?: RunState; scope?: RunScope; most: number },
): Promise<Run[]> {
  let query = executor.selectFrom("run").selectAll().orderBy("id", "desc").limit(filter.most);
  if (filter.integrationId !== undefined) query = query.where("integration_id", "=", filter.integrationId);
  if (filter.flow !== undefined) query = query.where("flow", "=", filter.flow);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  if (filter.scope !== undefined) query = query.where("scope", "=", filter.scope);
  return (await query.execute()).map(toRun);
}

function toRun(row: Selectable<RunTable>): Run {
  return {
    id: row.id,
    integrationId: row.integration_id,
    flow: row.flow,
    trigger: row.trigger,
    process: row.process,
    state: row.state,
    counts: row.counts,
    calls: row.calls,
    message: row.message,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    leaseUntil: row.lease_until,
  };
}
