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
import type { AccessToken, Connector, Door, Facts } from "./core/connector.ts";
import { NeedsPerson } from "./core/errors.ts";
import { readInput } from "./core/invalid-fields.ts";
import type { BudgetLedger, TokenVault } from "./core/ledger.ts";
import type { Log, Workbench } from "./engine/workbench.ts";
import { integrationKinds } from "./flows/index.ts";
import { type Jobs, startJobs } from "./jobs/start-jobs.ts";
import { type Desk, flowsOf, type KeptSecrets } from "./operations/desk.ts";
import { openDoor } from "./outbound/open-door.ts";
import { parseJson } from "./outbound/parse-json.ts";
import { createSignInSend } from "./outbound/sign-in.ts";
import { systemClock } from "./outbound/system-clock.ts";
import { defaultTransport, type Transport } from "./outbound/transport.ts";
import { createTokenVault } from "./store/access-tokens.ts";
import { createBudgetLedger } from "./store/call-budgets.ts";
import { againIfLost } from "./store/connection-lost.ts";
import { type Connection, connectionSecrets, setNeedsPerson } from "./store/connections.ts";
import { checkInstallation, takeNewKey } from "./store/installation.ts";
import { storedMirror } from "./store/mirrors.ts";
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

/** How long a vendor may take to say who opened a page: a person waits for it. */
const pageAnswerMs = 10_000;

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
  const { MIZAN_PUBLIC_URL: publicUrl = null, MIZAN_FRAMED_BY: framedBy } = config;
  const desk = createDesk(bench, options.transport ?? defaultTransport, { publicUrl, framedBy });
  return { desk, home, close: () => store.close() };
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

function createDesk(bench: Bench, transport: Transport, outside: Pick<Desk, "publicUrl" | "framedBy">): Desk {
  const vendors = new Map(connectors.map((connector) => [connector.vendor, connector]));
  const kinds = new Map(integrationKinds.map((kind) => [kind.name, kind]));
  const vault = createTokenVault(bench.store.database, bench.seal, bench.clock);
  const ledger = createBudgetLedger(bench.store.hasty);
  const vendorTitle = (vendor: string) => vendors.get(vendor)?.title ?? vendor;
  return {
    ...bench,
    connectors: vendors,
    kinds,
    ...outside,
    parseJson,
    vendorTitle,
    limitsOf: ({ vendor, settings }) => {
      const connector = connectorOf(vendors, vendor);
      return connector.limits(readInput(connector.settings, settings));
    },
    accountOf: ({ vendor, settings, facts }) => {
      const connector = connectorOf(vendors, vendor);
      return connector.accountOf?.(readInput(connector.settings, settings), facts) ?? null;
    },
    factsOfAccount: (vendor, account) => connectorOf(vendors, vendor).factsOfAccount?.(account) ?? null,
    looksAgainAfterMs: ({ vendor, facts }) => connectorOf(vendors, vendor).looksAgainAfterMs?.(facts) ?? null,
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
    ...outsideBudgets(vendors, transport, bench.clock),
    openTrial: async ({ vendor, settings, secrets, connectionId, signal }) => {
      const connector = connectorOf(vendors, vendor);
      const own = connectionId === null ? trialLedger() : ledger;
      const trial = createTrialVault(secrets);
      const door = openDoor({
        ...bench,
        purpose: "probe",
        signal,
        connectionId: connectionId ?? 0,
        connector,
        settings,
        secrets,
        ledger: own,
        vault: trial.vault,
        transport,
      });
      const facts: Facts = {};
      return { session: connector.open(door, settings, facts), kept: trial.kept, close: () => door.close() };
    },
  };
}

/** What vendors are asked without a budget and a token: the exchange of what works once, and whose page it is. */
function outsideBudgets(
  vendors: ReadonlyMap<string, Connector>,
  transport: Transport,
  clock: Clock,
): Pick<Desk, "exchange" | "visitorOf"> {
  const sendOf = (connector: Connector, settings: unknown, waiting: { slowestAnswerMs?: number } = {}) => {
    const { vendor, title } = connector;
    const allowedHosts = connector.allowedHosts(settings);
    return createSignInSend({ vendor, title, allowedHosts, transport, clock, ...waiting });
  };
  return {
    exchange: async ({ vendor, settings, secrets }) => {
      const connector = connectorOf(vendors, vendor);
      if (connector.exchange === undefined) throw new Error(`${connector.title} has no credentials that work once`);
      return connector.exchange.run({ settings, secrets, clock }, sendOf(connector, settings));
    },
    visitorOf: async ({ vendor, settings, app, token }) => {
      const connector = connectorOf(vendors, vendor);
      if (connector.pages === undefined) throw new Error(`${connector.title} shows no pages of ours`);
      const read = readInput(connector.settings, settings);
      const send = sendOf(connector, read, { slowestAnswerMs: pageAnswerMs });
      return connector.pages.visitorOf({ settings: read, app, token, clock }, send);
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
    mirror: (resource) => storedMirror(bench.store.database, connection.id, resource),
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

/** The token of credentials that are not saved yet stays in this process, with the secrets that came in place of theirs. */
function createTrialVault(given: unknown): { readonly vault: TokenVault; kept(): KeptSecrets } {
  let secrets = given as Readonly<Record<string, unknown>>;
  let token: AccessToken | null = null;
  let renewed = false;
  const renew: TokenVault["renew"] = async (_id, stale, signIn) => {
    if (token === null || token.token === stale) token = await signIn();
    return token;
  };
  return {
    kept: () => ({ secrets, token: renewed ? token : null }),
    vault: {
      current: async () => token,
      renew,
      renewOnce: (id, stale, signIn) =>
        renew(id, stale.token, async () => {
          const { renewedSecrets, ...fresh } = await signIn({ secrets, leaving: async () => undefined });
          secrets = renewedSecrets ?? secrets;
          renewed = true;
          return fresh;
        }),
    },
  };
}
