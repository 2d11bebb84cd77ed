/** Another location for what is counted already: the same goods would stand in the books twice (product.md, 1.1: "Branches"). */
import { InvalidInput } from "../core/errors.ts";
import type { Flow, IntegrationKind } from "../core/flow.ts";
import type { CountsStock, StockPlace } from "../core/flow-stock.ts";
import type { Integration } from "../store/integrations.ts";
import { retryRecords } from "../store/records.ts";
import { countsAt, countsInDoubt, forgetCounts, readOrdersAnew } from "../store/recount.ts";
import { listRuns } from "../store/runs.ts";
import type { Executor, FlowKey } from "../store/schema.ts";
import { takeStockLock } from "../store/stock-lock.ts";
import type { Desk } from "./desk.ts";

type Options = Readonly<Record<string, unknown>>;

/** Looks of a second for as long as a run works on the stock. */
const stockLooks = 60;

/** What changes where stock is counted. */
export interface PlaceChange {
  /** the option that changes it, with its new value */
  readonly option: string;
  readonly value: unknown;
  /** locations that are new, are left, or count for another branch */
  readonly locations: readonly string[];
}

/** How a change of options moves what is counted; null where every place stays what it is. */
export function placeChange(kind: IntegrationKind, before: Options, after: Options): PlaceChange | null {
  const locations = movedLocations(kind, before, after);
  if (locations.length === 0) return null;
  const moves = (name: string) => movedLocations(kind, before, { ...before, [name]: after[name] }).length > 0;
  const option = Object.keys(after).find(moves) ?? "options";
  return { option, value: after[option], locations };
}

function movedLocations(kind: IntegrationKind, before: Options, after: Options): string[] {
  const places = countsOf(kind)?.places;
  if (places === undefined) return [];
  const [old, next] = [places(before as never), places(after as never)];
  const isIn = (list: readonly StockPlace[], { branch, location }: StockPlace) =>
    list.some((one) => one.branch === branch && one.location === location);
  const moved = [...old.filter((place) => !isIn(next, place)), ...next.filter((place) => !isIn(old, place))];
  return [...new Set(moved.map(({ location }) => location))];
}

/**
 * Products that are counted at a moved place are counted anew only when a person confirms it.
 * @throws {InvalidInput} where they have not, saying what to do first
 */
export async function refuseUnconfirmed(
  desk: Desk,
  kind: IntegrationKind,
  integration: Integration,
  change: PlaceChange | null,
  recount: boolean,
): Promise<void> {
  if (change === null) {
    if (!recount) return;
    throw new InvalidInput("recount", "recount is true, but no place where stock is counted changes; leave it out");
  }
  const counted = await countsAt(desk.store.database, countsKey(kind, integration), change.locations);
  if (counted.size === 0) return;
  const { name } = integration;
  if (recount) return refuseBuffer(desk, kind, integration);
  const value = Array.isArray(change.value) ? change.value.join(",") : String(change.value);
  const target = desk.vendorTitle(kind.target);
  throw new InvalidInput(
    change.option,
    `${change.option} is ${JSON.stringify(value)}, but ${countedWords(counted)} are counted. Counted at another place too, the same goods would stand in ${target} twice. Pause ${name}, transfer its stock in ${target} to the new place (or count it to 0 at the old one), then confirm with \`mizan integrations set ${name} ${change.option}=${value} --recount\` (API: "recount": true): these counts are forgotten, and each product is counted anew at its new place by its next order`,
  );
}

/**
 * Saves the change while nothing else works on the stock, and forgets what was counted at the moved places.
 * @param save saves the options @returns what a person should know of it
 * @throws {InvalidInput} while others work on the stock, or a count got no answer
 */
