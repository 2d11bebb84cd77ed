import { expect, test } from "vitest";
import { z } from "zod";
import { readInput } from "./invalid-fields.ts";

const schema = z.strictObject({
  region: z.enum(["com", "eu"]),
  perMinute: z.int().min(1),
  address: z
    .string()
    .regex(/^https:/, "an https address")
    .optional(),
  secrets: z.record(z.string(), z.string()).optional(),
});
const said = (input: unknown, secret: boolean | string[] = false) => {
  try {
    return readInput(schema, input, { secret });
  } catch (error) {
    return (error as Error).message;
  }
};

test("every fault is named, the first as it is alone", () => {
  expect(said({ region: "moon", perMinute: 5 })).toBe('region is "moon"; allowed: one of "com"|"eu"');
  expect(said({ region: "moon", perMinute: 0, colour: "red" })).toBe(
    'region is "moon"; allowed: one of "com"|"eu"; perMinute is 0; allowed: number to be >=1; ' +
      "colour is not known; known: region, perMinute, address, secrets",
  );
  expect(() => readInput(schema, { perMinute: 0 })).toThrow(expect.objectContaining({ field: "region" }));
});

test("no secret is repeated: not by its field, not inside of a list or an object, not in an address", () => {
  for (const message of [
    said({ region: "hush", perMinute: "hush" }, true),
    said({ region: "com", perMinute: 1, secrets: "hush" }, ["secrets"]),
    said({ region: "com", perMinute: 1, secrets: { token: 5, other: ["hush"] } }, ["secrets"]),
    said({ region: "com", perMinute: ["hush"], secrets: { token: "x" } }),
    said({ region: { a: "hush" }, perMinute: 1 }),
    said([{ secrets: "hush" }]),
    said("hush"),
    said({ region: "com", perMinute: 1, address: "http://me:hush@zoho.example" }),
  ]) {
    expect(message).toMatch(/allowed: /);
    expect(message).not.toContain("hush");
  }
});

test("a flood of faults is counted, and a long value is cut", () => {
  const many = z.array(z.int());
  expect(() =>
    readInput(
      many,
      Array.from({ length: 12 }, () => "x"),
    ),
  ).toThrow(/9 is "x"; allowed: number; and 2 more$/);
  expect(String(said({ region: "m".repeat(5_000), perMinute: 1 })).length).toBeLessThan(300);
});
