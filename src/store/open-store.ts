import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import pg from "pg";
import { againIfLost } from "./connection-lost.ts";
import { type EmbeddedServer, openEmbedded } from "./embedded/open-embedded.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";

/** Where the data lives: a server of the user's, or the PostgreSQL that Mizan brings along, in a folder. */
export type StoreLocation = { readonly databaseUrl: string } | { readonly folder: string };

/** An open database. */
export interface Store {
  readonly database: Kysely<Schema>;
  /** the pool under it, for the job engine */
  readonly pool: pg.Pool;
  /** connections of their own for locks that are held while the work goes on over those of the pool */
  readonly locks: pg.Pool;
  /** the same database over one connection whose commits do not wait for the disk, for what may be lost with the power */
  readonly hasty: Kysely<Schema>;
  /** the same database over connections of its own, for answers that must not wait behind the work */
  readonly prompt: Kysely<Schema>;
  readonly location: StoreLocation;
  /** name under which the database knows whether this process lives (see `claimRun`) */
  readonly lifeline: string;
  close(): Promise<void>;
}

/** Settings that a caller may leave out. */
export interface StoreOptions {
  readonly log?: (line: string) => void;
  /** connections of this process at the most */
  readonly poolSize?: number;
}

const int8 = 20;
const defaultPoolSize = 8;
const promptPoolSize = 4;
/** Locks held or waited for by this process at once; further ones wait for their turn, as long as for a lock. */
const locksPoolSize = 8;
const locksTimeoutMs = 600_000;
const connectTimeoutMs = 10_000;

/**
 * Opens the database, starting the embedded server where it does not run yet, and brings the tables up to date.
 * @throws {DatabaseRefused} when the folder or the server is not one that this version may touch.
 */
export async function openStore(location: StoreLocation, options: StoreOptions = {}): Promise<Store> {
  const embedded =
    "folder" in location
      ? await openEmbedded({ folder: location.folder, ...(options.log ? { log: options.log } : {}) })
      : null;
  const server =
    embedded === null ? { connectionString: (location as { databaseUrl: string }).databaseUrl } : embedded.connection;
  const pool = openPool({ ...server, max: options.poolSize ?? defaultPoolSize }, options.log);
  const hastyPool = openPool(
    { ...server, max: 1, idleTimeoutMillis: 0, options: "-c synchronous_commit=off" },
    options.log,
  );
  // Opened only where something must be answered at once, and closed again at rest.
  const promptPool = openPool({ ...server, max: promptPoolSize }, options.log);
  const locks = openPool({ ...server, max: locksPoolSize, connectionTimeoutMillis: locksTimeoutMs }, options.log);
  const name = `${hostname()} ${process.pid} ${randomBytes(4).toString("hex")}`;
  hastyPool.on("connect", (client) => holdLifeline(client, name, options.log));
  const over = (under: pg.Pool) =>
    new Kysely<Schema>({ dialect: new PostgresDialect({ pool: revivingPool(under, embedded) }) });
  const database = over(pool);
  const hasty = over(hastyPool);
  const prompt = over(promptPool);
  const close = async () => {
    await Promise.all([database.destroy(), hasty.destroy(), prompt.destroy(), locks.end()]);
    await embedded?.close();
  };
  try {
    await againIfLost(() => migrate(database));
    await againIfLost(() => hasty.executeQuery(CompiledQuery.raw("select 1")));
  } catch (error) {
    await close();
    throw error;
  }
  return { database, hasty, prompt, pool, locks, location, lifeline: name, close };
}

/** The first half of the advisory locks by which living processes are known. */
export const lifelineSpace = 7_201_965;

/** Holds, as long as this connection lives, the lock that says that the process lives; it dies with the process. */
function holdLifeline(client: pg.ClientBase, process: string, log: StoreOptions["log"]): void {
  client.query("select pg_advisory_lock($1, hashtext($2))", [lifelineSpace, process]).catch((error: unknown) => {
    log?.(`the lifeline of ${process} could not be held: ${String(error)}`);
  });
}

function openPool(settings: pg.PoolConfig, log: StoreOptions["log"]): pg.Pool {
  const pool = new pg.Pool({
    connectionTimeoutMillis: connectTimeoutMs,
    ...settings,
    application_name: "mizan",
    types: {
      getTypeParser: (oid, format) =>
        oid === int8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that dies at rest is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => log?.(`database connection lost: ${error.message}`));
  // The same for one that is in use but between two queries: the next query says that it is lost.
  pool.on("connect", (client) => client.on("error", (error) => log?.(`database connection lost: ${error.message}`)));
  return pool;
}

/** A pool that brings the embedded server back when it cannot connect (it may have been killed). */
function revivingPool(pool: pg.Pool, embedded: EmbeddedServer | null): PostgresPool {
  const connect = () => pool.connect() as unknown as Promise<PostgresPoolClient>;
  return {
    connect: async () => {
      if (embedded === null) return connect();
      try {
        return await connect();
      } catch {
        await embedded.revive();
        return connect();
      }
    },
    end: () => pool.end(),
    options: pool.options,
  };
}

/** Whether the database answers; for health checks. */
export async function answers(store: Store): Promise<boolean> {
  try {
    await store.database.executeQuery(CompiledQuery.raw("select 1"));
    return true;
  } catch {
    return false;
  }
}
