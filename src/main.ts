/**
 * Mizan put together: the one file that knows every room. It reads like a table of contents; everything else is handed
 * what it needs.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { listen } from "./api/listen.ts";
import { connectors } from "./connectors/index.ts";
import type { Clock, Random } from "./core/clock.ts";
import type { Config } from "./core/config.ts";
import type { Connector, Door, Facts } from "./core/connector.ts";
import { NeedsPerson } from "./core/errors.ts";
import { readInput } from "./core/invalid-fields.ts";
import type { BudgetLedger, TokenVault } from "./core/ledger.ts";
import type { Log, Workbench } from "./engine/workbench.ts";
import { integrationKinds } from "./flows/index.ts";
import { type Jobs, startJobs } from "./jobs/start-jobs.ts";
import { type Desk, flowsOf } from "./operations/desk.ts";
import { openDoor } from "./outbound/open-door.ts";
import { createSignInSend } from "./outbound/sign-in.ts";
import { systemClock } from "./outbound/system-clock.ts";
import { defaultTransport, type Transport } from "./outbound/transport.ts";
import { createTokenVault } from "./store/access-tokens.ts";
import { createBudgetLedger } from "./store/call-budgets.ts";
import { againIfLost } from "./store/connection-lost.ts";
import { type Connection, connectionSecrets, setNeedsPerson } from "./store/connections.ts";
import { checkInstallation, takeNewKey } from "./store/installation.ts";
import { openStore } from "./store/open-store.ts";
import { createSeal } from "./store/seal.ts";
import { secretKey } from "./store/secret-key.ts";

/** What differs between a real process and a rehearsed one. */
export interface MizanOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** the network to the vendors, unless a rehearsal brings its own */
  readonly transport?: Transport;
  /** the secret key was lost: go on with a new one, and have every connection connected again */
  readonly newKey?: boolean;
}

/** A running Mizan: the desk that every operation takes, and its end. */
export interface Mizan {
  readonly desk: Desk;
  /** the folder of the secret key, and of the embedded database where there is one */
  readonly home: string;
  close(): Promise<void>;
}

/** Opens the database and puts the parts together. @throws {DatabaseRefused} {InvalidInput} */
export async function openMizan(config: Config, options: MizanOptions = {}): Promise<Mizan> {
  const home = config.MIZAN_HOME ?? join(homedir(), ".mizan");
  const log: Log = options.log ?? (() => undefined);
  const seal = createSeal(await secretKey(config.MIZAN_SECRET_KEY, home, options.newKey ?? false));
  const location =
    config.MIZAN_DATABASE_URL === undefined
      ? { folder: join(home, "database") }
      : { databaseUrl: config.MIZAN_DATABASE_URL };
  const store = await openStore(location, { log: (line) => log("debug", line) });
  try {
    if (options.newKey) await takeNewKey(store.database, seal);
    await againIfLost(() => checkInstallation(store.database, seal));
  } catch (error) {
    await store.close();
    throw error;
  }
  const bench = {
    store,
    seal,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    log,
    process: store.lifeline,
  };
  return { desk: createDesk(bench, options.transport ?? defaultTransport), home, close: () => store.close() };
}

/** Starts the schedule and the worker of this process. Stop them before Mizan closes. */
export function startWorking({ desk }: Mizan): Promise<Jobs> {
  return startJobs(desk, { flowsOf: (integration) => flowsOf(desk, integration), schedule: true });
}

