import { type Decimal, roundHalfUp } from "../../core/decimal.ts";
import type { ReadOrder } from "./order-amounts-reading.ts";
import { discountReadings, netOfLines, netReadings } from "./order-discounts.ts";
import { lineCloses, type VatClosure, withVat } from "./order-vat.ts";

/** A way to read an order's amounts under which they close. */
export interface ClosedReading extends VatClosure {
  readonly order: ReadOrder;
}

/**
 * The first reading under which everything closes, or null. The forms are those of salla.md 4.3; VAT that was computed
 * once over what was sold comes before VAT that is the sum of what was rounded line by line.
 */
export function closedReading(order: ReadOrder): ClosedReading | null {
  if (order.items.some((item) => !lineCloses(item, order))) return null;
  const readings = discountReadings(order).filter(({ taken }) => totalCloses(order, taken));
  for (const byLines of [false, true]) {
    for (const reading of readings) {
      for (const raws of netReadings(order, reading)) {
        const base = netOfLines(order, reading);
        const closed = withVat({ order, reading, raws, base }, byLines);
        if (closed !== null) return { order, ...closed };
      }
    }
  }
  return null;
}

/** Whether the parts come to the total when `taken` was taken off. */
export function totalCloses(order: ReadOrder, taken: Decimal): boolean {
  return totalOf(order, taken).eq(order.total);
}

/** What the parts come to, to the halala. */
export function totalOf(order: ReadOrder, taken: Decimal): Decimal {
  const { subTotal, shipping, cashOnDelivery, vat } = order;
  return roundHalfUp(subTotal.minus(taken).plus(shipping).plus(cashOnDelivery).plus(vat), 2);
}
