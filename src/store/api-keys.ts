import { createHash, randomBytes } from "node:crypto";
import type { Executor } from "./schema.ts";

/** Makes an API key and keeps its digest only. @returns the key, shown this once. */
export async function addApiKey(executor: Executor, name: string, now: Date): Promise<string> {
  const key = newKey();
  const digest = digestOf(key);
  await executor
    .insertInto("api_key")
    .values({ name, digest, created_at: now })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ digest, created_at: now }))
    .execute();
  return key;
}

/** Makes a key where there is none at all. @returns null when there is one; two callers at once make one key. */
export async function addFirstApiKey(executor: Executor, name: string, now: Date): Promise<string | null> {
  const any = await executor.selectFrom("api_key").select("name").limit(1).executeTakeFirst();
  if (any !== undefined) return null;
  const key = newKey();
  const added = await executor
    .insertInto("api_key")
    .values({ name, digest: digestOf(key), created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("name")
    .executeTakeFirst();
  return added === undefined ? null : key;
}

export async function listApiKeys(executor: Executor): Promise<{ name: string; createdAt: Date }[]> {
  const rows = await executor.selectFrom("api_key").select(["name", "created_at"]).orderBy("name").execute();
  return rows.map((row) => ({ name: row.name, createdAt: row.created_at }));
}

/** @returns whether there was such a key. */
export async function removeApiKey(executor: Executor, name: string): Promise<boolean> {
  const result = await executor.deleteFrom("api_key").where("name", "=", name).executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** Whose key it is, or null. The key itself is compared by its digest, so timing tells nothing of it. */
export async function apiKeyName(executor: Executor, key: string): Promise<string | null> {
  const row = await executor
    .selectFrom("api_key")
    .select("name")
    .where("digest", "=", digestOf(key))
    .executeTakeFirst();
  return row?.name ?? null;
}

function newKey(): string {
  return `mizan_${randomBytes(24).toString("base64url")}`;
}

function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
