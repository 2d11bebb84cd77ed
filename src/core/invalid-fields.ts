import type { z } from "zod";
import { InvalidInput } from "./errors.ts";

/** More faults than these are counted instead of listed. */
const listedMax = 10;
/** Of a wrong value, this much is shown. */
const shownMax = 200;

interface ReadOptions {
  /** true: no value may be repeated; a list: those of these top-level fields may not */
  readonly secret?: boolean | readonly string[];
}

/**
 * Reads a person's input by its schema.
 * @throws {InvalidInput} naming every wrong field, its value and what is allowed; `field` is the first of them. Secret
 * values are not repeated, and neither are lists and objects, which may hold some.
 */
export function readInput<T>(schema: z.ZodType<T>, input: unknown, options: ReadOptions = {}): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => faultOf(schema, input, issue, options));
  const sentences = [...new Set(faults.map(({ sentence }) => sentence))];
  const more = sentences.length > listedMax ? [`and ${sentences.length - listedMax} more`] : [];
  throw new InvalidInput(faults[0]?.field ?? "input", [...sentences.slice(0, listedMax), ...more].join("; "));
}

function faultOf(
  schema: z.ZodType,
  input: unknown,
  issue: z.core.$ZodIssue,
  { secret = false }: ReadOptions,
): { field: string; sentence: string } {
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length === 0 && "shape" in schema ? Object.keys(schema.shape as object) : [];
    const names = issue.keys.map((key) => [...issue.path, key].map(String).join("."));
    const hint = known.length === 0 ? "" : `; known: ${known.join(", ")}`;
    const is = names.length === 1 ? "is" : "are";
    return { field: names[0] ?? "input", sentence: `${names.join(", ")} ${is} not known${hint}` };
  }
  const { field, value } = memberAt(input, issue.path);
  const isSecret = typeof secret === "boolean" ? secret : secret.includes(String(issue.path[0] ?? ""));
  const allowed = issue.message.replace(
    /^(?:Invalid (?:input|option)|Too (?:small|big)): expected (.*?)(, received \w+)?$/,
    "$1",
  );
  return { field, sentence: `${field} ${shown(value, isSecret || issue.path.length === 0)}; allowed: ${allowed}` };
}

function shown(value: unknown, hidden: boolean): string {
  if (value === undefined) return "is missing";
  if (Array.isArray(value)) return "is a list";
  if (typeof value === "object" && value !== null) return "is an object";
  if (hidden) return "is not valid";
  // An address may carry a name and a password before its host.
  const text = String(JSON.stringify(value)).replace(/\/\/[^/@]*@/g, "//…@");
  return `is ${text.length > shownMax ? `${text.slice(0, shownMax)}…` : text}`;
}

/** The member that a path leads to; where a list came as one text, that text, because the path leads on into its parts. */
function memberAt(input: unknown, path: readonly PropertyKey[]): { field: string; value: unknown } {
  let value = input;
  const names: string[] = [];
  for (const key of path) {
    if (typeof value === "string") break;
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
    names.push(String(key));
  }
  return { field: names.join(".") || "input", value };
}
