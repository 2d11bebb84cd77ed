/** How mapped values are written on the wire: ids as JSON integers, amounts as JSON numbers that hold every digit. */
import { isCalendarDay } from "../../core/conversions.ts";
import { decimal, readDecimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { WriteResult } from "../../core/resources.ts";

/** How one mapped value is written. @throws {RecordRejected} field-invalid where it cannot be. */
type WireForm = (value: unknown, field: string) => unknown;

/** The fields of a record that Mizan writes, with their wire form. */
export type WireTable = Readonly<Record<string, WireForm>>;

export type Refused = WriteResult & { readonly kind: "refused" };

/** Text as it is mapped. */
export const asText: WireForm = (value, field) => {
  if (typeof value === "string") return value;
  throw invalid(field, value, "a text");
};

/** true or false. */
export const asFlag: WireForm = (value, field) => {
  if (typeof value === "boolean") return value;
  throw invalid(field, value, "true or false");
};

/** A flag that Qoyod wants as 1 or 0. */
export const asOneOrZero: WireForm = (value, field) => (asFlag(value, field) === true ? 1 : 0);

/** The id of another record: Qoyod takes an id in quotes for a missing one. */
export const asId: WireForm = (value, field) => {
  const id = typeof value === "string" && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw invalid(field, value, "an id of digits");
};

/** An amount or a quantity, mapped as decimal text; a number that JSON would not hold exactly is not sent. */
export const asAmount: WireForm = (value, field) => {
  const amount = readExact(value);
  if (amount !== null && amount >= 0) return amount;
  throw invalid(field, value, "a decimal number of 0 or more as text, up to 15 digits");
};

/** The same, below zero too. */
export const asSignedAmount: WireForm = (value, field) => {
  const amount = readExact(value);
  if (amount !== null) return amount;
  throw invalid(field, value, "a decimal number as text, up to 15 digits");
};

/** A calendar day, YYYY-MM-DD. */
export const asDay: WireForm = (value, field) => {
  if (typeof value === "string" && isCalendarDay(value)) return value;
  throw invalid(field, value, "a day YYYY-MM-DD");
};

/** A list of lines, at least one; each has the required fields. */
export function asLines(table: WireTable, required: readonly string[]): WireForm {
  return (value, field) => {
    if (!Array.isArray(value) || value.length === 0) throw invalid(field, value, "a list of at least one line");
    return value.map((line: Mapped, index) => {
      requireFields(line, required, `${field}[${index}].`);
      return wireFields(table, line, `${field}[${index}].`);
    });
  };
}

/**
 * The fields of a request body; those that are undefined or null are left out.
 * @throws {RecordRejected} field-invalid, naming the field. @throws {RangeError} for a field that the table lacks.
 */
export function wireFields(table: WireTable, mapped: Mapped, prefix = ""): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(mapped)) {
    if (value === undefined || value === null) continue;
    const form = Object.hasOwn(table, field) ? table[field] : undefined;
    if (form === undefined)
      throw new RangeError(`Qoyod has no field ${prefix}${field} here; there are ${Object.keys(table).join(", ")}`);
    fields[field] = form(value, `${prefix}${field}`);
  }
  return fields;
}

/** @throws {RecordRejected} field-missing, naming the first that is missing, null or empty. */
export function requireFields(mapped: Mapped, required: readonly string[], prefix = ""): void {
  for (const field of required) {
    const value = mapped[field];
    if (value === undefined || value === null || value === "")
      throw new RecordRejected("field-missing", { field: `${prefix}${field}` });
  }
}

/** What was made of a payload, or why it cannot be sent. */
export function orRefused<Made>(make: () => Made): { readonly kind: "made"; readonly made: Made } | Refused {
  try {
    return { kind: "made", made: make() };
  } catch (error) {
    if (!(error instanceof RecordRejected)) throw error;
    const { field, value, allowed } = error.parameters;
    return {
      kind: "refused",
      message: value === undefined ? `${field} is missing` : `${field} is ${value}; allowed: ${allowed}`,
    };
  }
}

function readExact(text: unknown): number | null {
  if (typeof text !== "string") return null;
  try {
    const exact = readDecimal(text);
    const wire = Number(text);
    return exact !== null && Number.isFinite(wire) && exact.eq(decimal(wire)) ? wire : null;
  } catch {
    return null;
  }
}

function invalid(field: string, value: unknown, allowed: string): RecordRejected {
  return new RecordRejected("field-invalid", { field, value: String(JSON.stringify(value)).slice(0, 80), allowed });
}
