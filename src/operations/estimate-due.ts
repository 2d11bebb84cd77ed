import type { RangeCount, RangePart } from "../core/resources.ts";

/** Pages that are looked at, those met in counting among them. */
const mostParts = 24;
/** No stretch between two pages leaves more than this share of the estimate open. */
const closeEnough = 1 / 50;
/** What a stretch may differ from two pages beside it that agree. */
const leastDifference = 1 / 8;

/** A part of the list with the share of its rows that is due. */
interface Judged {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/**
 * How many rows of a range are due. What is done lies mostly in one piece at the newest end, so that the pages met in
 * counting tell the rest badly: it is looked at once more wherever two neighbouring pages leave most open. Exact where
 * every page was met.
 * @throws {RetryLater} where the list cannot be read.
 */
export async function estimateDue<Row>(
  { rows, parts, partAt }: RangeCount<Row>,
  countDue: (rows: readonly Row[]) => Promise<number>,
): Promise<number> {
  const judge = async ({ from, to, rows: found }: RangePart<Row>): Promise<Judged> => {
    return { from, to, share: found.length === 0 ? 0 : (await countDue(found)) / found.length };
  };
  const judged: Judged[] = [];
  for (const part of parts) judged.push(await judge(part));
  while (judged.length < mostParts) {
    const [widest] = gapsOf(judged).sort((one, other) => other.doubt - one.doubt);
    if (widest === undefined || widest.doubt <= dueOf(judged) * closeEnough) break;
    judged.splice(widest.at, 0, await judge(await partAt(Math.floor((widest.from + widest.to) / 2))));
  }
  return Math.min(rows, Math.round(dueOf(judged)));
}

function dueOf(judged: readonly Judged[]): number {
  return [...judged, ...gapsOf(judged)].reduce((sum, { from, to, share }) => sum + (to - from) * share, 0);
}

/** The stretches between the parts: what is due of them, by their neighbours, and how many rows that may be wrong by. */
function gapsOf(judged: readonly Judged[]): (Judged & { readonly at: number; readonly doubt: number })[] {
  return judged.slice(1).flatMap((next, index) => {
    const before = judged[index] ?? next;
    const [from, to] = [before.to, next.from];
    const difference = Math.max(leastDifference, Math.abs(next.share - before.share));
    const share = (before.share + next.share) / 2;
    return from < to ? { from, to, share, at: index + 1, doubt: (to - from) * difference } : [];
  });
}
