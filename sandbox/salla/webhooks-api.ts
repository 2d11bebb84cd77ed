import { type Fields, isFields, textOf, type WireResponse } from "../wire.ts";
import { bodyOf, type Call, missing, refusedFields, required } from "./call.ts";
import { success, type Words } from "./envelope.ts";
import { isStoreEvent, storeEvents } from "./events.ts";
import { listPage } from "./list-page.ts";
import { nextId, type Subscription } from "./shop.ts";

const refusedUrl: Words = { ar: "الرابط غير صحيح", en: "The url must not contain localhost or test." };
const refusedEvent: Words = { ar: "الحدث غير موجود", en: "The selected event is invalid" };

export function listWebhooks(call: Call): WireResponse {
  return listPage(call, [...call.shop.subscriptions.values()], shownSubscription);
}

export function listEvents(): WireResponse {
  return success(
    200,
    storeEvents.map((event) => ({ event, label: event })),
  );
}

/** `POST /webhooks/subscribe`: 200; the same event and URL again updates what is there. */
export function subscribe(call: Call): WireResponse {
  const { shop } = call;
  const given = bodyOf(call) ?? {};
  const [event, url] = [textOf(given.event), textOf(given.url)];
  const wrong: Record<string, Words> = {};
  if (event === "") wrong.event = required;
  else if (!isStoreEvent(event)) wrong.event = refusedEvent;
  if (url === "") wrong.url = required;
  else if (!isTakenUrl(url)) wrong.url = refusedUrl;
  if (Object.keys(wrong).length > 0) return refusedFields(call, wrong);
  const known = [...shop.subscriptions.values()].find((one) => one.event === event && one.url === url);
  const subscription: Subscription = known ?? {
    id: nextId(shop, "webhooks"),
    event,
    url,
    name: "",
    version: 2,
    rule: "",
    headers: {},
    strategy: shop.switches.webhookDefaultStrategy,
    secret: "",
  };
  change(subscription, given);
  shop.subscriptions.set(subscription.id, subscription);
  return success(200, shownSubscription(subscription));
}

/** `PUT /webhooks/{id}`: also strategy and secret. */
export function updateWebhook(call: Call, id: string): WireResponse {
  const subscription = call.shop.subscriptions.get(Number(id));
  if (subscription === undefined) return missing(call);
  change(subscription, bodyOf(call) ?? {});
  return success(201, shownSubscription(subscription));
}

/** `DELETE /webhooks/unsubscribe?id=` or `?url=` (all on that URL): 202. */
export function unsubscribe(call: Call): WireResponse {
  const { shop, request } = call;
  const [id, url] = [request.query.get("id"), request.query.get("url")];
  const gone = [...shop.subscriptions.values()].filter((one) => String(one.id) === id || one.url === url);
  if (gone.length === 0) return missing(call);
  for (const one of gone) shop.subscriptions.delete(one.id);
  return success(202, { message: "تم حذف الاشتراك بنجاح", code: 202 });
}

function shownSubscription(one: Subscription): Fields {
  const { id, name, event, url, version, rule, headers, strategy } = one;
  return { id, name, event, type: "manual", url, version, rule, headers, security_strategy: strategy };
}

function change(subscription: Subscription, given: Fields): void {
  const { name, version, rule, headers, security_strategy, secret } = given;
  if (name !== undefined) subscription.name = textOf(name);
  if (version === 1 || version === 2) subscription.version = version;
  if (rule !== undefined) subscription.rule = textOf(rule);
  if (secret !== undefined) subscription.secret = textOf(secret);
  const strategy = (["signature", "token", "none"] as const).find((one) => one === security_strategy);
  if (strategy !== undefined) subscription.strategy = strategy;
  if (!Array.isArray(headers)) return;
  subscription.headers = Object.fromEntries(
    headers.filter(isFields).map(({ key, value }) => [textOf(key), textOf(value)]),
  );
}

function isTakenUrl(url: string): boolean {
  return /^https?:\/\//.test(url) && !/localhost|test\./.test(url);
}
