import { type Decimal, decimal, floor } from "../../core/decimal.ts";

const halala = decimal("0.01");

/**
 * Rounds amounts to two decimals so that they sum to `sum`: each is rounded down, and the halalas that are missing go
 * to those that lost most, the earlier one first where two lost the same. Where rounding down leaves nothing over, or
 * more than one halala for each, everyone gives or takes in that same order, and nobody goes below zero
 * (product.md 1.2, "a stated largest-remainder rule").
 * @param raws amounts of at least 0 with any number of decimals
 * @param sum what they must come to, of two decimals and at least 0
 * @returns amounts of two decimals, in the order of `raws`
 * @throws {RangeError} where there is a sum but nothing to carry it.
 */
export function roundToSum(raws: readonly Decimal[], sum: Decimal): Decimal[] {
  if (raws.length === 0) {
    if (sum.eq(0)) return [];
    throw new RangeError(`${sum.toFixed()} cannot be spread over nothing`);
  }
  const halalas = raws.map((raw) => floor(raw.times(100)));
  const order = raws
    .map((raw, at) => ({ at, rest: raw.times(100).minus(halalas[at] ?? 0), carries: raw.gt(0) }))
    .sort((a, b) => Number(b.carries) - Number(a.carries) || b.rest.cmp(a.rest) || a.at - b.at);
  const carriers = order.filter(({ carries }) => carries);
  const taking = carriers.length > 0 ? carriers : order;
  let missing = sum.times(100).minus(halalas.reduce((total, each) => total.plus(each), decimal(0)));
  const step = missing.lt(0) ? -1 : 1;
  // Whole rounds first: what everyone gives or takes alike.
  const rounds = floor(missing.abs().div(taking.length));
  if (step === 1 && rounds.gt(0)) {
    for (const { at } of taking) halalas[at] = (halalas[at] ?? decimal(0)).plus(rounds);
    missing = missing.minus(rounds.times(taking.length));
  }
  const turn = step === 1 ? taking : [...taking].reverse();
  while (!missing.eq(0)) {
    const before = missing;
    for (const { at } of turn) {
      if (missing.eq(0)) break;
      const next = (halalas[at] ?? decimal(0)).plus(step);
      if (next.lt(0)) continue;
      halalas[at] = next;
      missing = missing.minus(step);
    }
    if (missing.eq(before)) throw new RangeError(`${sum.toFixed()} is less than nothing`);
  }
  return halalas.map((each) => each.times(halala));
}

/**
 * Spreads an amount over shares of the given weights by the same rule; without any weight, over all alike.
 * @param amount of two decimals, at least 0
 */
export function spread(amount: Decimal, weights: readonly Decimal[]): Decimal[] {
  const total = sumOf(weights);
  if (total.eq(0))
    return roundToSum(
      weights.map(() => amount.div(Math.max(1, weights.length))),
      amount,
    );
  return roundToSum(
    weights.map((weight) => amount.times(weight).div(total)),
    amount,
  );
}

/** The sum of amounts; 0 for none. */
export function sumOf(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((sum, amount) => sum.plus(amount), decimal(0));
}
