/** What an order of Salla comes to, to the halala: each line, shipping, cash on delivery, and VAT per rate. */
import { type Decimal, decimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Reason } from "../../core/reasons.ts";
import { roundToSum, sumOf } from "./largest-remainder.ts";
import { readOrder, type SallaOrder } from "./order-amounts-reading.ts";
import { type ClosedReading, closedReading } from "./order-closure.ts";
import { whyOpen } from "./order-difference.ts";

/** A part of an order with its amounts: two decimals each, in the order's currency, `net + vat = gross`. */
export interface OrderPart {
  /** VAT in percent */
  readonly rate: Decimal;
  readonly net: Decimal;
  readonly vat: Decimal;
  readonly gross: Decimal;
}

export interface OrderLineAmounts extends OrderPart {
  /** how people find the line: its number and name */
  readonly label: string;
  readonly quantity: number;
  /** price of one unit before discounts, VAT included, of two decimals: what the customer saw */
  readonly listPrice: Decimal;
}

/** VAT of everything that was sold at one rate. */
export interface RateAmounts {
  readonly rate: Decimal;
  readonly vat: Decimal;
  readonly gross: Decimal;
}

/** The amounts of an order that close: lines, shipping and cash on delivery sum to the total, and per rate to its VAT. */
export interface OrderAmounts {
  readonly currency: string;
  readonly total: Decimal;
  /** one for each item of the order, in its order; a free item has gross 0 */
  readonly lines: readonly OrderLineAmounts[];
  /** null where the order has none */
  readonly shipping: OrderPart | null;
  readonly cashOnDelivery: OrderPart | null;
  /** one for each rate in which something was sold, the highest first */
  readonly rates: readonly RateAmounts[];
}

export type OrderDecomposition =
  | { readonly kind: "closed"; readonly amounts: OrderAmounts }
  | { readonly kind: "rejected"; readonly reason: Reason };

/**
 * Takes an order apart (product.md 1.2). A line's gross is price × quantity − discount + VAT; what is off by rounding is
 * settled by the largest remainder, so that the parts sum to the total. An order whose own amounts close in one of the
 * ways of salla.md 4.3 is taken; every other one is rejected with both totals and the part that differs.
 */
export function decomposeOrder(order: SallaOrder): OrderDecomposition {
  try {
    const read = readOrder(order);
    const closed = closedReading(read);
    if (closed === null) return { kind: "rejected", reason: whyOpen(read) };
    return { kind: "closed", amounts: amountsOf(closed) };
  } catch (error) {
    if (!(error instanceof RecordRejected)) throw error;
    return { kind: "rejected", reason: { code: error.code, parameters: error.parameters } };
  }
}

function amountsOf({ order, nets, fees, vatOf, byLines }: ClosedReading): OrderAmounts {
  const shares = [
    ...order.items.map(({ rate, vat }, at) => partShare(nets[at] ?? decimal(0), { rate, own: byLines ? vat : null })),
    ...fees.map(({ rate, net }) => partShare(net, { rate, own: null })),
  ];
  const vats = shares.map(() => decimal(0));
  for (const { rate, vat } of vatOf) {
    const members = shares.flatMap((share, at) => (share.rate.eq(rate) ? [{ ...share, at }] : []));
    const rounded = roundToSum(
      members.map(({ raw }) => raw),
      vat,
    );
    for (const [place, { at }] of members.entries()) vats[at] = rounded[place] ?? decimal(0);
  }
  const parts = shares.map(({ rate, net }, at): OrderPart => {
    const vat = vats[at] ?? decimal(0);
    return { rate, net, vat, gross: net.plus(vat) };
  });
  const fee = (kind: "shipping" | "cashOnDelivery") => {
    const at = fees.findIndex((each) => each.kind === kind);
    return at === -1 ? null : (parts[order.items.length + at] ?? null);
  };
  return {
    currency: order.currency,
    total: order.total,
    lines: order.items.map((item, at) => ({
      ...(parts[at] as OrderPart),
      label: item.label,
      quantity: item.quantity,
      listPrice: item.price.times(item.rate.plus(100)).times("0.01").round(2),
    })),
    shipping: fee("shipping"),
    cashOnDelivery: fee("cashOnDelivery"),
    rates: vatPerRate(parts),
  };
}

/** VAT and gross of parts, added up for each rate, the highest first. */
export function vatPerRate(parts: readonly Pick<OrderPart, "rate" | "vat" | "gross">[]): RateAmounts[] {
  const rates = [...new Set(parts.map(({ rate }) => rate.toFixed()))].map((rate) => decimal(rate));
  return rates
    .sort((a, b) => b.cmp(a))
    .map((rate) => {
      const members = parts.filter((part) => part.rate.eq(rate));
      return { rate, vat: sumOf(members.map(({ vat }) => vat)), gross: sumOf(members.map(({ gross }) => gross)) };
    });
}

/** A part before VAT is rounded; its own VAT counts where the order's VAT is the sum of what its lines say. */
function partShare(net: Decimal, { rate, own }: { rate: Decimal; own: Decimal | null }) {
  return { rate, net, raw: own ?? net.times(rate).times("0.01") };
}
