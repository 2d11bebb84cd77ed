import { z } from "zod";
import type { PageVisitor } from "../core/connector.ts";
import { type Connection, listConnections } from "../store/connections.ts";
import { findIntegration, type Integration, listIntegrations } from "../store/integrations.ts";
import { connectionById, type Desk } from "./desk.ts";
import type { RateBound } from "./rate-bound.ts";
import { flowOfOrders } from "./send-orders.ts";

/** Every bound of the page inside a vendor's dashboard has a name (architecture, law 9). */
export const pageBounds = {
  /** the longest that a visit lasts before the dashboard is asked for a fresh token, in milliseconds */
  visitMs: 15 * 60_000,
  /** the longest token that is asked about */
  tokenLength: 4_096,
  /** questions about one connection's app in a window, in each process */
  perWindow: 60,
  windowMs: 60_000,
  /** apps that are asked for one token, where the dashboard does not say which app it opened */
  apps: 5,
} as const;

/** Who knocks at a page. */
export interface Knock {
  readonly vendor: string;
  /** the token that the dashboard opened the page with */
  readonly token: string;
  /** the app that the dashboard says it opened; left out where it says none */
  readonly app?: string | undefined;
}

/**
 * What became of a knock: `refused`: the vendor vouches for nobody · `unknown-store`: it does, for a store that no integration
 * here is of · `too-many`: it was not asked, because too many knocked
 */
export type Admission =
  | { readonly kind: "admitted"; readonly session: string; readonly until: Date; readonly integration: string }
  | { readonly kind: "refused" | "unknown-store" | "too-many" };

/**
 * Asks the vendor whose dashboard opened a page, and opens a visit for the integration of that store and of no other. The
 * session is sealed and kept nowhere, so that every process knows it; it ends no later than the vendor's own word.
 * @throws {RetryLater} where the vendor cannot be asked
 */
export async function admitVisitor(desk: Desk, rate: RateBound, knock: Knock): Promise<Admission> {
  let found: Admission = { kind: "refused" };
  let failure: unknown = null;
  for (const app of await appsOf(desk, knock)) {
    const [{ id, vendor, settings }] = app.connections;
    if (!rate.take(id)) return { kind: "too-many" };
    try {
      const visitor = await desk.visitorOf({ vendor, settings, app: app.id, token: knock.token });
      if (visitor !== null) found = await visitOf(desk, app, visitor);
      if (found.kind === "admitted") return found;
    } catch (error) {
      failure = error;
    }
  }
  // Another app's silence says nothing of a token that one has vouched for.
  if (found.kind === "refused" && failure !== null) throw failure;
  return found;
}

async function visitOf(desk: Desk, { connections }: App, { account, until }: PageVisitor): Promise<Admission> {
  const integration = await integrationOf(desk, connections, account);
  if (integration === null) return { kind: "unknown-store" };
  const ends = Math.min(until, desk.clock.now() + pageBounds.visitMs);
  const { vendor } = connections[0];
  const visit: Sealed = { page: vendor, integrationId: integration.id, account, until: ends };
  const session = desk.seal.seal(JSON.stringify(visit)).toString("base64url");
  return { kind: "admitted", session, until: new Date(ends), integration: integration.name };
}

/** The integration that a session is of; null where it is none, is over, or the store is no longer the integration's. */
export async function integrationOfVisit(desk: Desk, vendor: string, session: string): Promise<Integration | null> {
  const visit = unsealed(desk, session);
  if (visit === null || visit.page !== vendor || visit.until <= desk.clock.now()) return null;
  const integration = await findIntegration(desk.store.database, { id: visit.integrationId });
  if (integration === null) return null;
  const source = await connectionById(desk, integration.sourceConnectionId);
  return desk.accountOf(source) === visit.account ? integration : null;
}

const sealed = z.strictObject({ page: z.string(), integrationId: z.int(), account: z.string(), until: z.number() });
type Sealed = z.output<typeof sealed>;

function unsealed(desk: Desk, session: string): Sealed | null {
  try {
    return sealed.parse(JSON.parse(desk.seal.open(Buffer.from(session, "base64url"))));
  } catch {
    // Whatever it is, it is none of ours.
    return null;
  }
}

/** An app at a vendor's, with the connections that were made with it. */
interface App {
  readonly id: string;
  readonly connections: readonly [Connection, ...Connection[]];
}

/** One and the same id at another address is another app: no stand-in vouches for a store at the vendor's own. */
async function appsOf(desk: Desk, { vendor, app }: Knock): Promise<readonly App[]> {
  const connector = desk.connectors.get(vendor);
  const { pages } = connector ?? {};
  if (connector === undefined || pages === undefined) throw new Error(`${vendor} shows no pages of ours`);
  const apps = new Map<string, App>();
  for (const connection of await listConnections(desk.store.database)) {
    if (connection.vendor !== vendor) continue;
    const settings = connector.settings.parse(connection.settings);
    const id = pages.appOf(settings, connection.facts);
    if (id === null || (app !== undefined && app !== id)) continue;
    const key = `${connector.apiUrl(settings)} ${id}`;
    const known = apps.get(key);
    apps.set(key, { id, connections: known === undefined ? [connection] : [...known.connections, connection] });
  }
  return [...apps.values()].slice(0, pageBounds.apps);
}

/** The integration of a store whose orders can be sent; one that is not paused before others. */
async function integrationOf(
  desk: Desk,
  connections: readonly Connection[],
  account: string,
): Promise<Integration | null> {
  const ids = connections.filter((one) => desk.accountOf(one) === account).map(({ id }) => id);
  const own = (await listIntegrations(desk.store.database)).filter(
    (one) => ids.includes(one.sourceConnectionId) && flowOfOrders(desk, one) !== undefined,
  );
  return own.find(({ paused }) => !paused) ?? own[0] ?? null;
}
