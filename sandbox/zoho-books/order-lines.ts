import { add, type Decimal, decimalNumber, multiply, parseDecimal, roundHalfUp, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import type { Organization } from "./books.ts";

/** The lines of an order as they are stored. */
export function linesOf(fields: Fields): Fields[] {
  const lines = fields.line_items;
  return Array.isArray(lines) ? lines.filter(isFields) : [];
}

/** Quantity × rate of one line, exact; header and subtotal rows and lines without numbers count 0. */
function lineAmount(line: Fields): Decimal {
  const category = line.line_item_category;
  if (category === "header" || category === "subtotal") return zero;
  const quantity = parseDecimal(textOf(line.quantity)) ?? zero;
  const rate = parseDecimal(textOf(line.rate)) ?? zero;
  return multiply(quantity, rate);
}

/** The sum of the exact line amounts, rounded once, half up, to two decimals. */
export function totalOf(lines: readonly Fields[]): number {
  return decimalNumber(roundHalfUp(lines.map(lineAmount).reduce(add, zero), 2));
}

/** `amount × exchange rate` in the currency of the organisation, to two decimals. */
export function inBaseCurrency(amount: unknown, exchangeRate: unknown): number {
  const one = parseDecimal(textOf(amount)) ?? zero;
  const rate = parseDecimal(textOf(exchangeRate)) ?? { digits: 1n, scale: 0 };
  return decimalNumber(roundHalfUp(multiply(one, rate), 2));
}

/**
 * Fills a line that a merchant or an API client sent: its id, and name, sku and rate from the item.
 * Header and subtotal rows have neither item nor quantity; a line without `item_id` is free text and stays so.
 */
export function completeLine(line: Fields, lineId: string, organization: Organization, rateField: string): Fields {
  const category = line.line_item_category;
  const base = { line_item_id: lineId, ...line };
  if (category === "header" || category === "subtotal") return base;
  const item = organization.tables.items.rows.get(textOf(line.item_id))?.fields;
  return {
    ...base,
    name: line.name ?? item?.name ?? "",
    sku: line.sku ?? item?.sku ?? "",
    quantity: line.quantity ?? 1,
    rate: line.rate ?? item?.[rateField] ?? 0,
  };
}

/** What every item line of a detail shows, sales and purchases alike. */
export function shownLine(line: Fields, position: number, organization: Organization, exchangeRate: unknown): Fields {
  const category = line.line_item_category;
  const order = { item_order: position };
  if (category === "header" || category === "subtotal") return { ...order, ...line };
  const item = organization.tables.items.rows.get(textOf(line.item_id))?.fields;
  return {
    item_id: "",
    ...order,
    description: "",
    bcy_rate: inBaseCurrency(line.rate, exchangeRate),
    discount: 0,
    discounts: [],
    item_total: decimalNumber(roundHalfUp(lineAmount(line), 2)),
    tax_id: "",
    tax_name: "",
    tax_type: "tax",
    tax_percentage: 0,
    unit: item?.unit ?? "",
    ...(item === undefined ? {} : { item_type: item.item_type, product_type: item.product_type }),
    item_custom_fields: [],
    ...line,
  };
}
