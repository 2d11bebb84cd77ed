import { type Decimal, decimal } from "../../core/decimal.ts";
import type { Reason } from "../../core/reasons.ts";
import { sumOf } from "./largest-remainder.ts";
import type { ReadItem, ReadOrder } from "./order-amounts-reading.ts";
import { closedReading, totalCloses, totalOf } from "./order-closure.ts";
import { linesCloseTo, linesSum } from "./order-discounts.ts";
import { lineCloses } from "./order-vat.ts";

/**
 * Why an order's amounts do not close, by the part that would make them close: a line whose VAT is not that of its
 * price, quantity and discount; the subtotal; the VAT; else the total itself. Both totals stand in every reason.
 */
export function whyOpen(order: ReadOrder): Reason {
  const taken = bestTaken(order);
  const totals = { total: amount(order.total), computed: amount(totalOf(order, taken)) };
  const line = order.items.find((item) => !lineCloses(item, order));
  if (line !== undefined) return lineDiffers(line, totals);
  const own = order.items.map(({ discount }) => discount);
  const lines = linesSum(order.items);
  const fits =
    linesCloseTo(order, own) ||
    linesCloseTo(
      order,
      own.map(() => decimal(0)),
    );
  if (!fits)
    return {
      code: "order-subtotal-differs",
      parameters: { ...totals, stated: amount(order.subTotal), lines: amount(lines), discounts: amount(sumOf(own)) },
    };
  const missing = order.total.minus(totalOf({ ...order, vat: decimal(0) }, taken));
  const open = !totalCloses(order, taken);
  const otherVat = open && missing.gte(0) && closedReading({ ...order, vat: missing }) !== null;
  if (open && !otherVat) return { code: "order-total-differs", parameters: { ...totals, ...partsOf(order) } };
  const expected = otherVat ? missing : likelyVat(order, taken);
  return {
    code: "order-vat-differs",
    parameters: { ...totals, stated: amount(order.vat), expected: amount(expected) },
  };
}

function lineDiffers(item: ReadItem, totals: { readonly total: string; readonly computed: string }): Reason {
  const net = item.price.times(item.quantity).minus(item.discount);
  return {
    code: "order-line-differs",
    parameters: {
      ...totals,
      line: item.label,
      stated: amount(item.vat),
      expected: amount(net.lt(0) ? decimal(0) : net.times(item.rate).times("0.01")),
      net: amount(net),
      rate: item.rate.toFixed(),
    },
  };
}

/** Of the two forms of the discount (salla.md 4.3), the one that comes nearest to the total. */
function bestTaken(order: ReadOrder): Decimal {
  const forms = [order.discounts, decimal(0), order.discounts.plus(order.shippingDiscount)];
  const off = (taken: Decimal) => totalOf(order, taken).minus(order.total).abs();
  return forms.reduce((best, taken) => (off(taken).lt(off(best)) ? taken : best));
}

/** VAT of the order as its rate gives it over all that was sold. */
function likelyVat(order: ReadOrder, taken: Decimal): Decimal {
  const lines = sumOf(order.items.map(({ vat }) => vat));
  const fees = order.shipping.plus(order.cashOnDelivery);
  const untaxed = order.items.filter(({ rate }) => rate.eq(0));
  const base = order.subTotal.minus(taken).minus(linesSum(untaxed));
  const ofBase = base.plus(fees).times(order.rate).times("0.01");
  return ofBase.gt(0) ? ofBase : lines;
}

function partsOf(order: ReadOrder) {
  return {
    subTotal: amount(order.subTotal),
    discounts: amount(order.discounts),
    shipping: amount(order.shipping),
    cashOnDelivery: amount(order.cashOnDelivery),
    vat: amount(order.vat),
  };
}

function amount(value: Decimal): string {
  return value.toFixed(2);
}
