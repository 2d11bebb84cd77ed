import { z } from "zod";
import { type DecimalText, readInstant } from "../../core/conversions.ts";
import { readDecimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import { fieldsOf, readObject } from "./documents.ts";

/** Whether a field may be missing is for its own rule to say. */
const anything = z.unknown().optional();

const isAbsent = (value: unknown) => value === undefined || value === null || value === "";

/** A field by a rule that answers undefined for what is not allowed. */
function field<Out>(allowed: string, read: (value: unknown) => Out | undefined) {
  return anything.transform((value, context): Out => {
    const out = isAbsent(value) ? undefined : read(value);
    if (out !== undefined) return out;
    context.addIssue({ code: "custom", message: allowed });
    return z.NEVER;
  });
}

/** The same for a field that may be missing, null or empty. */
function optional<Out>(allowed: string, read: (value: unknown) => Out | undefined) {
  const present = field(allowed, read);
  return anything.transform((value, context): Out | undefined => {
    if (isAbsent(value)) return undefined;
    const parsed = present.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", message: allowed });
    return z.NEVER;
  });
}

const flag = (value: unknown) => (typeof value === "boolean" ? value : undefined);
const ids = (value: unknown) => (/^\d{1,19}$/.test(String(value)) ? String(value) : undefined);

/** The id of a record or of another one: a number or digits, kept as text. */
export const id = field("an id of digits", ids);

export const requiredFlag = field("true or false", flag);
/** A flag that is false where Optiply does not show it. */
export const flagOrFalse = optional("true or false", flag).transform((value) => value ?? false);

/** A moment with its offset, as Optiply wrote it. */
export const optionalInstant = optional("a date and time with its offset", (value) =>
  typeof value === "string" && readInstant(value) !== null ? value : undefined,
);

/** Money, text or number at Optiply, as exact text with one spelling for equal amounts: "12.50" becomes "12.5". */
export const optionalAmount = optional("a decimal number", readAmountText);

/** Whole units, negatives included. */
export const wholeNumber = field("a whole number", (value) => {
  const number = typeof value === "number" || /^-?\d{1,16}$/.test(String(value)) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
});

/** Remote ids by their keys; those that are empty are left out. */
export const remoteIds = optional("an object of remote ids", (value) => {
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const entries = Object.entries(fieldsOf(value)).filter(([, remoteId]) => !isAbsent(remoteId));
  if (!entries.every(([, remoteId]) => typeof remoteId === "string" || typeof remoteId === "number")) return undefined;
  return Object.fromEntries(entries.map(([key, remoteId]) => [key, String(remoteId)]));
}).transform((value): Readonly<Record<string, string>> => value ?? {});

/** A record that passed its schema, or what is wrong with it. */
export type Reading<Row> =
  | { readonly kind: "read"; readonly row: Row }
  | { readonly kind: "unreadable"; readonly id: string | null; readonly rejection: RecordRejected };

/** Reads one record, its id beside its attributes, by its schema; the refusal names the field. */
export function readRecord<Row>(schema: z.ZodType<Row>, value: Readonly<Record<string, unknown>>): Reading<Row> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: "read", row: parsed.data };
  const rejection = rejectionOf(parsed.error.issues[0], value);
  return { kind: "unreadable", id: readObject(value)?.id ?? null, rejection };
}

function rejectionOf(issue: z.core.$ZodIssue | undefined, value: unknown): RecordRejected {
  const path = issue?.path ?? [];
  const wrong = path.reduce((member: unknown, part) => Reflect.get(Object(member), part), value);
  const name = path.reduce<string>((before, part) => {
    if (typeof part === "number") return `${before}[${part}]`;
    return before === "" ? String(part) : `${before}.${String(part)}`;
  }, "");
  if (isAbsent(wrong)) return new RecordRejected("field-missing", { field: name || "id" });
  const shown = String(JSON.stringify(wrong)).slice(0, 80);
  return new RecordRejected("field-invalid", { field: name || "id", value: shown, allowed: issue?.message ?? "" });
}

function readAmountText(value: unknown): DecimalText | undefined {
  try {
    return readDecimal(value)?.toFixed();
  } catch {
    return undefined;
  }
}
