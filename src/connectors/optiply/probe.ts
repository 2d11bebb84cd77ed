import type { Door, Facts } from "../../core/connector.ts";
import { chooseAccount, readAccounts } from "./account.ts";
import { FilterRefused, fieldsOf, filterInstant, listRows, type ResourceObject } from "./documents.ts";
import type { OptiplySettings } from "./settings.ts";

const aYearMs = 365 * 86_400_000;

type Rows = readonly ResourceObject[];

/**
 * Asks Optiply what is unpublished, by six reading calls.
 * @throws {NeedsPerson} field-invalid, where the chosen account is not among those the credentials see.
 */
export async function probe(door: Door, settings: OptiplySettings): Promise<Facts> {
  const accounts = await readAccounts(door);
  const accountId = chooseAccount(door, accounts, settings);
  const name = accounts.find(({ id }) => id === accountId)?.attributes.name;
  const { products, sellOrders, buyOrders } = await readSamples(door);
  const createdAtFilter = await isCreatedAtFiltered(door);
  return {
    accountId,
    accountName: typeof name === "string" ? name : "",
    ...remoteIdFacts(products),
    createdAtFilter,
    completedFilter: await isCompletedFiltered(door, buyOrders),
    buyOrdersOrigin: originOf([...products, ...sellOrders], buyOrders),
  };
}

/** Asks anew whether rows tell who made them, where the account was too empty to tell when it was connected. */
export async function probeOrigin(door: Door): Promise<"told" | "untold" | "unknown"> {
  const { products, sellOrders, buyOrders } = await readSamples(door);
  return originOf([...products, ...sellOrders], buyOrders);
}

async function readSamples(door: Door) {
  return {
    products: (await firstPage(door, "products", { sort: "-id" })) ?? [],
    sellOrders: (await firstPage(door, "sellOrders", { sort: "-id" })) ?? [],
    // The oldest, because they are completed most likely.
    buyOrders: (await firstPage(door, "buyOrders", { sort: "id" })) ?? [],
  };
}

/** Under which keys products carry remote ids; null where no product of an integration is there to tell. */
function remoteIdFacts(products: Rows): Facts {
  const written = products.filter(({ attributes }) => attributes.createdFromPublicApi === true);
  const keys = [...new Set(products.flatMap(({ attributes }) => Object.keys(fieldsOf(attributes.remoteIdMap))))];
  return { remoteIdMapFilled: written.length === 0 ? null : keys.length > 0, remoteIdMapKeys: keys };
}

/** Whether a filter on createdAt is taken and works: nothing can have been made a year from now. */
async function isCreatedAtFiltered(door: Door): Promise<boolean> {
  const since = filterInstant(door.clock.now() + aYearMs);
  const rows = await firstPage(door, "products", { "filter[createdAt][GT]": since, sort: "id" });
  return rows?.length === 0;
}

/** Whether `filter[completed]=null` gives the open orders and no others; null where no completed one is there to tell. */
async function isCompletedFiltered(door: Door, oldest: Rows): Promise<boolean | null> {
  const rows = await firstPage(door, "buyOrders", { "filter[completed]": "null", sort: "id" });
  if (rows === null || rows.some(isCompleted)) return false;
  if (rows.length === 0 && !oldest.every(isCompleted)) return false;
  return oldest.some(isCompleted) ? true : null;
}

/**
 * Whether rows tell who made them. `createdFromPublicApi` must be there, and must not call rows that carry the id of an
 * integration, and so were made by one, people's own.
 */
function originOf(written: Rows, buyOrders: Rows): "told" | "untold" | "unknown" {
  const telling = (rows: Rows) => rows.filter(({ attributes }) => typeof attributes.createdFromPublicApi === "boolean");
  const isMissing = (rows: Rows) => rows.length > 0 && telling(rows).length === 0;
  if (isMissing(buyOrders) || isMissing(written)) return "untold";
  const madeByApi = ({ attributes }: ResourceObject) => attributes.createdFromPublicApi === true;
  const withRemoteIds = written.filter(({ attributes }) => Object.keys(fieldsOf(attributes.remoteIdMap)).length > 0);
  if (withRemoteIds.length > 0) return withRemoteIds.some(madeByApi) ? "told" : "untold";
  return [...written, ...buyOrders].some(madeByApi) ? "told" : "unknown";
}

function isCompleted({ attributes }: ResourceObject): boolean {
  return typeof attributes.completed === "string" && attributes.completed !== "";
}

async function firstPage(door: Door, resource: string, query: Readonly<Record<string, string>>): Promise<Rows | null> {
  try {
    for await (const rows of listRows(door, resource, query)) return rows;
  } catch (error) {
    if (!(error instanceof FilterRefused)) throw error;
  }
  return null;
}
