/**
 * One lock for the stock of an integration: invoicing, counting and the computing of quantities exclude each other, in
 * whatever process they run (product.md, 1.1). It goes with its connection, so a killed process holds nothing.
 */
import type { PoolClient } from "pg";
import type { Store } from "./open-store.ts";

/** The first half of these advisory locks. */
export const stockSpace = 7_340_022;
/** A wait is cut into looks of this length, so that who waits hears that the run is to stop. */
const lookMs = 1_000;
const lockNotAvailable = "55P03";
/** What the pool says when all its connections stay in use. */
const noneFree = /timeout exceeded when trying to connect/;

/** The lock, as long as its connection lives. */
export interface StockLock {
  /** @throws the loss of the connection: somebody else may have the lock by now */
  check(): void;
  release(): Promise<void>;
}

/**
 * Takes the lock over a connection that no work needs. Who came first has it first.
 * @param wait looks of a second for as long as it is held by others
 * @returns null where it is held still
 */
export async function takeStockLock(
  { locks }: Pick<Store, "locks">,
  integrationId: number,
  wait: { readonly signal: AbortSignal; readonly looks: number },
): Promise<StockLock | null> {
  const client = await connected(locks, wait.signal);
  if (client === null) return null;
  try {
    // Mostly nobody holds it. Where others wait already, this does not pass them by.
    if (await isFree(client, integrationId)) return held(client, integrationId);
    await client.query(`set lock_timeout = ${lookMs}`);
    for (let look = 0; look < wait.looks; look += 1) {
      wait.signal.throwIfAborted();
      if (await isTaken(client, integrationId)) return held(client, integrationId);
    }
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
  return null;
}

/** A connection, unless the wait for it is given up: one that comes later goes back. @returns null where none comes free */
async function connected(locks: Store["locks"], signal: AbortSignal): Promise<PoolClient | null> {
  signal.throwIfAborted();
  const connecting = locks.connect();
  const over = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([connecting, givenUp]);
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    if (error instanceof Error && noneFree.test(error.message)) return null;
    throw error;
  } finally {
    over.abort();
  }
}

async function isFree(client: PoolClient, integrationId: number): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1, $2) as taken", [
    stockSpace,
    integrationId,
  ]);
  return rows[0]?.taken === true;
}

async function isTaken(client: PoolClient, integrationId: number): Promise<boolean> {
  try {
    await client.query("select pg_advisory_lock($1, $2)", [stockSpace, integrationId]);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === lockNotAvailable) return false;
    throw error;
  }
}

function held(client: PoolClient, integrationId: number): StockLock {
  let lost: Error | null = null;
  const onError = (error: Error) => {
    lost = error;
  };
  client.on("error", onError);
  return {
    check: () => {
      if (lost !== null) throw lost;
    },
    release: async () => {
      // The lock goes with its connection, so that one that cannot be unlocked is not used again.
      const free = client.query("select pg_advisory_unlock($1, $2)", [stockSpace, integrationId]);
      const isFree = await free.then(
        () => lost === null,
        () => false,
      );
      client.off("error", onError);
      client.release(!isFree);
    },
  };
}
