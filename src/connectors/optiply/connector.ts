import type { Connector, Door, Facts, Session } from "../../core/connector.ts";
import type { SourceResource } from "../../core/resources.ts";
import { readAccounts, writeQuery } from "./account.ts";
import { buyOrderTarget } from "./buy-orders.ts";
import { buyOrdersSource } from "./buy-orders-source.ts";
import { judgeAnswer } from "./judge.ts";
import { probe } from "./probe.ts";
import { products } from "./products.ts";
import { recordName, recordRemoteIds } from "./record-name.ts";
import { resourceTarget, type WrittenResource } from "./resource-target.ts";
import { sellOrders } from "./sell-orders.ts";
import {
  apiUrl,
  budgetLimits,
  type OptiplySecrets,
  type OptiplySettings,
  optiplySecrets,
  optiplySettings,
  tokenUrl,
} from "./settings.ts";
import { signIn } from "./sign-in.ts";
import { supplierProducts } from "./supplier-products.ts";
import { suppliers } from "./suppliers.ts";

const mediaType = "application/vnd.api+json";

/**
 * Optiply, public API v1: products, suppliers, supplier products, sell orders and buy orders are written; buy orders are
 * read.
 */
export const optiply: Connector<OptiplySettings, OptiplySecrets> = {
  vendor: "optiply",
  title: "Optiply",
  settings: optiplySettings,
  secrets: optiplySecrets,
  privileges: ["the API user that Optiply issues for one webshop (read and write)"],
  accountOf: (settings, facts) => {
    const accountId = settings.accountId ?? facts.accountId;
    return typeof accountId === "string" ? `${apiUrl(settings)} ${accountId}` : null;
  },
  limits: budgetLimits,
  apiUrl,
  allowedHosts: (settings) => [...new Set([new URL(apiUrl(settings)).host, new URL(tokenUrl(settings)).host])],
  // The media type is demanded on every request, those without a body included.
  headers: (token) => ({ authorization: `Bearer ${token}`, "content-type": mediaType, accept: mediaType }),
  query: () => ({}),
  signIn,
  judge: judgeAnswer,
  observe: () => ({}),
  open: openSession,
};

function openSession(door: Door, settings: OptiplySettings, facts: Facts): Session {
  const { couplingId } = settings;
  const context = { door, query: writeQuery(door, settings, facts), couplingId, facts };
  const target = (resource: WrittenResource) => [resource.name, resourceTarget(resource, context)] as const;
  return {
    sources: { buyOrders: erased(buyOrdersSource({ door, couplingId, facts })) },
    targets: {
      ...Object.fromEntries([products, suppliers, supplierProducts, sellOrders].map(target)),
      buyOrders: buyOrderTarget(context),
    },
    nameOf: (resource, id) => recordName(door, resource, id),
    remoteIdsOf: (resource, id) => recordRemoteIds(door, couplingId, resource, id),
    clockAheadMs: () => door.clockAheadMs(),
    lookUp: (set) => lookUp(door, set),
    probe: () => probe(door, settings),
  };
}

async function lookUp(door: Door, set: string): Promise<ReadonlyMap<string, string>> {
  if (set !== "accounts") throw new RangeError(`Optiply has no set ${set}; there is accounts`);
  return new Map((await readAccounts(door)).map(({ id, attributes }) => [id, String(attributes.name ?? "")]));
}

/** The engine knows no row types; the flow that reads a source has checked them. */
function erased<Row, Source extends Row>(source: SourceResource<Row, Source>): SourceResource<never, never> {
  return source as unknown as SourceResource<never, never>;
}
