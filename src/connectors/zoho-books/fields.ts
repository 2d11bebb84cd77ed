import { z } from "zod";
import { readInstant } from "../../core/conversions.ts";
import { type Reading, readBySchema } from "../../core/read-record.ts";

/** An id: digits, 15 to 19 of them, kept as text because they do not fit a JavaScript number. */
export const recordId = z
  .union([z.string(), z.number()], { error: "an id of digits" })
  .transform(String)
  .pipe(z.string().regex(/^\d{1,30}$/, "an id of digits"));

/** An id that may be missing: Zoho leaves it out or sends `""`. */
export const optionalId = z
  .union([z.literal("").transform(() => undefined), z.null().transform(() => undefined), recordId], {
    error: "an id of digits, or nothing",
  })
  .optional();

/** Text that may be missing; numbers are taken as text because Zoho mixes the two. */
export const optionalText = z
  .union([z.string(), z.number().transform(String), z.null().transform(() => undefined)], { error: "a text" })
  .optional();

/** A number as Zoho wrote it, `""` included: whether it is one is for the mapping to judge, by the field's name. */
export const looseNumber = z
  .union([z.number(), z.string(), z.null().transform(() => undefined)], { error: "a decimal number" })
  .optional();

export const optionalFlag = z
  .union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], { error: "true or false" })
  .or(z.union([z.literal(""), z.null()]).transform(() => undefined))
  .optional();

/** A list that may be missing; Zoho sends `""` for an empty one in places. */
export function optionalList<Member extends z.ZodType>(member: Member) {
  return z
    .union([z.literal("").transform(() => undefined), z.null().transform(() => undefined), z.array(member)], {
      error: "a list",
    })
    .optional();
}

/** The instant of a record's last change, milliseconds since 1970; 0 where Zoho does not tell. */
export function changedAt(row: { readonly last_modified_time?: string | undefined }): number {
  return row.last_modified_time === undefined ? 0 : (readInstant(row.last_modified_time) ?? 0);
}

/** Reads one record by its schema. */
export function readRecord<Row>(schema: z.ZodType<Row>, idField: string, value: unknown): Reading<Row> {
  return readBySchema(schema, value, { idField, id: recordId });
}
