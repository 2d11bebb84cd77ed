import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "./parse-json.ts";

test.each([
  ["4600000000012345678", "4600000000012345678"],
  ['{"id":460000000000000,"long":4600000000000000}', { id: 460000000000000, long: "4600000000000000" }],
  ['{"rate":12345678901234.56}', { rate: "12345678901234.56" }],
  ["[0.000000000123456789012345]", [1.23456789012345e-10]],
  ["[0.0000000001234567890123456]", ["0.0000000001234567890123456"]],
  ["[-1234567890123456,-12.5,0,-0.10]", ["-1234567890123456", -12.5, 0, -0.1]],
  ["[1e400,1e-400,1.5E3,0e9]", ["1e400", "1e-400", 1500, 0]],
  [
    '{"text":"1234567890123456789 \\" 1234567890123456789","n":1}',
    { text: '1234567890123456789 " 1234567890123456789', n: 1 },
  ],
  [
    '{"text":"ends with a backslash \\\\","n":12345678901234567}',
    { text: "ends with a backslash \\", n: "12345678901234567" },
  ],
  ["\uFEFF[1]", [1]],
  ["null", null],
  ["", undefined],
  ["<html>", undefined],
  ['{"a":', undefined],
  ['"open', undefined],
  ["[1234567890123456789,]", undefined],
])("%s", (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test("nesting is bounded", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(parseJson(nested(100))).toBeDefined();
  expect(parseJson(nested(101))).toBeUndefined();
  expect(parseJson(nested(1_000_000))).toBeUndefined();
});

test("whatever has no long number comes out as JSON.parse has it", () => {
  const short = (value: unknown): boolean =>
    typeof value === "number"
      ? (value === 0 || Math.abs(value) > 1e-300) &&
        String(value)
          .replace(/e.*|\D/g, "")
          .replace(/^0+/, "").length <= 15
      : typeof value !== "object" || value === null || Object.values(value).every(short);
  fc.assert(
    fc.property(fc.jsonValue().filter(short), (value) => {
      const text = JSON.stringify(value);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test("any number keeps its digits", () => {
  const number = fc
    .tuple(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.option(fc.stringMatching(/^\d{1,20}$/), { nil: undefined }),
    )
    .map(([whole, decimals]) => (decimals === undefined ? `${whole}` : `${whole}.${decimals}`));
  const plain = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  fc.assert(
    fc.property(number, (text) => {
      const value = parseJson(text);
      const written = typeof value === "number" ? value.toFixed(20) : String(value);
      if (typeof value === "number") expect(Number(plain(text))).toBe(value);
      else expect(plain(written)).toBe(plain(text));
      const digits = text.replace(/\D/g, "").replace(/^0+/, "").length;
      expect(typeof value).toBe(digits > 15 ? "string" : "number");
    }),
    { numRuns: 1_000 },
  );
});

test("any text at all gives a value or undefined", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => void parseJson(text)),
    { numRuns: 1_000 },
  );
});
