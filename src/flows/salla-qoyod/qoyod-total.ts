/** What Qoyod makes of the lines of an invoice, under each way of rounding that a tenant may have. */
import { type Decimal, decimal, roundHalfUp } from "../../core/decimal.ts";
import { sumOf } from "./largest-remainder.ts";
import { roundedShare } from "./whole-halalas.ts";

/**
 * How a tenant's Qoyod computes. None of it is published (qoyod.md 4.8, 8): a calibration draft tells
 * (`rounding-from-draft.ts`).
 */
export interface QoyodRounding {
  /** whether the net price of one unit, taken out of the inclusive one, is rounded to two decimals */
  readonly unit: "exact" | "rounded";
  /** whether the net amount of a line is rounded to two decimals */
  readonly line: "exact" | "rounded";
  /** whether VAT is rounded for each line, or once for each rate over the document */
  readonly vat: "per-line" | "per-rate";
  /**
   * `contained`: the inclusive amount stands, and VAT is what is left of it beside the net; `added`: VAT is computed of
   * the net and added to it. They differ only where the net was rounded before.
   */
  readonly vatOf: "contained" | "added";
  /** whether a discount of type `amount` on an inclusive line is taken off with VAT (`gross`) or off the net (`net`) */
  readonly discount: "gross" | "net";
  /** decimals to which a discount is rounded when it comes in; at least 2 */
  readonly discountDecimals: number;
  /** decimals to which a unit price is rounded when it comes in; at least 2 */
  readonly priceDecimals: number;
}

/** A line as Qoyod takes it, by its names: tax-inclusive, with a discount of type `amount` for the whole line. */
export interface PricedLine {
  readonly quantity: number;
  /** VAT included, of two decimals */
  readonly unitPrice: Decimal;
  readonly discount: Decimal;
  /** VAT in percent */
  readonly taxPercent: Decimal;
}

/** A line as Qoyod computes it; not rounded but where the tenant rounds. */
export interface ComputedLine {
  readonly rate: Decimal;
  readonly net: Decimal;
  readonly vat: Decimal;
  readonly gross: Decimal;
}

export interface ComputedInvoice {
  readonly total: Decimal;
  /** VAT of each rate that a line has, the highest first */
  readonly rates: readonly { readonly rate: Decimal; readonly vat: Decimal }[];
}

const hundredth = decimal("0.01");
const hundred = decimal(100);

/** The total of an invoice and its VAT per rate as Qoyod computes them, two decimals each. */
export function qoyodTotal(lines: readonly PricedLine[], rounding: QoyodRounding): ComputedInvoice {
  const computed = lines.map((line) => qoyodLine(line, rounding));
  const texts = [...new Set(computed.map(({ rate }) => rate.toFixed()))];
  const rates = texts
    .map((text) => {
      const members = computed.filter(({ rate }) => rate.eq(text));
      const vat = halalas(sumOf(members.map((line) => line.vat)));
      const gross =
        rounding.vatOf === "contained"
          ? sumOf(members.map((line) => line.gross))
          : halalas(sumOf(members.map(({ net }) => net))).plus(vat);
      return { rate: decimal(text), vat, gross };
    })
    .sort((a, b) => b.rate.cmp(a.rate));
  const total = halalas(sumOf(rates.map(({ gross }) => gross)));
  return { total, rates: rates.map(({ rate, vat }) => ({ rate, vat })) };
}

/** One line as Qoyod computes it. */
export function qoyodLine(line: PricedLine, rounding: QoyodRounding): ComputedLine {
  const rate = line.taxPercent;
  const factor = rate.plus(100).times(hundredth);
  const price = roundHalfUp(line.unitPrice, rounding.priceDecimals);
  const discount = roundHalfUp(line.discount, rounding.discountDecimals);
  const grossDiscount = rounding.discount === "gross" ? discount : discount.times(factor);
  const inclusive = price.times(line.quantity).minus(grossDiscount);
  const unrounded = rounding.unit === "rounded" ? netByUnit() : netOf(inclusive);
  const net = rounding.line === "rounded" ? halalas(unrounded) : unrounded;
  const exactVat = rounding.vatOf === "contained" ? inclusive.minus(net) : net.times(rate).times(hundredth);
  const vat = rounding.vat === "per-line" ? halalas(exactVat) : exactVat;
  return { rate, net, vat, gross: rounding.vatOf === "contained" ? inclusive : net.plus(vat) };

  function netByUnit(): Decimal {
    const net = rounding.priceDecimals > 2 ? halalas(netOf(price)) : roundedShare(price, hundred, rate.plus(hundred));
    const units = net.times(line.quantity);
    return units.minus(rounding.discount === "net" ? discount : netOf(discount));
  }

  function netOf(gross: Decimal): Decimal {
    return rate.eq(0) || gross.eq(0) ? gross : gross.div(factor);
  }
}

/** To the halala, half up. A net is a fraction without end, cut after 20 decimals: what that cut is put right first. */
function halalas(value: Decimal): Decimal {
  return roundHalfUp(roundHalfUp(value, 12), 2);
}
