import {
  add,
  type Decimal,
  decimalNumber,
  decimalText,
  multiply,
  parseDecimal,
  roundHalfUp,
  zero,
} from "../decimal.ts";
import { textOf } from "../wire.ts";

/** Riyals have two places: halalas. */
const PLACES = 2;

export function minus(left: Decimal, right: Decimal): Decimal {
  return add(left, { digits: -right.digits, scale: right.scale });
}

export function sum(values: readonly Decimal[]): Decimal {
  return values.reduce(add, zero);
}

export function toHalalas(value: Decimal): Decimal {
  return roundHalfUp(value, PLACES);
}

/** `value` × `part` / `whole`, rounded to halalas, a half away from zero; 0 where `whole` is 0. */
export function share(value: Decimal, part: Decimal, whole: Decimal, places = PLACES): Decimal {
  if (whole.digits === 0n) return zero;
  const negative = whole.digits < 0n;
  const numerator = multiply(value, part);
  // One place more than is asked for and a mark for what lies below it keep the rounding exact.
  const scale = places + 1 + whole.scale + numerator.scale;
  const top = numerator.digits * 10n ** BigInt(scale - numerator.scale + whole.scale) * (negative ? -1n : 1n);
  const bottom = negative ? -whole.digits : whole.digits;
  const digits = top / bottom;
  return roundHalfUp({ digits, scale }, places);
}

export function percentOf(value: Decimal, percent: Decimal): Decimal {
  return share(value, percent, hundred);
}

export const hundred: Decimal = { digits: 100n, scale: 0 };

/** Spreads an amount over weights so that the parts sum to it: rounded down, then a halala each by largest remainder. */
export function spread(amount: Decimal, weights: readonly Decimal[]): Decimal[] {
  const whole = sum(weights);
  if (whole.digits === 0n) return weights.map(() => zero);
  const total = toHalalas(amount).digits;
  const scaled = weights.map((weight) => multiply({ digits: total, scale: 0 }, weight));
  const parts = scaled.map(({ digits, scale }) => {
    const bottom = whole.digits * 10n ** BigInt(Math.max(0, scale - whole.scale));
    const top = digits * 10n ** BigInt(Math.max(0, whole.scale - scale));
    return { floor: top / bottom, rest: top % bottom };
  });
  let left = total - parts.reduce((all, { floor }) => all + floor, 0n);
  const order = parts.map((_, index) => index);
  order.sort((one, other) => {
    const difference = (parts[other]?.rest ?? 0n) - (parts[one]?.rest ?? 0n);
    return difference > 0n ? 1 : difference < 0n ? -1 : one - other;
  });
  const digits = parts.map(({ floor }) => floor);
  for (const index of order) {
    if (left <= 0n) break;
    digits[index] = (digits[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return digits.map((one) => ({ digits: one, scale: PLACES }));
}

/** As money is written in a text: at least two places. */
export function moneyText(value: Decimal): string {
  return decimalText(value, Math.max(PLACES, value.scale));
}

/** As Salla writes money: a number, or a text with two places. */
export function shownMoney(value: Decimal, as: "number" | "string"): number | string {
  return as === "string" ? moneyText(value) : decimalNumber(value);
}

/** @throws RangeError naming the field when the value is no decimal number. */
export function readDecimal(value: unknown, name: string): Decimal {
  const read = parseDecimal(textOf(value));
  if (read !== undefined) return read;
  throw new RangeError(`${name} cannot be ${JSON.stringify(value)}; a decimal number is needed`);
}
