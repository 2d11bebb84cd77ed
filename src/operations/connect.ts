import { z } from "zod";
import type { Connector, Facts } from "../core/connector.ts";
import { InvalidInput, NeedsPerson, type PersonAction } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";
import { explain, type Reason } from "../core/reasons.ts";
import { readBudget } from "../store/call-budgets.ts";
import {
  type Connection,
  findConnection,
  listConnections,
  saveConnection,
  saveFacts,
  setNeedsPerson,
} from "../store/connections.ts";
import { listIntegrations } from "../store/integrations.ts";
import { readLostRenewal } from "../store/renew-once.ts";
import { connectionNamed, type Desk, type KeptSecrets, type Trial } from "./desk.ts";
import { faultOf } from "./fault.ts";
import { overdueCount } from "./overdue-orders.ts";

/** What a new connection is made of; `settings` and `secrets` are the vendor's own, checked by its connector. */
export const connectInput = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and dashes, at most 63"),
  vendor: z.string(),
  settings: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.unknown()),
});

export type ConnectInput = z.input<typeof connectInput>;

/**
 * Tries credentials at the vendor and saves them with what the probe found; nothing is saved when they do not work.
 * An existing connection of the same name and vendor is renewed: it keeps its integrations and those settings that are
 * not given anew; null takes a setting back to its default. Credentials that work once are exchanged for lasting ones.
 * @throws {InvalidInput} {NeedsPerson} {RetryLater}
 */
export async function connect(
  desk: Desk,
  input: ConnectInput,
  signal: AbortSignal,
): Promise<{ connection: Connection; facts: Facts }> {
  const { name, vendor, ...given } = readInput(connectInput, input, { secret: ["secrets"] });
  const connector = desk.connectors.get(vendor);
  if (connector === undefined)
    throw new InvalidInput(
      "vendor",
      `vendor is ${JSON.stringify(vendor)}; allowed: ${[...desk.connectors.keys()].join(", ")}`,
    );
  const existing = await findConnection(desk.store.database, { name });
  if (existing !== null && existing.vendor !== vendor)
    throw new InvalidInput("name", `the connection ${name} exists and is one of ${existing.vendor}`);
  const merged = Object.entries({ ...existing?.settings, ...given.settings }).filter(([, value]) => value !== null);
  const settings = readInput(connector.settings, Object.fromEntries(merged));
  const secrets = await lastingSecrets(desk, connector, settings, given.secrets);
  const tried = await tryOut(desk, { vendor, settings, secrets, connectionId: existing?.id ?? null, signal });
  // What works once is used up by now: it is kept although the account could not be looked at.
  if (tried.error !== undefined && tried.token === null) throw tried.error;
  const facts = tried.facts ?? existing?.facts ?? {};
  const id = await desk.store.database.transaction().execute((executor) =>
    saveConnection(
      executor,
      desk.seal,
      {
        name,
        vendor,
        settings: settings as Record<string, unknown>,
        secrets: tried.secrets,
        facts,
        looked: tried.facts !== null,
        token: tried.token,
        needsPerson: tried.needsPerson,
      },
      new Date(desk.clock.now()),
    ),
  );
  if (tried.error !== undefined) throw tried.error;
  const connection = await findConnection(desk.store.database, { id });
  if (connection === null) throw new Error(`connection ${name} vanished while it was saved`);
  return { connection, facts };
}

/** What came of trying credentials, and what is to be saved of them. */
interface Tried extends KeptSecrets {
  readonly facts: Facts | null;
  readonly needsPerson: Reason | null;
  /** why the account could not be looked at */
  readonly error?: unknown;
}

async function tryOut(desk: Desk, given: Trial): Promise<Tried> {
  const awaited = desk.connectors.get(given.vendor)?.awaits?.(given.secrets) ?? null;
  if (awaited !== null) {
    const secrets = given.secrets as Record<string, unknown>;
    return { facts: null, secrets, token: null, needsPerson: awaited };
  }
  const trial = await desk.openTrial(given);
  try {
    return { facts: await trial.session.probe(), ...trial.kept(), needsPerson: null };
  } catch (error) {
    const needsPerson = error instanceof NeedsPerson ? error.action : null;
    return { facts: null, ...trial.kept(), needsPerson, error };
  } finally {
    await trial.close();
  }
}

async function lastingSecrets(
  desk: Desk,
  connector: Connector,
  settings: unknown,
  given: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { exchange, vendor } = connector;
  if (exchange === undefined || given[exchange.by] === undefined)
    return readInput(connector.secrets, given, { secret: true });
  const secrets = readInput(exchange.secrets, given, { secret: true });
  return desk.exchange({ vendor, settings, secrets });
}

