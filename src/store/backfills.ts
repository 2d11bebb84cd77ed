import { type Selectable, sql } from "kysely";
import type { OutcomeCounts } from "../core/outcome.ts";
import { noOutcomes } from "../core/outcome.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { BackfillTable, Executor, FlowKey } from "./schema.ts";

export type BackfillState = "running" | "paused" | "done" | "cancelled";

/** History that is brought in once, newest first. Days are YYYY-MM-DD. */
export interface Backfill extends FlowKey {
  readonly id: number;
  /** the first business day that is wanted */
  readonly since: string;
  /** the last business day that is not done yet */
  readonly until: string;
  readonly state: BackfillState;
  /** what was said of it before it began */
  readonly forecast: Readonly<Record<string, unknown>>;
  /** what its runs have done so far */
  readonly counts: OutcomeCounts;
  /** calls by "vendor METHOD status" */
  readonly calls: Readonly<Record<string, number>>;
  /** until when a run that has not ended holds it; null where none does */
  readonly heldUntil: Date | null;
  /** why it rests, and until when */
  readonly message: string | null;
  readonly resumesAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Stores a backfill. @returns its id, or null where one of the flow is open already. */
export async function addBackfill(
  executor: Executor,
  key: FlowKey,
  wanted: { since: string; until: string; forecast: Readonly<Record<string, unknown>> },
  now: Date,
): Promise<number | null> {
  const row = await executor
    .insertInto("backfill")
    .values({
      integration_id: key.integrationId,
      flow: key.flow,
      since: wanted.since,
      until: wanted.until,
      state: "running",
      forecast: jsonText(wanted.forecast),
      message: null,
      resumes_at: null,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Backfills, newest first. */
export async function listBackfills(
  executor: Executor,
  filter: { integrationId?: number; flow?: string; open?: boolean; most: number },
): Promise<Backfill[]> {
  let query = executor
    .selectFrom("backfill")
    .selectAll()
    // As text: a date has no time zone, and must not get one.
    .select([sql<string>`since::text`.as("first"), sql<string>`until::text`.as("last")])
    .orderBy("id", "desc")
    .limit(filter.most);
  if (filter.integrationId !== undefined) query = query.where("integration_id", "=", filter.integrationId);
  if (filter.flow !== undefined) query = query.where("flow", "=", filter.flow);
  if (filter.open === true) query = query.where("state", "in", ["running", "paused"]);
  const rows = await query.execute();
  return Promise.all(rows.map(async (row) => ({ ...toBackfill(row), ...(await doneBy(executor, row)) })));
}

/** What the runs of a backfill did: of a flow one is open at a time, so they are those since it was asked for. */
async function doneBy(
  executor: Executor,
  { integration_id, flow, created_at, updated_at, state }: Selectable<BackfillTable>,
): Promise<Pick<Backfill, "counts" | "calls" | "heldUntil">> {
  let query = executor
    .selectFrom("run")
    .select(["counts", "calls", "state", "lease_until"])
    .where("integration_id", "=", integration_id)
    .where("flow", "=", flow)
    .where("trigger", "=", "backfill")
    .where("started_at", ">=", created_at);
  if (state === "done" || state === "cancelled") query = query.where("started_at", "<=", updated_at);
  const done = { counts: noOutcomes(), calls: {} as Record<string, number>, heldUntil: null as Date | null };
  for (const run of await query.execute()) {
    add(done.counts, run.counts);
    add(done.calls, run.calls);
    if (run.state === "running") done.heldUntil = run.lease_until;
  }
  return done;
}

function add(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}

/** The backfill of a flow that is running or paused, or null. */
export async function findOpenBackfill(executor: Executor, { integrationId, flow }: FlowKey): Promise<Backfill | null> {
  const [open] = await listBackfills(executor, { integrationId, flow, open: true, most: 1 });
  return open ?? null;
}

/** The earliest day that a backfill was asked for, by flow; a cancelled one asks for nothing any more. */
export async function reachedBack(executor: Executor, integrationId: number): Promise<ReadonlyMap<string, string>> {
  const rows = await executor
    .selectFrom("backfill")
    .select(["flow", sql<string>`min(since)::text`.as("first")])
    .where("integration_id", "=", integrationId)
    .where("state", "!=", "cancelled")
    .groupBy("flow")
    .execute();
  return new Map(rows.map(({ flow, first }) => [flow, first]));
}

/**
 * Backfills that may go on now and that no living run is at, of integrations that are not paused and whose connections
 * need no person.
 */
export async function dueBackfills(executor: Executor, now: Date, most: number): Promise<FlowKey[]> {
  const rows = await executor
    .selectFrom("backfill")
    .innerJoin("integration", "integration.id", "backfill.integration_id")
    .innerJoin("connection as source", "source.id", "integration.source_connection_id")
    .innerJoin("connection as target", "target.id", "integration.target_connection_id")
    .select(["backfill.integration_id", "backfill.flow"])
    .where("backfill.state", "=", "running")
    .where((where) => where.or([where("resumes_at", "is", null), where("resumes_at", "<=", now)]))
    .where("integration.paused", "=", false)
    .where("source.needs_person", "is", null)
    .where("target.needs_person", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("run")
            .select("run.id")
            .whereRef("run.integration_id", "=", "backfill.integration_id")
            .whereRef("run.flow", "=", "backfill.flow")
            .where("run.trigger", "=", "backfill")
            .where("run.state", "=", "running")
            .where("run.lease_until", ">", now),
        ),
      ),
    )
    .orderBy("backfill.id")
    .limit(most)
    .execute();
  return rows.map((row) => ({ integrationId: row.integration_id, flow: row.flow }));
}

/** Pauses the backfills of flows that the integration no longer has: nobody would do them, or could end them. */
export async function pauseBackfillsOf(
  executor: Executor,
  integrationId: number,
  flows: readonly { readonly name: string }[],
  now: Date,
): Promise<void> {
  await executor
    .updateTable("backfill")
    .set({ state: "paused", updated_at: now })
    .where("integration_id", "=", integrationId)
    .where("state", "=", "running")
    .where(
      "flow",
      "not in",
      flows.map(({ name }) => name),
    )
    .execute();
}

/** What changes of a backfill as it goes. */
export interface BackfillChange {
  readonly until?: string;
  readonly state?: BackfillState;
  readonly message?: string | null;
  readonly resumesAt?: Date | null;
}

/** Changes an open backfill. @returns false when it was ended meanwhile. */
export async function updateBackfill(
  executor: Executor,
  id: number,
  change: BackfillChange,
  now: Date,
): Promise<boolean> {
  const result = await executor
    .updateTable("backfill")
    .set({
      updated_at: now,
      ...(change.until === undefined ? {} : { until: change.until }),
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.message === undefined
        ? {}
        : { message: change.message === null ? null : storableText(change.message) }),
      ...(change.resumesAt === undefined ? {} : { resumes_at: change.resumesAt }),
    })
    .where("id", "=", id)
    .where("state", "in", ["running", "paused"])
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function toBackfill(
  row: Selectable<BackfillTable> & { first: string; last: string },
): Omit<Backfill, "counts" | "calls" | "heldUntil"> {
  return {
    id: row.id,
    integrationId: row.integration_id,
    flow: row.flow,
    since: row.first,
    until: row.last,
    state: row.state,
    forecast: row.forecast,
    message: row.message,
    resumesAt: row.resumes_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
