import type { Selectable } from "kysely";
import type { Facts } from "../core/connector.ts";
import type { Reason } from "../core/reasons.ts";
import { jsonText } from "./json-text.ts";
import type { ConnectionTable, Executor } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** One authorised account at one vendor, without its secrets. */
export interface Connection {
  readonly id: number;
  readonly name: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  readonly needsPerson: Reason | null;
  readonly createdAt: Date;
  readonly checkedAt: Date | null;
}

/** What a new or renewed connection is made of. */
export interface NewConnection {
  readonly name: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
}

/** Saves a connection; one of the same name and vendor is renewed and keeps its integrations. */
export async function saveConnection(
  executor: Executor,
  seal: Seal,
  connection: NewConnection,
  now: Date,
): Promise<number> {
  const values = {
    settings: jsonText(connection.settings),
    secrets: seal.seal(jsonText(connection.secrets)),
    facts: jsonText(connection.facts),
    needs_person: null,
    checked_at: now,
  };
  const { id } = await executor
    .insertInto("connection")
    .values({ name: connection.name, vendor: connection.vendor, created_at: now, ...values })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet(values).where("connection.vendor", "=", connection.vendor),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  await executor.deleteFrom("access_token").where("connection_id", "=", id).execute();
  return id;
}

export async function listConnections(executor: Executor): Promise<Connection[]> {
  const rows = await executor.selectFrom("connection").selectAll().orderBy("name").execute();
  return rows.map(toConnection);
}

export async function findConnection(
  executor: Executor,
  by: { id: number } | { name: string },
): Promise<Connection | null> {
  const query = executor.selectFrom("connection").selectAll();
  const row = await ("id" in by ? query.where("id", "=", by.id) : query.where("name", "=", by.name)).executeTakeFirst();
  return row === undefined ? null : toConnection(row);
}

/** The secrets of a connection, opened; they leave this function only towards the vendor. */
export async function connectionSecrets(executor: Executor, seal: Seal, id: number): Promise<Record<string, unknown>> {
  const { secrets } = await executor
    .selectFrom("connection")
    .select("secrets")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return JSON.parse(seal.open(secrets)) as Record<string, unknown>;
}

/** Keeps what a probe found. */
export async function saveFacts(executor: Executor, id: number, facts: Facts, now: Date): Promise<void> {
  await executor
    .updateTable("connection")
    .set({ facts: jsonText(facts), checked_at: now })
    .where("id", "=", id)
    .execute();
}

/** Marks that a person must act before the connection works again, or (with null) that they have. */
export async function setNeedsPerson(executor: Executor, id: number, reason: Reason | null): Promise<void> {
  await executor
    .updateTable("connection")
    .set({ needs_person: reason === null ? null : jsonText(reason) })
    .where("id", "=", id)
    .execute();
}

function toConnection(row: Selectable<ConnectionTable>): Connection {
  return {
    id: row.id,
    name: row.name,
    vendor: row.vendor,
    settings: row.settings,
    facts: row.facts,
    needsPerson: row.needs_person,
    createdAt: row.created_at,
    checkedAt: row.checked_at,
  };
}
