import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type DatabaseFile, writeDatabaseFile } from "./database-file.ts";
import { DatabaseRefused } from "./database-refused.ts";
import type { FolderLayout } from "./folder-layout.ts";
import { diskFull } from "./inspect-folder.ts";
import { clearDeadPostmaster, endOrphans, livingPostmaster, stopPostmaster } from "./postmaster.ts";
import { type Program, programPath } from "./program.ts";
import { cleanEnvironment, clusterArgument } from "./run-program.ts";
import { chooseAddress, connectionTo, knock, listenSettings } from "./server-address.ts";
import { logSince, logSize, openServerLog } from "./server-log.ts";
import type { ServerOwner } from "./server-owner.ts";

/** Everything a start needs to know. */
export interface StartPlan {
  readonly layout: FolderLayout;
  readonly owner: ServerOwner | undefined;
  readonly transport: "socket" | "tcp";
  /** Finds (and where needed copies) the program; asked only when a server has to be started. */
  readonly program: () => Promise<Program>;
  readonly log: (line: string) => void;
}

/** A start with recovery after a crash is bounded by `max_wal_size`; this is ten times what it was seen to take. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
/** How long children of a killed server may take to go by themselves. */
const orphanPatienceMs = 500;
const pauseMs = 10;

/**
 * Settings for a server that shares a small machine: about 20 MB at rest, room for 60 connections. Durability (fsync,
 * full_page_writes, synchronous_commit) is PostgreSQL's default and said aloud, so that no file in the cluster lowers it.
 */
const settings: Record<string, string> = {
  cluster_name: "mizan",
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  max_connections: "60",
  shared_buffers: "32MB",
  maintenance_work_mem: "32MB",
  // Three reading processes by default; they pay off on large scans only.
  io_method: "sync",
  max_wal_size: "512MB",
  min_wal_size: "32MB",
  max_wal_senders: "2",
  max_logical_replication_workers: "0",
  autovacuum_max_workers: "2",
  // A killed client's long query is ended instead of finished, and its locks are freed.
  client_connection_check_interval: "5s",
  timezone: "UTC",
  log_timezone: "UTC",
  logging_collector: "off",
  log_destination: "stderr",
  log_checkpoints: "off",
  // Statements and their values are other people's data and may be secrets: errors go to the client, not to the log.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

/**
 * Makes sure that the server answers, and returns its description (the address may be a new one) and whether it was
 * started here. Only for the holder of the start lock. Throws DatabaseRefused when it cannot be brought up.
 */
export async function ensureRunning(
  plan: StartPlan,
  file: DatabaseFile,
): Promise<{ file: DatabaseFile; started: boolean }> {
  const end = performance.now() + startTimeoutMs;
  let current = file;
  for (let attempt = 0; ; ) {
    const connection = connectionTo(plan.layout, current);
    const answer = connection ? await knock(plan.layout, connection) : "absent";
    if (answer === "ready") return { file: current, started: attempt > 0 };
    if (performance.now() > end) throw tooSlow(plan.layout);
    const living = livingPostmaster(plan.layout);
    if (living) {
      await waitOrReplace(plan, living.status, answer);
      continue;
    }
    if (attempt > 0) await delay(orphanPatienceMs / 5);
    attempt += 1;
    clearDeadPostmaster(plan.layout);
    const address = await chooseAddress(plan.layout, plan.owner, plan.transport);
    if (JSON.stringify(address) !== JSON.stringify(current.address)) {
      current = { ...current, address };
      writeDatabaseFile(plan.layout, current);
    }
    await startOnce(plan, current, end);
  }
}

// A living server that nobody can knock at has lost its socket file (a cleaner of temporary folders): it must come again.
async function waitOrReplace(plan: StartPlan, status: string, answer: "busy" | "absent"): Promise<void> {
  if (answer === "absent" && status === "ready") {
    plan.log(`The database in ${plan.layout.folder} has lost its socket; it is restarted.`);
    await stopPostmaster(plan.layout, stopTimeoutMs);
    return;
  }
  await delay(pauseMs);
}

/** Starts the server and waits until it answers. Returns without success when trying again can help; throws when it cannot. */
async function startOnce(plan: StartPlan, file: DatabaseFile, end: number): Promise<void> {
  const { layout } = plan;
  const before = logSize(layout);
  const startedAt = performance.now();
  const child = await launch(plan, file);
  const connection = connectionTo(layout, file);
  while (connection && child.exitCode === null && child.signalCode === null) {
    if ((await knock(layout, connection)) === "ready") {
      plan.log(`The database in ${layout.folder} started in ${Math.round(performance.now() - startedAt)} ms.`);
      return;
    }
    if (performance.now() > end) throw tooSlow(layout);
    await delay(pauseMs);
  }
  const said = logSince(layout, before);
  if (/shared memory block .* still in use/.test(said)) {
    await delay(orphanPatienceMs);
    endOrphans(layout);
    return;
  }
  if (/lock file ".*" already exists|could not bind|Address already in use/i.test(said)) return;
  if (/No space left on device/.test(said)) throw diskFull(layout, "PostgreSQL finds no space left to start");
  throw new DatabaseRefused(
    /control file|checkpoint record|PANIC|incompatible with server|invalid data/i.test(said)
      ? "damaged"
      : "start-failed",
    `The database in ${layout.folder} does not start: ${said.split("\n").slice(-4).join(" / ") || "it said nothing"}.`,
    `Its whole story is in ${layout.log}. Restore the folder from a backup if it is damaged.`,
  );
}

/** The server gets a session of its own and writes to its log, so that it outlives whoever started it. */
async function launch(plan: StartPlan, file: DatabaseFile): Promise<ChildProcess> {
  const { layout } = plan;
  const program = await plan.program();
  const all = { ...settings, ...listenSettings(layout, file.address) };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openServerLog(layout);
  try {
    const child = spawn(programPath(program, "postgres"), ["-D", clusterArgument(layout.cluster), ...args], {
      ...plan.owner,
      cwd: layout.cluster,
      env: cleanEnvironment(),
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function tooSlow(layout: FolderLayout): DatabaseRefused {
  return new DatabaseRefused(
    "start-failed",
    `The database in ${layout.folder} has not answered within ${startTimeoutMs / 1000} s.`,
    `It may still be recovering: look into ${layout.log} and try again.`,
  );
}
