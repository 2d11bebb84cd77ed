import type { Door } from "../../core/connector.ts";
import { fetchPage, fullPage, listFailed, maximumPages, readObject } from "./documents.ts";

/** How often one listing may step back after rows vanished under it, before it gives up for now. */
const maximumStepsBack = 50;

/**
 * Reads a list whose order stands still (`sort=id`), and loses no row of it while others appear and vanish. Offsets shift
 * when an earlier row vanishes, and the row at the edge would be skipped; so each page begins inside the one before it and
 * must begin with a row already seen. Where it does not, the reading steps back. An offset must be a multiple of the
 * limit, so it is the limit that varies.
 * @returns the resource objects of each page without those that were just seen; after a step back some come again.
 * @throws {FilterRefused} where the query itself is refused. @throws {RetryLater} where the list cannot be read.
 */
export async function* readOverlappingPages(
  door: Door,
  resource: string,
  query: Readonly<Record<string, string>>,
): AsyncGenerator<readonly unknown[], void> {
  /** rows that lie before the next page, as offsets stand now */
  let end = 0;
  let seen: readonly string[] = [];
  let stepsBack = 0;
  for (let pages = 0; pages < maximumPages; pages += 1) {
    const place = pageAfter(end);
    const { values, hasMore } = await fetchPage(door, resource, query, place);
    const ids = values.flatMap((value) => readObject(value)?.id ?? []);
    const [first = ""] = ids;
    if (place.offset > 0 && !seen.includes(first)) {
      stepsBack += 1;
      if (stepsBack > maximumStepsBack) break;
      end = Math.max(0, place.offset - fullPage * Math.min(stepsBack, 5));
      continue;
    }
    const before = new Set(seen);
    yield values.filter((value) => !before.has(readObject(value)?.id ?? ""));
    if (!hasMore) return;
    seen = [...seen.slice(-fullPage), ...ids];
    end = place.offset + place.limit;
  }
  throw listFailed(door, resource, "its rows shift too fast");
}

/** The page that reaches furthest and still begins before `end`: with 100 rows read, 99 rows from offset 99, and so on. */
export function pageAfter(end: number): { readonly limit: number; readonly offset: number } {
  let best = { limit: fullPage, offset: 0 };
  if (end === 0) return best;
  for (let limit = fullPage; limit > fullPage / 2; limit -= 1) {
    const offset = Math.floor((end - 1) / limit) * limit;
    if (offset + limit > best.offset + best.limit) best = { limit, offset };
  }
  return best;
}
