/** The lines of an order's invoice in Qoyod, exact to the halala under the tenant's rounding, or the reason why not. */
import { type Decimal, decimal } from "../../core/decimal.ts";
import type { Reason } from "../../core/reasons.ts";
import type { Piece } from "./halala-moves.ts";
import { priceLine, roundedVat, roundsVatByLine, targetBasis } from "./line-price.ts";
import type { OrderAmounts, OrderPart, RateAmounts } from "./order-amounts.ts";
import { type ComputedInvoice, type PricedLine, type QoyodRounding, qoyodTotal } from "./qoyod-total.ts";
import { tuneVat } from "./vat-tuning.ts";

/** Where an invoice line comes from: the item by its place in the order (from 0), or a fee. */
export type LineSource = number | "shipping" | "cashOnDelivery";

/** The product of a line in Qoyod and what is to be read beside it. */
export interface LineProduct {
  readonly productId: string;
  /** options of the item, for example; passed on as it is */
  readonly description: string;
}

/** The products of an invoice: one for each item of the order, in its order, and those of the fees it has. */
export interface InvoiceProducts {
  readonly items: readonly LineProduct[];
  readonly shipping?: LineProduct;
  readonly cashOnDelivery?: LineProduct;
}

/** A line as it is sent: tax-inclusive, its discount of type `amount`. */
export interface InvoiceLine extends PricedLine, LineProduct {
  readonly source: LineSource;
}

/** VAT of a rate that Qoyod rounds otherwise than Salla did; the total is the same. */
export interface VatDrift {
  readonly rate: Decimal;
  readonly vat: Decimal;
  readonly computed: Decimal;
}

export type InvoiceOutcome =
  | { readonly kind: "exact"; readonly lines: readonly InvoiceLine[]; readonly drift: readonly VatDrift[] }
  | { readonly kind: "rejected"; readonly reason: Reason };

/**
 * The lines of an invoice (product.md 1.2). Qoyod's own computation over them is made here first: lines whose total or
 * VAT per rate would differ from Salla's are never handed out.
 * @throws {RangeError} where an item or a fee of the order has no product: our own caller forgot it.
 */
export function invoiceLines(
  amounts: OrderAmounts,
  { products, rounding }: { products: InvoiceProducts; rounding: QoyodRounding },
): InvoiceOutcome {
  return exactLines(billedParts(amounts), { ...amounts, products, rounding });
}

/** Lines for parts that must come to a total and to VAT per rate, or the reason why they would not. */
export function exactLines(
  parts: readonly BilledPart[],
  { products, rounding, ...wanted }: WantedAmounts & { products: InvoiceProducts; rounding: QoyodRounding },
): InvoiceOutcome {
  const lines = billedLines(parts, { rates: wanted.rates, rounding });
  const computed = qoyodTotal(lines, rounding);
  const drift = vatDrift(computed, wanted);
  if (!computed.total.eq(wanted.total) || drift.some((one) => !isRounding(one, parts)))
    return { kind: "rejected", reason: whyInexact(computed, wanted) };
  return {
    kind: "exact",
    lines: lines.map(({ part, ...line }) => ({ ...line, ...productOf(part.source, products), source: part.source })),
    drift,
  };
}

/** Rates whose VAT Qoyod makes another of. */
function vatDrift(computed: ComputedInvoice, { rates }: WantedAmounts): VatDrift[] {
  return rates
    .map(({ rate, vat }) => ({ rate, vat, computed: vatIn(computed, rate) }))
    .filter((one) => !one.computed.eq(one.vat));
}

/**
 * Whether a difference in VAT is what rounding alone can make: Salla adds up VAT that it rounded for each unit, up to half a
 * halala each, where Qoyod rounds once. No lines of the same total come to another VAT then, and the order is not refused
 * for it (docs/decisions/0005).
 */
