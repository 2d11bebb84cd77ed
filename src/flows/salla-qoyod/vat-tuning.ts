/** Lines whose VAT is rounded one by one are made to sum to the VAT of the order. */
import { type Decimal, decimal, floor } from "../../core/decimal.ts";
import { type Piece, searchMoves } from "./halala-moves.ts";
import { sumOf } from "./largest-remainder.ts";

/** VAT moves by a halala at least every ten: within this many a step up or down is found at every rate in use. */
const halalasTried = 40;
const halala = decimal("0.01");

/**
 * Pieces of the same sum whose rounded VAT sums to `vat`. First, lines of two or more units are split in two, so that
 * every line keeps its amount; where that is not enough, halalas move between lines: in the obvious way where there is one,
 * else in the cheapest of all ways.
 * @param vatOf VAT of an amount, rounded to two decimals
 * @returns null where neither reaches it.
 */
export function tuneVat<Part>(
  pieces: readonly Piece<Part>[],
  { vat, vatOf }: { vat: Decimal; vatOf: (amount: Decimal) => Decimal },
): Piece<Part>[] | null {
  const missing = (all: readonly Piece<Part>[]) => vat.minus(sumOf(all.map(({ amount }) => vatOf(amount))));
  let tuned = [...pieces];
  for (const piece of pieces) {
    const rest = missing(tuned);
    if (rest.eq(0)) return tuned;
    const step = rest.gt(0) ? halala : halala.times(-1);
    const halves = splitPiece(piece, { step, vatOf });
    if (halves !== null) tuned = tuned.flatMap((each) => (each === piece ? halves : [each]));
  }
  const rest = missing(tuned);
  if (rest.eq(0)) return tuned;
  return moveHalalas(tuned, { rest, vatOf }) ?? searchMoves(tuned, { rest, vatOf });
}

/** The piece in two whose VAT sums to a step more than its own. */
function splitPiece<Part>(
  { part, quantity, amount }: Piece<Part>,
  { step, vatOf }: { step: Decimal; vatOf: (amount: Decimal) => Decimal },
): Piece<Part>[] | null {
  if (quantity < 2) return null;
  const wanted = vatOf(amount).plus(step);
  const each = floor(amount.div(quantity).times(100)).times(halala);
  for (let tried = 0; tried < halalasTried; tried += 1) {
    const away = halala.times(tried % 2 === 0 ? tried / 2 : -(tried + 1) / 2);
    const one = each.plus(away);
    const others = amount.minus(one);
    if (one.lte(0) || others.lte(0)) continue;
    if (!vatOf(one).plus(vatOf(others)).eq(wanted)) continue;
    return [
      { part, quantity: quantity - 1, amount: others },
      { part, quantity: 1, amount: one },
    ];
  }
  return null;
}

/**
 * Moves halalas between pieces: those that need the fewest to step in the wanted direction get them from those that can
 * give the most without a step of their own.
 */
function moveHalalas<Part>(
  pieces: readonly Piece<Part>[],
  { rest, vatOf }: { rest: Decimal; vatOf: (amount: Decimal) => Decimal },
): Piece<Part>[] | null {
  const direction = rest.gt(0) ? 1 : -1;
  const steps = rest.abs().times(100).toNumber();
  const moved = pieces.map(() => 0);
  const needs = pieces
    .map((piece, at) => ({ at, need: stepLength(piece.amount, { direction, vatOf }) }))
    .filter(({ need }) => need !== null)
    .sort((a, b) => (a.need ?? 0) - (b.need ?? 0))
    .slice(0, steps);
  if (needs.length < steps) return null;
  const chosen = new Set(needs.map(({ at }) => at));
  for (const { at, need } of needs) moved[at] = direction * (need ?? 0);
  let owed = needs.reduce((sum, { need }) => sum + (need ?? 0), 0);
  const room = pieces.map((piece, at) => (chosen.has(at) ? 0 : slack(piece.amount, { direction: -direction, vatOf })));
  while (owed > 0) {
    const at = room.indexOf(Math.max(...room));
    if ((room[at] ?? 0) === 0) return null;
    room[at] = (room[at] ?? 0) - 1;
    moved[at] = (moved[at] ?? 0) - direction;
    owed -= 1;
  }
  return pieces.map((piece, at) => ({ ...piece, amount: piece.amount.plus(halala.times(moved[at] ?? 0)) }));
}

interface Walk {
  readonly direction: number;
  readonly vatOf: (amount: Decimal) => Decimal;
}

/** How many halalas an amount must change for its VAT to step; null where it would no longer be above 0. */
function stepLength(amount: Decimal, { direction, vatOf }: Walk): number | null {
  if (amount.eq(0)) return null;
  const wanted = vatOf(amount).plus(halala.times(direction));
  for (let count = 1; count <= halalasTried; count += 1) {
    const changed = amount.plus(halala.times(count * direction));
    if (changed.lte(0)) return null;
    if (vatOf(changed).eq(wanted)) return count;
  }
  return null;
}

/** How many halalas an amount can change without a step of its VAT, and stay above 0. */
function slack(amount: Decimal, { direction, vatOf }: Walk): number {
  if (amount.eq(0)) return 0;
  const vat = vatOf(amount);
  for (let count = 1; count <= halalasTried; count += 1) {
    const changed = amount.plus(halala.times(count * direction));
    if (changed.lte(0) || !vatOf(changed).eq(vat)) return count - 1;
  }
  return halalasTried;
}
