import { createHash } from "node:crypto";
import type { Connector } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";
import type { Delivery, Notice } from "../core/webhook.ts";
import { type AddressedConnection, connectionAtAddress, noteRefusal } from "../store/webhook-addresses.ts";
import { addDelivery } from "../store/webhooks.ts";
import type { Desk } from "./desk.ts";
import type { RateBound } from "./rate-bound.ts";

/** Every bound of a delivery has a name (architecture, law 9). */
export const deliveryBounds = {
  /** the raw body */
  bytes: 1024 * 1024,
  /**
   * how long ago it may have happened: vendors send again for minutes, and deliver late for hours when they were down;
   * what is older was found by a pass long since
   */
  oldMs: 24 * 3_600_000,
  /** how far ahead of our clock: some vendors write their local time without its zone */
  aheadMs: 4 * 3_600_000,
  /** deliveries of one connection in a window, in each process */
  perWindow: 2_000,
  windowMs: 10_000,
  /** deliveries of one connection that may wait to be handled */
  open: 5_000,
  /** a refusal is noted at the address no more often than this */
  refusalMs: 1_000,
  /** records that one delivery may speak of, and the length of an id */
  hints: 100,
  idLength: 200,
} as const;

/**
 * What became of a delivery: `kept`: it is on the disk and will be handled · `repeated`: it was kept before · `stale`: it
 * happened too long ago, or not yet · `refused`: no address of ours, not from the vendor, or of another account ·
 * `malformed`: from the vendor, but not readable · `too-many`: the vendor is to send it again later.
 */
export type Reception = "kept" | "repeated" | "stale" | "refused" | "malformed" | "too-many";

/**
 * Checks a delivery over its raw bytes and keeps what it announces; nothing is done yet. Logs have event, connection,
 * outcome and size, never content.
 * @param token the secret part of the address that it came to
 */
export async function receiveDelivery(
  desk: Desk,
  rate: RateBound,
  token: string,
  delivery: Delivery,
): Promise<Reception> {
  const { prompt } = desk.store;
  const connection = await connectionAtAddress(prompt, desk.seal, token);
  if (connection === null) {
    desk.log("debug", "a webhook came to an address that is none", { bytes: delivery.body.length });
    return "refused";
  }
  const { reception, why, event } = await judge(desk, rate, connection, delivery);
  const bytes = delivery.body.length;
  const fields = { connection: connection.name, outcome: reception, bytes, ...(event === undefined ? {} : { event }) };
  if (why === undefined) desk.log("debug", "a webhook came", fields);
  else {
    desk.log("warn", "a webhook was not taken", { ...fields, why });
    const now = new Date(desk.clock.now());
    await noteRefusal(prompt, connection.id, why, { now, pauseMs: deliveryBounds.refusalMs });
  }
  return reception;
}

interface Judged {
  readonly reception: Reception;
  /** in words that hold nothing of the delivery, where it is not taken */
  readonly why?: string;
  readonly event?: string;
}

async function judge(
  desk: Desk,
  rate: RateBound,
  connection: AddressedConnection,
  delivery: Delivery,
): Promise<Judged> {
  const connector = desk.connectors.get(connection.vendor);
  const { webhooks } = connector ?? {};
  if (connector === undefined || webhooks === undefined)
    return { reception: "refused", why: "the vendor of this connection posts no webhooks" };
  const opened = opens(connector, connection);
  if (opened === null) return { reception: "refused", why: "the connection has no usable secrets: connect it again" };
  if (!webhooks.verify(delivery, opened))
    return { reception: "refused", why: "it was not signed with the secret of this connection" };
  if (!rate.take(connection.id)) return { reception: "too-many", why: "too many came within seconds" };
  const body = parsed(desk, delivery.body);
  const notice = body === undefined ? null : webhooks.read(body, opened.settings);
  if (notice === null || !isWellFormed(notice))
    return { reception: "malformed", why: "it was signed, but cannot be read" };
  const { event } = notice;
  const account = connector.accountOf?.(opened.settings, connection.facts) ?? null;
  if (account !== null && account !== notice.account)
    return { reception: "refused", why: "it speaks of another account", event };
  const now = desk.clock.now();
  if (notice.at !== null && (notice.at < now - deliveryBounds.oldMs || notice.at > now + deliveryBounds.aheadMs))
    return { reception: "stale", why: "it happened too long ago, or in the future", event };
  if (!bringsUsableSecrets(connector, opened.secrets, notice))
    return { reception: "malformed", why: "it brought secrets that cannot be used", event };
  const kept = await addDelivery(
    desk.store.prompt,
    desk.seal,
    {
      connectionId: connection.id,
      digest: digestOf(connection.id, event, delivery.body),
      notice,
      receivedAt: new Date(now),
    },
    deliveryBounds.open,
  );
  if (kept === "full") return { reception: "too-many", why: "too many wait to be handled", event };
  return { reception: kept, event };
}

/** Settings and secrets as the connector knows them; null where they are not usable, as after a lost key. */
function opens(connector: Connector, connection: AddressedConnection): { settings: unknown; secrets: unknown } | null {
  try {
    const settings = readInput(connector.settings, connection.settings);
    return { settings, secrets: readInput(connector.secrets, connection.secrets, { secret: true }) };
  } catch (error) {
    if (error instanceof InvalidInput) return null;
    throw error;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body as JSON; undefined where it is none, is nested too deep, or is not UTF-8. */
function parsed(desk: Desk, body: Buffer): unknown {
  try {
    return desk.parseJson(utf8.decode(body));
  } catch {
    return undefined;
  }
}

function isWellFormed({ account, event, at, hints }: Notice): boolean {
  const isId = (text: string) =>
    text.length > 0 && text.length <= deliveryBounds.idLength && /^[^\p{Cc}]+$/u.test(text);
  if (!/^[\w.:-]{1,100}$/.test(event) || !isId(account) || hints.length > deliveryBounds.hints) return false;
  return hints.every(({ id }) => isId(id)) && (at === null || Number.isFinite(new Date(at).getTime()));
}

/** New secrets are laid over those that there are, such as the client's own, which no vendor sends. */
function bringsUsableSecrets({ secrets }: Connector, present: unknown, { connection }: Notice): boolean {
  if (connection?.kind !== "authorised") return true;
  return secrets.safeParse({ ...(present as object), ...connection.secrets }).success;
}

function digestOf(connectionId: number, event: string, body: Buffer): string {
  return createHash("sha256").update(`${connectionId}\n${event}\n`).update(body).digest("hex");
}
