/** An exact decimal: `digits` × 10^-`scale`. No amount in the sandbox ever goes through binary fractions. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export const zero: Decimal = { digits: 0n, scale: 0 };

/** Bounds the exponent, so that `1e999999999` cannot ask for a gigabyte of zeros. */
const MAX_EXPONENT = 60;

/** Reads `12`, `-3.50`, `.5`, `1e-7`; undefined for anything else (empty text, words, `1,5`, `NaN`). */
export function parseDecimal(value: string | number): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(String(value).trim());
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = BigInt(`${whole}${fraction}`) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function add(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return { digits: digitsAt(left, scale) + digitsAt(right, scale), scale };
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, { digits: -right.digits, scale: right.scale });
}

export function multiply(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

/** The exact quotient, rounded once to `scale` places, a half away from zero. The divisor is not zero. */
export function divide(value: Decimal, by: Decimal, scale: number): Decimal {
  const top = value.digits * 10n ** BigInt(scale + by.scale);
  const bottom = by.digits * 10n ** BigInt(value.scale);
  const isNegative = top < 0n !== bottom < 0n;
  const [size, part] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  const rounded = (size * 2n + part) / (part * 2n);
  return { digits: isNegative ? -rounded : rounded, scale };
}

/** Less than zero, zero, or more than zero, as `left` is below, equal to or above `right`. */
export function compare(left: Decimal, right: Decimal): number {
  const { digits } = subtract(left, right);
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

/** Rounds to `scale` places; a half goes away from zero (0.125 → 0.13, -0.125 → -0.13). */
export function roundHalfUp(value: Decimal, scale: number): Decimal {
  if (value.scale <= scale) return { digits: digitsAt(value, scale), scale };
  const unit = 10n ** BigInt(value.scale - scale);
  const size = value.digits < 0n ? -value.digits : value.digits;
  const rounded = (size * 2n + unit) / (unit * 2n);
  return { digits: value.digits < 0n ? -rounded : rounded, scale };
}

/** Plain notation with exactly `scale` places, or with the places it has when `scale` is left out. */
export function decimalText(value: Decimal, scale = value.scale): string {
  const shown = value.scale === scale ? value : roundHalfUp(value, scale);
  const size = (shown.digits < 0n ? -shown.digits : shown.digits).toString().padStart(scale + 1, "0");
  const sign = shown.digits < 0n ? "-" : "";
  return scale === 0 ? sign + size : `${sign}${size.slice(0, -scale)}.${size.slice(-scale)}`;
}

/** As a JSON number: exact on the wire for up to 15 significant digits, because JSON prints the shortest form. */
export function decimalNumber(value: Decimal): number {
  return Number(decimalText(value));
}

function digitsAt(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale);
}
