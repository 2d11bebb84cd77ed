/** Reads what a vendor answered by a schema, and says of what cannot be read which field is wrong. */
import type { z } from "zod";
import { RecordRejected } from "./errors.ts";
import type { UnreadableRow } from "./resources.ts";

/** A row that passed its schema, or what is wrong with it. */
export type Reading<Row> =
  | { readonly kind: "read"; readonly row: Row }
  | { readonly kind: "unreadable"; readonly unreadable: UnreadableRow };

/** Where a record has its id, how that is read, and what stands before the names of its fields when one is wrong. */
export interface RecordShape {
  readonly idField: string;
  readonly id: z.ZodType<string>;
  /** such as `items.` for the lines of an order */
  readonly at?: string;
}

/**
 * Reads one record by its schema. Only what has no readable id, or a field of a wrong shape, is refused; the refusal
 * names the field.
 */
export function readBySchema<Row>(schema: z.ZodType<Row>, value: unknown, shape: RecordShape): Reading<Row> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: "read", row: parsed.data };
  const id = shape.id.safeParse(memberOf(value, [shape.idField]));
  const rejection = rejectionOf(deepest(parsed.error.issues[0]), value, shape);
  return { kind: "unreadable", unreadable: { id: id.success ? id.data : null, rejection } };
}

/** What was read of the rows of a page: those that passed, those that did not, and the ids of both in their order. */
interface RowsRead<Row> {
  readonly rows: readonly Row[];
  readonly unreadable: readonly UnreadableRow[];
  readonly ids: readonly string[];
}

/** Reads the rows of a page; one that cannot be read does not keep the others back. */
export function readRows<Row>(
  values: readonly unknown[],
  { readRow, idOf }: { readRow(value: unknown): Reading<Row>; idOf(row: Row): string },
): RowsRead<Row> {
  const rows: Row[] = [];
  const unreadable: UnreadableRow[] = [];
  const ids: string[] = [];
  for (const value of values) {
    const reading = readRow(value);
    if (reading.kind === "read") {
      rows.push(reading.row);
      ids.push(idOf(reading.row));
    } else {
      unreadable.push(reading.unreadable);
      if (reading.unreadable.id !== null) ids.push(reading.unreadable.id);
    }
  }
  return { rows, unreadable, ids };
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

function rejectionOf(issue: Issue, value: unknown, { idField, at = "" }: RecordShape): RecordRejected {
  const wrong = memberOf(value, issue.path);
  const field = `${at}${issue.path.length === 0 ? idField : fieldName(issue.path)}`;
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
