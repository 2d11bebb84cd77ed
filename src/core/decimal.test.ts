import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addMoney, decimal, floor, readDecimal, roundHalfUp } from "./decimal.ts";

/** A decimal number as text with its exact value in millionths. */
const millionths = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const spelled = (value: bigint) => {
  const digits = String(value < 0n ? -value : value).padStart(7, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
};

describe("readDecimal", () => {
  test("reads a number of any length as text without losing a digit", () => {
    fc.assert(
      fc.property(millionths, (value) => {
        expect(readDecimal(spelled(value))?.times(1_000_000).toFixed()).toBe(String(value));
      }),
    );
  });

  test("reads a JSON number as the shortest decimal that stands for it", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (value) => {
        expect(Number(readDecimal(value)?.toFixed())).toBe(value === 0 ? 0 : value);
      }),
    );
    expect(
      readDecimal(0.1)
        ?.plus(readDecimal(0.2) ?? 0)
        .toFixed(),
    ).toBe("0.3");
  });

  test("nothing is null, and everything else is refused", () => {
    for (const nothing of [undefined, null, ""]) expect(readDecimal(nothing)).toBeNull();
    for (const wrong of [
      "1,5",
      "1e3",
      "0x10",
      " ",
      "--1",
      "1.",
      ".5",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      {},
      [],
    ])
      expect(() => readDecimal(wrong), JSON.stringify(wrong)).toThrow(RangeError);
  });
});

describe("rounding", () => {
  test("half up, away from zero, to the nearest hundredth, by whole-number arithmetic", () => {
    fc.assert(
      fc.property(millionths, (value) => {
        const size = value < 0n ? -value : value;
        const cents = (size + 5_000n) / 10_000n;
        const expected = value < 0n ? -cents : cents;
        const rounded = roundHalfUp(decimal(spelled(value)), 2);
        expect(rounded.times(100).toFixed()).toBe(String(expected));
      }),
    );
  });

  test("floor is the greatest whole number not above", () => {
    fc.assert(
      fc.property(millionths, (value) => {
        const number = decimal(spelled(value));
        const whole = floor(number);
        expect(whole.round(0).eq(whole)).toBe(true);
        expect(whole.lte(number)).toBe(true);
        expect(whole.plus(1).gt(number)).toBe(true);
      }),
    );
  });
});

test("money of two currencies is never added", () => {
  const euro = { amount: decimal("0.1"), currency: "EUR" };
  expect(addMoney(euro, { amount: decimal("0.2"), currency: "EUR" }).amount.toFixed()).toBe("0.3");
  expect(() => addMoney(euro, { amount: decimal("1"), currency: "USD" })).toThrow("EUR and USD cannot be added");
});
