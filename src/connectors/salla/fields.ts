import { z } from "zod";
import type { DecimalText } from "../../core/conversions.ts";
import { readDecimal } from "../../core/decimal.ts";
import { type Reading, readBySchema } from "../../core/read-record.ts";
import { readMoment } from "./moments.ts";

/** An id: digits, kept as text. The same number recurs in other kinds of object, so that it means nothing by itself. */
export const recordId = z
  .union([z.string(), z.number()], { error: "an id of digits" })
  .transform(String)
  .pipe(z.string().regex(/^\d{1,30}$/, "an id of digits"));

/** What stands for "nothing" in Salla's answers, besides a field that is missing (salla.md 4.1). */
const nothing = z
  .union([z.null(), z.literal(""), z.tuple([]), z.strictObject({})], { error: "nothing" })
  .transform(() => null);

/** An id that may be missing; then it is null. */
export const optionalId = z
  .union([nothing, recordId], { error: "an id of digits, or nothing" })
  .optional()
  .transform((id) => id ?? null);

/** Text that may be missing; then it is "". Numbers are taken as text because Salla mixes the two. */
export const optionalText = z
  .union([z.string(), z.number().transform(String), nothing.transform(() => "")], { error: "a text" })
  .optional()
  .transform((text) => text ?? "");

export const optionalFlag = z
  .union([z.boolean(), z.enum(["true", "false", "1", "0"]).transform((word) => word === "true" || word === "1")], {
    error: "true or false",
  })
  .or(z.union([z.literal(1).transform(() => true), z.literal(0).transform(() => false)]))
  .or(nothing)
  .optional()
  .transform((flag) => flag ?? null);

/** A decimal as exact text, from a number or a text. */
export const decimalText = z
  .union([z.number(), z.string()], { error: "a decimal number" })
  .transform((value, context): DecimalText => {
    try {
      const read = readDecimal(value);
      if (read !== null) return read.toFixed();
    } catch {
      // Told below, by the field.
    }
    context.addIssue({ code: "custom", message: "a decimal number" });
    return z.NEVER;
  });

/** A decimal that may be missing; then it is null. */
export const optionalDecimal = z
  .union([nothing, decimalText], { error: "a decimal number, or nothing" })
  .optional()
  .transform((value) => value ?? null);

/** An amount as Salla sends it: `{amount, currency}`, or the bare number where the currency stands elsewhere. */
export const moneyText = z
  .union([decimalText, z.object({ amount: decimalText, currency: optionalText })], { error: "an amount" })
  .transform((value) => (typeof value === "string" ? { amount: value, currency: "" } : value));

/** An amount that may be missing; then it is null. */
export const optionalMoney = z
  .union([nothing, moneyText], { error: "an amount, or nothing" })
  .optional()
  .transform((value) => value ?? null);

/** A moment in any of Salla's forms as milliseconds since 1970; null where there is none, or none that can be read. */
export const optionalMoment = z
  .unknown()
  .optional()
  .transform((value) => readMoment(value));

/** An object that may be missing, or come as `[]`, `{}` or null; then it is null. */
export function optionalObject<Shape extends z.ZodType>(shape: Shape) {
  return z
    .union([nothing, shape], { error: "an object, or nothing" })
    .optional()
    .transform((value) => value ?? null);
}

/** A list that may be missing, or come as `{}` or null; then it is empty. */
export function optionalList<Member extends z.ZodType>(member: Member) {
  return z
    .union([nothing.transform((): z.output<Member>[] => []), z.array(member)], { error: "a list" })
    .optional()
    .transform((value) => value ?? []);
}

/** Reads one record by its schema; `at` stands before the names of its fields where one is wrong. */
export function readRecord<Row>(schema: z.ZodType<Row>, value: unknown, at = ""): Reading<Row> {
  return readBySchema(schema, value, { idField: "id", id: recordId, at });
}

/** The members of an answer; none where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}
