import { RecordRejected } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";

/** How one mapped value is written on the wire. @throws {RecordRejected} where the value cannot be. */
export type WireForm = (value: unknown, field: string) => unknown;

/** The attributes of a resource that Mizan writes, with their wire form. */
export type AttributeTable = Readonly<Record<string, WireForm>>;

/** Text, flags and instants are written as they are mapped. */
export const asMapped: WireForm = (value, field) => {
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw invalid(field, value, "text, or true or false");
};

/** A whole number: Optiply's stock is a Java Long, and anything else is answered with a 500. */
export const whole: WireForm = (value, field) => {
  if (Number.isSafeInteger(value)) return value;
  throw invalid(field, value, "a whole number");
};

/** The id of another record: mapped as digits, a number on the wire. */
export const reference: WireForm = (value, field) => {
  const id = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw invalid(field, value, "an id of digits");
};

/** A price: mapped as decimal text, a JSON number on the wire; exact because prices are capped at 9,999,999.99. */
export const price: WireForm = (value, field) => {
  const text = decimalText(value, field);
  const amount = Number(text);
  if (Math.abs(amount) <= 9_999_999.99) return amount;
  throw invalid(field, value, "at most 9999999.99");
};

/** An order amount: numeric text on the wire, so that no digit is lost. */
export const amount: WireForm = (value, field) => decimalText(value, field);

/** Order lines: flat objects inside the order. */
export function lines(table: AttributeTable): WireForm {
  return (value, field) => {
    if (!Array.isArray(value)) throw invalid(field, value, "a list of lines");
    return value.map((line: Mapped) => lineAttributes(table, line));
  };
}

/**
 * The attributes of a request body; fields that are undefined are left out, and null clears one.
 * @throws {RecordRejected} field-invalid, naming the field. @throws {RangeError} for a field that the table lacks.
 */
export function wireAttributes(table: AttributeTable, mapped: Mapped): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(mapped)) {
    if (value === undefined) continue;
    const form = Object.hasOwn(table, field) ? table[field] : undefined;
    if (form === undefined)
      throw new RangeError(`Optiply has no field ${field} here; there are ${Object.keys(table).join(", ")}`);
    attributes[field] = value === null ? null : form(value, field);
  }
  return attributes;
}

/** Inside a line nothing is cleared: lines are written whole. */
function lineAttributes(table: AttributeTable, line: Mapped): Record<string, unknown> {
  for (const [field, value] of Object.entries(line)) if (value === null) throw invalid(field, value, "a value");
  return wireAttributes(table, line);
}

function decimalText(value: unknown, field: string): string {
  if (typeof value === "string" && /^-?\d{1,17}(\.\d{1,10})?$/.test(value)) return value;
  throw invalid(field, value, "a decimal number as text");
}

function invalid(field: string, value: unknown, allowed: string): RecordRejected {
  return new RecordRejected("field-invalid", { field, value: String(JSON.stringify(value)).slice(0, 80), allowed });
}
