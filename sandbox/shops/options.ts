import type { Fields } from "../wire.ts";

const MAX_RECORDS = 1_000_000;

/**
 * A whole number among the options of an import.
 * @throws RangeError naming the option, its value and what is allowed.
 */
export function wholeOption(options: Fields, name: string, fallback: number, least = 0): number {
  const value = options[name] ?? fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= MAX_RECORDS) return value;
  const allowed = `a whole number from ${least} to ${MAX_RECORDS} is needed`;
  throw new RangeError(`${name} cannot be ${JSON.stringify(value)}; ${allowed}`);
}
