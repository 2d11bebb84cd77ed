/**
 * Finds what became of creates without an answer. Optiply has no filter on remoteId and refuses no second POST, so one
 * listing of what was made since serves all doubtful creates (README, "Doubtful creates").
 */
import type { Door } from "../../core/connector.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { DoubtfulCreate, LinkedRecord } from "../../core/resources.ts";
import {
  createdAt,
  FilterRefused,
  fieldsOf,
  filterInstant,
  isMadeByApi,
  type ResourceObject,
  readObject,
} from "./documents.ts";
import { readOverlappingPages } from "./overlapping-pages.ts";

/** By how much a moment may be off after it was moved to Optiply's clock, where only the content tells a row. */
const clockMarginMs = 60_000;
/** The same where the remote id tells it, so that a clock that was set in between does no harm. */
const listingMarginMs = 15 * 60_000;

/** How the rows of a resource are told apart where no remote id was kept. */
export interface ContentMatch {
  /** whether a listed row may be the payload */
  looksLike(payload: Mapped, row: ResourceObject): boolean;
  /** a closer look at a row that does, such as its lines */
  confirm?(door: Door, payload: Mapped, id: string): Promise<boolean>;
}

/** @returns an entry for each key; an empty list = not there now. */
export async function findCreated(
  door: Door,
  resource: string,
  sent: readonly DoubtfulCreate[],
  options: {
    readonly couplingId: string | undefined;
    readonly filterHonoured: boolean;
    readonly content: ContentMatch;
    /** whether `createdFromPublicApi` is known to tell what people made */
    readonly originTold: boolean;
  },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>(sent.map(({ key }) => [key, []]));
  if (sent.length === 0) return found;
  const ahead = await clockAhead(door);
  const doubtful = sent.map((one) => ({ ...one, sentAt: one.sentAt + ahead }));
  const since = Math.min(...doubtful.map(({ sentAt }) => sentAt)) - listingMarginMs;
  const byRemoteId = Map.groupBy(doubtful, ({ payload }) => String(payload.remoteId ?? ""));
  for await (const row of rowsSince(door, resource, since, options.filterHonoured)) {
    const remoteIds = remoteIdsOf(row, options.couplingId);
    if (remoteIds.length > 0) {
      const matches = new Set(remoteIds.flatMap((remoteId) => byRemoteId.get(remoteId) ?? []));
      for (const { key } of matches) found.get(key)?.push(row.id);
    } else if (mayBeOurs(row, options)) {
      for (const one of doubtful)
        if (await isContent(door, one, row, options.content)) found.get(one.key)?.push(row.id);
    }
  }
  return found;
}

/**
 * A row without a remote id. What people made is not ours; but where no coupling keeps our remote ids and Optiply is not
 * known to tell who made a row, what it says of that counts for nothing.
 */
function mayBeOurs(
  { attributes }: ResourceObject,
  { couplingId, originTold }: { readonly couplingId: string | undefined; readonly originTold: boolean },
): boolean {
  return attributes.createdFromPublicApi !== false || (couplingId === undefined && !originTold);
}

/** Rows are compared with Optiply's own time; any answer tells it. */
async function clockAhead(door: Door): Promise<number> {
  if (door.clockAheadMs() === null) await door.call({ method: "GET", path: "/accounts", repeat: "safe" });
  return door.clockAheadMs() ?? 0;
}

async function isContent(
  door: Door,
  one: DoubtfulCreate,
  row: ResourceObject,
  content: ContentMatch,
): Promise<boolean> {
  const made = createdAt(row);
  if (made !== null && made < one.sentAt - clockMarginMs) return false;
  if (!content.looksLike(one.payload, row)) return false;
  return content.confirm === undefined || (await content.confirm(door, one.payload, row.id));
}

/** Rows made after a moment, each once. */
async function* rowsSince(
  door: Door,
  resource: string,
  since: number,
  filterHonoured: boolean,
): AsyncGenerator<ResourceObject, void> {
  const seen = new Set<string>();
  if (filterHonoured) {
    try {
      const query = { "filter[createdAt][GT]": filterInstant(since), sort: "id" };
      for await (const values of readOverlappingPages(door, resource, query)) yield* fresh(values, seen, since);
      return;
    } catch (error) {
      if (!(error instanceof FilterRefused)) throw error;
    }
  }
  for await (const values of readOverlappingPages(door, resource, { sort: "-id" })) {
    yield* fresh(values, seen, since);
    if (rowsOf(values).some((row) => (createdAt(row) ?? since) < since)) return;
  }
}

function rowsOf(values: readonly unknown[]): ResourceObject[] {
  return values.map(readObject).filter((row) => row !== null);
}

function* fresh(values: readonly unknown[], seen: Set<string>, since: number): Generator<ResourceObject, void> {
  for (const row of rowsOf(values)) {
    if (seen.has(row.id) || (createdAt(row) ?? since) < since) continue;
    seen.add(row.id);
    yield row;
  }
}

/**
 * Every record that carries a remote id of our coupling, in pages. Where the map's keys are no coupling ids, nothing can
 * be said, and none is given.
 */
export async function* listLinked(
  door: Door,
  resource: string,
  couplingId: string,
): AsyncGenerator<readonly LinkedRecord[], void> {
  for await (const values of readOverlappingPages(door, resource, { sort: "id" }))
    yield values.flatMap((value) => {
      const row = readObject(value);
      const remoteId = fieldsOf(row?.attributes.remoteIdMap)[couplingId];
      if (row === null || typeof remoteId !== "string" || remoteId === "") return [];
      return [{ id: row.id, remoteId, madeThere: !isMadeByApi(row) }];
    });
}

/**
 * The remote ids of a row that may be ours: that of our coupling; where the keys are something else than coupling ids,
 * all of them.
 */
function remoteIdsOf({ attributes }: ResourceObject, couplingId: string | undefined): readonly string[] {
  const map = fieldsOf(attributes.remoteIdMap);
  const own = couplingId === undefined ? undefined : map[couplingId];
  return (own === undefined ? Object.values(map) : [own])
    .filter((id) => typeof id === "string" && id !== "")
    .map(String);
}
