import { type Selectable, sql } from "kysely";
import type { AccessToken, Facts } from "../core/connector.ts";
import type { Reason } from "../core/reasons.ts";
import { lockToken, saveToken } from "./access-token-rows.ts";
import { jsonText } from "./json-text.ts";
import type { ConnectionTable, Executor } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** How long new secrets wait for a renewal of the access token that is under way, before they are tried again later. */
const renewalWaitMs = 500;

/** One authorised account at one vendor, without its secrets. */
export interface Connection {
  readonly id: number;
  readonly name: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  readonly needsPerson: Reason | null;
  readonly createdAt: Date;
  /** when somebody looked at the account for the last time; null: not yet with the secrets that it has now */
  readonly checkedAt: Date | null;
}

/** What a new or renewed connection is made of. */
export interface NewConnection {
  readonly name: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  /** false where nobody could look at the account with these secrets yet; left out: somebody did */
  readonly looked?: boolean;
  /** a token that was got with these secrets, where getting another one would use them up */
  readonly token?: AccessToken | null;
  /** what a person must do before it works, where nobody could try it */
  readonly needsPerson?: Reason | null;
}

/**
 * Saves a connection; one of the same name and vendor is renewed and keeps its integrations. A renewal of its token that is
 * under way ends first, so that it cannot put older secrets over these.
 */
export async function saveConnection(
  executor: Executor,
  seal: Seal,
  connection: NewConnection,
  now: Date,
): Promise<number> {
  const existing = await findConnection(executor, { name: connection.name });
  if (existing !== null) await lockToken(executor, existing.id);
  const { needsPerson = null, token = null, looked = true } = connection;
  const values = {
    settings: jsonText(connection.settings),
    secrets: seal.seal(jsonText(connection.secrets)),
    facts: jsonText(connection.facts),
    needs_person: needsPerson === null ? null : jsonText(needsPerson),
    checked_at: looked ? now : null,
  };
  const { id } = await executor
    .insertInto("connection")
    .values({ name: connection.name, vendor: connection.vendor, created_at: now, ...values })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet(values).where("connection.vendor", "=", connection.vendor),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  await lockToken(executor, id);
  await saveToken(executor, seal, id, token);
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

/** Several connections by their ids; one that does not exist has no entry. */
export async function findConnections(executor: Executor, ids: readonly number[]): Promise<Map<number, Connection>> {
  if (ids.length === 0) return new Map();
  const rows = await executor.selectFrom("connection").selectAll().where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, toConnection(row)]));
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

/**
 * Lays new secrets, which the vendor sent by itself, over those of a connection: it works again, and its old access token
 * is forgotten. Nobody has looked at the account with them yet: the next run does. Call it in a transaction.
 * @param facts what is known of the account besides, laid over what was known before
 * @throws {Error} where a renewal of that token is under way, which must end first (architecture, law 8): try again soon
 */
export async function renewSecrets(
  executor: Executor,
  seal: Seal,
  id: number,
  given: Readonly<Record<string, unknown>>,
  facts: Facts,
): Promise<void> {
  // A renewal waits for the vendor, and whoever waits for it would hold up others.
  await sql`set local lock_timeout = ${sql.lit(`${renewalWaitMs}ms`)}`.execute(executor);
  await executor
    .insertInto("access_token")
    .values({ connection_id: id, token: null, expires_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // The same lock as that of a renewal, and before the secrets are read.
  await executor
    .selectFrom("access_token")
    .select("connection_id")
    .where("connection_id", "=", id)
    .forUpdate()
    .execute();
  const secrets = { ...(await connectionSecrets(executor, seal, id)), ...given };
  await executor
    .updateTable("connection")
    .set({
      secrets: seal.seal(jsonText(secrets)),
      facts: sql`facts || ${jsonText(facts)}::jsonb`,
      needs_person: null,
      checked_at: null,
    })
    .where("id", "=", id)
    .execute();
  await executor
    .updateTable("access_token")
    .set({ token: null, expires_at: null })
    .where("connection_id", "=", id)
    .execute();
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
