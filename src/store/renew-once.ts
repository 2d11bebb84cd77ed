/** Renewals of tokens with secrets that work once: never sent twice, whatever dies in the middle (architecture, law 8). */
import type { Kysely } from "kysely";
import type { Clock } from "../core/clock.ts";
import type { AccessToken } from "../core/connector.ts";
import { NeedsPerson, RetryLater } from "../core/errors.ts";
import { fingerprint } from "../core/fingerprint.ts";
import type { SingleUse, StaleToken } from "../core/ledger.ts";
import { lockToken, readToken, saveToken } from "./access-token-rows.ts";
import { connectionSecrets } from "./connections.ts";
import { jsonText } from "./json-text.ts";
import type { Executor, Schema } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** When a renewal that could not be asked ahead of the token's end is tried again. */
const tryAgainMs = 600_000;

interface Vault {
  readonly database: Kysely<Schema>;
  readonly seal: Seal;
  readonly clock: Clock;
}

type Renewed =
  | { readonly kind: "token"; readonly token: AccessToken }
  /** what was decided in the transaction is kept, and this is thrown after it */
  | { readonly kind: "failed"; readonly error: unknown };

/**
 * Renews a connection's token as `TokenVault.renewOnce` says. The note that a renewal is under way is a committed row of its
 * own before anything leaves, and goes away in the transaction that saves what came of it.
 */
export async function renewOnce(
  vault: Vault,
  connectionId: number,
  stale: StaleToken & { readonly vendor: string },
  signIn: (given: SingleUse) => Promise<AccessToken>,
): Promise<AccessToken> {
  const renewed = await vault.database.transaction().execute(async (transaction): Promise<Renewed> => {
    await lockToken(transaction, connectionId);
    const present = await readToken(transaction, vault.seal, connectionId);
    if (present !== null && present.token !== stale.token) return { kind: "token", token: present };
    const secrets = await connectionSecrets(transaction, vault.seal, connectionId);
    const left = present !== null && !stale.refused && present.expiresAt > vault.clock.now() ? present : null;
    if (await isNoted(transaction, connectionId, secrets)) return lost(stale.vendor, left);
    let sent = false;
    const leaving = async () => {
      await noteRenewal(vault, connectionId, secrets);
      sent = true;
    };
    try {
      const { renewedSecrets, ...fresh } = await signIn({ secrets, leaving });
      await saveBoth(transaction, vault.seal, connectionId, fresh, renewedSecrets);
      return { kind: "token", token: fresh };
    } catch (error) {
      if (sent && mayBeUsedUp(error)) return lost(stale.vendor, left);
      await forgetNote(transaction, connectionId);
      return failed(error, left, vault.clock.now());
    }
  });
  if (renewed.kind === "failed") throw renewed.error;
  return renewed.token;
}

/** A renewal whose note stands: since when, and until when the token that is left works. */
export interface LostRenewal {
  readonly startedAt: Date;
  readonly worksUntil: Date | null;
}

/** The renewal of a connection that is under way or was lost; null where there is none. */
export async function readLostRenewal(
  executor: Executor,
  seal: Seal,
  connectionId: number,
): Promise<LostRenewal | null> {
  const note = await readNote(executor, connectionId);
  if (note === null) return null;
  const secrets = await connectionSecrets(executor, seal, connectionId);
  if (note.digest !== fingerprint(secrets)) return null;
  const token = await readToken(executor, seal, connectionId);
  return { startedAt: note.startedAt, worksUntil: token === null ? null : new Date(token.expiresAt) };
}

/** Nothing is sent again; the token that is left works until its end. */
function lost(vendor: string, left: AccessToken | null): Renewed {
  if (left !== null) return { kind: "token", token: { ...left, renewAt: left.expiresAt } };
  const action = { code: "renewal-lost", parameters: { vendor } } as const;
  const message = `The answer of ${vendor} to a renewal of the access token was lost, and none is left`;
  return { kind: "failed", error: new NeedsPerson(action, message) };
}

/** Only a clear answer says that the secrets are as they were; our own mistakes after they left do not. */
function mayBeUsedUp(error: unknown): boolean {
  if (error instanceof NeedsPerson) return false;
  return !(error instanceof RetryLater) || error.inDoubt;
}

/** A renewal ahead of the end that cannot be had for now leaves the token as it is. */
function failed(error: unknown, left: AccessToken | null, now: number): Renewed {
  if (!(error instanceof RetryLater) || left === null) return { kind: "failed", error };
  const again = Math.max(error.after.getTime(), now + tryAgainMs);
  return { kind: "token", token: { ...left, renewAt: Math.min(left.expiresAt, again) } };
}

async function saveBoth(
  executor: Executor,
  seal: Seal,
  connectionId: number,
  token: AccessToken,
  secrets: AccessToken["renewedSecrets"],
): Promise<void> {
  if (secrets === undefined)
    throw new Error(`the renewal of connection ${connectionId} gave no secrets in place of those it used up`);
  await saveToken(executor, seal, connectionId, token);
  await executor
    .updateTable("connection")
    .set({ secrets: seal.seal(jsonText(secrets)) })
    .where("id", "=", connectionId)
    .execute();
  await forgetNote(executor, connectionId);
}

/** A note counts for the secrets that it was made with: those that came since have not been used. */
async function isNoted(
  executor: Executor,
  connectionId: number,
  secrets: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  return (await readNote(executor, connectionId))?.digest === fingerprint(secrets);
}

async function readNote(executor: Executor, connectionId: number) {
  const row = await executor
    .selectFrom("token_renewal")
    .select(["secrets_digest", "started_at"])
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  return row === undefined ? null : { digest: row.secrets_digest, startedAt: row.started_at };
}

async function noteRenewal(
  { database, clock }: Vault,
  connectionId: number,
  secrets: Readonly<Record<string, unknown>>,
): Promise<void> {
  const note = { secrets_digest: fingerprint(secrets), started_at: new Date(clock.now()) };
  await database
    .insertInto("token_renewal")
    .values({ connection_id: connectionId, ...note })
    .onConflict((conflict) => conflict.column("connection_id").doUpdateSet(note))
    .execute();
}

async function forgetNote(executor: Executor, connectionId: number): Promise<void> {
  await executor.deleteFrom("token_renewal").where("connection_id", "=", connectionId).execute();
}
