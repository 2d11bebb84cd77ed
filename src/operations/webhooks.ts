import { InvalidInput } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";
import type { WebhookCheck } from "../core/webhook.ts";
import { type Connection, connectionSecrets } from "../store/connections.ts";
import { rotateAddress, webhookAddress } from "../store/webhook-addresses.ts";
import { type ListedDelivery, listDeliveries } from "../store/webhooks.ts";
import { connectionNamed, type Desk } from "./desk.ts";

/** Where the webhooks of a connection come in, and what came lately. */
export interface WebhooksView {
  readonly connection: string;
  readonly vendor: string;
  /** the address below Mizan's own; whoever knows it can post there, but not sign */
  readonly path: string;
  /** what is entered at the vendor; null where MIZAN_PUBLIC_URL is not set */
  readonly url: string | null;
  readonly madeAt: Date;
  /** the last delivery there that was not taken */
  readonly refused: { readonly at: Date; readonly why: string } | null;
  /** newest first */
  readonly deliveries: readonly ListedDelivery[];
}

/**
 * The address that the vendor of a connection posts to, made where there is none, with what came lately.
 * @param rotate the address is replaced first; the one before reaches nothing from now on
 * @throws {InvalidInput} when there is no such connection, or its vendor posts nothing
 */
export async function webhooks(
  desk: Desk,
  name: string,
  { most, rotate = false }: { readonly most: number; readonly rotate?: boolean },
): Promise<WebhooksView> {
  const connection = await connectionNamed(desk, name);
  checkPosts(desk, connection);
  const { database } = desk.store;
  const now = new Date(desk.clock.now());
  if (rotate) await rotateAddress(database, desk.seal, connection.id, now);
  const { token, madeAt, refused } = await webhookAddress(database, desk.seal, connection.id, now);
  const path = `/v1/webhooks/${token}`;
  return {
    connection: name,
    vendor: connection.vendor,
    path,
    url: desk.publicUrl === null ? null : desk.publicUrl + path,
    madeAt,
    refused,
    deliveries: await listDeliveries(database, connection.id, most),
  };
}

/** What the vendor was asked to post, and where else it posts on our behalf. */
export interface Registered {
  readonly connection: string;
  readonly url: string;
  /** the events that are posted there from now on */
  readonly events: readonly string[];
  /** other addresses of a Mizan that this account still posts to, such as one that was replaced */
  readonly others: readonly string[];
}

/**
 * Has the vendor post every event that is wanted to the address of a connection, signed with its secret. May be repeated.
 * @throws {InvalidInput} where no address or secret is set, the vendor has no such call, or does not take the address
 * @throws {NeedsPerson} {RetryLater}
 */
export async function registerWebhooks(desk: Desk, name: string, signal: AbortSignal): Promise<Registered> {
  const { url } = await webhooks(desk, name, { most: 1 });
  const connection = await connectionNamed(desk, name);
  if (url === null)
    throw new InvalidInput(
      "MIZAN_PUBLIC_URL",
      "MIZAN_PUBLIC_URL is not set; it is the address under which the vendor reaches `mizan serve`, such as https://mizan.example.com",
    );
  const secret = await signingSecret(desk, connection);
  const onCall = () => undefined;
  const { session, close } = await desk.openSession(connection, { purpose: "person", signal, overlay: {}, onCall });
  try {
    const { subscribe, subscriptions } = session;
    if (subscribe === undefined) {
      const words = `${desk.vendorTitle(connection.vendor)} takes addresses by hand only: enter ${url} there`;
      throw new InvalidInput("connection", words);
    }
    const events = (await subscribe(url, secret)).map(({ event }) => event).toSorted();
    const all = (await subscriptions?.()) ?? [];
    const others = all.map((one) => one.url).filter((one) => one !== url && one.includes("/v1/webhooks/"));
    desk.log("info", "webhooks registered", { connection: name, events: events.length });
    return { connection: name, url, events, others: [...new Set(others)] };
  } finally {
    await close();
  }
}

async function signingSecret(desk: Desk, { id, name, vendor }: Connection): Promise<string> {
  const connector = desk.connectors.get(vendor);
  const check: WebhookCheck<unknown, unknown> | undefined = connector?.webhooks;
  const kept = await connectionSecrets(desk.store.database, desk.seal, id);
  const secrets = connector === undefined ? kept : readInput(connector.secrets, kept, { secret: true });
  const secret = check?.secretOf?.(secrets) ?? null;
  if (secret !== null) return secret;
  const words = `${name} has no webhook secret, without which nothing that comes could be checked; connect it again with one`;
  throw new InvalidInput("webhookSecret", words);
}

function checkPosts(desk: Desk, { name, vendor }: Connection): void {
  if (desk.connectors.get(vendor)?.webhooks !== undefined) return;
  throw new InvalidInput("connection", `${name} is one of ${desk.vendorTitle(vendor)}, which posts no webhooks`);
}
