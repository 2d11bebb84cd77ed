import type { AccessToken } from "../core/connector.ts";
import type { Executor } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** Takes the lock under which a connection's token is renewed and its secrets are replaced, until the transaction ends. */
export async function lockToken(transaction: Executor, connectionId: number): Promise<void> {
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
}

/** Stores a token, or with null that there is none. */
export async function saveToken(
  executor: Executor,
  seal: Seal,
  connectionId: number,
  token: AccessToken | null,
): Promise<void> {
  const renewAt = token?.renewAt;
  await executor
    .updateTable("access_token")
    .set({
      token: token === null ? null : seal.seal(token.token),
      expires_at: token === null ? null : new Date(token.expiresAt),
      renew_at: renewAt === undefined ? null : new Date(renewAt),
    })
    .where("connection_id", "=", connectionId)
    .execute();
}

export async function readToken(executor: Executor, seal: Seal, connectionId: number): Promise<AccessToken | null> {
  const row = await executor
    .selectFrom("access_token")
    .select(["token", "expires_at", "renew_at"])
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  if (row === undefined || row.token === null || row.expires_at === null) return null;
  const renewAt = row.renew_at === null ? {} : { renewAt: row.renew_at.getTime() };
  return { token: seal.open(row.token), expiresAt: row.expires_at.getTime(), ...renewAt };
}
