/** Looks through all ways in which halalas can move between lines. */
import { type Decimal, decimal } from "../../core/decimal.ts";

/** Units of one line with an amount of their own. */
export interface Piece<Part> {
  readonly part: Part;
  readonly quantity: number;
  readonly amount: Decimal;
}

/** A line gives or gets so many halalas at the most: at 5 % and above the VAT makes a step within them. */
const farthest = 40;
/** What the lines looked at so far may have given or got together. */
const owedMost = 40;
const halala = decimal("0.01");

interface Way {
  /** halalas that moved so far */
  readonly cost: number;
  /** those of the last line looked at, and the way up to it */
  readonly last: { readonly move: number; readonly before: Way } | null;
}

/**
 * Moves halalas between pieces so that the sum stays and the rounded VAT changes by `rest`; of all such ways the one that
 * moves the fewest. A piece may come to nothing where it is that small; one of nothing stays so.
 * @returns null where there is none
 */
export function searchMoves<Part>(
  pieces: readonly Piece<Part>[],
  { rest, vatOf }: { readonly rest: Decimal; readonly vatOf: (amount: Decimal) => Decimal },
): Piece<Part>[] | null {
  const wanted = rest.times(100).toNumber();
  // The best way to each pair of what is owed and what the VAT has changed by.
  let ways = new Map<string, Way>([["0 0", { cost: 0, last: null }]]);
  for (const { amount } of pieces) {
    const choices = choicesOf(amount, { vatOf, most: Math.abs(wanted) + 1 });
    const next = new Map<string, Way>();
    for (const [key, way] of ways) {
      const [owed = 0, gained = 0] = key.split(" ").map(Number);
      for (const { move, gain } of choices) {
        const place = `${owed + move} ${gained + gain}`;
        if (Math.abs(owed + move) > owedMost || Math.abs(gained + gain) > Math.abs(wanted) + 1) continue;
        const cost = way.cost + Math.abs(move);
        if (cost < (next.get(place)?.cost ?? Number.POSITIVE_INFINITY))
          next.set(place, { cost, last: { move, before: way } });
      }
    }
    ways = next;
  }
  const best = ways.get(`0 ${wanted}`);
  if (best === undefined) return null;
  const moves = movesOf(best);
  return pieces.map((piece, at) => ({ ...piece, amount: piece.amount.plus(halala.times(moves[at] ?? 0)) }));
}

/** The moves of a way, in the order of the lines. */
function movesOf(way: Way): number[] {
  const moves: number[] = [];
  for (let { last } = way; last !== null; { last } = last.before) moves.unshift(last.move);
  return moves;
}

/** How an amount may change, and what its rounded VAT changes by, in halalas. */
function choicesOf(
  amount: Decimal,
  { vatOf, most }: { readonly vatOf: (amount: Decimal) => Decimal; readonly most: number },
): { readonly move: number; readonly gain: number }[] {
  if (amount.eq(0)) return [{ move: 0, gain: 0 }];
  const vat = vatOf(amount);
  return Array.from({ length: 2 * farthest + 1 }, (_, at) => at - farthest)
    .filter((move) => amount.plus(halala.times(move)).gte(0))
    .map((move) => ({
      move,
      gain: vatOf(amount.plus(halala.times(move)))
        .minus(vat)
        .times(100)
        .toNumber(),
    }))
    .filter(({ gain }) => Math.abs(gain) <= most);
}
