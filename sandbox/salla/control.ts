import { type Fields, isFields, jsonResponse, textOf, type WireRequest, type WireResponse } from "../wire.ts";
import { act } from "./control-actions.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { shownOrder } from "./merchant.ts";
import { answerOrdersPage } from "./orders-page.ts";
import type { Salla } from "./salla.ts";
import type { AppHook } from "./webhook-delivery.ts";

/**
 * What the control API can do at Salla beyond its records: `orders/{id}/{action}`, `app`, `app/{authorize | uninstall |
 * embedded-token}`, `deliveries`, the orders page and the dashboard around an embedded page. Undefined for any other address.
 * @throws RangeError for a merchant's mistake.
 */
export function answerSallaControl(
  salla: Salla,
  request: WireRequest,
  parts: readonly string[],
): WireResponse | undefined {
  const [first = "", id = "", action] = parts;
  const route = `${request.method} ${first}`;
  if (first === "orders-page") return answerOrdersPage(salla, request);
  if (route === "GET dashboard") return dashboardPage(salla, request);
  if (route === "GET deliveries") return jsonResponse(200, deliveriesOf(salla, request));
  if (first === "app") return answerApp(salla, request, id);
  if (route !== "POST orders" || action === undefined) return undefined;
  const shop = salla.shop();
  const order = shop.orders.rows.get(Number(id));
  if (order === undefined) return jsonResponse(404, { error: `salla has no orders ${id}` });
  act(shop, order, action, fieldsIn(request));
  return jsonResponse(200, shownOrder(shop, order));
}

function answerApp(salla: Salla, request: WireRequest, action: string): WireResponse | undefined {
  const { app } = salla.webhooks();
  const route = `${request.method} ${action}`;
  if (route === "GET ") return jsonResponse(200, app);
  if (route === "PATCH ") return jsonResponse(200, Object.assign(app, readApp(fieldsIn(request))));
  if (route === "POST authorize") salla.authorizeApp();
  else if (route === "POST uninstall") salla.uninstallApp();
  else if (route === "POST embedded-token") return jsonResponse(201, { token: salla.embeddedToken(fieldsIn(request)) });
  else return undefined;
  return jsonResponse(200, app);
}

/** `{url, events: "all" | […], strategy, secret, embeddedUrl}`; an empty url sends nothing. */
function readApp(given: Fields): Partial<AppHook> {
  const { url, events, strategy, secret, embeddedUrl } = given;
  const known = (["signature", "token", "none"] as const).find((one) => one === strategy);
  if (strategy !== undefined && known === undefined)
    throw new RangeError(`strategy cannot be ${JSON.stringify(strategy)}; allowed: signature, token, none`);
  return {
    ...(url === undefined ? {} : { url: textOf(url) }),
    ...(events === undefined ? {} : { events: Array.isArray(events) ? events.map(textOf) : "all" }),
    ...(known === undefined ? {} : { strategy: known }),
    ...(secret === undefined ? {} : { secret: textOf(secret) }),
    ...(embeddedUrl === undefined ? {} : { embeddedUrl: readEmbeddedUrl(embeddedUrl) }),
  };
}

function readEmbeddedUrl(given: unknown): string {
  const text = textOf(given);
  if (text === "" || /^https?:\/\//.test(text)) return text;
  throw new RangeError(`embeddedUrl cannot be ${JSON.stringify(given)}; an http or https address is needed, or ""`);
}

/** Newest last; `?event=` and `?state=` narrow it. */
function deliveriesOf(salla: Salla, { query }: WireRequest): Fields[] {
  const [event, state] = [query.get("event"), query.get("state")];
  return salla
    .webhooks()
    .log.filter((one) => (event === null || one.event === event) && (state === null || one.state === state))
    .map((one) => ({ ...one }));
}

function fieldsIn(request: WireRequest): Fields {
  if (request.body === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(request.body);
  } catch {
    throw new RangeError("the body is not JSON");
  }
  if (isFields(value)) return value;
  throw new RangeError("the body must be a JSON object");
}
