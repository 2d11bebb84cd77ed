/** A tenant's way of rounding, read from what its Qoyod makes of one draft invoice (product.md 1.2, "calibration draft"). */
import { type Decimal, decimal } from "../../core/decimal.ts";
import { type PricedLine, type QoyodRounding, qoyodTotal } from "./qoyod-total.ts";

/** What Qoyod says of the draft. */
export interface DraftNumbers {
  readonly total: Decimal;
  readonly vat: Decimal;
}

export type DraftReading =
  /** `alike` are other words for the same: settings that make the same numbers of every invoice */
  | { readonly kind: "known"; readonly rounding: QoyodRounding; readonly alike: readonly QoyodRounding[] }
  | { readonly kind: "unknown combination"; readonly total: string; readonly vat: string };

const taxed = (quantity: number, unitPrice: string, discount: string): PricedLine => ({
  quantity,
  unitPrice: decimal(unitPrice),
  discount: decimal(discount),
  taxPercent: decimal(15),
});

/**
 * The lines of the draft. The first tells where a discount is taken off; the one of many units, whether the unit is
 * rounded; the rest, whose halves of halalas add up, where lines and VAT are, and whether VAT is added to a rounded net.
 * They tell apart all settings that differ for any invoice at all.
 */
export const calibrationLines: readonly PricedLine[] = [
  taxed(1, "500.00", "100.00"),
  taxed(25, "10.31", "0.00"),
  ...Array.from({ length: 5 }, () => taxed(1, "4.44", "0.03")),
  ...Array.from({ length: 5 }, () => taxed(4, "15.63", "0.02")),
  ...Array.from({ length: 2 }, () => taxed(3, "1.83", "0.04")),
  taxed(1, "13.30", "0.04"),
];

/** Every combination of settings. What is sent has two decimals, so that keeping more of them changes nothing. */
export const knownRoundings: readonly QoyodRounding[] = (["exact", "rounded"] as const).flatMap((unit) =>
  (["exact", "rounded"] as const).flatMap((line) =>
    (["per-line", "per-rate"] as const).flatMap((vat) =>
      (["contained", "added"] as const).flatMap((vatOf) =>
        (["gross", "net"] as const).map(
          (discount): QoyodRounding => ({
            ...{ unit, line, vat, vatOf, discount },
            ...{ discountDecimals: 2, priceDecimals: 2 },
          }),
        ),
      ),
    ),
  ),
);

/** The settings under which the draft's lines come to these numbers; the first of them where several do. */
export function roundingFromDraft({ total, vat }: DraftNumbers): DraftReading {
  const [rounding, ...alike] = knownRoundings.filter((each) => {
    const computed = draftNumbers(each);
    return computed.total.eq(total) && computed.vat.eq(vat);
  });
  if (rounding !== undefined) return { kind: "known", rounding, alike };
  return { kind: "unknown combination", total: total.toFixed(2), vat: vat.toFixed(2) };
}

/** What the draft comes to under given settings. */
export function draftNumbers(rounding: QoyodRounding): DraftNumbers {
  const { total, rates } = qoyodTotal(calibrationLines, rounding);
  return { total, vat: rates[0]?.vat ?? decimal(0) };
}
