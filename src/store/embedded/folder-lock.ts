import { closeSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseRefused } from "./database-refused.ts";
import { giveToFolderOwner } from "./server-owner.ts";

/**
 * A lock between processes that the operating system itself takes back when the holder dies, by `kill -9` too.
 *
 * Node has no file locks of its own, but the SQLite inside it locks its files with the system's (fcntl, LockFileEx).
 * So the lock is an open transaction on an empty SQLite file; nothing is ever written to it. One caution: a process that
 * opens and closes such a file by other means loses its POSIX locks on it.
 */
export interface FolderLock {
  release(): void;
  /** Takes the file away and lets go; those who wait notice and make a new one. */
  discard(): void;
}

const sqliteBusy = 5;
const pauseMs = 20;
// A handle that nobody refers to would be collected, and its lock with it.
const held = new Set<DatabaseSync>();

/** Waits for the lock, alone or together with other sharers. Throws when `timeoutMs` have passed. */
export async function takeLock(path: string, kind: "alone" | "together", timeoutMs: number): Promise<FolderLock> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryLock(path, kind);
    if (lock) return lock;
    if (performance.now() > end) {
      throw new DatabaseRefused(
        "lock-unusable",
        `Another process has held ${path} for more than ${timeoutMs / 1000} s; it is starting or stopping the database.`,
        "Wait for it or end it, then try again.",
      );
    }
    await delay(pauseMs);
  }
}

/** Takes the lock if it is free at this moment. */
export function tryLock(path: string, kind: "alone" | "together"): FolderLock | undefined {
  const inode = ensureFile(path);
  const database = open(path);
  if (!lockTransaction(database, kind, path)) {
    database.close();
    return undefined;
  }
  // The file may have been discarded while we reached for it: a lock on a file that has gone protects nothing.
  if (inodeOf(path) !== inode) {
    database.close();
    return undefined;
  }
  held.add(database);
  const release = () => {
    if (held.delete(database)) database.close();
  };
  return {
    release,
    discard: () => {
      rmSync(path, { force: true });
      release();
    },
  };
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw unusable(path, error);
  }
}

function lockTransaction(database: DatabaseSync, kind: "alone" | "together", path: string): boolean {
  try {
    // Else an exclusive transaction on an empty file makes a journal beside it.
    database.exec("PRAGMA journal_mode = MEMORY");
    if (kind === "alone") {
      database.exec("BEGIN EXCLUSIVE");
    } else {
      database.exec("BEGIN");
      database.prepare("SELECT count(*) FROM sqlite_schema").get();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return false;
    database.close();
    throw unusable(path, error);
  }
}

function ensureFile(path: string): number | undefined {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
    giveToFolderOwner(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return inodeOf(path);
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function unusable(path: string, cause: unknown): DatabaseRefused {
  return new DatabaseRefused(
    "lock-unusable",
    `The lock file ${path} cannot be locked: ${cause instanceof Error ? cause.message : String(cause)}.`,
    "The folder must be on a file system with file locks, and the file must be empty and writable for this user.",
    { cause },
  );
}
