import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { z } from "zod";
import { InvalidInput } from "../core/errors.ts";
import { readInput } from "../core/invalid-fields.ts";

/** Reads the body by its schema; none counts as `{}`. @throws {InvalidInput} 400. @throws {HTTPException} 415 */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text();
  if (text === "") return readInput(schema, {});
  const type = c.req.header("content-type") ?? "none";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    const message = `content-type is ${type}; allowed: application/json`;
    throw new HTTPException(415, { res: c.json({ error: { code: "not-json", message } }, 415) });
  }
  return readInput(schema, parse(text));
}

/** Reads the query by its schema. @throws {InvalidInput} */
export function readQuery<T>(c: Context, schema: z.ZodType<T>): T {
  return readInput(schema, c.req.query());
}

function parse(text: string): unknown {
  if (/\\u0000/.test(text)) throw new InvalidInput("body", "the body holds a NUL character, which no name or text may");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput("body", `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
