import { readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseFile } from "./database-file.ts";
import { DatabaseRefused } from "./database-refused.ts";
import { type FolderLayout, layoutOf, nearestExisting, programCopyPrefix } from "./folder-layout.ts";
import { type FolderLock, takeLock, tryLock } from "./folder-lock.ts";
import { initialiseCluster } from "./initialise-cluster.ts";
import { inspectFolder } from "./inspect-folder.ts";
import { stopPostmaster } from "./postmaster.ts";
import { locateProgram, type Program, usableProgram } from "./program.ts";
import { type Connection, connectionTo, knock, removeShortFolder } from "./server-address.ts";
import { boundServerLog } from "./server-log.ts";
import { isRoot, type ServerOwner, serverOwner } from "./server-owner.ts";
import { ensureRunning, type StartPlan } from "./start-server.ts";

/** A PostgreSQL server that Mizan brings along, shared by all Mizan processes on one data folder. */
export interface EmbeddedServer {
  /**
   * For `pg.Pool` and `pg.Client`: `host` is the folder of the unix socket, or 127.0.0.1. Read it again after `revive`:
   * over TCP a restarted server may have another port.
   */
  readonly connection: Connection;
  /** Whether this call started the server; false when it joined a living one. */
  readonly started: boolean;
  /**
   * Returns when the server answers, having restarted it if it had died. Any number of processes may call it at once.
   * Throws DatabaseRefused when it cannot be brought back, Error after `close`.
   */
  revive(): Promise<void>;
  /** Leaves the server. The last Mizan process to leave stops it. Later calls do nothing. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The data folder, for the database alone: empty, not there yet, or made by an earlier call. */
  readonly folder: string;
  /** Receives one sentence per start, stop or trouble. */
  readonly log?: (line: string) => void;
  /** "tcp" listens on 127.0.0.1 instead of a unix socket; the default on Windows. */
  readonly transport?: "socket" | "tcp";
}

/** Longer than a start (60 s) and a stop (30 s) of another process together. */
const lockTimeoutMs = 100_000;
const stopTimeoutMs = 30_000;
const logCheckMs = 60_000;

/**
 * Opens the database in a data folder: makes it on the first call, starts its server if none is running, joins it
 * otherwise. Several processes may do so at once. The server outlives its starter's death.
 *
 * Throws DatabaseRefused for a folder that is of another version, damaged, not ours or not usable, and for a machine
 * without the program.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const layout = layoutOf(options.folder);
  const log = options.log ?? (() => undefined);
  const transport = options.transport ?? (process.platform === "win32" ? "tcp" : "socket");
  const joined = await joinRunning(layout);
  const entered = joined ?? (await enterUnderLock(layout, log, transport));
  return handle(layout, log, transport, entered);
}

interface Entered {
  readonly connection: Connection;
  readonly started: boolean;
  readonly use: FolderLock;
}

/** The quick way in. The use lock comes first: while we hold it nobody stops the server that we find. */
async function joinRunning(layout: FolderLayout): Promise<Entered | undefined> {
  const state = inspectFolder(layout);
  if (state.kind !== "ours") return undefined;
  const use = await takeLock(layout.useLock, "together", lockTimeoutMs);
  try {
    const connection = connectionTo(layout, state.file);
    if (connection && (await knock(layout, connection)) === "ready") return { connection, started: false, use };
  } catch (error) {
    use.release();
    throw error;
  }
  use.release();
  return undefined;
}

async function enterUnderLock(
  layout: FolderLayout,
  log: (line: string) => void,
  transport: "socket" | "tcp",
): Promise<Entered> {
  const firstExisting = nearestExisting(layout.folder);
  const start = await takeLock(layout.startLock, "alone", lockTimeoutMs);
  try {
    const state = inspectFolder(layout);
    const plan = planFor(layout, log, transport);
    const file = state.kind === "ours" ? state.file : await makeOrTidy(plan, state, start, firstExisting);
    const use = await takeLock(layout.useLock, "together", lockTimeoutMs);
    try {
      const running = await ensureRunning(plan, file);
      return { connection: reachable(layout, running.file), started: running.started, use };
    } catch (error) {
      use.release();
      await stopIfUnused(layout, log);
      throw error;
    }
  } finally {
    start.release();
  }
}

