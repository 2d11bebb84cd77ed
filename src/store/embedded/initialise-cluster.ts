import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DatabaseFile, knownFormat, syncFolder, writeDatabaseFile } from "./database-file.ts";
import { DatabaseRefused } from "./database-refused.ts";
import { type FolderLayout, partialMark } from "./folder-layout.ts";
import { diskFull, type FolderState, postgresMajor } from "./inspect-folder.ts";
import { type Program, programPath } from "./program.ts";
import { clusterArgument, type ProgramResult, runProgram } from "./run-program.ts";
import type { ServerOwner } from "./server-owner.ts";

const user = "mizan";
const database = "mizan";

// Whoever reaches the socket must know the password as well; nothing is trusted for its place or its name.
const hostBasedAuthentication = `# Written by Mizan.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`;

/**
 * Makes the cluster of a fresh folder, or completes one whose first start was cut short, and returns its description.
 *
 * The cluster grows under another name and gets its own in one step, so a `kill -9` at any moment leaves either nothing
 * that counts or all of it. Order: description with `ready: false`, cluster, `ready: true`. Only for the holder of the
 * start lock.
 *
 * Throws DatabaseRefused; the folder is then as it was, apart from the start lock.
 */
export async function initialiseCluster(
  layout: FolderLayout,
  state: Exclude<FolderState, { kind: "ours" }>,
  program: Program,
  owner: ServerOwner | undefined,
): Promise<DatabaseFile> {
  clearPartials(layout);
  // The cluster has its own name, so the kill came between the last two steps.
  const isComplete = state.kind === "unfinished" && existsSync(layout.cluster);
  const file = isComplete ? state.file : newFile();
  try {
    if (!isComplete) {
      writeDatabaseFile(layout, file);
      await growCluster(layout, file, program, owner);
    }
    const ready = { ...file, ready: true };
    writeDatabaseFile(layout, ready);
    return ready;
  } catch (error) {
    if (!isComplete) removeTraces(layout);
    if (error instanceof Error && "code" in error && error.code === "ENOSPC")
      throw diskFull(layout, error.message, error);
    throw error;
  }
}

async function growCluster(
  layout: FolderLayout,
  file: DatabaseFile,
  program: Program,
  owner: ServerOwner | undefined,
): Promise<void> {
  const partial = `${layout.cluster}${partialMark}-${randomBytes(6).toString("hex")}`;
  mkdirSync(partial, { mode: 0o700 });
  chmodSync(partial, 0o700);
  if (owner) giveTo(owner, partial);
  const place = { owner, cwd: partial };
  const data = clusterArgument(partial);
  expectSuccess(
    layout,
    "initdb",
    await runProgram(
      programPath(program, "initdb"),
      [
        `--pgdata=${data}`,
        `--username=${user}`,
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth=reject",
        "--no-instructions",
        "--set=shared_buffers=32MB",
        "--set=max_connections=60",
      ],
      place,
    ),
  );
  writeFileSync(join(partial, "pg_hba.conf"), hostBasedAuthentication, { flush: true });
  // A server for one command stream, without any socket: password and database are there before anybody can connect.
  const input = `ALTER ROLE ${user} PASSWORD '${file.password}'\nCREATE DATABASE ${database}\n`;
  const args = ["--single", "-D", data, "-c", "exit_on_error=on", "-c", "shared_buffers=32MB", "postgres"];
  expectSuccess(
    layout,
    "postgres --single",
    await runProgram(programPath(program, "postgres"), args, { ...place, input }),
  );
  renameSync(partial, layout.cluster);
  syncFolder(layout.folder);
}

function expectSuccess(layout: FolderLayout, name: string, { code, output }: ProgramResult): void {
  if (code === 0) return;
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    throw diskFull(layout, `${name} says: ${essence(output)}`);
  }
  throw new DatabaseRefused(
    "start-failed",
    `The database in ${layout.folder} could not be made: ${name} ended with ${code}: ${essence(output)}`,
    "The folder is as it was before.",
  );
}

function giveTo(owner: ServerOwner, path: string): void {
  try {
    chownSync(path, owner.uid, owner.gid);
  } catch (cause) {
    throw new DatabaseRefused(
      "owner-unusable",
      `PostgreSQL refuses to run as root, and ${path} cannot be given to the user with id ${owner.uid} (${cause instanceof Error ? cause.message : String(cause)}).`,
      "Run Mizan as an ordinary user who owns the data folder, or use a folder on a file system that keeps owners.",
      { cause },
    );
  }
}

function newFile(): DatabaseFile {
  return {
    format: knownFormat,
    postgresMajor,
    created: new Date().toISOString(),
    ready: false,
    user,
    password: randomBytes(32).toString("base64url"),
    database,
    address: { kind: "socket", folder: "postgres", port: 5432 },
  };
}

// What a killed first start left. One of its programs may still be writing there; what it makes now is cleared next time.
function clearPartials(layout: FolderLayout): void {
  for (const name of readdirSync(layout.folder)) {
    if (name.includes(partialMark)) rmSync(join(layout.folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

function removeTraces(layout: FolderLayout): void {
  clearPartials(layout);
  rmSync(layout.databaseFile, { force: true });
  rmSync(join(layout.folder, basename(layout.cluster)), { recursive: true, force: true });
}

// initdb goes on talking after the error (what it cleans up), so the lines that name it are looked for first.
function essence(output: string): string {
  const lines = output.split("\n");
  const errors = lines.filter((line) => /error:|FATAL|PANIC|ERROR|could not/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).join(" / ");
}
