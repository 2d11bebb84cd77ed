import { type Decimal, roundHalfUp } from "../../core/decimal.ts";
import { roundToSum, sumOf } from "./largest-remainder.ts";
import { type OrderAmounts, type OrderPart, vatPerRate } from "./order-amounts.ts";

/** The currency of the books. */
const booksCurrency = "SAR";

export interface ConvertedAmounts {
  readonly amounts: OrderAmounts;
  /** for the description of the invoice */
  readonly original: { readonly total: Decimal; readonly currency: string; readonly rate: Decimal };
}

/**
 * An order in the currency of the books (product.md 1.2): each part's gross × rate, half up; what that leaves of the
 * converted total is spread by the largest remainder. VAT is what the converted gross of a rate contains, because Salla
 * states none in this currency.
 * @param rate what one unit of the order's currency is worth in riyals, more than 0
 * @throws {RangeError} for a rate that is not above 0.
 */
export function convertAmounts(order: OrderAmounts, rate: Decimal): ConvertedAmounts {
  if (rate.lte(0)) throw new RangeError(`exchange rate ${rate.toFixed()} is not more than 0`);
  const fees = [order.shipping, order.cashOnDelivery];
  const parts = [...order.lines, ...fees.flatMap((fee) => (fee === null ? [] : [fee]))];
  const total = roundHalfUp(order.total.times(rate), 2);
  const grosses = roundToSum(
    parts.map(({ gross }) => gross.times(rate)),
    total,
  );
  const converted = withContainedVat(parts.map((part, at) => ({ ...part, gross: grosses[at] ?? part.gross })));
  const lines = order.lines.map((line, at) => ({
    ...line,
    ...(converted[at] as OrderPart),
    listPrice: roundHalfUp(line.listPrice.times(rate), 2),
  }));
  const rest = converted.slice(order.lines.length);
  const shipping = order.shipping === null ? null : (rest.shift() ?? null);
  const cashOnDelivery = order.cashOnDelivery === null ? null : (rest.shift() ?? null);
  return {
    amounts: { currency: booksCurrency, total, lines, shipping, cashOnDelivery, rates: vatPerRate(converted) },
    original: { total: order.total, currency: order.currency, rate },
  };
}

/** Parts with the VAT that their gross contains, rounded once for each rate and spread by the largest remainder. */
function withContainedVat(parts: readonly Pick<OrderPart, "rate" | "gross">[]): OrderPart[] {
  const contained = (gross: Decimal, rate: Decimal) => gross.times(rate).div(rate.plus(100));
  return parts.map((part) => {
    const members = parts.filter(({ rate }) => rate.eq(part.rate));
    const whole = roundHalfUp(contained(sumOf(members.map(({ gross }) => gross)), part.rate), 2);
    const vats = roundToSum(
      members.map(({ gross, rate }) => contained(gross, rate)),
      whole,
    );
    const vat = vats[members.indexOf(part)] ?? whole;
    return { rate: part.rate, gross: part.gross, vat, net: part.gross.minus(vat) };
  });
}
