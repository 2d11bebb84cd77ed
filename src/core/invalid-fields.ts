import type { z } from "zod";
import { InvalidInput } from "./errors.ts";

/**
 * Reads a person's input by its schema.
 * @throws {InvalidInput} naming the first wrong field, its value and what is allowed; secret values are not repeated.
 */
export function readInput<T>(schema: z.ZodType<T>, input: unknown, options: { secret?: boolean } = {}): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new InvalidInput("input", "the input is not valid");
  if (issue.code === "unrecognized_keys") {
    const known = "shape" in schema ? Object.keys(schema.shape as object) : [];
    const names = issue.keys.join(", ");
    const hint = known.length === 0 ? "" : `; known: ${known.join(", ")}`;
    throw new InvalidInput(issue.keys[0] ?? "input", `${names} is not known${hint}`);
  }
  const { field, value } = memberAt(input, issue.path);
  const shown = value === undefined ? "is missing" : options.secret ? "is not valid" : `is ${JSON.stringify(value)}`;
  throw new InvalidInput(
    field,
    `${field} ${shown}; allowed: ${issue.message.replace(/^Invalid (input|option): expected (.*?)(, received \w+)?$/, "$2")}`,
  );
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
