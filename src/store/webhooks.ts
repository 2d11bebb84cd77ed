/** Deliveries of webhooks: kept from their arrival until they are handled, without what they said. */
import { type Selectable, sql } from "kysely";
import type { Hint, Notice } from "../core/webhook.ts";
import { jsonText } from "./json-text.ts";
import type { DeliveryOutcome, Executor, WebhookDeliveryTable } from "./schema.ts";
import type { Seal } from "./seal.ts";

/** What a delivery does to its connection, where it does. */
export type ConnectionChange = NonNullable<Notice["connection"]>;

/** A delivery that was checked. */
export interface NewDelivery {
  readonly connectionId: number;
  /** of connection, event and raw body */
  readonly digest: string;
  readonly notice: Notice;
  readonly receivedAt: Date;
}

/** A delivery that waits to be handled. */
export interface OpenDelivery {
  readonly id: number;
  readonly connectionId: number;
  readonly account: string;
  readonly event: string;
  readonly hints: readonly Hint[];
  readonly saidAt: Date | null;
  readonly receivedAt: Date;
  /** sealed; `openChange` reads it */
  readonly change: Buffer | null;
}

/**
 * Keeps a delivery, once: it is on the disk when this returns. @param mostOpen how many of one connection may wait
 * @returns `full` when so many of the connection wait already, and nothing was kept
 */
export async function addDelivery(
  executor: Executor,
  seal: Seal,
  { connectionId, digest, notice, receivedAt }: NewDelivery,
  mostOpen: number,
): Promise<"kept" | "repeated" | "full"> {
  const change = notice.connection === undefined ? null : seal.seal(jsonText(notice.connection));
  const saidAt = notice.at === null ? null : new Date(notice.at);
  const { rows } = await sql<{ fresh: boolean }>`
    insert into webhook_delivery (connection_id, digest, account, event, hints, change, said_at, received_at, due_at)
    select ${connectionId}, ${digest}, ${notice.account}, ${notice.event}, ${jsonText(notice.hints)}::jsonb,
      ${change}::bytea, ${saidAt}::timestamptz, ${receivedAt}::timestamptz, ${receivedAt}::timestamptz
    where ${mostOpen} > (select count(*) from (
      select from webhook_delivery where connection_id = ${connectionId} and handled_at is null limit ${mostOpen}
    ) as open)
    on conflict (connection_id, digest) do update set repeats = webhook_delivery.repeats + 1
    returning repeats = 0 as fresh`.execute(executor);
  const [row] = rows;
  if (row === undefined) return "full";
  return row.fresh ? "kept" : "repeated";
}

/**
 * Deliveries whose time has come, oldest first, held by this transaction; those that another one holds are left out.
 * @param kind those that announce records, or those that change their connection
 */
export async function holdDueDeliveries(
  executor: Executor,
  kind: "hints" | "changes",
  now: Date,
  most: number,
): Promise<OpenDelivery[]> {
  const rows = await executor
    .selectFrom("webhook_delivery")
    .selectAll()
    .where("change", kind === "hints" ? "is" : "is not", null)
    .where("handled_at", "is", null)
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("id")
    .limit(most)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(toOpen);
}

/** What the connections had announced and handled since a moment: for each hint, when for the last time. */
export async function handledSince(
  executor: Executor,
  connectionIds: readonly number[],
  since: Date,
): Promise<{ connectionId: number; hint: Hint; at: Date }[]> {
  if (connectionIds.length === 0) return [];
  const rows = await executor
    .selectFrom("webhook_delivery")
    .select(["connection_id", "hints", "handled_at"])
    .where("connection_id", "in", connectionIds)
    .where("handled_at", ">", since)
    .where("outcome", "=", "announced")
    .execute();
  return rows.flatMap((row) =>
    row.hints.map((hint) => ({ connectionId: row.connection_id, hint, at: row.handled_at ?? since })),
  );
}

/** Handles deliveries no earlier than at the given moment. */
export async function postponeDeliveries(executor: Executor, ids: readonly number[], dueAt: Date): Promise<void> {
  if (ids.length === 0) return;
  await executor.updateTable("webhook_delivery").set({ due_at: dueAt }).where("id", "in", ids).execute();
}

/** Says how deliveries ended; what they held for their connection is forgotten. */
export async function endDeliveries(
  executor: Executor,
  ids: readonly number[],
  outcome: DeliveryOutcome,
  now: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await executor
    .updateTable("webhook_delivery")
    .set({ handled_at: now, outcome, change: null })
    .where("id", "in", ids)
    .execute();
}

/** Opens what a delivery does to its connection. */
export function openChange(seal: Seal, change: Buffer): ConnectionChange {
  return JSON.parse(seal.open(change)) as ConnectionChange;
}

/** Whether a change of the connection that happened later was handled already: they may arrive in any order. */
export async function isOvertaken(
  executor: Executor,
  { connectionId, saidAt, receivedAt }: Pick<OpenDelivery, "connectionId" | "saidAt" | "receivedAt">,
): Promise<boolean> {
  const row = await executor
    .selectFrom("webhook_delivery")
    .select("id")
    .where("connection_id", "=", connectionId)
    .where("outcome", "in", ["authorised", "revoked"])
    .where(sql<boolean>`coalesce(said_at, received_at) > ${saidAt ?? receivedAt}`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** When the next open delivery is to be handled, or null where none is open. */
export async function nextDueAt(executor: Executor): Promise<Date | null> {
  const row = await executor
    .selectFrom("webhook_delivery")
    .select("due_at")
    .where("handled_at", "is", null)
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}

/** A delivery as people see it. */
export interface ListedDelivery {
  readonly event: string;
  readonly account: string;
  readonly hints: readonly Hint[];
  readonly saidAt: Date | null;
  readonly receivedAt: Date;
  readonly repeats: number;
  readonly handledAt: Date | null;
  readonly outcome: DeliveryOutcome | null;
}

/** Deliveries of a connection, newest first. */
export async function listDeliveries(
  executor: Executor,
  connectionId: number,
  most: number,
): Promise<ListedDelivery[]> {
  const rows = await executor
    .selectFrom("webhook_delivery")
    .selectAll()
    .where("connection_id", "=", connectionId)
    .orderBy("id", "desc")
    .limit(most)
    .execute();
  return rows.map((row) => ({
    event: row.event,
    account: row.account,
    hints: row.hints,
    saidAt: row.said_at,
    receivedAt: row.received_at,
    repeats: row.repeats,
    handledAt: row.handled_at,
    outcome: row.outcome,
  }));
}

/**
 * Forgets handled deliveries: those that were received before a moment, and of each connection those beyond so many
 * newest ones. What changed a connection goes only by its age, so that an older change never comes after it.
 */
export async function clearDeliveries(
  executor: Executor,
  { receivedBefore, mostOfConnection }: { readonly receivedBefore: Date; readonly mostOfConnection: number },
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with gone as (
      delete from webhook_delivery where handled_at is not null and (received_at < ${receivedBefore} or id in (
        select id from (
          select id, row_number() over (partition by connection_id order by id desc) as place
          from webhook_delivery where outcome not in ('authorised', 'revoked')
        ) as placed where place > ${mostOfConnection}
      )) returning 1
    ) select count(*) as count from gone`.execute(executor);
  return rows[0]?.count ?? 0;
}

function toOpen(row: Selectable<WebhookDeliveryTable>): OpenDelivery {
  return {
    id: row.id,
    connectionId: row.connection_id,
    account: row.account,
    event: row.event,
    hints: row.hints,
    saidAt: row.said_at,
    receivedAt: row.received_at,
    change: row.change,
  };
}
