import { compare, type Decimal, roundHalfUp, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { documentAmounts, type LineAmounts, type PricedLine } from "./amounts.ts";
import { blank, invalid, Refused } from "./answers.ts";
import type { Call, Company, Row } from "./company.ts";
import { amountOf, decimalOf, idOf, isYes, objectsOf, positiveAmount, referred, wireNumber } from "./fields.ts";

/** What the lines of a document come to. */
export interface PricedDocument {
  /** Stored lines; a read row shows those of the fields that its kind has. */
  readonly lines: readonly Fields[];
  readonly total: Decimal;
}

interface SentLine {
  readonly product: Row;
  readonly sent: Fields;
  readonly priced: PricedLine;
}

/**
 * Reads `line_items` and the document discount, and adds them up as the switches say.
 * @param strictIds ids as text count as missing (merchant connector, on invoices).
 * @throws Refused for a line without product, quantity or price, and for a value that is not taken.
 */
export function priceDocument(
  { company }: Call,
  given: Fields,
  options: { readonly strictIds: boolean; readonly purchase: boolean },
): PricedDocument {
  const sent = objectsOf(given.line_items).map((line) => readLine(company, line, options));
  if (sent.length === 0) throw blank("line_items");
  const amounts = documentAmounts(
    sent.map(({ priced }) => priced),
    company.switches,
    documentDiscounts(company, given),
  );
  for (const { net } of amounts.lines) {
    if (compare(net, zero) < 0) throw invalid("discount", "must be less than the total of the line");
  }
  if (compare(amounts.total, zero) < 0) throw invalid("inclusive_cd_discount", "must be less than the total");
  const lines = sent.flatMap((line, at): Fields[] => {
    const computed = amounts.lines[at];
    return computed === undefined ? [] : [storedLine(line, computed, given)];
  });
  return { lines, total: amounts.total };
}

function readLine(company: Company, line: Fields, options: { strictIds: boolean; purchase: boolean }): SentLine {
  const { switches } = company;
  const product = referred(company, "products", line, "product_id", !options.strictIds);
  if (options.purchase && product.fields.is_bought !== true)
    throw new Refused([`product ${product.id} is not purchasable`]);
  const quantity = withDecimals(company, positiveAmount(line, "quantity"), switches.quantityDecimals, "quantity");
  const price = decimalOf(line.unit_price);
  if (price === undefined) throw blank("unit_price");
  // Credit notes name a percentage of its own; invoices say what `discount` means, and it is a percentage by default.
  const discount = decimalOf(line.discount ?? line.discount_percent) ?? zero;
  for (const [field, value] of Object.entries({ unit_price: price, discount }))
    if (compare(value, zero) < 0) throw invalid(field, "must be greater than or equal to 0");
  return {
    product,
    sent: line,
    priced: {
      quantity,
      unitPrice: withDecimals(company, price, switches.unitPriceDecimals, "unit_price"),
      discount: withDecimals(company, discount, switches.discountDecimals, "discount"),
      discountIsPercent: textOf(line.discount_type) !== "amount",
      rate: rateOf(company, line, product),
      isInclusive: isYes(line.is_inclusive),
    },
  };
}

/** The rate that was sent; left out, it is that of the product's own tax. */
function rateOf(company: Company, line: Fields, product: Row): Decimal {
  const rates = [...company.tables.taxes.rows.values()];
  const sent = line.tax_percent;
  if (sent === undefined || sent === null || sent === "") {
    return amountOf(rates.find(({ id }) => id === product.fields.tax_id)?.fields.percentage);
  }
  const rate = decimalOf(sent);
  if (rate === undefined || !rates.some(({ fields }) => compare(amountOf(fields.percentage), rate) === 0))
    throw invalid("tax_percent", "is not included in the list");
  return rate;
}

function withDecimals(company: Company, value: Decimal, decimals: number, field: string): Decimal {
  const rounded = roundHalfUp(value, decimals);
  if (company.switches.extraDecimals === "refused" && compare(rounded, value) !== 0)
    throw invalid(field, `takes ${decimals} decimals`);
  return rounded;
}

function documentDiscounts(company: Company, given: Fields): { gross: Decimal; rate: Decimal }[] {
  const gross = decimalOf(given.inclusive_cd_discount) ?? zero;
  if (compare(gross, zero) === 0) return [];
  if (company.switches.documentDiscount === "refused") throw new Refused(["Total CD Discount is not enabled"]);
  const account = company.tables.accounts.rows.get(idOf(given.discount_account_id) ?? 0);
  if (account === undefined) throw blank("discount_account_id");
  return [{ gross, rate: amountOf(referred(company, "taxes", given, "discount_tax_id").fields.percentage) }];
}

function storedLine({ product, sent, priced }: SentLine, amounts: LineAmounts, document: Fields): Fields {
  const { quantity, discount, discountIsPercent, rate, isInclusive } = priced;
  return {
    product_id: product.id,
    product_name: product.fields.name_ar,
    description: sent.description ?? null,
    quantity: wireNumber(quantity),
    unit_price: wireNumber(amounts.netUnit),
    inclusive_unit_price: wireNumber(amounts.grossUnit),
    unit_type: sent.unit_type ?? product.fields.product_unit_type_id,
    discount_percent: discountIsPercent ? wireNumber(discount) : "0.0",
    discount_amount: wireNumber(amounts.discountAmount),
    tax_percent: wireNumber(rate),
    net: wireNumber(amounts.net),
    gross: wireNumber(amounts.gross),
    inventory_id: idOf(document.inventory_id) ?? null,
    is_inclusive: isInclusive,
    unrounded_vat_value: wireNumber(amounts.unroundedVat),
  };
}