function isRounding({ rate, vat, computed }: VatDrift, parts: readonly BilledPart[]): boolean {
  const units = parts.filter((part) => part.rate.eq(rate)).reduce((sum, { quantity }) => sum + quantity, 0);
  return vat
    .minus(computed)
    .abs()
    .lte(halfHalala.times(units + 1));
}

const halfHalala = decimal("0.005");

function vatIn({ rates }: ComputedInvoice, rate: Decimal): Decimal {
  return rates.find((each) => each.rate.eq(rate))?.vat ?? decimal(0);
}

interface WantedAmounts {
  readonly total: Decimal;
  readonly rates: readonly RateAmounts[];
}

/** Something that is billed, with the amounts it must come to. */
export interface BilledPart extends OrderPart {
  readonly source: LineSource;
  readonly quantity: number;
  readonly listPrice: Decimal;
}

interface BilledLine extends PricedLine {
  readonly part: BilledPart;
}

/** Items, shipping and cash on delivery of an order, in this order. */
export function billedParts({ lines, shipping, cashOnDelivery }: OrderAmounts): BilledPart[] {
  const fee = (part: OrderPart | null, source: LineSource): BilledPart[] =>
    part === null || part.gross.eq(0) ? [] : [{ ...part, source, quantity: 1, listPrice: part.gross }];
  return [
    ...lines.map((line, at) => ({ ...line, source: at })),
    ...fee(shipping, "shipping"),
    ...fee(cashOnDelivery, "cashOnDelivery"),
  ];
}

/** Prices parts so that their VAT sums to that of the rates, as far as the rounding lets it; the order of parts stays. */
function billedLines(
  parts: readonly BilledPart[],
  { rates, rounding }: { rates: readonly RateAmounts[]; rounding: QoyodRounding },
): BilledLine[] {
  const basis = targetBasis(rounding);
  const lines = rates.flatMap(({ rate, vat }) => {
    const pieces = parts
      .filter((part) => part.rate.eq(rate))
      .map((part): Piece<BilledPart> => ({ part, quantity: part.quantity, amount: part[basis] }));
    const vatOf = (amount: Decimal) => roundedVat(amount, { rate, basis });
    const tuned = roundsVatByLine(rounding) ? tuneVat(pieces, { vat, vatOf }) : pieces;
    return (tuned ?? pieces).flatMap((piece) => pieceLines(piece, rounding));
  });
  return lines
    .map((line) => ({ line, place: parts.indexOf(line.part) }))
    .sort((a, b) => a.place - b.place)
    .map(({ line }) => line);
}

/** A piece that no lines come to stands at its list price; the check of the whole invoice then names it. */
function pieceLines({ part, quantity, amount }: Piece<BilledPart>, rounding: QoyodRounding): BilledLine[] {
  const { rate, listPrice } = part;
  const priced = priceLine({ quantity, rate, amount, listPrice }, rounding) ?? [
    { quantity, unitPrice: listPrice, discount: decimal(0), taxPercent: rate },
  ];
  return priced.map((line) => ({ ...line, part }));
}

/** Says how what Qoyod would make of an invoice differs from what it must come to. */
function whyInexact(computed: ComputedInvoice, wanted: WantedAmounts): Reason {
  const differing = wanted.rates.find(({ rate, vat }) => !vatIn(computed, rate).eq(vat));
  const { rate, vat } = differing ?? wanted.rates[0] ?? { rate: decimal(0), vat: decimal(0) };
  return {
    code: "invoice-not-exact",
    parameters: {
      total: wanted.total.toFixed(2),
      computed: computed.total.toFixed(2),
      vat: vat.toFixed(2),
      computedVat: vatIn(computed, rate).toFixed(2),
      part: `${rate.toFixed()} %`,
    },
  };
}

function productOf(source: LineSource, { items, shipping, cashOnDelivery }: InvoiceProducts): LineProduct {
  const product = source === "shipping" ? shipping : source === "cashOnDelivery" ? cashOnDelivery : items[source];
  if (product === undefined) throw new RangeError(`${source} of the order has no product of Qoyod`);
  return { productId: product.productId, description: product.description };
}
