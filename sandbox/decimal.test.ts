import { expect, test } from "vitest";
import { add, decimalText, divide, multiply, parseDecimal, roundHalfUp, zero } from "./decimal.ts";

const read = (value: string) => parseDecimal(value) ?? zero;

test("amounts are read and shown without losing a digit", () => {
  expect(decimalText(read("12345678901234567.89"))).toBe("12345678901234567.89");
  expect(decimalText(read("-0.05"))).toBe("-0.05");
  expect(decimalText(read("1e-7"))).toBe("0.0000001");
  expect(decimalText(read("2.5e3"))).toBe("2500");
  expect(decimalText(add(read("0.1"), read("0.2")))).toBe("0.3");
});

test("a half is rounded away from zero, and sums are exact where floats are not", () => {
  expect(decimalText(roundHalfUp(read("1.005"), 2))).toBe("1.01");
  expect(decimalText(roundHalfUp(read("-1.005"), 2))).toBe("-1.01");
  expect(decimalText(roundHalfUp(read("0.0049"), 2))).toBe("0.00");
  expect(decimalText(multiply(read("3"), read("0.125")), 2)).toBe("0.38");
});

test("a quotient is exact and rounded once, a half away from zero", () => {
  expect(decimalText(divide(read("99.99"), read("1.15"), 2))).toBe("86.95");
  expect(decimalText(divide(read("1"), read("8"), 2))).toBe("0.13");
  expect(decimalText(divide(read("-1"), read("8"), 2))).toBe("-0.13");
  expect(decimalText(divide(read("2"), read("-0.3"), 4))).toBe("-6.6667");
  expect(decimalText(divide(zero, read("3"), 1))).toBe("0.0");
});

test("what is no number is not read", () => {
  for (const wrong of ["", " ", ".", "1,5", "NaN", "0x10", "1e9999", "12a", "--1"])
    expect(parseDecimal(wrong)).toBeUndefined();
});
