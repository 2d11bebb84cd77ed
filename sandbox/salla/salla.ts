import { seededRandom } from "../seeded-random.ts";
import { initialValues } from "../switch-set.ts";
import type { Post } from "../vendor.ts";
import type { Clock, Fields, Pause, Random, WireRequest, WireResponse } from "../wire.ts";
import {
  type Accounts,
  answerAccounts,
  authorise,
  expireAccessTokens,
  hasScope,
  issueTokens,
  newTokens,
  revokeAll,
  unauthorised,
} from "./accounts.ts";
import { sallaCredentials } from "./credentials.ts";
import { INTROSPECT_PATH, introspect, makeEmbeddedToken } from "./embedded-pages.ts";
import { failure, notFound, said } from "./envelope.ts";
import { type Limits, limitHeaders, newLimits, overLimit } from "./limits.ts";
import { findRoute } from "./routes.ts";
import { newShop, type Shop } from "./shop.ts";
import { type SallaSwitches, sallaSwitches } from "./switches.ts";
import { createWebhookDelivery, type WebhookDelivery } from "./webhook-delivery.ts";

const BASE_PATH = "/admin/v2/";

/** A stand-in Salla: plain functions over one store, without a transport of its own. */
export interface Salla {
  readonly switches: SallaSwitches;
  /** The present store; replaced by a reset. Drive it without HTTP with `placeOrder`, `setStatus` and their siblings. */
  readonly shop: () => Shop;
  readonly webhooks: () => WebhookDelivery;
  /** The accounts server. */
  accounts(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** The API under `/admin/v2` and the check of embedded pages. */
  api(request: WireRequest, pause: Pause): Promise<WireResponse>;
  /** Ends every access token at once. */
  expireTokens(): void;
  /** The merchant installs the app in easy mode: `app.store.authorize` with new tokens goes to the app's address. */
  authorizeApp(): void;
  /** The merchant takes the app out: all tokens end and `app.uninstalled` goes out. */
  uninstallApp(): void;
  /** The token with which a dashboard opens an embedded page; see `makeEmbeddedToken`. */
  embeddedToken(given: Fields): string;
  /** How a 429 looks, with the headers of the store. */
  limitHeaders(): Record<string, string>;
  /** Forgets everything but the store itself, and sets the switches back. */
  reset(random: Random): void;
}

/** Everything that a reset replaces. */
interface Life {
  readonly shop: Shop;
  readonly accounts: Accounts;
  readonly limits: Limits;
  readonly webhooks: WebhookDelivery;
}

/** @param options.post delivers webhooks; answers the status, or 0 where nobody answered. */
export function createSalla(options: { clock: Clock; random: Random; post: Post }): Salla {
  const { clock, post } = options;
  const switches = initialValues(sallaSwitches);
  let life = newLife(clock, options.random, switches, post);
  const paused = async (pause: Pause, work: () => WireResponse) => {
    if (pause.beforeMs > 0) await clock.sleep(pause.beforeMs);
    const answer = work();
    if (pause.afterMs > 0) await clock.sleep(pause.afterMs);
    return answer;
  };
  return {
    switches,
    shop: () => life.shop,
    webhooks: () => life.webhooks,
    accounts: (request, pause) => paused(pause, () => answerAccounts(life.accounts, request)),
    api: (request, pause) => {
      const { latencyMs } = switches;
      return paused({ ...pause, afterMs: pause.afterMs + latencyMs }, () => answerApi(life, request));
    },
    expireTokens: () => expireAccessTokens(life.accounts.tokens),
    authorizeApp: () => life.webhooks.tellApp("app.store.authorize", issueTokens(life.accounts)),
    uninstallApp: () => {
      revokeAll(life.accounts.tokens);
      const data = { id: Number(sallaCredentials.appId), app_name: "Made-up app", uninstallation_date: "" };
      life.webhooks.tellApp("app.uninstalled", data);
    },
    embeddedToken: (given) => makeEmbeddedToken(life.accounts, given),
    limitHeaders: () => limitHeaders(life.limits, switches),
    reset: (random) => {
      Object.assign(switches, initialValues(sallaSwitches));
      life.shop.alive = false;
      life.webhooks.stop();
      life = newLife(clock, random, switches, post);
    },
  };
}

function newLife(clock: Clock, random: Random, switches: SallaSwitches, post: Post): Life {
  // A sequence of its own, so that trouble with webhooks does not change the tokens that are made.
  const webhookRandom = seededRandom(Math.floor(random() * 4_294_967_296));
  const shop = newShop(clock, random, switches);
  const webhooks = createWebhookDelivery({ clock, random: webhookRandom, switches, post });
  shop.listeners.push((event) => webhooks.tell(event, shop.subscriptions.values()));
  return { shop, webhooks, limits: newLimits(), accounts: { clock, random, switches, tokens: newTokens(clock.now()) } };
}

/** In Salla's order as far as it is known: token, limits, address, scope, work. */
function answerApi({ shop, accounts, limits }: Life, request: WireRequest): WireResponse {
  const { switches } = shop;
  if (request.path === INTROSPECT_PATH) return introspect(accounts, request);
  if (!request.path.startsWith(BASE_PATH)) return notFound(switches, request);
  const allowed = authorise(accounts, request);
  if ("status" in allowed) return allowed;
  const refused = overLimit(limits, switches, request, shop.clock.now());
  const answer = refused ?? answerRoute(shop, allowed.scopes, request);
  return { ...answer, headers: { ...answer.headers, ...limitHeaders(limits, switches) } };
}

function answerRoute(shop: Shop, scopes: ReadonlySet<string>, request: WireRequest): WireResponse {
  const { switches } = shop;
  const found = findRoute(request.method, request.path.slice(BASE_PATH.length).replace(/\/$/, ""));
  if (found === "path") return notFound(switches, request);
  if (found === "method") {
    const words = { ar: "الطريقة غير مسموحة", en: "The method is not allowed" };
    return failure(switches, 405, "method_not_allowed", said(request, words));
  }
  const { route, id } = found;
  if (!hasScope(scopes, route.scope))
    return unauthorised(switches, `The access token should have access to one of those scopes: ${route.scope}`);
  return route.answer({ shop, request }, id);
}
