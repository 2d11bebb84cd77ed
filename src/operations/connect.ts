import { z } from "zod";
import type { Connector, Facts } from "../core/connector.ts";
import { InvalidInput } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";
import { explain } from "../core/reasons.ts";
import { readBudget } from "../store/call-budgets.ts";
import {
  type Connection,
  findConnection,
  listConnections,
  saveConnection,
  saveFacts,
  setNeedsPerson,
} from "../store/connections.ts";
import { connectionNamed, type Desk } from "./desk.ts";
import { faultOf } from "./fault.ts";

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
  const trial = await desk.openTrial({ vendor, settings, secrets, connectionId: existing?.id ?? null, signal });
  const facts = await trial.session.probe().finally(() => trial.close());
  const id = await desk.store.database.transaction().execute((executor) =>
    saveConnection(
      executor,
      desk.seal,
      {
        name,
        vendor,
        settings: settings as Record<string, unknown>,
        secrets: secrets as Record<string, unknown>,
        facts,
      },
      new Date(desk.clock.now()),
    ),
  );
  const connection = await findConnection(desk.store.database, { id });
  if (connection === null) throw new Error(`connection ${name} vanished while it was saved`);
  return { connection, facts };
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
  /** what is wrong and what a person must do, where it does not work */
  readonly problem: { readonly sentence: string; readonly action: string } | null;
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
  let needsPerson = false;
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
    needsPerson = fault.kind === "person";
    problem = { sentence: fault.message, action: fault.action ?? laterWords(fault.retryAt) };
  }
  const budget = await readBudget(desk.store.database, connection.id);
  const limits = connector.limits(connection.settings);
  const at = (moment: number | null) => (moment === null ? null : new Date(moment));
  return {
    connection: name,
    vendor: connection.vendor,
    works: problem === null,
    needsPerson,
    problem,
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
