import Big from "big.js";

/** An exact decimal number. Nothing near money or quantities is ever a binary fraction. */
export type Decimal = Big;

/** An amount with its currency (ISO 4217), so that two currencies are never added by accident. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

/**
 * Reads a decimal from what a vendor sent: a JSON number or a numeric string; a decimal stays as it is.
 * @returns the exact decimal, or `null` where the value is absent or the empty string that Zoho sends for "none".
 * @throws {RangeError} for anything that is not a finite decimal number.
 */
export function readDecimal(value: unknown): Decimal | null {
  if (value === undefined || value === null || value === "") return null;
  if (value instanceof Big) return value;
  if (typeof value === "number" && Number.isFinite(value)) return new Big(value);
  if (typeof value === "string" && /^-?\d{1,30}(\.\d{1,30})?$/.test(value.trim())) return new Big(value.trim());
  throw new RangeError(`${JSON.stringify(value)} is not a decimal number`);
}

/** An exact decimal from a literal of our own code. */
export function decimal(value: string | number): Decimal {
  return new Big(value);
}

/** Rounds half up (away from zero), the way a cash register does. */
export function roundHalfUp(value: Decimal, places: number): Decimal {
  return value.round(places, Big.roundHalfUp);
}

/** The greatest whole number not above the value: 2.9 → 2, -0.5 → -1. */
export function floor(value: Decimal): Decimal {
  const whole = value.round(0, Big.roundDown);
  return whole.gt(value) ? whole.minus(1) : whole;
}

/** Adds amounts of one currency. @throws {RangeError} when two currencies meet. */
export function addMoney(left: Money, right: Money): Money {
  if (left.currency !== right.currency) throw new RangeError(`${left.currency} and ${right.currency} cannot be added`);
  return { amount: left.amount.plus(right.amount), currency: left.currency };
}
