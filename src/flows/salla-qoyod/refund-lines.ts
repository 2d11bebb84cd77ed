/** The lines of a credit note in Qoyod for one of Salla: exact, and never more than is left of the invoice. */
import { type Decimal, decimal } from "../../core/decimal.ts";
import type { Reason, ReasonCode } from "../../core/reasons.ts";
import {
  type BilledPart,
  billedParts,
  exactLines,
  type InvoiceOutcome,
  type InvoiceProducts,
  type LineSource,
} from "./invoice-lines.ts";
import { sumOf } from "./largest-remainder.ts";
import { type OrderAmounts, vatPerRate } from "./order-amounts.ts";
import type { QoyodRounding } from "./qoyod-total.ts";

/** What a credit note takes back of one part of the invoice; two decimals each, as positive amounts. */
export interface CreditedPart {
  readonly source: LineSource;
  /** whole units, at least 1; of a fee it is 1 */
  readonly quantity: number;
  readonly vat: Decimal;
  /** VAT included */
  readonly gross: Decimal;
}

/** A credit note of Salla: everything that is left, or some parts with their total. */
export type CreditNote =
  | { readonly kind: "full" }
  | { readonly kind: "parts"; readonly parts: readonly CreditedPart[]; readonly total: Decimal };

export interface RefundBasis {
  /** the amounts that were invoiced */
  readonly invoiced: OrderAmounts;
  /** what earlier credit notes took */
  readonly earlier: readonly CreditedPart[];
  readonly products: InvoiceProducts;
  readonly rounding: QoyodRounding;
}

export type RefundOutcome = InvoiceOutcome & { readonly taken: readonly CreditedPart[] };

/**
 * The lines of a credit note (product.md 1.2, "Refunds"), computed as those of an invoice are, so that Qoyod makes the
 * credit note's total and VAT per rate of them. Rejected where it names a part that was not invoiced, takes more of one
 * than earlier credit notes left, or does not come to its own total.
 */
export function refundLines(credit: CreditNote, { invoiced, earlier, products, rounding }: RefundBasis): RefundOutcome {
  const left = leftParts(invoiced, earlier);
  const asked = credit.kind === "full" ? left.filter(({ quantity }) => quantity > 0) : [...credit.parts];
  const taken = asked.map(({ source, quantity, vat, gross }): CreditedPart => ({ source, quantity, vat, gross }));
  const refused = credit.kind === "full" ? null : whyRefused(credit, { left });
  if (refused !== null) return { kind: "rejected", reason: refused, taken: [] };
  const parts = taken.flatMap((part) => {
    const from = left.find(({ source }) => source === part.source);
    return from === undefined ? [] : [{ ...from, ...part, net: part.gross.minus(part.vat) }];
  });
  const total = sumOf(parts.map(({ gross }) => gross));
  const outcome = exactLines(parts, { total, rates: vatPerRate(parts), products, rounding });
  return { ...outcome, taken: outcome.kind === "exact" ? taken : [] };
}

/** What earlier credit notes left of each part of an invoice. */
export function leftParts(invoiced: OrderAmounts, earlier: readonly CreditedPart[]): BilledPart[] {
  return billedParts(invoiced).map((part) => leftOf(part, earlier));
}

/**
 * By how much a part of Salla's may differ from ours: both round VAT and discounts, one for each unit and one for the whole,
 * so that it is half a halala for each unit and one more for the line. The sum of all parts has no such room.
 */
export function roundingRoom({ quantity }: Pick<CreditedPart, "quantity">): Decimal {
  return halfHalala.times(quantity + 2);
}

const halfHalala = decimal("0.005");

function leftOf(part: BilledPart, earlier: readonly CreditedPart[]): BilledPart {
  const taken = earlier.filter(({ source }) => source === part.source);
  const vat = part.vat.minus(sumOf(taken.map((each) => each.vat)));
  const gross = part.gross.minus(sumOf(taken.map((each) => each.gross)));
  const quantity = taken.reduce((rest, each) => rest - each.quantity, part.quantity);
  return { ...part, quantity, vat, gross, net: gross.minus(vat) };
}

function whyRefused(
  { parts, total }: Extract<CreditNote, { kind: "parts" }>,
  { left }: { left: readonly BilledPart[] },
): Reason | null {
  const reason = (code: ReasonCode, parameters: Record<string, string>): Reason => ({ code, parameters });
  const sum = sumOf(parts.map(({ gross }) => gross));
  if (!sum.eq(total)) return reason("credit-total-differs", { total: total.toFixed(2), computed: sum.toFixed(2) });
  const all = sumOf(left.map(({ gross }) => gross));
  if (total.gt(all))
    return reason("credit-exceeds-invoice", { part: "the order", asked: total.toFixed(2), left: all.toFixed(2) });
  for (const { source } of parts) {
    const part = nameOf(source);
    const from = left.find((each) => each.source === source);
    if (from === undefined) return reason("credit-line-unknown", { part });
    // A part may be named more than once in one credit note.
    const same = parts.filter((each) => each.source === source);
    const quantity = same.reduce((all, each) => all + each.quantity, 0);
    const gross = sumOf(same.map((each) => each.gross));
    const vat = sumOf(same.map((each) => each.vat));
    const whole = same.every((each) => Number.isInteger(each.quantity) && each.quantity > 0);
    const positive = same.every((each) => each.gross.gte(0) && each.vat.gte(0) && each.vat.lte(each.gross));
    if (quantity > from.quantity || !whole)
      return reason("credit-exceeds-invoice", { part, asked: `${quantity} ×`, left: `${from.quantity} ×` });
    const room = roundingRoom({ quantity });
    if (gross.gt(from.gross.plus(room)) || vat.gt(from.vat.plus(room)) || !positive)
      return reason("credit-exceeds-invoice", {
        part,
        asked: `${gross.toFixed(2)} (VAT ${vat.toFixed(2)})`,
        left: `${from.gross.toFixed(2)} (VAT ${from.vat.toFixed(2)})`,
      });
  }
  return parts.length === 0
    ? reason("credit-total-differs", { total: total.toFixed(2), computed: decimal(0).toFixed(2) })
    : null;
}

function nameOf(source: LineSource): string {
  return typeof source === "number" ? `line ${source + 1}` : source === "shipping" ? "shipping" : "cash on delivery";
}
