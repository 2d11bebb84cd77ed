import { expect, test } from "vitest";
import { type Decimal, decimalText, parseDecimal, zero } from "../decimal.ts";
import { documentAmounts, type PricedLine, rateKey } from "./amounts.ts";

const read = (value: string): Decimal => parseDecimal(value) ?? zero;
const line = (unitPrice: string, more: Partial<Record<keyof PricedLine, string | boolean>> = {}): PricedLine => ({
  quantity: read(String(more.quantity ?? "1")),
  unitPrice: read(unitPrice),
  discount: read(String(more.discount ?? "0")),
  discountIsPercent: more.discountIsPercent === true,
  rate: read(String(more.rate ?? "15")),
  isInclusive: more.isInclusive !== false,
});
const rules = {
  roundsUnitNet: false,
  roundsLineNet: false,
  vatRoundedPer: "rate",
  vatOf: "contained",
  inclusiveDiscount: "gross",
  amountDiscountPer: "line",
} as const;
type Rules = Parameters<typeof documentAmounts>[1];
const totals = (lines: readonly PricedLine[], more: Partial<Rules> = {}) => {
  const { total, vatByRate } = documentAmounts(lines, { ...rules, ...more });
  return [decimalText(total), ...[...vatByRate].map(([rate, vat]) => `${rate}: ${decimalText(vat)}`)];
};

test("115 with VAT is 100 and 15, wherever Qoyod rounds", () => {
  for (const roundsUnitNet of [true, false])
    for (const roundsLineNet of [true, false])
      for (const vatRoundedPer of ["line", "rate", "document"] as const)
        for (const vatOf of ["contained", "added"] as const)
          expect(totals([line("115")], { roundsUnitNet, roundsLineNet, vatRoundedPer, vatOf })).toEqual([
            "115.00",
            "15: 15.00",
          ]);
});

test("a gross price that no net of two decimals gives is missed where VAT is added to a rounded net", () => {
  // 0.04 / 1.15 = 0.0348; 0.03 * 0.15 = 0.0045.
  const small = [line("0.04")];
  expect(totals(small)).toEqual(["0.04", "15: 0.01"]);
  expect(totals(small, { vatOf: "added" })).toEqual(["0.04", "15: 0.01"]);
  expect(totals(small, { vatOf: "added", roundsLineNet: true })).toEqual(["0.03", "15: 0.00"]);
  expect(totals(small, { vatOf: "added", roundsUnitNet: true })).toEqual(["0.03", "15: 0.00"]);
  expect(totals(small, { roundsLineNet: true })).toEqual(["0.04", "15: 0.01"]);
});

test("many lines tell where VAT is rounded", () => {
  // Each: 0.10 / 1.15 = 0.0870 → 0.09; VAT 0.0130.
  const many = Array.from({ length: 10 }, () => line("0.10"));
  expect(totals(many)).toEqual(["1.00", "15: 0.13"]);
  expect(totals(many, { vatRoundedPer: "line" })).toEqual(["1.00", "15: 0.10"]);
  expect(totals(many, { vatRoundedPer: "line", vatOf: "added" })).toEqual(["0.97", "15: 0.10"]);
  expect(totals(many, { roundsLineNet: true })).toEqual(["1.00", "15: 0.10"]);
  expect(totals(many, { roundsLineNet: true, vatOf: "added" })).toEqual(["1.04", "15: 0.14"]);
  expect(totals(many, { roundsLineNet: true, vatOf: "added", vatRoundedPer: "line" })).toEqual(["1.00", "15: 0.10"]);
  // 0.90 and 0.135 are 1.035 where only the total is rounded.
  expect(totals(many, { roundsLineNet: true, vatOf: "added", vatRoundedPer: "document" })[0]).toBe("1.04");
});

test("net and VAT that are rounded apart may miss a total that is rounded once", () => {
  const thousandths = [line("0.004", { isInclusive: false })];
  expect(totals(thousandths, { vatOf: "added" })).toEqual(["0.00", "15: 0.00"]);
  expect(totals(thousandths, { vatOf: "added", vatRoundedPer: "document" })).toEqual(["0.00", "15: 0.00"]);
  const apart = [line("0.0044", { isInclusive: false, quantity: "10" })];
  expect(totals(apart, { vatOf: "added" })).toEqual(["0.05", "15: 0.01"]);
  const near = [line("0.0046", { isInclusive: false })];
  expect(totals(near, { vatOf: "added" })).toEqual(["0.00", "15: 0.00"]);
  expect(totals(near, { vatOf: "added", vatRoundedPer: "document" })).toEqual(["0.01", "15: 0.00"]);
});

test("a rounded unit price is multiplied", () => {
  // 1.00 / 1.15 = 0.8696 → 0.87; 100 of it are 87.00 and 13.05.
  const hundred = [line("1", { quantity: "100" })];
  expect(totals(hundred, { roundsUnitNet: true, vatOf: "added" })).toEqual(["100.05", "15: 13.05"]);
  expect(totals(hundred, { roundsUnitNet: true })).toEqual(["100.00", "15: 13.00"]);
  expect(totals(hundred)).toEqual(["100.00", "15: 13.04"]);
});

test("an amount discount is gross or net, of the line or of a unit; a percentage is a percentage", () => {
  const reduced = [line("115", { quantity: "2", discount: "23" })];
  expect(totals(reduced)).toEqual(["207.00", "15: 27.00"]);
  expect(totals(reduced, { inclusiveDiscount: "net" })).toEqual(["203.55", "15: 26.55"]);
  expect(totals(reduced, { amountDiscountPer: "unit" })).toEqual(["184.00", "15: 24.00"]);
  expect(totals(reduced, { roundsUnitNet: true, vatOf: "added" })).toEqual(["207.00", "15: 27.00"]);
  const tenth = [line("115", { discount: "10", discountIsPercent: true })];
  expect(totals(tenth, { inclusiveDiscount: "net" })).toEqual(["103.50", "15: 13.50"]);
  expect(totals([line("100", { discount: "10", isInclusive: false })])).toEqual(["103.50", "15: 13.50"]);
});

test("rates are added up apart, and a document discount comes off its own rate", () => {
  const mixed = [line("115"), line("50", { rate: "0" }), line("100", { isInclusive: false })];
  expect(totals(mixed)).toEqual(["280.00", "15: 30.00", "0: 0.00"]);
  const off = documentAmounts(mixed, rules, [{ gross: read("23"), rate: read("15.0") }]);
  expect([decimalText(off.total), decimalText(off.vatByRate.get("15") ?? zero)]).toEqual(["257.00", "27.00"]);
});

test("a rate has one key however it is written", () => {
  expect(["15", "15.0", "15.00", "0", "0.0", "10", "2.50"].map((rate) => rateKey(read(rate)))).toEqual([
    "15",
    "15",
    "15",
    "0",
    "0",
    "10",
    "2.5",
  ]);
});
