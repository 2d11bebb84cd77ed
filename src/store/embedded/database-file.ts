import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseRefused } from "./database-refused.ts";
import { type FolderLayout, partialMark } from "./folder-layout.ts";
import { giveToFolderOwner } from "./server-owner.ts";

/** Where the server listens. A socket folder is relative to the data folder, or absolute when that path is too long. */
export type ServerAddress =
  | { readonly kind: "socket"; readonly folder: string; readonly port: number }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** The content of `mizan-database.json`, which makes a folder ours and says how to reach the server in it. */
export interface DatabaseFile {
  /** Counts up when an older Mizan could no longer use the folder. */
  readonly format: number;
  readonly postgresMajor: number;
  readonly created: string;
  /** False until the first initialisation is complete, true for ever after. */
  readonly ready: boolean;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly address: ServerAddress;
}

/** The newest format this Mizan knows. */
export const knownFormat = 1;

/** Reads the file; undefined when there is none. Throws DatabaseRefused for a newer format or a file that makes no sense. */
export function readDatabaseFile(layout: FolderLayout): DatabaseFile | undefined {
  let text: string;
  try {
    text = readFileSync(layout.databaseFile, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const found = parse(text);
  if (typeof found?.format === "number" && found.format > knownFormat) {
    throw new DatabaseRefused(
      "newer-format",
      `The data folder ${layout.folder} has format ${found.format}; this Mizan knows formats up to ${knownFormat}.`,
      "A newer Mizan has made it: use that version, or another folder.",
    );
  }
  if (!isDatabaseFile(found)) {
    throw new DatabaseRefused(
      "damaged",
      `${layout.databaseFile} is damaged: it is not the description of a Mizan database.`,
      "Restore the folder from a backup, or use another folder.",
    );
  }
  return found;
}

/** Replaces the file in one step; it is on the disk when this returns. It holds the password, so only its owner reads it. */
export function writeDatabaseFile(layout: FolderLayout, file: DatabaseFile): void {
  const partial = `${layout.databaseFile}${partialMark}`;
  const descriptor = openSync(partial, "w", 0o600);
  try {
    writeFileSync(descriptor, `${JSON.stringify(file, null, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  giveToFolderOwner(partial);
  renameSync(partial, layout.databaseFile);
  syncFolder(dirname(layout.databaseFile));
}

/** Makes renames inside a folder survive a power cut. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDatabaseFile(value: unknown): value is DatabaseFile {
  if (!isObject(value) || !isObject(value.address)) return false;
  const { address } = value;
  const place = address.kind === "socket" ? address.folder : address.kind === "tcp" ? address.host : undefined;
  return (
    typeof value.format === "number" &&
    typeof value.postgresMajor === "number" &&
    typeof value.ready === "boolean" &&
    [value.created, value.user, value.password, value.database, place].every((text) => typeof text === "string") &&
    typeof address.port === "number"
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
