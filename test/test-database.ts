/**
 * Databases for tests: real ones. One server for the whole run (the embedded one, or MIZAN_TEST_DATABASE_URL), and a
 * fresh database in it for every caller.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { openEmbedded } from "../src/store/embedded/open-embedded.ts";

const variable = "MIZAN_TEST_SERVER";

/** Starts the server before the first test file and stops it after the last. */
export async function setup(_project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.MIZAN_TEST_DATABASE_URL;
  if (given !== undefined) {
    process.env[variable] = JSON.stringify({ connectionString: given });
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "mizan-tests-"));
  const server = await openEmbedded({ folder: join(folder, "database") });
  process.env[variable] = JSON.stringify(server.connection);
  return async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
}

/** A fresh, empty database. */
export interface TestDatabase {
  /** for `openStore({ databaseUrl })` and `MIZAN_DATABASE_URL` */
  readonly databaseUrl: string;
  drop(): Promise<void>;
}

/** Makes a database of its own for one test file or one test. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = JSON.parse(process.env[variable] ?? "null") as pg.ClientConfig | null;
  if (server === null)
    throw new Error("the test server is not running: start tests with vitest and the project's configuration");
  const name = `mizan_test_${randomBytes(6).toString("hex")}`;
  await execute(server, `create database ${name} template template0`);
  return {
    databaseUrl: urlOf(server, name),
    drop: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}

async function execute(server: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf(server: pg.ClientConfig, database: string): string {
  if (server.connectionString !== undefined) {
    const url = new URL(server.connectionString);
    url.pathname = `/${database}`;
    return url.href;
  }
  const { user, password, host, port } = server;
  const credentials = `${encodeURIComponent(user ?? "")}:${encodeURIComponent(String(password ?? ""))}`;
  // A folder as host is a unix socket; in an address it stands percent-encoded where the host would.
  return `postgres://${credentials}@${encodeURIComponent(host ?? "")}:${port ?? 5432}/${database}`;
}
