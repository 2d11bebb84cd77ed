import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { type DatabaseFile, readDatabaseFile } from "./database-file.ts";
import { DatabaseRefused, useServerInstead } from "./database-refused.ts";
import { type FolderLayout, isTrace, nearestExisting } from "./folder-layout.ts";

/** What a look at the data folder found: nothing yet, a first start that was cut short, or a database. */
export type FolderState =
  | { readonly kind: "fresh" }
  | { readonly kind: "unfinished"; readonly file: DatabaseFile }
  | { readonly kind: "ours"; readonly file: DatabaseFile };

/** The PostgreSQL major version that this Mizan brings along. */
export const postgresMajor = 18;

/** Space that a new cluster and its first write-ahead log need, with some air. */
const freeBytesNeeded = 96 * 1024 * 1024;
const controlFileBytes = 8192;

/**
 * Looks at a data folder without changing anything in it.
 *
 * Throws DatabaseRefused for a folder that is not ours, cannot be read or written, is of another version, or is damaged.
 */
export function inspectFolder(layout: FolderLayout): FolderState {
  const names = listFolder(layout);
  checkAccess(layout);
  const file = names.includes("mizan-database.json") ? readFile(layout) : undefined;
  if (!file) {
    const foreign = names.filter((name) => !isTrace(name));
    if (foreign.length > 0) throw notOurs(layout, foreign);
    checkSpace(layout);
    return { kind: "fresh" };
  }
  if (file.postgresMajor !== postgresMajor) throw otherMajor(layout, String(file.postgresMajor));
  if (!file.ready) {
    checkSpace(layout);
    return { kind: "unfinished", file };
  }
  checkCluster(layout);
  return { kind: "ours", file };
}

function listFolder(layout: FolderLayout): string[] {
  try {
    return readdirSync(layout.folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") {
      throw new DatabaseRefused(
        "not-a-folder",
        `The data folder ${layout.folder} is a file, or is inside one.`,
        "Name a folder that is empty or does not exist yet.",
        { cause: error },
      );
    }
    throw unreadable(layout, layout.folder, error);
  }
}

function readFile(layout: FolderLayout): DatabaseFile | undefined {
  try {
    return readDatabaseFile(layout);
  } catch (error) {
    if (error instanceof DatabaseRefused) throw error;
    throw unreadable(layout, layout.databaseFile, error);
  }
}

function checkAccess(layout: FolderLayout): void {
  const place = nearestExisting(layout.folder);
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DatabaseRefused(
      "unwritable",
      `The data folder ${layout.folder} cannot be written: ${userText()} may not write in ${place} (${reasonOf(cause)}).`,
      "Give the folder to that user (chown, chmod u+rwx), or name another folder.",
      { cause },
    );
  }
}

function checkSpace(layout: FolderLayout): void {
  const place = nearestExisting(layout.folder);
  const { bavail, bsize } = statfsSync(place);
  if (bavail * bsize >= freeBytesNeeded) return;
  throw diskFull(layout, `${Math.floor((bavail * bsize) / 1024 ** 2)} MB are free in ${place}`);
}

/** The refusal for a disk without room for a new cluster. */
export function diskFull(layout: FolderLayout, found: string, cause?: unknown): DatabaseRefused {
  return new DatabaseRefused(
    "disk-full",
    `The disk of the data folder ${layout.folder} is too full for a database: ${found}.`,
    `Free at least ${freeBytesNeeded / 1024 ** 2} MB there (and enough inodes), or name a folder on another disk.`,
    { cause },
  );
}

function checkCluster(layout: FolderLayout): void {
  const version = readIn(layout, "PG_VERSION").toString("latin1").trim();
  if (version === "") throw damaged(layout, "postgres/PG_VERSION is empty");
  if (version !== String(postgresMajor)) throw otherMajor(layout, version);
  const control = readIn(layout, "global/pg_control");
  if (control.length < controlFileBytes) {
    throw damaged(layout, `postgres/global/pg_control has ${control.length} bytes instead of ${controlFileBytes}`);
  }
  if (control.every((byte) => byte === 0)) throw damaged(layout, "postgres/global/pg_control holds only zeros");
  for (const name of ["base", "pg_wal", "pg_xact"]) {
    if (!statSync(join(layout.cluster, name), { throwIfNoEntry: false })?.isDirectory()) {
      throw damaged(layout, `the folder postgres/${name} is missing`);
    }
  }
}

function readIn(layout: FolderLayout, name: string): Buffer {
  const path = join(layout.cluster, name);
  try {
    const descriptor = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(controlFileBytes);
      return buffer.subarray(0, readSync(descriptor, buffer));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") throw damaged(layout, `postgres/${name} is missing`);
    throw unreadable(layout, path, error);
  }
}

function notOurs(layout: FolderLayout, names: readonly string[]): DatabaseRefused {
  const shown = names.slice(0, 3).join(", ");
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  const cluster = names.includes("PG_VERSION")
    ? ` It looks like a PostgreSQL cluster, version ${readFileSync(join(layout.folder, "PG_VERSION"), "utf8").trim() || "unknown"}.`
    : "";
  return new DatabaseRefused(
    "not-ours",
    `The data folder ${layout.folder} is not empty and not made by Mizan: it holds ${shown}${more}.${cluster}`,
    "Name a folder that is empty or does not exist yet.",
  );
}

function otherMajor(layout: FolderLayout, found: string): DatabaseRefused {
  return new DatabaseRefused(
    "other-major-version",
    `The data folder ${layout.folder} holds a database of PostgreSQL ${found}; this Mizan brings PostgreSQL ${postgresMajor}.`,
    `Use the Mizan that made it (back up there, restore here into an empty folder), ${useServerInstead}.`,
  );
}

function damaged(layout: FolderLayout, found: string): DatabaseRefused {
  return new DatabaseRefused(
    "damaged",
    `The database in the data folder ${layout.folder} is damaged: ${found}.`,
    "Nothing was changed. Restore the folder from a backup, or use an empty folder.",
  );
}

function unreadable(layout: FolderLayout, path: string, cause: unknown): DatabaseRefused {
  return new DatabaseRefused(
    "unreadable",
    `The data folder ${layout.folder} cannot be read: ${userText()} may not read ${path} (${reasonOf(cause)}).`,
    "Run Mizan as the user who owns the folder, or name another folder.",
    { cause },
  );
}

function userText(): string {
  const uid = process.getuid?.();
  return uid === undefined ? "this user" : `the user with id ${uid}`;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
