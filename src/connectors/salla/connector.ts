import type { Connector, Door, Facts, Session } from "../../core/connector.ts";
import type { SourceResource } from "../../core/resources.ts";
import { advise } from "./advise.ts";
import { creditNotesSource } from "./credit-notes-source.ts";
import { createSeenCustomers, customersSource } from "./customers.ts";
import { createHolderSearch } from "./find-holders.ts";
import { judgeAnswer, observeHeaders } from "./judge.ts";
import { choicesOf, lookUp } from "./look-up.ts";
import { nameOf } from "./name-of.ts";
import { ordersSource } from "./orders-source.ts";
import { sallaPages } from "./page-visitor.ts";
import { probe } from "./probe.ts";
import {
  accountsUrl,
  apiUrl,
  budgetLimits,
  type SallaSecrets,
  type SallaSettings,
  sallaConsent,
  sallaSecrets,
  sallaSettings,
} from "./settings.ts";
import { shopStock } from "./shop-stock.ts";
import { appNotInstalled, exchangeCode, signIn } from "./sign-in.ts";
import { readSubscriptions, subscribe } from "./subscribe.ts";
import { unitsSource } from "./units.ts";
import { sallaWebhooks } from "./webhooks.ts";

/**
 * Salla, Merchant API v2: orders, customers, units and credit notes are read; quantities are read and written.
 */
const hourMs = 3_600_000;

export const salla: Connector<SallaSettings, SallaSecrets> = {
  vendor: "salla",
  title: "Salla",
  settings: sallaSettings,
  secrets: sallaSecrets,
  exchange: {
    by: "code",
    secrets: sallaConsent,
    run: (context, send) => exchangeCode({ ...context, secrets: sallaConsent.parse(context.secrets) }, send),
  },
  privileges: [
    "offline_access",
    "orders.read",
    "products.read_write (products.read is enough where quantities are not written)",
    "customers.read",
    "webhooks.read_write (only where webhooks can reach this machine)",
    "branches.read",
    "taxes.read",
  ],
  accountOf: (_settings, facts) => (typeof facts.merchantId === "string" ? facts.merchantId : null),
  advise,
  factsOfAccount: (merchantId) => ({ merchantId }),
  limits: budgetLimits,
  apiUrl,
  allowedHosts: (settings) => [...new Set([new URL(apiUrl(settings)).host, new URL(accountsUrl(settings)).host])],
  headers: (token) => ({ authorization: `Bearer ${token}`, accept: "application/json" }),
  query: () => ({}),
  signIn,
  signInOnce: true,
  awaits: ({ refreshToken }) => (refreshToken === undefined ? appNotInstalled : null),
  webhooks: sallaWebhooks,
  pages: sallaPages,
  judge: judgeAnswer,
  observe: observeHeaders,
  // An empty shop tells little; and the store's own link with Qoyod may be switched on at any time (product.md, 1.2).
  looksAgainAfterMs: (facts) => (Object.values(facts).includes("unknown") ? 6 : 24) * hourMs,
  open: openSession,
};

function openSession(door: Door, settings: SallaSettings, facts: Facts): Session {
  const seen = createSeenCustomers();
  const holders = createHolderSearch(door, facts);
  const orders = ordersSource({ door, settings, facts, holders, seen });
  const readOrder = async (id: string) => (await orders.read([id])).get(id) ?? ({ kind: "missing" } as const);
  return {
    sources: {
      orders: erased(orders),
      customers: erased(customersSource(door, seen)),
      units: erased(unitsSource(door, (sku) => holders.withSku(sku))),
      "credit-notes": erased(creditNotesSource(door, readOrder)),
    },
    targets: {},
    shopStock: shopStock(door),
    clockAheadMs: () => door.clockAheadMs(),
    lookUp: (set) => lookUp(door, holders, set),
    choices: (set) => choicesOf(door, holders, set),
    nameOf: (resource, id) => nameOf(door, resource, id),
    subscribe: (url, secret) => subscribe(door, settings, url, secret),
    subscriptions: () => readSubscriptions(door),
    probe: () => probe(door, settings),
  };
}

/** The engine knows no row types; the flow that reads a source has checked them. */
function erased<Row, Source extends Row>(source: SourceResource<Row, Source>): SourceResource<never, never> {
  return source as unknown as SourceResource<never, never>;
}
