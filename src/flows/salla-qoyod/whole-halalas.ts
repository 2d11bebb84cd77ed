/** Shares of amounts in whole halalas, by whole numbers: exact, and many times faster than a division without end. */
import { type Decimal, decimal } from "../../core/decimal.ts";

/**
 * amount × times ÷ by, rounded half up to two decimals.
 * @param amount of two decimals, 0 or more
 * @param times of two decimals at most, as `by`
 */
export function roundedShare(amount: Decimal, times: Decimal, by: Decimal): Decimal {
  const whole = hundredths(amount) * hundredths(times);
  const part = hundredths(by);
  return inHundredths((2n * whole + part) / (2n * part));
}

/** amount × times ÷ by where that has two decimals; else null. As `roundedShare` otherwise. */
export function wholeShare(amount: Decimal, times: Decimal, by: Decimal): Decimal | null {
  const whole = hundredths(amount) * hundredths(times);
  const part = hundredths(by);
  return whole % part === 0n ? inHundredths(whole / part) : null;
}

function hundredths(amount: Decimal): bigint {
  return BigInt(amount.toFixed(2).replace(".", ""));
}

function inHundredths(count: bigint): Decimal {
  const digits = count.toString().padStart(3, "0");
  return decimal(`${digits.slice(0, -2)}.${digits.slice(-2)}`);
}