/** What `doctor` finds of a connection. */
export interface Diagnosis {
  readonly connection: string;
  readonly vendor: string;
  readonly works: boolean;
  /** true: a person must act; false with `works` false: it may pass by itself */
  readonly needsPerson: boolean;
  /** what will end although it works now, and what a person must do before then */
  readonly ahead: { readonly sentence: string; readonly action: string } | null;
  /** what is wrong and what a person must do, where it does not work */
  readonly problem: { readonly sentence: string; readonly action: string } | null;
  /** what should be done at the vendor all the same, or to get it to work */
  readonly advice: readonly { readonly sentence: string; readonly action: string }[];
  readonly facts: Facts;
  readonly privileges: readonly string[];
  readonly budget: {
    readonly perMinute: number;
    readonly dayLimit: number | null;
    readonly dayRemaining: number | null;
    readonly dayResetsAt: Date | null;
    readonly pausedUntil: Date | null;
    readonly pauseReason: string | null;
  };
}

/** Calls the vendor, renews what is known of the account, and clears a connection that works again. */
export async function doctor(desk: Desk, name: string, signal: AbortSignal): Promise<Diagnosis> {
  const connection = await connectionNamed(desk, name);
  const connector = desk.connectors.get(connection.vendor);
  if (connector === undefined) throw new Error(`no connector for ${connection.vendor}`);
  let facts = connection.facts;
  let problem: Diagnosis["problem"] = null;
  let refusal: PersonAction | null = null;
  try {
    const opened = await desk.openSession(connection, {
      purpose: "probe",
      signal,
      overlay: {},
      onCall: () => undefined,
    });
    facts = await opened.session.probe().finally(() => opened.close());
    await saveFacts(desk.store.database, connection.id, facts, new Date(desk.clock.now()));
    await setNeedsPerson(desk.store.database, connection.id, null);
  } catch (error) {
    const fault = faultOf(error);
    if (fault.kind === "bug" || fault.kind === "stopped") throw error;
    if (error instanceof NeedsPerson) refusal = error.action;
    problem = { sentence: fault.message, action: fault.action ?? laterWords(fault.retryAt) };
  }
  const budget = await readBudget(desk.store.database, connection.id);
  const limits = connector.limits(connection.settings);
  const at = (moment: number | null) => (moment === null ? null : new Date(moment));
  return {
    connection: name,
    vendor: connection.vendor,
    works: problem === null,
    needsPerson: refusal !== null,
    ahead: problem === null ? await whatIsAhead(desk, connection) : null,
    problem,
    advice: [
      ...(problem !== null && refusal === null ? [] : (connector.advise?.(facts, refusal) ?? [])),
      ...(await overdueAt(desk, connection)),
    ].map((one) => explain(one)),
    facts,
    privileges: connector.privileges,
    budget: {
      perMinute: limits.perMinute,
      dayLimit: budget.dayLimit ?? limits.perDay,
      dayRemaining: budget.dayRemaining,
      dayResetsAt: at(budget.dayResetsAt),
      pausedUntil: at(budget.pausedUntil),
      pauseReason: budget.pauseReason,
    },
  };
}

/** What integrations that read from this connection have left undone. */
async function overdueAt(desk: Desk, { id, vendor }: Connection): Promise<readonly Reason[]> {
  const advice: Reason[] = [];
  for (const integration of await listIntegrations(desk.store.database)) {
    if (integration.sourceConnectionId !== id) continue;
    const count = await overdueCount(desk, integration);
    if (count === null || count === 0) continue;
    const parameters = { count: String(count), integration: integration.name, vendor: desk.vendorTitle(vendor) };
    advice.push({ code: "orders-overdue", parameters });
  }
  return advice;
}

/** A renewal of the token takes at most this long; one that began earlier and has not ended was lost. */
const longestRenewalMs = 240_000;

async function whatIsAhead(desk: Desk, { id, vendor }: Connection): Promise<Diagnosis["ahead"]> {
  const renewal = await readLostRenewal(desk.store.database, desk.seal, id);
  if (renewal === null || desk.clock.now() - renewal.startedAt.getTime() < longestRenewalMs) return null;
  const until = (renewal.worksUntil ?? renewal.startedAt).toISOString();
  return explain({ code: "renewal-lost-ahead", parameters: { vendor: desk.vendorTitle(vendor), until } });
}

function laterWords(retryAt: Date | undefined): string {
  return retryAt === undefined ? "Try again later." : `Try again after ${retryAt.toISOString()}.`;
}

/** A connection as people see it; secrets never leave the store. */
export interface ConnectionView {
  readonly name: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly problem: { readonly sentence: string; readonly action: string } | null;
  readonly checkedAt: Date | null;
}

export async function connections(desk: Desk): Promise<ConnectionView[]> {
  const all = await listConnections(desk.store.database);
  return all.map(({ name, vendor, settings, needsPerson, checkedAt }) => ({
    name,
    vendor,
    settings,
    problem: needsPerson === null ? null : explain(needsPerson),
    checkedAt,
  }));
}
