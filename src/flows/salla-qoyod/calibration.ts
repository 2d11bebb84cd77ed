/** How a merchant's Qoyod rounds, found by one draft invoice (product.md 1.2, "calibration draft"). */
import type { ProductWrite } from "../../connectors/qoyod/index.ts";
import { type Decimal, decimal, readDecimal } from "../../core/decimal.ts";
import type { DraftAmounts } from "../../core/draft-amounts.ts";
import type { Calibration } from "../../core/set-up.ts";
import { roundingWord } from "./options.ts";
import { riyadhDay } from "./order-words.ts";
import { type QoyodRounding, qoyodLine } from "./qoyod-total.ts";
import { calibrationLines, draftNumbers, knownRoundings } from "./rounding-from-draft.ts";

/** The service on whose lines the draft is made: nobody counts it, so that no stock is needed. */
const serviceSku = "MIZAN-CALIBRATION";
/** Where a document says its VAT, under any of these names. */
const vatFields = ["tax_amount", "total_tax", "vat_amount", "total_vat", "tax", "vat"] as const;
/** How near the VAT of a line must be: Qoyod shows it with many decimals, or with two. */
const nearness = ["0.0001", "0.0051"] as const;

export const calibration: Calibration = {
  option: "rounding",
  dayOf: riyadhDay,
  draft: ({ contactId, productId, locationId, day, reference }) => ({
    contact_id: contactId,
    reference,
    issue_date: day,
    due_date: day,
    inventory_id: locationId,
    description: "Mizan: a draft that shows how Qoyod rounds; it is deleted again",
    line_items: calibrationLines.map((line) => ({
      product_id: productId,
      quantity: String(line.quantity),
      unit_price: line.unitPrice.toFixed(2),
      ...(line.discount.eq(0) ? {} : { discount: line.discount.toFixed(2) }),
      tax_percent: line.taxPercent.toFixed(),
      is_inclusive: true,
    })),
  }),
  read: readDraft,
  products: "products",
  service: (options) =>
    ({
      sku: serviceSku,
      name_ar: "خدمة معايرة ميزان",
      name_en: "Mizan calibration service",
      type: "Service",
      product_unit_type_id: options.get("unitTypeId") ?? "",
      category_id: options.get("categoryId") ?? "",
      tax_id: options.get("standardTaxId") ?? "",
      track_quantity: false,
      selling_price: "1.00",
      sales_account_id: options.get("salesAccountId") ?? "",
      purchase_item: false,
      buying_price: undefined,
      expense_account_id: undefined,
    }) satisfies ProductWrite,
  contactOption: "cashCustomerId",
  locationOption: "locationId",
};

/**
 * The ways of rounding under which the draft comes to what Qoyod says. Where VAT is contained in the amounts and no VAT of
 * the document is shown, nothing tells whether it is rounded by line: once for each rate is taken, and the total is the same.
 */
function readDraft(amounts: DraftAmounts): { value: string; alike: string[] } | null {
  const total = readDecimal(amounts.document.total);
  if (total === null) return null;
  const vat = vatFields.map((field) => readDecimal(amounts.document[field])).find((found) => found !== null) ?? null;
  const byDocument = knownRoundings.filter((each) => {
    const computed = draftNumbers(each);
    return computed.total.eq(total) && (vat === null || computed.vat.eq(vat));
  });
  for (const near of nearness) {
    const fitting = byDocument.filter((each) => linesFit(each, amounts, decimal(near)));
    const [first, ...alike] = [...fitting.filter(isPerRate), ...fitting.filter((one) => !isPerRate(one))];
    if (first !== undefined) return { value: roundingWord(first), alike: alike.map(roundingWord) };
  }
  return null;
}

function isPerRate({ vat }: QoyodRounding): boolean {
  return vat === "per-rate";
}

/** Whether the VAT of each line, where it is shown, is the one that this way of rounding makes before it is rounded. */
function linesFit(rounding: QoyodRounding, { lines }: DraftAmounts, near: Decimal): boolean {
  return calibrationLines.every((line, at) => {
    const shown = readDecimal(lines[at]?.unrounded_vat_value);
    return (
      shown === null ||
      qoyodLine(line, { ...rounding, vat: "per-rate" })
        .vat.minus(shown)
        .abs()
        .lte(near)
    );
  });
}
