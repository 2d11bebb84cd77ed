import { compare, type Decimal, decimalText, parseDecimal, roundHalfUp, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import { blank, invalid, Refused } from "./answers.ts";
import type { Call, Company, Row, TableName } from "./company.ts";

const RIYADH_OFFSET_MS = 3 * 60 * 60 * 1000;

/** Qoyod's numbers on the wire: text with at least one decimal and no zeros behind it (`"1000.0"`, `"12.35"`). */
export function wireNumber(value: Decimal): string {
  const text = decimalText(value.scale === 0 ? roundHalfUp(value, 1) : value);
  return text.replace(/(\.\d+?)0+$/, "$1");
}

/** `2019-10-30T19:56:17.000+03:00`. */
export function wireTime(instantMs: number): string {
  return `${new Date(instantMs + RIYADH_OFFSET_MS).toISOString().slice(0, -1)}+03:00`;
}

/** The day in Riyadh, `yyyy-mm-dd`. */
export function riyadhDay(instantMs: number): string {
  return wireTime(instantMs).slice(0, 10);
}

/** A number or a number as text; undefined when it is missing or neither. */
export function decimalOf(value: unknown): Decimal | undefined {
  return parseDecimal(textOf(value));
}

/** A stored amount. */
export function amountOf(value: unknown): Decimal {
  return decimalOf(value) ?? zero;
}

/** A whole number above 0 as a number, or as text where that is taken. */
export function idOf(value: unknown, textAllowed = true): number | undefined {
  const text = textAllowed || typeof value === "number" ? textOf(value) : "";
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** @throws Refused naming every field that is missing or empty. */
export function need(given: Fields, fields: readonly string[]): void {
  const missing = fields.filter((field) => {
    const value = given[field];
    return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
  });
  if (missing.length > 0) throw blank(...missing);
}

/** The row that an id names. @throws Refused where it is missing, or names nothing. */
export function referred(company: Company, name: TableName, given: Fields, field: string, textAllowed = true): Row {
  const id = idOf(given[field], textAllowed);
  const row = id === undefined ? undefined : company.tables[name].rows.get(id);
  if (row === undefined) throw blank(field);
  return row;
}

/** A day as text. @throws Refused when it is none, or lies in a closed period. */
export function dayOf({ company }: Call, given: Fields, field: string, isPosted = true): string {
  const text = textOf(given[field]);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!isDay || new Date(text).toISOString().slice(0, 10) !== text) throw invalid(field);
  const { closedBefore } = company.switches;
  if (isPosted && closedBefore !== "" && text < closedBefore) {
    throw new Refused([`${field} ${text} is in a closed period`]);
  }
  return text;
}

/** An amount above 0 with the decimals it has. */
export function positiveAmount(given: Fields, field: string): Decimal {
  const amount = decimalOf(given[field]);
  if (amount === undefined) throw blank(field);
  if (compare(amount, zero) <= 0) throw invalid(field, "must be greater than 0");
  return amount;
}

/** The objects of a list; anything else in it is left out. */
export function objectsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** Rails takes 1, "1", true and "true" for yes. */
export function isYes(value: unknown): boolean {
  return value === true || value === 1 || value === "1" || value === "true";
}

/** The given fields of these names, null where they are left out. */
export function taken(given: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, given[name] ?? null]));
}

/** A row with its id and its two moments, in Qoyod's own form. */
export function shownRow(row: Row, fields: Fields = row.fields): Fields {
  return { id: row.id, ...fields, created_at: wireTime(row.createdMs), updated_at: wireTime(row.updatedMs) };
}