/** Initialises; a folder that could not be initialised is left as it was found, our lock file and our folders included. */
async function makeOrTidy(
  plan: StartPlan,
  state: Parameters<typeof initialiseCluster>[1],
  start: FolderLock,
  firstExisting: string,
): Promise<DatabaseFile> {
  const begun = performance.now();
  try {
    const file = await initialiseCluster(plan.layout, state, await plan.program(), plan.owner);
    plan.log(`The database in ${plan.layout.folder} was made in ${Math.round(performance.now() - begun)} ms.`);
    return file;
  } catch (error) {
    start.discard();
    for (let folder = plan.layout.folder; folder !== firstExisting; folder = dirname(folder)) {
      if (readdirSync(folder).length > 0) break;
      rmdirSync(folder);
    }
    throw error;
  }
}

function handle(
  layout: FolderLayout,
  log: (line: string) => void,
  transport: "socket" | "tcp",
  entered: Entered,
): EmbeddedServer {
  let { connection } = entered;
  let isClosed = false;
  let reviving: Promise<void> | undefined;
  const logCheck = setInterval(() => {
    try {
      boundServerLog(layout);
    } catch (error) {
      log(`The log ${layout.log} could not be kept small: ${error instanceof Error ? error.message : String(error)}`);
    }
  }, logCheckMs).unref();

  const reviveOnce = async () => {
    if ((await knock(layout, connection)) === "ready") return;
    const start = await takeLock(layout.startLock, "alone", lockTimeoutMs);
    try {
      const state = inspectFolder(layout);
      if (state.kind !== "ours") throw vanished(layout);
      const { file, started } = await ensureRunning(planFor(layout, log, transport), state.file);
      connection = reachable(layout, file);
      if (started) log(`The database in ${layout.folder} had ended and was started again.`);
    } finally {
      start.release();
    }
  };

  return {
    get connection() {
      return connection;
    },
    started: entered.started,
    revive() {
      if (isClosed) return Promise.reject(new Error(`The database in ${layout.folder} was closed by this process.`));
      reviving ??= reviveOnce().finally(() => {
        reviving = undefined;
      });
      return reviving;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(logCheck);
      await reviving?.catch(() => undefined);
      await leave(layout, log, entered.use);
    },
  };
}

async function leave(layout: FolderLayout, log: (line: string) => void, use: FolderLock): Promise<void> {
  let start: FolderLock;
  try {
    start = await takeLock(layout.startLock, "alone", lockTimeoutMs);
  } finally {
    use.release();
  }
  try {
    await stopIfUnused(layout, log);
  } finally {
    start.release();
  }
}

/** Only for the holder of the start lock who no longer holds the use lock. */
async function stopIfUnused(layout: FolderLayout, log: (line: string) => void): Promise<void> {
  const alone = tryLock(layout.useLock, "alone");
  if (!alone) return;
  try {
    const isStopped = await stopPostmaster(layout, stopTimeoutMs);
    if (isStopped) removeShortFolder(layout);
    log(
      isStopped
        ? `The database in ${layout.folder} was stopped.`
        : `The database in ${layout.folder} has not stopped within ${stopTimeoutMs / 1000} s and is left to itself.`,
    );
  } finally {
    alone.release();
  }
}

function planFor(layout: FolderLayout, log: (line: string) => void, transport: "socket" | "tcp"): StartPlan {
  const owner = serverOwner(layout);
  let program: Promise<Program> | undefined;
  return {
    layout,
    owner,
    transport,
    log,
    program: () => {
      program ??= findProgram(layout, owner);
      return program;
    },
  };
}

async function findProgram(layout: FolderLayout, owner: ServerOwner | undefined): Promise<Program> {
  const program = locateProgram();
  const name = `${programCopyPrefix}${program.version}`;
  // Root's copy must be where any user can walk to; anybody else keeps a copy to themselves.
  const copies = isRoot() ? [join("/var/lib", name), join(tmpdir(), name)] : [join(layout.folder, name)];
  return usableProgram(program, owner, copies);
}

function reachable(layout: FolderLayout, file: DatabaseFile): Connection {
  const connection = connectionTo(layout, file);
  if (!connection) throw vanished(layout);
  return connection;
}

function vanished(layout: FolderLayout): DatabaseRefused {
  return new DatabaseRefused(
    "damaged",
    `The data folder ${layout.folder} was emptied or replaced while its database was in use.`,
    "Stop all Mizan processes, put the folder back, and start again.",
  );
}
