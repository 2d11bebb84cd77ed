import { z } from "zod";
import type { UnreadableRow } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { RecordRejected } from "../../core/errors.ts";

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

/** A row that passed its schema, or what is wrong with it. */
export type Reading<Row> =
  | { readonly kind: "read"; readonly row: Row }
  | { readonly kind: "unreadable"; readonly unreadable: UnreadableRow };

/**
 * Reads one record by its schema. Only what has no readable id, or a field of a wrong shape, is refused; the refusal
 * names the field.
 */
export function readRecord<Row>(schema: z.ZodType<Row>, idField: string, value: unknown): Reading<Row> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: "read", row: parsed.data };
  const issue = deepest(parsed.error.issues[0]);
  const id = recordId.safeParse(memberOf(value, [idField]));
  const rejection = rejectionOf(issue, value, idField);
  return { kind: "unreadable", unreadable: { id: id.success ? id.data : null, rejection } };
}

type Issue = Readonly<{ path: readonly PropertyKey[]; message: string }>;

/** Inside a union, the branch that got furthest into the value tells what is wrong. */
function deepest(issue: z.core.$ZodIssue | undefined): Issue {
  if (issue === undefined) return { path: [], message: "a record" };
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().map((one) => deepest(one));
  const best = inner.reduce<Issue>((found, one) => (one.path.length > found.path.length ? one : found), {
    path: [],
    message: issue.message,
  });
  return { path: [...issue.path, ...best.path], message: best.message };
}

function rejectionOf(issue: Issue, value: unknown, idField: string): RecordRejected {
  const wrong = memberOf(value, issue.path);
  const field = issue.path.length === 0 ? idField : fieldName(issue.path);
  if (wrong === undefined) return new RecordRejected("field-missing", { field });
  const shown = JSON.stringify(wrong).slice(0, 80);
  return new RecordRejected("field-invalid", { field, value: shown, allowed: issue.message });
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") return `${name}[${part}]`;
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}

function memberOf(value: unknown, path: readonly PropertyKey[]): unknown {
  let member = value;
  for (const part of path) {
    if (member === null || typeof member !== "object") return undefined;
    member = Reflect.get(member, part);
  }
  return member;
}
