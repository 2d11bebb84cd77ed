/**
 * Qoyod's total by another method than the product's: whole-number fractions of halalas over one denominator, no decimals.
 */
import type { PricedLine, QoyodRounding } from "../../src/flows/salla-qoyod/qoyod-total.ts";

interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

export interface HalalaInvoice {
  readonly total: bigint;
  /** VAT by the rate in percent */
  readonly vat: ReadonlyMap<string, bigint>;
}

export function qoyodInHalalas(lines: readonly PricedLine[], rounding: QoyodRounding): HalalaInvoice {
  const sums = new Map<string, { gross: Fraction; net: Fraction; vat: Fraction }>();
  for (const line of lines) {
    const key = line.taxPercent.toFixed();
    const rate = fraction(line.taxPercent.toFixed());
    const one = plus(whole(1n), times(rate, { top: 1n, bottom: 100n }));
    const price = times(fraction(line.unitPrice.toFixed()), whole(100n));
    const off = times(fraction(line.discount.toFixed()), whole(100n));
    const gross = minus(
      times(price, whole(BigInt(line.quantity))),
      rounding.discount === "gross" ? off : times(off, one),
    );
    const offNet = rounding.discount === "gross" ? over(off, one) : off;
    const unit = over(price, one);
    const units = times(rounding.unit === "rounded" ? whole(halfUp(unit)) : unit, whole(BigInt(line.quantity)));
    const exactNet = minus(units, offNet);
    const net = rounding.line === "rounded" ? whole(halfUp(exactNet)) : exactNet;
    const exactVat =
      rounding.vatOf === "contained" ? minus(gross, net) : times(net, times(rate, { top: 1n, bottom: 100n }));
    const vat = rounding.vat === "per-line" ? whole(halfUp(exactVat)) : exactVat;
    const sum = sums.get(key) ?? { gross: whole(0n), net: whole(0n), vat: whole(0n) };
    sums.set(key, { gross: plus(sum.gross, gross), net: plus(sum.net, net), vat: plus(sum.vat, vat) });
  }
  let total = whole(0n);
  const vats = new Map<string, bigint>();
  for (const [key, { gross, net, vat }] of sums) {
    vats.set(key, halfUp(vat));
    total = plus(total, rounding.vatOf === "contained" ? gross : whole(halfUp(net) + halfUp(vat)));
  }
  return { total: halfUp(total), vat: vats };
}

function fraction(text: string): Fraction {
  const [digits = "0", decimals = ""] = text.split(".");
  return { top: BigInt(digits + decimals), bottom: 10n ** BigInt(decimals.length) };
}

function whole(top: bigint): Fraction {
  return { top, bottom: 1n };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return reduced({ top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom });
}

function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { top: -b.top, bottom: b.bottom });
}

function times(a: Fraction, b: Fraction): Fraction {
  return reduced({ top: a.top * b.top, bottom: a.bottom * b.bottom });
}

function over(a: Fraction, b: Fraction): Fraction {
  return times(a, { top: b.bottom, bottom: b.top });
}

function reduced({ top, bottom }: Fraction): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom];
  while (b > 0n) [a, b] = [b, a % b];
  return a > 1n ? { top: top / a, bottom: bottom / a } : { top, bottom };
}

function halfUp({ top, bottom }: Fraction): bigint {
  const size = top < 0n ? -top : top;
  const rounded = (2n * size + bottom) / (2n * bottom);
  return top < 0n ? -rounded : rounded;
}
