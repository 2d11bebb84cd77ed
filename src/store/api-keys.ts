import { createHash, randomBytes } from "node:crypto";
import type { Executor } from "./schema.ts";

/** Makes an API key and keeps its digest only. @returns the key, shown this once. */
export async function addApiKey(executor: Executor, name: string, now: Date): Promise<string> {
  const key = `mizan_${randomBytes(24).toString("base64url")}`;
  const digest = digestOf(key);
  await executor
    .insertInto("api_key")
    .values({ name, digest, created_at: now })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ digest, created_at: now }))
    .execute();
  return key;
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

function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
