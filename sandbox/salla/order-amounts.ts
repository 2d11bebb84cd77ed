import { add, compare, type Decimal, multiply, zero } from "../decimal.ts";
import { hundred, minus, percentOf, share, spread, sum, toHalalas } from "./money.ts";

/** A discount as an order lists it. */
export interface Discount {
  readonly title: string;
  readonly type: string;
  readonly code: string | null;
  readonly amount: Decimal;
  readonly shipping: Decimal;
}

/** What an order comes to; everything before the tax is ex VAT. `total` = subTotal − discounts + shipping + cod + tax. */
export interface Amounts {
  readonly subTotal: Decimal;
  readonly discounts: readonly Discount[];
  readonly shipping: Decimal;
  readonly shippingTax: Decimal;
  readonly cod: Decimal;
  readonly codTax: Decimal;
  readonly taxPercent: Decimal;
  readonly tax: Decimal;
  readonly total: Decimal;
}

/** A line while its order is added up; the tax and the share of the coupon are filled in. */
export interface AmountLine {
  readonly quantity: number;
  readonly unitPrice: Decimal;
  readonly grossUnit: Decimal | undefined;
  readonly discount: Decimal;
  readonly taxPercent: Decimal;
  couponShare: Decimal;
  tax: Decimal;
  taxBeforeCoupon: Decimal;
}

export interface Coupon {
  readonly code: string;
  readonly percent: Decimal | undefined;
  /** Ex VAT, in the order's currency. */
  readonly amount: Decimal;
  readonly freeShipping: boolean;
  /** Which lines it is for. */
  concerns(position: number): boolean;
}

interface Surcharges {
  readonly shipping: Decimal;
  readonly cod: Decimal;
  /** 0 where they are not taxed. */
  readonly shippingTaxPercent: Decimal;
  readonly codTaxPercent: Decimal;
}

interface Ways {
  readonly freeShipping: "cost-zero" | "in-discount";
  readonly taxRounding: "per-line" | "per-order";
}

/** Adds an order up, to the halala, so that its amounts close (salla.md 4.3). */
export function addUp(lines: readonly AmountLine[], coupon: Coupon | undefined, more: Surcharges, ways: Ways): Amounts {
  const bases = lines.map((line, position) =>
    coupon?.concerns(position) === false ? zero : minus(netOf(line), line.discount),
  );
  const couponAmount = coupon === undefined ? zero : couponOver(coupon, sum(bases));
  for (const [position, part] of spread(couponAmount, bases).entries()) {
    const line = lines[position];
    if (line === undefined) continue;
    line.couponShare = part;
    line.taxBeforeCoupon = taxOf(line, line.discount);
    line.tax = taxOf(line, add(line.discount, part));
  }
  const free = coupon?.freeShipping === true;
  const shipping = free && ways.freeShipping === "cost-zero" ? zero : more.shipping;
  const freed = free ? more.shipping : zero;
  const inDiscount = free && ways.freeShipping === "in-discount" ? more.shipping : zero;
  const shippingTax = percentOf(minus(shipping, inDiscount), more.shippingTaxPercent);
  const codTax = percentOf(more.cod, more.codTaxPercent);
  const special = sum(lines.map(({ discount }) => discount));
  const discounts: Discount[] = [
    ...(special.digits === 0n
      ? []
      : [{ title: "عرض خاص", type: "special", code: null, amount: special, shipping: zero }]),
    ...(coupon === undefined
      ? []
      : [
          {
            title: "كوبون تخفيض",
            type: "normal",
            code: coupon.code,
            amount: add(couponAmount, inDiscount),
            shipping: freed,
          },
        ]),
  ];
  const subTotal = sum(lines.map(netOf));
  const surcharges = [
    { base: minus(shipping, inDiscount), percent: more.shippingTaxPercent },
    { base: more.cod, percent: more.codTaxPercent },
  ];
  const tax =
    ways.taxRounding === "per-line"
      ? sum([...lines.map((line) => line.tax), shippingTax, codTax])
      : taxPerOrder([
          ...lines.map((line) => ({
            base: minus(netOf(line), add(line.discount, line.couponShare)),
            percent: line.taxPercent,
          })),
          ...surcharges,
        ]);
  const taxPercent = lines.reduce((most, line) => (compare(line.taxPercent, most) > 0 ? line.taxPercent : most), zero);
  const total = sum([minus(subTotal, sum(discounts.map(({ amount }) => amount))), shipping, more.cod, tax]);
  return { subTotal, discounts, shipping, shippingTax, cod: more.cod, codTax, taxPercent, tax, total };
}

/** Of a line, before any discount. */
export function netOf({ unitPrice, quantity }: Pick<AmountLine, "unitPrice" | "quantity">): Decimal {
  return toHalalas(multiply(unitPrice, { digits: BigInt(quantity), scale: 0 }));
}

/** Where catalogue prices include VAT, the tax is what is left of the gross price, so that the customer pays just that. */
function taxOf(line: AmountLine, discount: Decimal): Decimal {
  const base = minus(netOf(line), discount);
  if (line.taxPercent.digits === 0n || base.digits === 0n) return zero;
  if (line.grossUnit === undefined) return percentOf(base, line.taxPercent);
  const withTax = add(hundred, line.taxPercent);
  const gross = multiply(line.grossUnit, { digits: BigInt(line.quantity), scale: 0 });
  return minus(toHalalas(minus(gross, share(discount, withTax, hundred, discount.scale + 4))), base);
}

function couponOver(coupon: Coupon, base: Decimal): Decimal {
  if (coupon.percent !== undefined) return percentOf(base, coupon.percent);
  return compare(coupon.amount, base) > 0 ? base : toHalalas(coupon.amount);
}

function taxPerOrder(parts: readonly { base: Decimal; percent: Decimal }[]): Decimal {
  const bases = new Map<string, { base: Decimal; percent: Decimal }>();
  for (const { base, percent } of parts) {
    const key = String(share(percent, hundred, hundred).digits);
    const known = bases.get(key);
    bases.set(key, { base: known === undefined ? base : add(known.base, base), percent });
  }
  return sum([...bases.values()].map(({ base, percent }) => percentOf(base, percent)));
}
