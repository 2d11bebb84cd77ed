/** The conversions that mapping tables use; each names its rule in words. */
import { type Decimal, decimal, floor, readDecimal, roundHalfUp } from "./decimal.ts";
import { RecordRejected } from "./errors.ts";
import type { Conversion } from "./mapping.ts";

/** A decimal number as text, such as "12.50"; the connector writes it in the vendor's own form. */
export type DecimalText = string;

/** Text that must be there: trimmed, cut at `length` characters (never inside a character). */
export function text(length: number): Conversion<string | null | undefined, string> {
  return {
    words: `required, at most ${length} characters`,
    convert: (value, field, note) => {
      const trimmed = (value ?? "").trim();
      if (trimmed === "") throw new RecordRejected("field-missing", { field });
      return cut(trimmed, length, field, note);
    },
  };
}

/** Text that may be missing: empty means that the field is left out. */
export function optionalText(length: number): Conversion<string | null | undefined, string | undefined> {
  return {
    words: `left out when empty, at most ${length} characters`,
    convert: (value, field, note) => {
      const trimmed = (value ?? "").trim();
      return trimmed === "" ? undefined : cut(trimmed, length, field, note);
    },
  };
}

type NoteOf = Parameters<Conversion<unknown, unknown>["convert"]>[2];

function cut(value: string, length: number, field: string, note: NoteOf): string {
  if (value.length <= length) return value;
  note("text-cut", { field, length: String(length) });
  return cutText(value, length);
}

/** A text cut at `length`, never inside a character. */
export function cutText(value: string, length: number): string {
  const end = /[\uD800-\uDBFF]/.test(value.charAt(length - 1)) ? length - 1 : length;
  return value.slice(0, end);
}

/** The bounds between which an amount is accepted. */
export interface AmountBounds {
  readonly minimum?: string;
  readonly maximum?: string;
}

/** An amount with a fixed number of decimals, rounded half up; rejected when missing or out of bounds. */
export function money(places: number, bounds: AmountBounds = {}): Conversion<unknown, DecimalText> {
  return {
    words: `${places} decimals, half up${boundWords(bounds)}`,
    convert: (value, field) => {
      const amount = readAmount(value, field);
      if (amount === null) throw new RecordRejected("field-missing", { field });
      return bounded(roundHalfUp(amount, places), field, bounds).toFixed(places);
    },
  };
}

/** Like `money`, but an empty amount leaves the field out. */
export function optionalMoney(places: number, bounds: AmountBounds = {}): Conversion<unknown, DecimalText | undefined> {
  const required = money(places, bounds);
  return {
    words: `left out when empty; ${required.words}`,
    convert: (value, field, note) =>
      readAmount(value, field) === null ? undefined : required.convert(value, field, note),
  };
}

/** A whole number: the decimal rounded down, negatives kept. */
export function floored(bounds: AmountBounds = {}): Conversion<Decimal, number> {
  return {
    words: `rounded down to a whole number, negatives kept${boundWords(bounds)}`,
    convert: (value, field) => bounded(floor(value), field, bounds).toNumber(),
  };
}

/** A timestamp with its offset as the same instant in UTC, whole seconds: `YYYY-MM-DDTHH:MM:SSZ`. */
export const instant: Conversion<string | null | undefined, string | undefined> = {
  words: "the same instant in UTC",
  convert: (value, field) => {
    if (value === undefined || value === null || value === "") return undefined;
    const milliseconds = readInstant(value);
    if (milliseconds === null)
      throw new RecordRejected("field-invalid", { field, value: JSON.stringify(value), allowed: "a timestamp" });
    return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
  },
};

/** A calendar day as midnight UTC of the same day (product.md: `<date>T00:00:00Z`). */
export const startOfDay: Conversion<string | null | undefined, string> = {
  words: "00:00 UTC of the same calendar day",
  convert: (value, field) => {
    if (value === undefined || value === null || value === "") throw new RecordRejected("field-missing", { field });
    if (!isCalendarDay(value))
      throw new RecordRejected("field-invalid", { field, value: JSON.stringify(value), allowed: "a day YYYY-MM-DD" });
    return `${value}T00:00:00Z`;
  },
};

/** Whether a text is an existing calendar day, `YYYY-MM-DD`. */
export function isCalendarDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

/**
 * Reads a timestamp with offset; Zoho writes the offset without a colon (`-0400`).
 * @returns milliseconds since 1970 UTC, or null where it is no timestamp.
 */
export function readInstant(value: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}):?(\d{2})?$/.exec(value);
  if (match === null) return null;
  const [, local, zone, minutes] = match;
  const milliseconds = Date.parse(zone === "Z" ? `${local}Z` : `${local}${zone}:${minutes ?? "00"}`);
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** Reads a decimal of a record, or rejects the record by the field's name. @returns null where it is empty. */
export function readAmount(value: unknown, field: string): Decimal | null {
  try {
    return readDecimal(value);
  } catch {
    throw new RecordRejected("field-invalid", { field, value: JSON.stringify(value), allowed: "a decimal number" });
  }
}

function bounded(amount: Decimal, field: string, bounds: AmountBounds): Decimal {
  const { minimum, maximum } = bounds;
  if (minimum !== undefined && amount.lt(decimal(minimum)))
    throw new RecordRejected("field-invalid", { field, value: amount.toFixed(), allowed: `at least ${minimum}` });
  if (maximum !== undefined && amount.gt(decimal(maximum)))
    throw new RecordRejected("field-invalid", { field, value: amount.toFixed(), allowed: `at most ${maximum}` });
  return amount;
}

function boundWords({ minimum, maximum }: AmountBounds): string {
  const words = [minimum === undefined ? "" : `at least ${minimum}`, maximum === undefined ? "" : `at most ${maximum}`];
  const said = words.filter((word) => word !== "").join(", ");
  return said === "" ? "" : `, ${said}`;
}
