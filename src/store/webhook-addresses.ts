/** The addresses that vendors post to: an unguessable token for each connection. */
import { createHash, randomBytes } from "node:crypto";
import type { Connection } from "./connections.ts";
import type { Executor } from "./schema.ts";
import type { Seal } from "./seal.ts";

const tokenBytes = 32;

/** The address of a connection, as people are shown it. */
export interface WebhookAddress {
  /** the secret part of the address */
  readonly token: string;
  readonly madeAt: Date;
  /** the last delivery there that was refused */
  readonly refused: { readonly at: Date; readonly why: string } | null;
}

/** The address of a connection, made where there is none; two callers at once get the same one. */
export async function webhookAddress(
  executor: Executor,
  seal: Seal,
  connectionId: number,
  now: Date,
): Promise<WebhookAddress> {
  const there = await findAddress(executor, seal, connectionId);
  if (there !== null) return there;
  const values = { connection_id: connectionId, ...newToken(seal), made_at: now };
  await executor
    .insertInto("webhook_address")
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await findAddress(executor, seal, connectionId);
  if (made === null) throw new Error(`connection ${connectionId} vanished while its address was made`);
  return made;
}

/** Gives a connection another address; the one before reaches nothing from now on. */
export async function rotateAddress(executor: Executor, seal: Seal, connectionId: number, now: Date): Promise<void> {
  const values = { ...newToken(seal), made_at: now, refused_at: null, refusal: null };
  await executor
    .insertInto("webhook_address")
    .values({ connection_id: connectionId, ...values })
    .onConflict((conflict) => conflict.column("connection_id").doUpdateSet(values))
    .execute();
}

/** What a delivery is checked with. */
export interface AddressedConnection extends Pick<Connection, "id" | "name" | "vendor" | "settings" | "facts"> {
  readonly secrets: Readonly<Record<string, unknown>>;
}

/**
 * The connection that an address belongs to, or null, by one statement. The token is compared by its digest, so timing
 * tells nothing of it.
 */
export async function connectionAtAddress(
  executor: Executor,
  seal: Seal,
  token: string,
): Promise<AddressedConnection | null> {
  const row = await executor
    .selectFrom("webhook_address")
    .innerJoin("connection", "connection.id", "webhook_address.connection_id")
    .select(["connection.id", "name", "vendor", "settings", "facts", "secrets"])
    .where("webhook_address.digest", "=", digestOf(token))
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...row, secrets: JSON.parse(seal.open(row.secrets)) as Record<string, unknown> };
}

/** Notes that a delivery was refused, for who looks for a wrong secret; not more often than once in `pauseMs`. */
export async function noteRefusal(
  executor: Executor,
  connectionId: number,
  why: string,
  { now, pauseMs }: { readonly now: Date; readonly pauseMs: number },
): Promise<void> {
  await executor
    .updateTable("webhook_address")
    .set({ refused_at: now, refusal: why })
    .where("connection_id", "=", connectionId)
    .where(({ eb, or }) =>
      or([eb("refused_at", "is", null), eb("refused_at", "<=", new Date(now.getTime() - pauseMs))]),
    )
    .execute();
}

async function findAddress(executor: Executor, seal: Seal, connectionId: number): Promise<WebhookAddress | null> {
  const row = await executor
    .selectFrom("webhook_address")
    .selectAll()
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    token: seal.open(row.token),
    madeAt: row.made_at,
    refused: row.refused_at === null ? null : { at: row.refused_at, why: row.refusal ?? "" },
  };
}

function newToken(seal: Seal): { digest: string; token: Buffer } {
  const token = randomBytes(tokenBytes).toString("base64url");
  return { digest: digestOf(token), token: seal.seal(token) };
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
