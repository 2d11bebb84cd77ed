import { InvalidInput } from "../core/errors.ts";
import { addApiKey, addFirstApiKey, apiKeyName, listApiKeys, removeApiKey } from "../store/api-keys.ts";
import type { Desk } from "./desk.ts";

const nameShape = /^[a-z0-9][a-z0-9-]{0,62}$/;
const firstName = "first";

/** Makes an API key; one of the same name is replaced and no longer opens anything. @returns the key, shown this once. */
export async function createApiKey(desk: Desk, name: string): Promise<string> {
  if (!nameShape.test(name))
    throw new InvalidInput(
      "name",
      `name is ${JSON.stringify(name)}; allowed: lower-case letters, digits and dashes, at most 63`,
    );
  return addApiKey(desk.store.database, name, new Date(desk.clock.now()));
}

/**
 * Makes the key named "first" where there is no key at all, and hands it to `keep` before it counts.
 * @returns false when there was a key already.
 */
export async function createFirstApiKey(desk: Desk, keep: (key: string) => Promise<void>): Promise<boolean> {
  return desk.store.database.transaction().execute(async (executor) => {
    const key = await addFirstApiKey(executor, firstName, new Date(desk.clock.now()));
    if (key !== null) await keep(key);
    return key !== null;
  });
}

export function apiKeys(desk: Desk): Promise<{ name: string; createdAt: Date }[]> {
  return listApiKeys(desk.store.database);
}

/** Takes a key away; it opens nothing from now on. @throws {InvalidInput} when there is none of that name. */
export async function revokeApiKey(desk: Desk, name: string): Promise<void> {
  if (await removeApiKey(desk.store.database, name)) return;
  const names = (await apiKeys(desk)).map((key) => key.name).join(", ") || "none";
  throw new InvalidInput("name", `there is no API key ${JSON.stringify(name)}; there are: ${names}`);
}

/** The name of the key that a caller brought, or null when it opens nothing. */
export function whoseApiKey(desk: Desk, key: string): Promise<string | null> {
  return apiKeyName(desk.store.database, key);
}
