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
  const field = issue.path.map(String).join(".") || "input";
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
  const shown = value === undefined ? "is missing" : options.secret ? "is not valid" : `is ${JSON.stringify(value)}`;
  throw new InvalidInput(
    field,
    `${field} ${shown}; allowed: ${issue.message.replace(/^Invalid (input|option): expected /, "")}`,
  );
}
