import type { Kysely } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { TokenVault } from "../core/ledger.ts";
import { lockToken, readToken, saveToken } from "./access-token-rows.ts";
import { renewOnce } from "./renew-once.ts";
import type { Schema } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** The access tokens of all connections, sealed, and renewed by one process at a time (architecture, law 8). */
export function createTokenVault(database: Kysely<Schema>, seal: Seal, clock: Clock): TokenVault {
  let last: Promise<unknown> = Promise.resolve();
  return {
    current: (connectionId) => readToken(database, seal, connectionId),
    renew: (connectionId, stale, signIn) =>
      database.transaction().execute(async (transaction) => {
        await lockToken(transaction, connectionId);
        const present = await readToken(transaction, seal, connectionId);
        if (present !== null && present.token !== stale) return present;
        const fresh = await signIn();
        await saveToken(transaction, seal, connectionId, fresh);
        return fresh;
      }),
    renewOnce: (connectionId, stale, signIn) => {
      // One after the other: each holds a connection to the database while it needs another one for its note.
      const renewed = last.then(() => renewOnce({ database, seal, clock }, connectionId, stale, signIn));
      last = renewed.catch(() => undefined);
      return renewed;
    },
  };
}
