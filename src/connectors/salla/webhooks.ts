import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Delivery, Hint, Notice, WebhookCheck } from "../../core/webhook.ts";
import { creditNoteId, kindOfInvoice } from "./credit-notes.ts";
import { fieldsOf, recordId } from "./fields.ts";
import { readMoment } from "./moments.ts";
import type { SallaSecrets, SallaSettings } from "./settings.ts";
import { expiryOf } from "./sign-in.ts";

/** Events that move an order or make a document of it; `app.*` events come without being asked for (salla.md 6). */
export const wantedEvents: readonly string[] = [
  "order.created",
  "order.updated",
  "order.status.updated",
  "order.cancelled",
  "order.refunded",
  "order.deleted",
  "order.products.updated",
  "order.payment.updated",
  "order.coupon.updated",
  "order.total.price.updated",
  "invoice.created",
];

/** How Salla's deliveries are checked and read. */
export const sallaWebhooks: WebhookCheck<SallaSettings, SallaSecrets> = {
  verify,
  secretOf: ({ webhookSecret }) => webhookSecret ?? null,
  read,
};

/**
 * By the strategy that the settings name, never by the one that the delivery claims: a signature over the raw bytes, or the
 * secret itself as a token (salla.md 6.5).
 */
function verify(
  { headers, body }: Delivery,
  { settings, secrets }: { readonly settings: SallaSettings; readonly secrets: SallaSecrets },
): boolean {
  const { webhookSecret } = secrets;
  if (webhookSecret === undefined) return false;
  if (settings.webhookStrategy === "token") return isSame(headers.authorization ?? "", webhookSecret);
  const signature = createHmac("sha256", webhookSecret).update(body).digest("hex");
  return isSame((headers["x-salla-signature"] ?? "").trim().toLowerCase(), signature);
}

/** Compares in constant time, whatever the lengths are. */
function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}

function read(body: unknown): Notice | null {
  const { event, merchant, created_at, data } = fieldsOf(body);
  const account = recordId.safeParse(merchant);
  if (typeof event !== "string" || event === "" || !account.success) return null;
  const at = readMoment(created_at);
  const fields = fieldsOf(data);
  const connection = connectionOf(event, fields, at);
  return {
    account: account.data,
    event,
    at,
    hints: hintsOf(event, fields),
    ...(connection === null ? {} : { connection }),
  };
}

function connectionOf(
  event: string,
  data: Readonly<Record<string, unknown>>,
  at: number | null,
): NonNullable<Notice["connection"]> | null {
  if (event === "app.uninstalled") return { kind: "revoked" };
  if (event !== "app.store.authorize") return null;
  const { refresh_token: refreshToken, access_token: accessToken } = data;
  if (typeof refreshToken !== "string" || refreshToken === "") return null;
  // A duration counts from the event; without either the access token is left aside and the refresh token used.
  const expiresAt = at === null && Number(data.expires_in ?? data.expires) < 1e9 ? null : expiryOf(data, at ?? 0);
  const isUsable = typeof accessToken === "string" && accessToken !== "" && expiresAt !== null;
  const access = isUsable ? { accessToken, accessTokenExpiresAt: expiresAt } : {};
  return { kind: "authorised", secrets: { refreshToken, ...access } };
}

/** Which records an event speaks of. A customer or product is read when an order refers to it, so that none is hinted. */
function hintsOf(event: string, data: Readonly<Record<string, unknown>>): readonly Hint[] {
  if (event === "invoice.created") return invoiceHints(data);
  if (!event.startsWith("order.")) return [];
  const id = idOf(orderIdOf(event, data));
  return id === null ? [] : [{ resource: "orders", id }];
}

/** In `order.status.updated` and around shipments `data.id` is another thing's; the order stands inside (salla.md 6.4). */
function orderIdOf(event: string, data: Readonly<Record<string, unknown>>): unknown {
  const inside = fieldsOf(data.order).id ?? data.order_id;
  if (inside !== undefined && inside !== null) return inside;
  const isOrder = data.reference_id !== undefined || !/^order\.(status|shipment)\./.test(event);
  return isOrder ? data.id : null;
}

function invoiceHints(data: Readonly<Record<string, unknown>>): readonly Hint[] {
  const order = idOf(data.order_id ?? fieldsOf(data.order).id);
  const id = idOf(data.id);
  if (order === null) return [];
  const hints = [{ resource: "orders", id: order }];
  if (id === null || kindOfInvoice(data) === "invoice") return hints;
  return [...hints, { resource: "credit-notes", id: creditNoteId({ order_id: order, id }) }];
}

function idOf(value: unknown): string | null {
  const id = recordId.safeParse(value);
  return id.success ? id.data : null;
}