export async function changePlaces(
  desk: Desk,
  kind: IntegrationKind,
  integration: Integration,
  change: PlaceChange,
  { save, signal }: { readonly save: (executor: Executor) => Promise<void>; readonly signal: AbortSignal },
): Promise<string[]> {
  const lock = await takeStockLock(desk.store, integration.id, { signal, looks: stockLooks });
  if (lock === null) throw stillBusy(integration.name);
  try {
    return await desk.store.database.transaction().execute(async (executor) => {
      await save(executor);
      const told = await forgetCounted(desk, kind, integration, change, executor);
      lock.check();
      return told;
    });
  } finally {
    await lock.release();
  }
}

function stillBusy(name: string): InvalidInput {
  return new InvalidInput("recount", `a run works on the stock of ${name}; pause it, and try again when it has ended`);
}

async function forgetCounted(
  desk: Desk,
  kind: IntegrationKind,
  integration: Integration,
  { locations }: PlaceChange,
  executor: Executor,
): Promise<string[]> {
  const key = countsKey(kind, integration);
  const counted = await countsAt(executor, key, locations);
  await refuseBusy(desk, executor, integration, counted.size > 0);
  const [doubtful] = await countsInDoubt(executor, key, locations);
  if (doubtful !== undefined)
    throw new InvalidInput(
      "recount",
      `the count of ${doubtful} got no answer from ${desk.vendorTitle(kind.target)} yet; it is settled by itself, then try again`,
    );
  const now = new Date(desk.clock.now());
  const flows = kind.flows.filter(({ stock }) => stock?.role === "counts" || stock?.role === "offers");
  await forgetCounts(executor, integration.id, { flows: flows.map(({ name }) => name), locations }, now);
  for (const { name } of kind.flows.filter(({ stock }) => stock?.role === "takes")) {
    await readOrdersAnew(executor, { ...key, flow: name });
    await retryRecords(executor, { ...key, flow: name, outcomes: ["waiting"] }, now);
  }
  if (counted.size === 0) return [];
  const target = desk.vendorTitle(kind.target);
  return [
    `the counts of ${countedWords(counted)} are forgotten: each product is counted anew at its new place by its next order. What ${target} holds at a place that is left stays there until you transfer it or count it to 0`,
  ];
}

/** What the shop offers is what a count is made of: units that were kept back from it would count as missing. */
function refuseBuffer(desk: Desk, kind: IntegrationKind, { options }: Integration): void {
  for (const { stock } of kind.flows) {
    const kept = stock?.role === "offers" && stock.writes(options as never) ? stock.buffer(options as never) : 0;
    if (kept === 0) continue;
    const shop = desk.vendorTitle(kind.source);
    throw new InvalidInput(
      "recount",
      `a safety buffer of ${kept} is kept back from ${shop}, and a count would take these units for missing; set it to 0, and recount when ${shop} shows the whole stock`,
    );
  }
}

/** A run keeps the options that it began with. */
async function refuseBusy(
  desk: Desk,
  executor: Executor,
  { id, name }: Integration,
  anyCounted: boolean,
): Promise<void> {
  if (!anyCounted) return;
  const running = await listRuns(executor, { integrationId: id, state: "running", most: 20 });
  const living = running.find(({ leaseUntil }) => leaseUntil.getTime() > desk.clock.now());
  if (living === undefined) return;
  throw new InvalidInput(
    "recount",
    `a run of ${living.flow} goes on with the places as they were; pause ${name} with \`mizan integrations pause ${name}\`, and try again when it has ended`,
  );
}

function countedWords(counted: ReadonlyMap<string, number>): string {
  const words = [...counted].map(([location, units]) => `${units} at location ${location}`);
  return `products (${words.join(", ")})`;
}

function countsKey(kind: IntegrationKind, { id }: Integration): FlowKey {
  return { integrationId: id, flow: countsFlow(kind)?.name ?? "" };
}

function countsFlow(kind: IntegrationKind): Flow | undefined {
  return kind.flows.find(({ stock }) => stock?.role === "counts");
}

function countsOf(kind: IntegrationKind): CountsStock<never> | null {
  const stock = countsFlow(kind)?.stock;
  return stock?.role === "counts" ? stock : null;
}
