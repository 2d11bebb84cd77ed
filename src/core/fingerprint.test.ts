import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, fingerprint } from "./fingerprint.ts";

/** The same value with the keys of every object in another order, and with members that are not there. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries([...members.map(([key, member]) => [key, shuffled(member)]), ["\u0000absent", undefined]]);
}

const plain = fc.jsonValue({ maxDepth: 4 });

test("the same content has the same fingerprint, whatever the order of keys and whatever is undefined", () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(fingerprint(shuffled(value))).toBe(fingerprint(value));
    }),
  );
});

test("different content has different fingerprints", () => {
  fc.assert(
    fc.property(plain, plain, (one, other) => {
      expect(fingerprint(one) === fingerprint(other)).toBe(canonicalJson(one) === canonicalJson(other));
    }),
  );
  const differing: unknown[] = [
    null,
    0,
    "0",
    "",
    [],
    {},
    [0],
    ["0"],
    { a: 0 },
    { a: "0" },
    { a: null },
    [[]],
    true,
    "true",
  ];
  expect(new Set(differing.map(fingerprint)).size).toBe(differing.length);
});

test("canonical JSON is JSON of the same value", () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("a stored fingerprint stays what it is: changing it would send every record again", () => {
  expect(fingerprint({ name: "Mug", price: "9.50", lines: [{ quantity: 2 }] })).toBe(
    "5FphLruelWWYWTYIBWbaR9JXUZ1Dz-iszjb526c0drg",
  );
  expect(fingerprint("")).toHaveLength(43);
});
