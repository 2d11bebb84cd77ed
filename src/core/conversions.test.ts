import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  floored,
  instant,
  isCalendarDay,
  money,
  optionalMoney,
  optionalText,
  readInstant,
  startOfDay,
  text,
} from "./conversions.ts";
import { decimal } from "./decimal.ts";
import { RecordRejected } from "./errors.ts";
import type { Conversion } from "./mapping.ts";

const silent = () => undefined;
const convert = <In, Out>(conversion: Conversion<In, Out>, value: In) => conversion.convert(value, "field", silent);

const zones = ["Europe/Amsterdam", "Asia/Riyadh", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC"];

/** The local time of a moment with its offset, spelled by Intl alone. */
function spelledLocally(moment: number, timeZone: string, colon: string): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  const offset = (parts.timeZoneName ?? "").replace("GMT", "") || "+00:00";
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}${offset.replace(":", colon)}`;
}

describe("readInstant", () => {
  test("reads the local time of any zone, summer time included, as Intl spells it", () => {
    fc.assert(
      fc.property(
        fc.integer({
          min: Date.parse("1990-01-01T00:00:00Z") / 1_000,
          max: Date.parse("2060-01-01T00:00:00Z") / 1_000,
        }),
        fc.constantFrom(...zones),
        fc.constantFrom("", ":"),
        (seconds, zone, colon) => {
          expect(readInstant(spelledLocally(seconds * 1_000, zone, colon))).toBe(seconds * 1_000);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("reads what it is known to read, and nothing else", () => {
    expect(readInstant("2026-06-09T13:15:55-0400")).toBe(Date.parse("2026-06-09T17:15:55Z"));
    expect(readInstant("2026-06-09T13:15:55Z")).toBe(Date.parse("2026-06-09T13:15:55Z"));
    expect(readInstant("2026-06-09T13:15:55.250+02:00")).toBe(Date.parse("2026-06-09T11:15:55.250Z"));
    for (const wrong of [
      "",
      "2026-06-09",
      "2026-06-09T13:15:55",
      "2026-13-09T13:15:55Z",
      "9 June 2026",
      "2026-06-09 13:15:55Z",
    ])
      expect(readInstant(wrong), wrong).toBeNull();
  });

  test("instant writes the same moment in UTC, in whole seconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.constantFrom(...zones), (seconds, zone) => {
        const written = convert(instant, spelledLocally(seconds * 1_000, zone, ""));
        expect(written).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
        expect(Date.parse(written ?? "")).toBe(seconds * 1_000);
      }),
      { numRuns: 100 },
    );
    expect(convert(instant, "")).toBeUndefined();
    expect(() => convert(instant, "soon")).toThrow(RecordRejected);
  });
});

test("startOfDay keeps the calendar day, and only real days are days", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), (number) => {
      const day = new Date(number * 86_400_000).toISOString().slice(0, 10);
      expect(isCalendarDay(day)).toBe(true);
      expect(convert(startOfDay, day)).toBe(`${day}T00:00:00Z`);
    }),
  );
  for (const wrong of ["2026-02-30", "2026-2-3", "2025-02-29", "20260203", "2026-00-10"]) {
    expect(isCalendarDay(wrong), wrong).toBe(false);
    expect(() => convert(startOfDay, wrong)).toThrow(/field-invalid/);
  }
  expect(() => convert(startOfDay, "")).toThrow(/field-missing/);
});

describe("money", () => {
  test("always has its places, is at most half a cent away, and converts to itself", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.integer({ min: 0, max: 6 }),
        (digits, scale) => {
          const exact = decimal(digits).div(decimal(10 ** scale));
          const written = convert(money(2), exact.toFixed());
          expect(written).toMatch(/^-?\d+\.\d{2}$/);
          expect(decimal(written).minus(exact).abs().lte("0.005")).toBe(true);
          expect(convert(money(2), written)).toBe(written);
        },
      ),
    );
  });

  test("a half goes up, and bounds are named", () => {
    expect(convert(money(2), 1.005)).toBe("1.01");
    expect(convert(money(2), "2.675")).toBe("2.68");
    expect(convert(money(2), -1.005)).toBe("-1.01");
    expect(() => convert(money(2), "")).toThrow(/field-missing/);
    expect(() => convert(money(2, { minimum: "0" }), -1)).toThrow(/at least 0/);
    // Bounds hold for what is written: 9.995 is 10.00 then.
    expect(() => convert(money(2, { maximum: "9.99" }), "9.995")).toThrow(/at most 9.99/);
    expect(convert(optionalMoney(2), "")).toBeUndefined();
    expect(() => convert(optionalMoney(2), "nine")).toThrow(/a decimal number/);
  });
});

test("floored rounds down, negatives too, within its bounds", () => {
  expect([2.9, 2, 0.2, -0.5, -2.1].map((value) => convert(floored(), decimal(value)))).toEqual([2, 2, 0, -1, -3]);
  expect(() => convert(floored({ maximum: "5" }), decimal("6.1"))).toThrow(/at most 5/);
});

describe("text", () => {
  test("is trimmed, never longer than allowed, never cut inside a character, and noted when cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (value, length) => {
        const notes: string[] = [];
        const result = optionalText(length).convert(value, "name", (code) => notes.push(code));
        const trimmed = value.trim();
        if (trimmed === "") {
          expect(result).toBeUndefined();
          return;
        }
        expect(trimmed.startsWith(result ?? "?")).toBe(true);
        expect((result ?? "").length).toBeLessThanOrEqual(length);
        if (trimmed.isWellFormed()) expect(result?.isWellFormed()).toBe(true);
        expect(notes).toEqual(trimmed.length > length ? ["text-cut"] : []);
      }),
    );
    expect(convert(optionalText(2), "a🎉")).toBe("a");
  });

  test("that must be there rejects the record by the field's name", () => {
    for (const nothing of ["", "   ", null, undefined])
      expect(() => convert(text(5), nothing)).toThrow(/field-missing.*field/);
  });
});
