import type { PoolClient } from "pg";
import type { Db } from "pg-boss";
import type { Log } from "../engine/workbench.ts";
import { answers, type Store } from "../store/open-store.ts";
import { bounds } from "./bounds.ts";

type Listen = NonNullable<Db["listen"]>;

/**
 * The store's own pool as the database of the job engine, so that no second pool is opened. One connection of the pool
 * stays with the notifications that wake idle workers.
 * @param onWake hears of every run that was queued for now, by any process, and of every new notification connection.
 */
export function engineDatabase(store: Store, log: Log, onWake: () => void): Db {
  return {
    executeSql: (text, values) => execute(store, text, values),
    listen: (channel, onNotification, onReconnect) =>
      listen(store, log, channel, {
        notified: (payload) => {
          onNotification(payload);
          onWake();
        },
        // What was announced while nobody listened is found by looking.
        subscribed: () => {
          onReconnect();
          onWake();
        },
      }),
  };
}

async function execute(store: Store, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const client = await connect(store);
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure = error;
  };
  client.once("error", fail);
  try {
    const results = [await client.query(text, values)].flat();
    return { rows: results.flatMap((result) => result.rows as unknown[]) };
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    client.removeListener("error", fail);
    // After an error the connection may stand in a half-done script of the job engine, so it is not used again.
    client.release(failure);
  }
}

/** A connection of the pool; the store's own query brings the embedded server back where it was killed. */
async function connect(store: Store): Promise<PoolClient> {
  try {
    return await store.pool.connect();
  } catch (error) {
    if (!(await answers(store))) throw error;
    return store.pool.connect();
  }
}

interface Ear {
  notified(payload: string): void;
  subscribed(): void;
}

async function listen(store: Store, log: Log, channel: string, ear: Ear): ReturnType<Listen> {
  const closing = new AbortController();
  const listening = keepListening(store, log, channel, ear, closing.signal);
  return {
    close: async () => {
      closing.abort();
      await listening;
    },
  };
}

async function keepListening(store: Store, log: Log, channel: string, ear: Ear, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    try {
      await listenOnce(store, channel, ear, closing);
    } catch (error) {
      // Polling goes on without notifications.
      log("warn", "the connection that wakes workers was lost", { error: String(error) });
      await pause(bounds.reconnectMs, closing);
    }
  }
}

/** Listens until closed. @throws {Error} when the connection is lost. */
async function listenOnce(store: Store, channel: string, ear: Ear, closing: AbortSignal): Promise<void> {
  const client = await connect(store);
  try {
    const ended = new Promise<void>((resolve, reject) => {
      client.on("error", reject);
      client.on("end", () => reject(new Error("the database ended the connection")));
      closing.addEventListener("abort", () => resolve(), { once: true });
      if (closing.aborted) resolve();
    });
    client.on("notification", ({ payload }) => ear.notified(payload ?? ""));
    const subscribed = client.query(`listen "${channel}"`).then(() => ear.subscribed());
    await Promise.all([ended, subscribed]);
  } finally {
    client.removeAllListeners();
    // Errors of a connection that is being given up concern nobody.
    client.on("error", () => undefined);
    client.release(true);
  }
}

/** The machine's time, not the clock of the workbench: it belongs to a connection, not to the work. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
