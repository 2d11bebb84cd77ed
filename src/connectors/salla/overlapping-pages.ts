import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import { RetryLater } from "../../core/errors.ts";
import { fetchPage, fullPage, type Listing, type ListPage, maximumPages } from "./list-page.ts";

/** How often one listing may step back after rows vanished under it, before it gives up for now. */
const maximumStepsBack = 50;
const shiftingListMs = 60_000;
/** Times that a list is read again from its start where its pages cannot overlap. */
const maximumPasses = 3;

/** A page without the rows that were on the page before. */
export interface FreshPage<Row> extends ListPage<Row> {
  /** the whole page, with the rows that were seen already */
  readonly whole: ListPage<Row>;
}

/**
 * Reads a list and loses no row of it while others appear and vanish. Offsets shift when an earlier row vanishes, and the
 * row at the edge would be skipped; so each page begins inside the one before it (by an odd page size) and must begin with
 * a row already seen. Where it does not, the reading steps back. Where Salla gives another page size than the one asked,
 * plain pages are read again and again until a pass brings nothing new.
 */
export async function* readOverlappingPages<Row>(
  door: Door,
  listing: Listing<Row>,
): AsyncGenerator<FreshPage<Row>, void> {
  /** rows that lie before the next page, as offsets stand now */
  let end = 0;
  let most = fullPage;
  let seen = new Set<string>();
  let stepsBack = 0;
  for (let pages = 0; pages < maximumPages; pages += 1) {
    const place = pageAfter(end, most);
    const whole = await fetchPage(door, listing, place);
    if (end === 0 && stepsBack === 0) most = Math.min(most, whole.perPage);
    else if (whole.perPage !== place.perPage) return yield* readInPasses(door, listing);
    const start = (place.page - 1) * place.perPage;
    const [first] = whole.ids;
    if (start > 0 && (first === undefined || !seen.has(first))) {
      stepsBack += 1;
      if (stepsBack > maximumStepsBack) break;
      end = Math.max(0, start - most * Math.min(stepsBack, 5));
      continue;
    }
    yield { ...whole, ...withoutSeen(listing, whole, seen), whole };
    if (!whole.hasMore) return;
    seen = new Set([...[...seen].slice(-most), ...whole.ids]);
    end = start + Math.min(place.perPage, most);
  }
  throw new RetryLater(
    later(door.clock, shiftingListMs),
    `The list ${listing.path} of Salla shifts too fast to be read`,
  );
}

/** The page that reaches furthest and still begins before `end`: with 60 rows read, page 2 of 59 rows, and so on. */
export function pageAfter(end: number, most: number): { readonly page: number; readonly perPage: number } {
  if (end === 0) return { page: 1, perPage: most };
  let best = { page: 1, perPage: most };
  let reach = 0;
  for (let perPage = most; perPage > most / 2; perPage -= 1) {
    const page = Math.floor((end - 1) / perPage) + 1;
    if (page * perPage > reach) {
      reach = page * perPage;
      best = { page, perPage };
    }
  }
  return best;
}

async function* readInPasses<Row>(door: Door, listing: Listing<Row>): AsyncGenerator<FreshPage<Row>, void> {
  const known = new Set<string>();
  for (let pass = 1; pass <= maximumPasses; pass += 1) {
    const before = known.size;
    for (let page = 1; ; page += 1) {
      const whole = await fetchPage(door, listing, { page, perPage: fullPage });
      yield { ...whole, ...withoutSeen(listing, whole, known), whole };
      for (const id of whole.ids) known.add(id);
      if (!whole.hasMore || page === maximumPages) break;
    }
    if (known.size === before) return;
  }
}

function withoutSeen<Row>(listing: Listing<Row>, page: ListPage<Row>, seen: ReadonlySet<string>) {
  return {
    rows: page.rows.filter((row) => !seen.has(listing.idOf(row))),
    unreadable: page.unreadable.filter(({ id }) => id === null || !seen.has(id)),
  };
}
