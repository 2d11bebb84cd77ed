import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { fetchPage, fullPage, type Listing, type ListPage, maximumPages, type PageRequest } from "./list-page.ts";

/** How often one listing may step back after rows vanished under it, before it gives up for now. */
const maximumStepsBack = 50;
const shiftingListMs = 60_000;

/** A page without the rows that were on the page before. */
export interface FreshPage<Row> extends ListPage<Row> {
  /** the whole page, with the rows that were seen already */
  readonly whole: ListPage<Row>;
}

/**
 * Reads a list whose order stands still, and loses no row of it while others appear and vanish. Offsets shift when an
 * earlier row vanishes, and the row at the edge would be skipped; so each page begins inside the one before it (by an
 * odd page size) and must begin with a row already seen. Where it does not, the reading steps back.
 */
export async function* readOverlappingPages<Row>(
  door: Door,
  listing: Listing<Row>,
  request: Omit<PageRequest, "page" | "perPage">,
): AsyncGenerator<FreshPage<Row>, void> {
  /** rows that lie before the next page, as offsets stand now */
  let end = 0;
  let seen = new Set<string>();
  let stepsBack = 0;
  for (let pages = 0; pages < maximumPages; pages += 1) {
    const place = pageAfter(end);
    const whole = await fetchPage(door, listing, { ...request, ...place });
    const start = (place.page - 1) * place.perPage;
    const [first] = whole.ids;
    if (start > 0 && (first === undefined || !seen.has(first))) {
      stepsBack += 1;
      if (stepsBack > maximumStepsBack) break;
      end = Math.max(0, start - fullPage * Math.min(stepsBack, 5));
      continue;
    }
    yield { ...whole, ...withoutSeen(listing, whole, seen), whole };
    if (!whole.hasMore) return;
    seen = new Set([...[...seen].slice(-fullPage), ...whole.ids]);
    end = start + place.perPage;
  }
  throw new RetryLater(
    later(door.clock, shiftingListMs),
    `The list ${listing.path} of Zoho Books shifts too fast to be read`,
  );
}

/**
 * The page that reaches furthest and still begins before `end`: with 200 rows read, page 2 of 199 rows, and so on.
 */
export function pageAfter(end: number): { readonly page: number; readonly perPage: number } {
  if (end === 0) return { page: 1, perPage: fullPage };
  let best = { page: 1, perPage: fullPage };
  let reach = 0;
  for (let perPage = fullPage; perPage > fullPage / 2; perPage -= 1) {
    const page = Math.floor((end - 1) / perPage) + 1;
    if (page * perPage > reach) {
      reach = page * perPage;
      best = { page, perPage };
    }
  }
  return best;
}

function withoutSeen<Row>(listing: Listing<Row>, page: ListPage<Row>, seen: ReadonlySet<string>) {
  return {
    rows: page.rows.filter((row) => !seen.has(listing.idOf(row))),
    unreadable: page.unreadable.filter(({ id }) => id === null || !seen.has(id)),
  };
}
