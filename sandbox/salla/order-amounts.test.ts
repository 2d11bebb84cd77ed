import { expect, test } from "vitest";
import { add, compare, type Decimal, decimalText, parseDecimal, zero } from "../decimal.ts";
import { seededRandom, wholeBetween } from "../seeded-random.ts";
import { hundred, minus, moneyText, percentOf, share, spread, sum } from "./money.ts";
import { type AmountLine, addUp, type Coupon, netOf } from "./order-amounts.ts";

const decimal = (text: string | number): Decimal => {
  const read = parseDecimal(text);
  if (read === undefined) throw new Error(`${text} is no decimal`);
  return read;
};

const line = (net: string, quantity: number, more: Partial<AmountLine> = {}): AmountLine => ({
  quantity,
  unitPrice: decimal(net),
  grossUnit: undefined,
  discount: zero,
  taxPercent: decimal(15),
  couponShare: zero,
  tax: zero,
  taxBeforeCoupon: zero,
  ...more,
});
const coupon = (more: Partial<Coupon>): Coupon => ({
  code: "MADEUP",
  percent: undefined,
  amount: zero,
  freeShipping: false,
  concerns: () => true,
  ...more,
});
const more = { shipping: zero, cod: zero, shippingTaxPercent: decimal(15), codTaxPercent: decimal(15) };
const ways = { freeShipping: "cost-zero", taxRounding: "per-line" } as const;

test("the arithmetic is exact: shares, halves and largest remainders", () => {
  expect(moneyText(share(decimal("10"), decimal("1"), decimal("3")))).toBe("3.33");
  expect(moneyText(percentOf(decimal("0.30"), decimal("15")))).toBe("0.05");
  expect(moneyText(share(decimal("-0.125"), hundred, hundred))).toBe("-0.13");
  expect(moneyText(share(decimal("5"), decimal("1"), zero))).toBe("0.00");
  expect(spread(decimal("1"), [decimal("1"), decimal("1"), decimal("1")]).map((part) => moneyText(part))).toEqual([
    "0.34",
    "0.33",
    "0.33",
  ]);
  expect(spread(decimal("0.05"), [zero, decimal("10.00"), decimal("0.005")]).map((part) => moneyText(part))).toEqual([
    "0.00",
    "0.05",
    "0.00",
  ]);
});

test("an order with everything: coupon, shipping, cash on delivery, mixed VAT", () => {
  const lines = [line("45.22", 3, { grossUnit: decimal("52") }), line("10.00", 1, { taxPercent: zero })];
  const amounts = addUp(
    lines,
    coupon({ percent: decimal(10) }),
    { ...more, shipping: decimal(25), cod: decimal(10) },
    ways,
  );
  expect(moneyText(amounts.subTotal)).toBe("145.66");
  expect(amounts.discounts.map(({ amount }) => moneyText(amount))).toEqual(["14.57"]);
  // 156 − 13.57 × 1.15 = 140.39 of the first line; 25 × 1.15 and 10 × 1.15 on top; 10 − 1.00 of the second.
  expect(moneyText(amounts.total)).toBe("189.64");
  expect(lines.map(({ tax }) => moneyText(tax))).toEqual(["18.30", "0.00"]);
});

test("a customer pays what the catalogue says, though the net price is rounded", () => {
  for (const [gross, net, quantity, total] of [
    ["52", "45.22", 3, "156.00"],
    ["0.01", "0.01", 7, "0.07"],
    ["9.99", "8.69", 50, "499.50"],
  ] as const)
    expect(moneyText(addUp([line(net, quantity, { grossUnit: decimal(gross) })], undefined, more, ways).total)).toBe(
      total,
    );
});

test("free shipping is no cost, or a cost that is discounted; a coupon of the whole leaves nothing to tax", () => {
  const free = coupon({ freeShipping: true });
  const shipped = { ...more, shipping: decimal(20) };
  const zeroCost = addUp([line("10", 1)], free, shipped, ways);
  const discounted = addUp([line("10", 1)], free, shipped, { ...ways, freeShipping: "in-discount" });
  expect([zeroCost, discounted].map(({ shipping, total }) => [moneyText(shipping), moneyText(total)])).toEqual([
    ["0.00", "11.50"],
    ["20.00", "11.50"],
  ]);
  expect(
    [zeroCost, discounted].map(({ discounts }) =>
      discounts.map((one) => [moneyText(one.amount), moneyText(one.shipping)]),
    ),
  ).toEqual([[["0.00", "20.00"]], [["20.00", "20.00"]]]);
  const all = addUp([line("45.22", 1, { grossUnit: decimal("52") })], coupon({ amount: decimal(999) }), more, ways);
  expect(moneyText(all.total)).toBe("0.00");
});

test("2,000 random orders close to the halala, whatever the rounding and the coupon", () => {
  const random = seededRandom(4);
  for (let made = 0; made < 2000; made += 1) {
    const lines = Array.from({ length: wholeBetween(random, 1, 6) }, () => {
      const halalas = wholeBetween(random, 0, 30_000);
      const taxPercent = random() < 0.3 ? zero : decimal(15);
      const gross = { digits: BigInt(halalas), scale: 2 };
      const inclusive = taxPercent.digits !== 0n && random() < 0.5;
      const net = inclusive ? share(gross, hundred, add(hundred, taxPercent)) : gross;
      const quantity = wholeBetween(random, 1, 50);
      const discount = random() < 0.2 ? percentOf(netOf({ unitPrice: net, quantity }), decimal(7)) : zero;
      return line(decimalText(net), quantity, { taxPercent, discount, ...(inclusive ? { grossUnit: gross } : {}) });
    });
    const given = [
      undefined,
      coupon({ percent: decimal(wholeBetween(random, 1, 100)) }),
      coupon({ amount: decimal("7.77"), freeShipping: true }),
    ];
    const surcharges = { ...more, shipping: decimal("17.35"), cod: decimal("9.99") };
    const taxRounding = random() < 0.5 ? "per-line" : "per-order";
    const freeShipping = random() < 0.5 ? "cost-zero" : "in-discount";
    const amounts = addUp(lines, given[made % 3], surcharges, { taxRounding, freeShipping });
    const before = minus(amounts.subTotal, sum(amounts.discounts.map(({ amount }) => amount)));
    expect(compare(amounts.total, sum([before, amounts.shipping, amounts.cod, amounts.tax]))).toBe(0);
    expect(compare(amounts.subTotal, sum(lines.map(netOf)))).toBe(0);
    if (taxRounding === "per-line")
      expect(compare(amounts.tax, sum([...lines.map(({ tax }) => tax), amounts.shippingTax, amounts.codTax]))).toBe(0);
    // A halala is two places, never more.
    expect(moneyText(amounts.total)).toMatch(/^\d+\.\d\d$/);
  }
});
