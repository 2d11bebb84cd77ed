import type { Kysely } from "kysely";
import type { AccessToken } from "../core/connector.ts";
import type { TokenVault } from "../core/ledger.ts";
import type { Executor, Schema } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** The access tokens of all connections, sealed, and renewed by one process at a time (architecture, law 8). */
export function createTokenVault(database: Kysely<Schema>, seal: Seal): TokenVault {
  return {
    current: (connectionId) => readToken(database, seal, connectionId),
    renew: (connectionId, stale, signIn) =>
      database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto("access_token")
          .values({ connection_id: connectionId, token: null, expires_at: null })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await transaction
          .selectFrom("access_token")
          .select("connection_id")
          .where("connection_id", "=", connectionId)
          .forUpdate()
          .execute();
        const present = await readToken(transaction, seal, connectionId);
        if (present !== null && present.token !== stale) return present;
        const fresh = await signIn();
        await transaction
          .updateTable("access_token")
          .set({ token: seal.seal(fresh.token), expires_at: new Date(fresh.expiresAt) })
          .where("connection_id", "=", connectionId)
          .execute();
        return fresh;
      }),
  };
}

async function readToken(executor: Executor, seal: Seal, connectionId: number): Promise<AccessToken | null> {
  const row = await executor
    .selectFrom("access_token")
    .select(["token", "expires_at"])
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  if (row === undefined || row.token === null || row.expires_at === null) return null;
  return { token: seal.open(row.token), expiresAt: row.expires_at.getTime() };
}
