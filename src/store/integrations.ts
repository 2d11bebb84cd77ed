import { type Selectable, sql } from "kysely";
import { jsonText } from "./json-text.ts";
import type { Executor, IntegrationTable } from "./schema.ts";

/** A pair of connections plus its options and its flavour. */
export interface Integration {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly flavour: string;
  readonly sourceConnectionId: number;
  readonly targetConnectionId: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
  readonly createdAt: Date;
}

/** An arbitrary number that all processes take as the lock under which integrations are added. */
const addingLock = 7_340_023;

/** Lets no other integration be added until this transaction ends, so that what stands beside it is certain. */
export async function lockAdding(executor: Executor): Promise<void> {
  await sql`select pg_advisory_xact_lock(${addingLock})`.execute(executor);
}

/** Adds an integration. @returns its id, or null when the name is taken. */
export async function addIntegration(
  executor: Executor,
  integration: Omit<Integration, "id" | "paused">,
): Promise<number | null> {
  const row = await executor
    .insertInto("integration")
    .values({
      name: integration.name,
      kind: integration.kind,
      flavour: integration.flavour,
      source_connection_id: integration.sourceConnectionId,
      target_connection_id: integration.targetConnectionId,
      options: jsonText(integration.options),
      created_at: integration.createdAt,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning("id")
    .executeTakeFirst();
  return row?.id ?? null;
}

export async function listIntegrations(executor: Executor): Promise<Integration[]> {
  const rows = await executor.selectFrom("integration").selectAll().orderBy("name").execute();
  return rows.map(toIntegration);
}

/** The integrations of which one of the connections is a side. */
export async function integrationsOf(executor: Executor, connectionIds: readonly number[]): Promise<Integration[]> {
  if (connectionIds.length === 0) return [];
  const rows = await executor
    .selectFrom("integration")
    .selectAll()
    .where(({ or, eb }) =>
      or([eb("source_connection_id", "in", connectionIds), eb("target_connection_id", "in", connectionIds)]),
    )
    .orderBy("name")
    .execute();
  return rows.map(toIntegration);
}

export async function findIntegration(
  executor: Executor,
  by: { id: number } | { name: string },
): Promise<Integration | null> {
  const query = executor.selectFrom("integration").selectAll();
  const row = await ("id" in by ? query.where("id", "=", by.id) : query.where("name", "=", by.name)).executeTakeFirst();
  return row === undefined ? null : toIntegration(row);
}

/** Reads an integration that nobody else changes until this transaction ends. */
export async function lockIntegration(executor: Executor, id: number): Promise<Integration | null> {
  const row = await executor.selectFrom("integration").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  return row === undefined ? null : toIntegration(row);
}

/** Changes options, flavour or the pause; cursors stay where they are (architecture, law 3). */
export async function updateIntegration(
  executor: Executor,
  id: number,
  change: { options?: Readonly<Record<string, unknown>>; paused?: boolean; flavour?: string },
): Promise<void> {
  await executor
    .updateTable("integration")
    .set({
      ...(change.options === undefined ? {} : { options: jsonText(change.options) }),
      ...(change.paused === undefined ? {} : { paused: change.paused }),
      ...(change.flavour === undefined ? {} : { flavour: change.flavour }),
    })
    .where("id", "=", id)
    .execute();
}

function toIntegration(row: Selectable<IntegrationTable>): Integration {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    flavour: row.flavour,
    sourceConnectionId: row.source_connection_id,
    targetConnectionId: row.target_connection_id,
    options: row.options,
    paused: row.paused,
    createdAt: row.created_at,
  };
}
