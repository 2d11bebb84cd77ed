/** What Qoyod's answers hold, read defensively: numbers come as text, ids as numbers or text, envelopes come and go. */
import { type Decimal, readDecimal } from "../../core/decimal.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The members of a value; none where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}

/** The objects of a list; none where it is no list. */
export function rowsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** An id as text; null where there is none. */
export function readId(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && /^\d{1,19}$/.test(text) ? text : null;
}

/** A text; empty where there is none. */
export function readText(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** A number; null where there is none or it cannot be read, which is never zero. */
export function readNumber(value: unknown): Decimal | null {
  try {
    return readDecimal(value);
  } catch {
    return null;
  }
}

/** A flag, as 1, "1", true or "true". */
export function readFlag(value: unknown): boolean {
  return value === true || value === 1 || value === "1" || value === "true";
}

/** The record of an answer: inside its envelope, or at the top as Qoyod answers in places. */
export function recordOf(body: unknown, envelope: string): Fields {
  const top = fieldsOf(body);
  return envelope in top ? fieldsOf(top[envelope]) : top;
}
