import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { type Kysely, sql } from "kysely";
import { DatabaseRefused } from "./embedded/database-refused.ts";
import type { Schema } from "./schema.ts";

const folder = new URL("../../migrations/", import.meta.url);
const oldestServer = 150000;
/** An arbitrary number that all processes take as the lock of migrations. */
const migrationLock = 7_201_964;

/**
 * Applies the migrations that the database does not have yet, in one transaction under a lock, so that several
 * processes may start at once. Forward only.
 * @throws {DatabaseRefused} when the server is too old, or the database was made by a newer or another version.
 */
export async function migrate(database: Kysely<Schema>): Promise<void> {
  const files = await migrationFiles();
  await database.transaction().execute(async (transaction) => {
    await refuseOldServer(transaction);
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
    await sql`create table if not exists migration (name text primary key, digest text not null, applied_at timestamptz not null default now())`.execute(
      transaction,
    );
    const { rows } = await sql<{
      name: string;
      digest: string;
    }>`select name, digest from migration order by name`.execute(transaction);
    const applied = new Map(rows.map((row) => [row.name, row.digest]));
    refuseForeign(applied, files);
    for (const file of files) {
      if (applied.has(file.name)) continue;
      await sql.raw(file.text).execute(transaction);
      await sql`insert into migration (name, digest) values (${file.name}, ${file.digest})`.execute(transaction);
    }
  });
}

interface MigrationFile {
  readonly name: string;
  readonly text: string;
  readonly digest: string;
}

async function migrationFiles(): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), "utf8");
      return { name, text, digest: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

async function refuseOldServer(transaction: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ version: number }>`select current_setting('server_version_num')::int as version`.execute(
    transaction,
  );
  const version = rows[0]?.version ?? 0;
  if (version < oldestServer)
    throw new DatabaseRefused(
      "server-too-old",
      `The database server is PostgreSQL ${Math.floor(version / 10000)}.`,
      "Mizan needs PostgreSQL 15 or newer; set MIZAN_DATABASE_URL to such a server.",
    );
}

function refuseForeign(applied: ReadonlyMap<string, string>, files: readonly MigrationFile[]): void {
  for (const [name, digest] of applied) {
    const file = files.find((one) => one.name === name);
    if (file === undefined)
      throw new DatabaseRefused(
        "newer-database",
        `The database has the migration ${name}, which this version of Mizan does not know; nothing was changed.`,
        "Use the version of Mizan that made it, or a newer one.",
      );
    if (file.digest !== digest)
      throw new DatabaseRefused(
        "other-database",
        `The migration ${name} in the database differs from the one of this version of Mizan; nothing was changed.`,
        "Use the version of Mizan that made it.",
      );
  }
}
