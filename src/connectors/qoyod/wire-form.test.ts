import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordRejected } from "../../core/errors.ts";
import {
  asAmount,
  asDay,
  asId,
  asLines,
  asOneOrZero,
  asSignedAmount,
  asText,
  orRefused,
  wireFields,
} from "./wire-form.ts";

test("ids are integers, amounts numbers, flags 1 or 0, and what is empty is left out", () => {
  const table = { contact_id: asId, amount: asAmount, track_quantity: asOneOrZero, note: asText, date: asDay };
  const mapped = { contact_id: "12", amount: "115.50", track_quantity: true, note: undefined, date: "2026-02-28" };
  expect(wireFields(table, mapped)).toEqual({ contact_id: 12, amount: 115.5, track_quantity: 1, date: "2026-02-28" });
});

test("every amount in halalas keeps its digits on the wire", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (halalas) => {
      const text = `${Math.floor(halalas / 100)}.${String(halalas % 100).padStart(2, "0")}`;
      const wire = JSON.stringify(wireFields({ amount: asAmount }, { amount: text }).amount);
      expect(Number(wire).toFixed(2)).toBe(text);
    }),
  );
});

test.each([
  [asId, "0"],
  [asId, "12a"],
  [asId, 12],
  [asId, "99999999999999999999"],
  [asAmount, "-1.00"],
  [asAmount, 1.5],
  [asAmount, "1e3"],
  [asAmount, "0.1234567890123456789"],
  [asSignedAmount, "-"],
  [asDay, "2026-02-30"],
  [asText, 7],
])("what Qoyod would misread is refused here by name: %#", (form, value) => {
  expect(() => wireFields({ field: form }, { field: value })).toThrow(RecordRejected);
});

test("a line is named by its place", () => {
  const lines = asLines({ quantity: asAmount }, ["quantity"]);
  const of = (given: unknown) => orRefused(() => wireFields({ line_items: lines }, { line_items: given }));
  expect(of([{ quantity: "1" }, {}])).toEqual({ kind: "refused", message: "line_items[1].quantity is missing" });
  expect(of([{ quantity: "x" }])).toMatchObject({ message: expect.stringContaining("line_items[0].quantity is ") });
  expect(of([])).toMatchObject({ kind: "refused" });
});

test("a field that the resource does not have is our own mistake", () => {
  expect(() => orRefused(() => wireFields({ name: asText }, { colour: "red" }))).toThrow(RangeError);
});
