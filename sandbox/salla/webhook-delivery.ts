import { createHmac } from "node:crypto";
import type { Post } from "../vendor.ts";
import type { Clock, Fields, Random } from "../wire.ts";
import { sallaCredentials } from "./credentials.ts";
import type { ShopEvent, Subscription } from "./shop.ts";
import type { SallaSwitches } from "./switches.ts";
import { eventTime, plainTime } from "./times.ts";
import { passesRule } from "./webhook-rule.ts";

const MAX_LOGGED = 1000;

/** One event on its way to one address. */
export interface Delivery {
  readonly id: number;
  readonly event: string;
  readonly url: string;
  readonly body: string;
  state: "pending" | "delivered" | "lost" | "given-up";
  readonly tries: { readonly at: string; readonly status: number }[];
}

/** The app as the Partners Portal has it. It hears `app.*` always, store events as chosen. */
export interface AppHook {
  url: string;
  events: "all" | readonly string[];
  strategy: Subscription["strategy"];
  secret: string;
  /** The page that the dashboard shows in a frame; empty where the app has none. */
  embeddedUrl: string;
}

interface Target {
  readonly url: string;
  readonly strategy: Subscription["strategy"];
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends events to whoever subscribed, with Salla's tries and this stand-in's trouble. */
export interface WebhookDelivery {
  readonly app: AppHook;
  readonly log: readonly Delivery[];
  /** An event of the store, to its subscriptions and to the app. */
  tell(event: ShopEvent, subscriptions: Iterable<Subscription>): void;
  /** An event of the app, to its own address only. */
  tellApp(event: string, data: Fields): void;
  /** Nothing is sent any more: a reset has put another store in place. */
  stop(): void;
}

export function createWebhookDelivery(surroundings: {
  clock: Clock;
  random: Random;
  switches: SallaSwitches;
  post: Post;
}): WebhookDelivery {
  const { clock, random, switches, post } = surroundings;
  const log: Delivery[] = [];
  let [lastId, alive] = [0, true];
  const { webhookSecret: secret } = sallaCredentials;
  const app: AppHook = { url: "", events: "all", strategy: "signature", secret, embeddedUrl: "" };
  const appTarget = (): Target[] => (app.url === "" ? [] : [{ ...app, headers: {} }]);
  const happens = (percent: number) => percent > 0 && random() * 100 < percent;

  const deliver = async (delivery: Delivery, target: Target, holdMs: number) => {
    if (holdMs > 0) await clock.sleep(holdMs);
    for (let tried = 1; alive; tried += 1) {
      const at = new Date(clock.now()).toISOString();
      const status = await post(target.url, headersOf(target, delivery.body), delivery.body);
      delivery.tries.push({ at, status });
      if (status === 200 || status === 201) {
        delivery.state = "delivered";
        return;
      }
      if (tried >= switches.webhookTries) break;
      await clock.sleep(switches.webhookRetryMs);
    }
    delivery.state = "given-up";
  };

  const send = (event: string, body: string, targets: readonly Target[]) => {
    for (const target of targets) {
      const lost = happens(switches.webhookLossPercent);
      const copies = happens(switches.webhookDoublePercent) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const holdMs = happens(switches.webhookDelayPercent) ? Math.ceil(random() * switches.webhookDelayMs) : 0;
        lastId += 1;
        const delivery: Delivery = {
          id: lastId,
          event,
          url: target.url,
          body,
          state: lost ? "lost" : "pending",
          tries: [],
        };
        log.push(delivery);
        if (log.length > MAX_LOGGED) log.splice(0, log.length - MAX_LOGGED);
        if (!lost) void deliver(delivery, target, holdMs);
      }
    }
  };

  return {
    app,
    log,
    tell: (happened, subscriptions) => {
      const { event, order, atMs } = happened;
      const wanting = [...subscriptions].filter((one) => one.event === event && passesRule(one.rule, order));
      const wanted = switches.appWebhooks && (app.events === "all" || app.events.includes(event));
      const targets = [...wanting.map(subscribed), ...(wanted ? appTarget() : [])];
      if (targets.length === 0) return;
      const outside = /^order\.(?!status\.updated)/.test(event) ? { pickup_branch: null } : {};
      const content = { event, merchant: Number(sallaCredentials.merchantId), created_at: eventTime(atMs) };
      send(event, bytesOf({ ...content, data: happened.data(), ...outside }, switches), targets);
    },
    tellApp: (event, data) => {
      const merchant = Number(sallaCredentials.merchantId);
      const content = { event, merchant, created_at: plainTime(clock.now()), data };
      send(event, bytesOf(content, switches), appTarget());
    },
    stop: () => {
      alive = false;
    },
  };
}

function subscribed({ url, strategy, secret, headers }: Subscription): Target {
  return { url, strategy, headers, secret: secret === "" ? sallaCredentials.webhookSecret : secret };
}

function headersOf({ strategy, secret, headers }: Target, body: string): Record<string, string> {
  const own = { ...headers, "content-type": "application/json", "user-agent": "Salla-Webhooks (made up)" };
  if (strategy === "none") return own;
  if (strategy === "token") return { ...own, "x-salla-security-strategy": "Token", authorization: secret };
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  return { ...own, "x-salla-security-strategy": "Signature", "x-salla-signature": signature };
}

/** The bytes that are signed: slashes and letters escaped as the switch says. */
function bytesOf(content: Fields, { webhookJson }: SallaSwitches): string {
  const plain = JSON.stringify(content);
  if (webhookJson === "plain") return plain;
  const slashed = plain.replaceAll("/", "\\/");
  if (webhookJson === "escaped-slashes") return slashed;
  return slashed.replace(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
