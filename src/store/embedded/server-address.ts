import { createHash } from "node:crypto";
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import pg from "pg";
import { type DatabaseFile, readDatabaseFile, type ServerAddress } from "./database-file.ts";
import { DatabaseRefused } from "./database-refused.ts";
import type { FolderLayout } from "./folder-layout.ts";
import type { ServerOwner } from "./server-owner.ts";

/** What `pg.Pool` and `pg.Client` need to reach the server. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const socketPort = 5432;
/** The kernel's room for a socket path, less its closing zero. */
const socketPathBytes = process.platform === "darwin" ? 103 : 107;
const connectTimeoutMs = 2_000;

/**
 * Where a server that starts now shall listen: on a unix socket inside the cluster, which nobody else can reach; when
 * that path is longer than the system allows, in a folder of its own under the system's folder for temporary files; on
 * 127.0.0.1 where there are no such sockets.
 */
export async function chooseAddress(
  layout: FolderLayout,
  owner: ServerOwner | undefined,
  transport: "socket" | "tcp",
): Promise<ServerAddress> {
  if (transport === "tcp") return { kind: "tcp", host: "127.0.0.1", port: await freePort() };
  if (Buffer.byteLength(join(layout.cluster, `.s.PGSQL.${socketPort}`)) <= socketPathBytes) {
    return { kind: "socket", folder: basename(layout.cluster), port: socketPort };
  }
  const folder = join(tmpdir(), shortName(layout));
  makePrivateFolder(folder, owner);
  return { kind: "socket", folder, port: socketPort };
}

/** How to reach a server at the recorded address; undefined when that address belongs to another folder (this is a copy). */
export function connectionTo(layout: FolderLayout, file: DatabaseFile): Connection | undefined {
  const { user, password, database, address } = file;
  if (address.kind === "tcp") return { host: address.host, port: address.port, user, password, database };
  const host = resolve(layout.folder, address.folder);
  if (host !== layout.cluster && basename(host) !== shortName(layout)) return undefined;
  return { host, port: address.port, user, password, database };
}

/** The server's `-c` settings for an address. Its own cluster is "." to it, whatever the path to there. */
export function listenSettings(layout: FolderLayout, address: ServerAddress): Record<string, string> {
  if (address.kind === "tcp") {
    return { listen_addresses: address.host, port: String(address.port), unix_socket_directories: "" };
  }
  const folder = resolve(layout.folder, address.folder);
  return {
    listen_addresses: "",
    port: String(address.port),
    unix_socket_directories: folder === layout.cluster ? "." : `"${folder.replaceAll('"', '""')}"`,
    unix_socket_permissions: "0700",
  };
}

/**
 * Knocks at the server: "ready", "absent" (nobody listens), or "busy" (it starts, stops or does not get to it).
 * Throws DatabaseRefused when it answers but does not accept our name.
 */
export async function knock(layout: FolderLayout, connection: Connection): Promise<"ready" | "busy" | "absent"> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: connectTimeoutMs });
  // A server that dies while we say goodbye is the next caller's business.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return "ready";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "53300") return "ready"; // every connection is taken: it lives
    if (["ENOENT", "ECONNREFUSED", "ENOTSOCK"].includes(code)) return "absent";
    if (["28P01", "28000", "3D000"].includes(code)) throw stranger(layout, error);
    return "busy";
  }
}

/** Takes away what `chooseAddress` made outside the data folder. Only when the server is stopped. */
export function removeShortFolder(layout: FolderLayout): void {
  const file = readDatabaseFile(layout);
  if (file?.address.kind !== "socket") return;
  const host = resolve(layout.folder, file.address.folder);
  if (basename(host) === shortName(layout)) rmSync(host, { recursive: true, force: true });
}

function stranger(layout: FolderLayout, cause: unknown): DatabaseRefused {
  return new DatabaseRefused(
    "damaged",
    `The database in ${layout.folder} does not accept the name in mizan-database.json (${cause instanceof Error ? cause.message : String(cause)}).`,
    "The file and the folder postgres beside it must come from the same backup.",
    { cause },
  );
}

function shortName(layout: FolderLayout): string {
  return `mizan-${createHash("sha256").update(layout.folder).digest("hex").slice(0, 20)}`;
}

// Everybody may make folders in a folder for temporary files, so what lies there is looked at before it is trusted.
function makePrivateFolder(folder: string, owner: ServerOwner | undefined): void {
  const uid = process.getuid?.() ?? 0;
  if (!lstatSync(folder, { throwIfNoEntry: false })) {
    mkdirSync(folder, { mode: 0o700 });
    chmodSync(folder, 0o700);
    if (owner) chownSync(folder, owner.uid, owner.gid);
  }
  const stat = lstatSync(folder);
  if (stat.isDirectory() && stat.uid === (owner?.uid ?? uid) && (stat.mode & 0o077) === 0) return;
  throw new DatabaseRefused(
    "owner-unusable",
    `The folder ${folder}, needed for the database's socket, belongs to another user or is open to others.`,
    "Remove it, or use a data folder with a shorter path.",
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once("error", failed).listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : 0;
}
