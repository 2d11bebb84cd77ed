import type { Connector, Door, Facts, Session } from "../../core/connector.ts";
import type { SourceResource } from "../../core/resources.ts";
import { contacts } from "./contacts.ts";
import { documentSource } from "./document-source.ts";
import { changedItemsSource, itemsSource } from "./items.ts";
import { judgeAnswer, observeHeaders } from "./judge.ts";
import { lookUp } from "./look-up.ts";
import { nameOf } from "./name-of.ts";
import { probe } from "./probe.ts";
import { purchaseOrderTarget } from "./purchase-order-target.ts";
import { purchaseOrders } from "./purchase-orders.ts";
import { salesOrders } from "./sales-orders.ts";
import {
  accountsHost,
  apiHost,
  budgetLimits,
  type ZohoBooksSecrets,
  type ZohoBooksSettings,
  zohoBooksConsent,
  zohoBooksSecrets,
  zohoBooksSettings,
} from "./settings.ts";
import { exchangeCode, signIn } from "./sign-in.ts";

/** Zoho Books, API v3: items, vendors, sales orders and purchase orders are read; purchase orders are made. */
export const zohoBooks: Connector<ZohoBooksSettings, ZohoBooksSecrets> = {
  vendor: "zoho-books",
  title: "Zoho Books",
  settings: zohoBooksSettings,
  secrets: zohoBooksSecrets,
  exchange: {
    by: "code",
    secrets: zohoBooksConsent,
    run: async (context, send) => {
      const consent = { ...context, secrets: zohoBooksConsent.parse(context.secrets) };
      return (await exchangeCode(consent, send)).secrets;
    },
  },
  privileges: [
    "ZohoBooks.settings.READ",
    "ZohoBooks.salesorders.READ",
    "ZohoBooks.contacts.READ",
    "ZohoBooks.purchaseorders.READ",
    "ZohoBooks.purchaseorders.CREATE (only for the export of buy orders)",
  ],
  accountOf: (settings) => `${apiHost(settings)} ${settings.organizationId}`,
  limits: budgetLimits,
  apiUrl: (settings) => `${apiHost(settings)}/books/v3`,
  allowedHosts: (settings) => [...new Set([new URL(apiHost(settings)).host, new URL(accountsHost(settings)).host])],
  headers: (token) => ({ authorization: `Zoho-oauthtoken ${token}`, accept: "application/json" }),
  query: (settings) => ({ organization_id: settings.organizationId }),
  signIn,
  judge: judgeAnswer,
  observe: observeHeaders,
  open: openSession,
};

function openSession(door: Door, settings: ZohoBooksSettings, facts: Facts): Session {
  return {
    sources: {
      items: erased(itemsSource(door, facts)),
      "changed-items": erased(changedItemsSource(door, facts)),
      contacts: erased(documentSource(contacts, door, facts)),
      salesorders: erased(documentSource(salesOrders, door, facts)),
      purchaseorders: erased(documentSource(purchaseOrders, door, facts)),
    },
    targets: { purchaseorders: purchaseOrderTarget(door) },
    clockAheadMs: () => door.clockAheadMs(),
    lookUp: (set) => lookUp(door, set),
    nameOf: (resource, id) => nameOf(door, resource, id),
    probe: () => probe(door, settings),
  };
}

/** The engine knows no row types; the flow that reads a source has checked them. */
function erased<Row, Source extends Row>(source: SourceResource<Row, Source>): SourceResource<never, never> {
  return source as unknown as SourceResource<never, never>;
}
