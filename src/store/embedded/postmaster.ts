import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FolderLayout } from "./folder-layout.ts";
import { locateProgram, programPath } from "./program.ts";
import { runProgram } from "./run-program.ts";

/** The server's main process, as its own file postmaster.pid tells. */
export interface Postmaster {
  readonly pid: number;
  /** Its word for what it is doing: "starting", "ready", "stopping". */
  readonly status: string;
}

const pauseMs = 10;

/** The living main process of this cluster; undefined when there is none, whatever postmaster.pid may claim. */
export function livingPostmaster(layout: FolderLayout): Postmaster | undefined {
  const recorded = recordedPostmaster(layout);
  return recorded && isServerOf(layout.cluster, recorded.pid) ? recorded : undefined;
}

/**
 * Removes what a dead server left behind. PostgreSQL does so by itself unless the dead server's process id now belongs to
 * somebody else (after a reboot, in a container), or to a dead child that nobody has collected.
 *
 * Only for callers who hold the start lock and know that no server lives.
 */
export function clearDeadPostmaster(layout: FolderLayout): void {
  const recorded = recordedPostmaster(layout);
  if (!recorded || !processExists(recorded.pid)) return;
  endOrphans(layout);
  for (const name of readdirSync(layout.cluster)) {
    if (name === "postmaster.pid" || /^\.s\.PGSQL\.\d+\.lock$/.test(name)) rmSync(join(layout.cluster, name));
  }
}

/**
 * Ends the children of a server that was killed. They normally notice and go, but one in a long computation holds the
 * shared memory that the next server must have. Nothing is lost: what they had not committed is rolled back either way.
 */
export function endOrphans(layout: FolderLayout): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && isServerOf(layout.cluster, pid)) process.kill(pid, "SIGKILL");
  }
}

/** Stops the server: clients are cut, the state is written, nothing needs recovery. False when `timeoutMs` were not enough. */
export async function stopPostmaster(layout: FolderLayout, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  const postmaster = livingPostmaster(layout);
  if (!postmaster) return true;
  if (process.platform === "win32") {
    // A signal on Windows is a kill; pg_ctl knows the server's own way.
    const args = ["stop", "-m", "fast", "-D", layout.cluster];
    await runProgram(programPath(locateProgram(), "pg_ctl"), args, { owner: undefined, cwd: layout.folder });
  } else {
    process.kill(postmaster.pid, "SIGINT");
  }
  while (livingPostmaster(layout)?.pid === postmaster.pid || isServerOf(layout.cluster, postmaster.pid)) {
    if (performance.now() > end) return false;
    await delay(pauseMs);
  }
  return true;
}

function recordedPostmaster(layout: FolderLayout): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(layout.cluster, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 ? { pid, status: lines[7]?.trim() ?? "starting" } : undefined;
}

// A process id alone proves nothing, it may have been given to another program since. A server works inside its cluster.
function isServerOf(cluster: string, pid: number): boolean {
  if (process.platform === "linux") {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === cluster && /^postgres\b/.test(basename(readlinkSync(`/proc/${pid}/exe`)))
      );
    } catch {
      return false; // gone, a zombie, or another user's: none of them is our server
    }
  }
  if (!processExists(pid)) return false;
  if (process.platform === "win32") return true;
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).includes(cluster);
  } catch {
    return false;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
