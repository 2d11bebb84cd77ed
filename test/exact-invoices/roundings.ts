import type { OrderAmounts } from "../../src/flows/salla-qoyod/order-amounts.ts";
import type { QoyodRounding } from "../../src/flows/salla-qoyod/qoyod-total.ts";

/**
 * Whether Qoyod rounds the net to two decimals and adds VAT to it. Then no invoice can come to 10.00 with 15 % VAT: of
 * 8.69 it makes 9.99, and of 8.70 it makes 10.01.
 */
export function addsToRoundedNet({ unit, line, vatOf, discount }: QoyodRounding): boolean {
  return vatOf === "added" && (line === "rounded" || (unit === "rounded" && discount === "net"));
}

/** Whether an order's VAT at each rate is what is added to its net: what such a Qoyod can hold in one line. */
export function isAddedVat({ rates }: OrderAmounts): boolean {
  return rates.every(({ rate, vat, gross }) => gross.minus(vat).times(rate).div(100).round(2, 1).eq(vat));
}

/** The settings in words, for reports. */
export function roundingName({ unit, line, vat, vatOf, discount }: QoyodRounding): string {
  return `unit ${unit}, line ${line}, VAT ${vat} ${vatOf}, discount ${discount}`;
}
