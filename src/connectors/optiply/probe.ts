import type { Door, Facts } from "../../core/connector.ts";
import { chooseAccount, readAccounts } from "./account.ts";
import { FilterRefused, fieldsOf, filterInstant, listRows, type ResourceObject } from "./documents.ts";
import type { OptiplySettings } from "./settings.ts";

const aYearMs = 365 * 86_400_000;

/**
 * Asks Optiply what is unpublished, by three reading calls.
 * @throws {NeedsPerson} field-invalid, where the chosen account is not among those the credentials see.
 */
export async function probe(door: Door, settings: OptiplySettings): Promise<Facts> {
  const accounts = await readAccounts(door);
  const accountId = chooseAccount(door, accounts, settings);
  const name = accounts.find(({ id }) => id === accountId)?.attributes.name;
  return {
    accountId,
    accountName: typeof name === "string" ? name : "",
    ...(await probeRemoteIds(door)),
    createdAtFilter: await isCreatedAtFiltered(door),
  };
}

/** Under which keys products carry remote ids; null where no product of an integration is there to tell. */
async function probeRemoteIds(door: Door): Promise<Facts> {
  const rows = (await firstPage(door, { sort: "-id" })) ?? [];
  const written = rows.filter(({ attributes }) => attributes.createdFromPublicApi === true);
  const keys = [...new Set(rows.flatMap(({ attributes }) => Object.keys(fieldsOf(attributes.remoteIdMap))))];
  return { remoteIdMapFilled: written.length === 0 ? null : keys.length > 0, remoteIdMapKeys: keys };
}

/** Whether a filter on createdAt is taken and works: nothing can have been made a year from now. */
async function isCreatedAtFiltered(door: Door): Promise<boolean> {
  const rows = await firstPage(door, {
    "filter[createdAt][GT]": filterInstant(door.clock.now() + aYearMs),
    sort: "id",
  });
  return rows?.length === 0;
}

async function firstPage(
  door: Door,
  query: Readonly<Record<string, string>>,
): Promise<readonly ResourceObject[] | null> {
  try {
    for await (const rows of listRows(door, "products", query)) return rows;
  } catch (error) {
    if (!(error instanceof FilterRefused)) throw error;
  }
  return null;
}
