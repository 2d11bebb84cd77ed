import { type Decimal, decimal, roundHalfUp } from "../../core/decimal.ts";
import { spread, sumOf } from "./largest-remainder.ts";
import type { ReadItem, ReadOrder } from "./order-amounts-reading.ts";

/** How the discounts of an order are to be read: what of them was taken off, and off what. */
export interface DiscountReading {
  /** what the total is lower by */
  readonly taken: Decimal;
  /** the part of it that was taken off shipping */
  readonly offShipping: Decimal;
  /** what each line was lowered by already, as `total_discount` says */
  readonly lineDiscounts: readonly Decimal[];
  /** the rest, which belongs to the lines and is spread over them */
  readonly coupon: Decimal;
}

const zero = decimal(0);
const half = decimal("0.005");

/**
 * The ways in which Salla's discounts can be meant: subtracted, or listed only; what they took off shipping among them,
 * or beside them; the subtotal before or after the discounts of the lines. Only those whose lines come to the subtotal.
 */
export function discountReadings(order: ReadOrder): DiscountReading[] {
  const { discounts, shippingDiscount: ofShipping, items, shipping } = order;
  const own = items.map((item) => item.discount);
  const lines = sumOf(own);
  const none = own.map(() => zero);
  // The discounts of inclusive prices are rounded line by line, and fees as well, so that they may come to more than the order's.
  const rounded = lines.eq(0) ? zero : half.times(2 * (items.length + 2));
  const forms = [
    { taken: discounts, offShipping: ofShipping },
    ...(ofShipping.eq(0) ? [] : [{ taken: discounts, offShipping: zero }]),
    ...(discounts.eq(0) ? [] : [{ taken: zero, offShipping: zero }]),
    ...(ofShipping.eq(0) ? [] : [{ taken: discounts.plus(ofShipping), offShipping: ofShipping }]),
  ].filter(({ offShipping }) => offShipping.lte(shipping));
  return forms.flatMap(({ taken, offShipping }) => {
    const offLines = taken.minus(offShipping);
    const before = linesCloseTo(order, none);
    const after = lines.gt(0) && linesCloseTo(order, own);
    return [
      ...(before && offLines.gte(lines.minus(rounded))
        ? [{ taken, offShipping, lineDiscounts: own, coupon: offLines.gt(lines) ? offLines.minus(lines) : zero }]
        : []),
      ...(after && offLines.gte(0) ? [{ taken, offShipping, lineDiscounts: own, coupon: offLines }] : []),
      ...(before && taken.eq(0) && lines.gt(0) ? [{ taken, offShipping, lineDiscounts: none, coupon: zero }] : []),
    ];
  });
}

/** What each line came to without VAT, not rounded, in each of the ways in which a coupon may have been spread. */
export function netReadings(order: ReadOrder, reading: DiscountReading): Decimal[][] {
  const own = order.items.map(({ price, quantity }, at) => {
    const net = price.times(quantity).minus(reading.lineDiscounts[at] ?? zero);
    return net.lt(0) ? zero : net;
  });
  // Prices are off by rounding, so that a coupon is what leads from them to the sum that the order says.
  const over = roundHalfUp(sumOf(own).minus(netOfLines(order, reading)), 2);
  const coupon = reading.coupon.eq(0) || over.lt(0) ? zero : over;
  return couponWeights(order.items, { own, coupon })
    .map((weights) => spread(coupon, weights))
    .map((shares) => own.map((net, at) => net.minus(shares[at] ?? zero)))
    .filter((raws) => raws.every((raw) => raw.gte("-0.01")))
    .map((raws) => raws.map((raw) => (raw.lt(0) ? zero : raw)));
}

/** What the lines come to after all discounts, without VAT. */
export function netOfLines(order: ReadOrder, { taken, offShipping }: DiscountReading): Decimal {
  return roundHalfUp(order.subTotal.minus(taken).plus(offShipping), 2);
}

/** Where a coupon may lie: by the VAT that the lines say, over all lines, over the taxed, or over the untaxed ones. */
function couponWeights(
  items: readonly ReadItem[],
  { own, coupon }: { own: readonly Decimal[]; coupon: Decimal },
): Decimal[][] {
  if (coupon.eq(0)) return [items.map(() => zero)];
  const taxed = items.map(({ rate }) => rate.gt(0));
  const byVat = items.map(({ rate, vat, quantity }, at) => {
    const net = own[at] ?? zero;
    if (rate.eq(0)) return zero;
    const lower = net.minus(vat.times(100).div(rate));
    return lower.gt(
      half
        .times(quantity + 1)
        .times(100)
        .div(rate),
    )
      ? lower
      : zero;
  });
  const told = sumOf(byVat);
  const untaxed = own.map((net, at) => (taxed[at] ? zero : net));
  const rest = coupon.minus(told);
  // What the taxed lines do not account for lies on the others.
  const share = rest.gt(0) && sumOf(untaxed).gt(0) ? rest.div(sumOf(untaxed)) : zero;
  const ways = [
    ...(told.gt(0) ? [byVat.map((weight, at) => weight.plus((untaxed[at] ?? zero).times(share)))] : []),
    [...own],
    own.map((net, at) => (taxed[at] ? net : zero)),
    untaxed,
  ];
  return ways.filter((weights) => sumOf(weights).gt(0));
}

/** What the lines come to, less the discounts given; a price of two decimals stands for one up to half a halala off. */
export function linesCloseTo(order: ReadOrder, discounts: readonly Decimal[]): boolean {
  const off = linesSum(order.items).minus(sumOf(discounts)).minus(order.subTotal).abs();
  return off.lte(priceSlack(order.items));
}

/** By how much prices of two decimals may miss what inclusive prices come to without VAT; prices without VAT are exact. */
export function priceSlack(items: readonly ReadItem[]): Decimal {
  return half.plus(sumOf(items.map(({ quantity, rate }) => (rate.eq(0) ? zero : half.times(quantity)))));
}

/** Price × quantity of all lines. */
export function linesSum(items: readonly ReadItem[]): Decimal {
  return sumOf(items.map(({ price, quantity }) => price.times(quantity)));
}