/** The API beside the jobs of one process. */
export interface Serving {
  /** where the API answers, without a slash at the end */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the API, the schedule and the worker in this process. @throws {InvalidInput} when the address is taken */
export async function startServing(mizan: Mizan, address: { host: string; port: number }): Promise<Serving> {
  const jobs = await startWorking(mizan);
  try {
    const listener = await listen(mizan.desk, jobs, address);
    const close = async () => {
      await Promise.all([listener.close(), jobs.stop()]);
    };
    return { url: listener.url, close };
  } catch (error) {
    await jobs.stop();
    throw error;
  }
}

type Bench = Pick<Workbench, "store" | "seal" | "clock" | "random" | "log" | "process">;

function createDesk(bench: Bench, transport: Transport): Desk {
  const vendors = new Map(connectors.map((connector) => [connector.vendor, connector]));
  const kinds = new Map(integrationKinds.map((kind) => [kind.name, kind]));
  const vault = createTokenVault(bench.store.database, bench.seal);
  const ledger = createBudgetLedger(bench.store.hasty);
  const vendorTitle = (vendor: string) => vendors.get(vendor)?.title ?? vendor;
  return {
    ...bench,
    connectors: vendors,
    kinds,
    vendorTitle,
    limitsOf: ({ vendor, settings }) => {
      const connector = connectorOf(vendors, vendor);
      return connector.limits(readInput(connector.settings, settings));
    },
    overlay: (integration, side) => kinds.get(integration.kind)?.overlay(integration.options)[side] ?? {},
    openSession: async (connection, options) => {
      const connector = connectorOf(vendors, connection.vendor);
      const settings = readInput(connector.settings, { ...connection.settings, ...options.overlay });
      const secrets = readInput(
        connector.secrets,
        await connectionSecrets(bench.store.database, bench.seal, connection.id),
        { secret: true },
      );
      const door = openDoor({
        ...bench,
        ...options,
        connectionId: connection.id,
        connector,
        settings,
        secrets,
        ledger,
        vault,
        transport,
        onCall: ({ vendor, method, status }) => options.onCall({ vendor, method, status: status ?? 0 }),
      });
      const session = connector.open(markingDoor(bench, connection, door), settings, connection.facts);
      return { session, close: () => door.close() };
    },
    exchange: async ({ vendor, settings, secrets }) => {
      const connector = connectorOf(vendors, vendor);
      if (connector.exchange === undefined) throw new Error(`${connector.title} has no credentials that work once`);
      const allowedHosts = connector.allowedHosts(settings);
      const { clock } = bench;
      const send = createSignInSend({
        vendor,
        title: connector.title,
        allowedHosts,
        transport,
        clock,
      });
      return connector.exchange.run({ settings, secrets, clock }, send);
    },
    openTrial: async ({ vendor, settings, secrets, connectionId, signal }) => {
      const connector = connectorOf(vendors, vendor);
      const own = connectionId === null ? trialLedger() : ledger;
      const door = openDoor({
        ...bench,
        purpose: "probe",
        signal,
        connectionId: connectionId ?? 0,
        connector,
        settings,
        secrets,
        ledger: own,
        vault: trialVault(),
        transport,
      });
      const facts: Facts = {};
      return { session: connector.open(door, settings, facts), close: () => door.close() };
    },
  };
}

function connectorOf(vendors: ReadonlyMap<string, Connector>, vendor: string): Connector {
  const connector = vendors.get(vendor);
  if (connector === undefined) throw new Error(`there is no connector for ${vendor}`);
  return connector;
}

/** Keeps at the connection what a person must do, so that no flow calls the vendor again before they have. */
function markingDoor(bench: Bench, connection: Connection, door: Door): Door {
  return {
    clock: door.clock,
    clockAheadMs: () => door.clockAheadMs(),
    call: async (request) => {
      try {
        return await door.call(request);
      } catch (error) {
        if (error instanceof NeedsPerson) {
          await setNeedsPerson(bench.store.database, connection.id, error.action);
          bench.log("warn", "connection needs a person", { connection: connection.name, code: error.action.code });
        }
        throw error;
      }
    },
  };
}

/** A dozen calls of credentials that are not saved yet: they are granted without a stored budget. */
function trialLedger(): BudgetLedger {
  return { exchange: async (_id, _limits, { wanted }) => ({ granted: wanted.length, retryAt: null, parked: null }) };
}

/** The token of credentials that are not saved yet stays in this process. */
function trialVault(): TokenVault {
  let token: Awaited<ReturnType<TokenVault["current"]>> = null;
  return {
    current: async () => token,
    renew: async (_id, stale, signIn) => {
      if (token === null || token.token === stale) token = await signIn();
      return token;
    },
  };
}
