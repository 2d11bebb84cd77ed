import type { z } from "zod";
import { InvalidInput } from "../core/errors.ts";

/** Reads `key=value` words. @throws {InvalidInput} naming the word that is none, or that comes twice. */
export function readAssignments(words: readonly string[], what: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new InvalidInput(what, `${what} is ${JSON.stringify(word)}; allowed: name=value`);
    const name = word.slice(0, at);
    if (Object.hasOwn(values, name)) throw new InvalidInput(name, `${name} is given twice`);
    values[name] = word.slice(at + 1);
  }
  return values;
}

/** One field of a form: settings, secrets or options, as the connector or the integration declares them. */
export interface FormField {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly needed: boolean;
  readonly words: string;
}

/** The fields of a form, in their order. */
export function formFields(form: z.ZodType): FormField[] {
  const shape = "shape" in form ? (form.shape as Record<string, z.ZodType>) : {};
  return Object.entries(shape).map(([name, schema]) => ({
    name,
    schema,
    needed: !schema.safeParse(undefined).success,
    words: schema.description ?? "",
  }));
}

/** Words as the values their fields take: `80` becomes a number only where a text is not taken. */
export function typedValues(form: z.ZodType, words: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields = new Map(formFields(form).map((field) => [field.name, field.schema]));
  return Object.fromEntries(
    Object.entries(words).map(([name, text]) => [name, typedValue(fields.get(name), text)] as const),
  );
}

function typedValue(schema: z.ZodType | undefined, text: string): unknown {
  if (schema === undefined || schema.safeParse(text).success) return text;
  try {
    const value: unknown = JSON.parse(text);
    return schema.safeParse(value).success || typeof value === "number" ? value : text;
  } catch {
    return text;
  }
}
