/** Price and discount of one line, so that Qoyod makes exactly the wanted amount of it. */
import { type Decimal, decimal, floor, roundHalfUp } from "../../core/decimal.ts";
import { type PricedLine, type QoyodRounding, qoyodLine } from "./qoyod-total.ts";
import { roundedShare, wholeShare } from "./whole-halalas.ts";

/** What a line must come to in Qoyod: with VAT where inclusive amounts stand, without where the net is rounded first. */
export interface LineTarget {
  readonly quantity: number;
  /** VAT in percent */
  readonly rate: Decimal;
  /** of two decimals, in the amounts of `targetBasis` */
  readonly amount: Decimal;
  /** price of one unit that the customer saw, VAT included; it is kept where a discount from it hits the amount */
  readonly listPrice: Decimal;
}

/** How many prices above the lowest possible one are tried, a halala apart; every rate repeats within it. */
const pricesTried = 200;
const halala = decimal("0.01");
const zero = decimal(0);
const hundred = decimal(100);

/**
 * Which amount of a line can be hit: the inclusive one, or the net one where Qoyod rounds the net to two decimals and
 * adds VAT to it. Then 13 % of the inclusive amounts at 15 % are not there at all.
 */
export function targetBasis({ unit, line, vatOf, discount }: QoyodRounding): "gross" | "net" {
  if (vatOf === "contained") return "gross";
  return line === "rounded" || (unit === "rounded" && discount === "net") ? "net" : "gross";
}

/** Whether VAT comes out rounded for each line, so that the lines' VAT must sum to the wanted one. */
export function roundsVatByLine(rounding: QoyodRounding): boolean {
  if (rounding.vat === "per-line") return true;
  if (rounding.vatOf === "added") return false;
  return rounding.line === "rounded" || (rounding.unit === "rounded" && rounding.discount === "net");
}

/** VAT of an amount of the basis, not rounded. */
function exactVat(amount: Decimal, { rate, basis }: { rate: Decimal; basis: "gross" | "net" }): Decimal {
  const share = amount.times(rate);
  return rate.eq(0) || basis === "net" ? share.times(halala) : share.div(rate.plus(100));
}

/** VAT of an amount of the basis that has two decimals, to the halala. */
export function roundedVat(amount: Decimal, { rate, basis }: { rate: Decimal; basis: "gross" | "net" }): Decimal {
  return roundedShare(amount, rate, basis === "net" ? hundred : rate.plus(hundred));
}

/**
 * The lines that come to the target: one where price and discount can hit it, else two, of which the first holds all
 * units but one at a price whose net and VAT have no fractions, and the second the last unit and the rest.
 * @returns null where no two lines come to it.
 */
export function priceLine(target: LineTarget, rounding: QoyodRounding): PricedLine[] | null {
  const one = singleLine(target, rounding);
  if (one !== null) return [one];
  if (target.quantity < 2) return null;
  const { quantity, rate, amount, listPrice } = target;
  const step = wholeStep(rate, targetBasis(rounding));
  const each = floor(amount.div(quantity).div(step)).times(step);
  const many = singleLine({ quantity: quantity - 1, rate, amount: each.times(quantity - 1), listPrice }, rounding);
  const last = singleLine({ quantity: 1, rate, amount: amount.minus(each.times(quantity - 1)), listPrice }, rounding);
  return many === null || last === null ? null : [many, last];
}

/** The smallest amount of the basis whose net and VAT both have two decimals: 0.23 with 15 % VAT, 0.20 without. */
export function wholeStep(rate: Decimal, basis: "gross" | "net"): Decimal {
  const factor = rate.times(100).toNumber() + 10_000;
  const common = greatestCommon(factor, 10_000);
  return halala.times((basis === "gross" ? factor : 10_000) / common);
}

function singleLine(target: LineTarget, rounding: QoyodRounding): PricedLine | null {
  const { quantity, rate, amount } = target;
  if (amount.eq(0)) return { quantity, unitPrice: zero, discount: zero, taxPercent: rate };
  const basis = targetBasis(rounding);
  const inclusive = basis === "gross" ? amount : roundHalfUp(amount.times(rate.plus(100)).times(halala), 2);
  for (const unitPrice of prices(target, inclusive)) {
    const line = { quantity, unitPrice, discount: zero, taxPercent: rate };
    for (const discount of discounts(line, { target, inclusive, rounding })) {
      const priced = { ...line, discount };
      if (hits(priced, target, rounding)) return priced;
    }
  }
  return null;
}

/** The customer's price, then the lowest price that is enough, one that has no fractions, and those above the lowest. */
function* prices({ quantity, rate, listPrice }: LineTarget, inclusive: Decimal): Generator<Decimal> {
  if (listPrice.times(quantity).gte(inclusive)) yield listPrice;
  const lowest = ceiling(inclusive.div(quantity), halala);
  yield lowest;
  yield ceiling(inclusive.div(quantity), wholeStep(rate, "gross"));
  const bound = Math.min(pricesTried, wholeStep(rate, "gross").times(100).toNumber());
  for (let step = 1; step < bound; step += 1) yield lowest.plus(halala.times(step));
}

/** The discounts of two decimals that may hit the target at a price. */
function discounts(
  line: PricedLine,
  { target, inclusive, rounding }: { target: LineTarget; inclusive: Decimal; rounding: QoyodRounding },
): Decimal[] {
  if (targetBasis(rounding) === "gross") {
    const over = line.unitPrice.times(line.quantity).minus(inclusive);
    if (over.lt(0)) return [];
    const discount = rounding.discount === "gross" ? over : wholeShare(over, hundred, target.rate.plus(hundred));
    return discount === null ? [] : [discount];
  }
  const factor = target.rate.plus(100).times(halala);
  const over = qoyodLine(line, { ...rounding, line: "exact" }).net.minus(target.amount);
  const near = roundHalfUp(rounding.discount === "gross" ? over.times(factor) : over, 2);
  return [near, near.minus(halala), near.plus(halala)].filter((each) => each.gte(0));
}

/** Whether Qoyod makes the target of the line, its VAT as exactly as the sum over the invoice needs it. */
function hits(line: PricedLine, { rate, amount }: LineTarget, rounding: QoyodRounding): boolean {
  const computed = qoyodLine(line, rounding);
  if (targetBasis(rounding) === "net") return computed.net.eq(amount);
  const wanted = exactVat(amount, { rate, basis: "gross" });
  const same = (value: Decimal, other: Decimal) => roundHalfUp(value.minus(other), 12).eq(0);
  const amountHit =
    rounding.vatOf === "contained" ? computed.gross.eq(amount) : same(computed.net, amount.minus(wanted));
  const vat = roundsVatByLine(rounding) ? roundedVat(amount, { rate, basis: "gross" }) : wanted;
  return amountHit && same(computed.vat, vat);
}

function ceiling(value: Decimal, step: Decimal): Decimal {
  // A quotient without end is cut after 20 decimals, so that what is a whole number of steps but for that counts as one.
  return floor(roundHalfUp(value.div(step), 12).times(-1))
    .times(-1)
    .times(step);
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}
