/** The lines of an invoice as Qoyod gets them, or why the order has none that are exact (product.md, 1.2). */
import type { Order, OrderItem } from "../../connectors/salla/index.ts";
import { decimal, readDecimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { MappingContext } from "../../core/mapping.ts";
import { type ConvertedAmounts, convertAmounts } from "./foreign-amounts.ts";
import { type InvoiceLine, type InvoiceOutcome, type InvoiceProducts, invoiceLines } from "./invoice-lines.ts";
import { roundingOf, type SallaQoyodSettings } from "./options.ts";
import { decomposeOrder, type OrderAmounts } from "./order-amounts.ts";
import { isSkuMoved, soldLines, withoutBundles } from "./sold-lines.ts";

const booksCurrency = "SAR";

/** An order's amounts in the currency of the books. */
export interface BookedAmounts {
  /** its lines are those of `soldLines` */
  readonly amounts: OrderAmounts;
  /** what was converted; null for an order in riyals */
  readonly original: ConvertedAmounts["original"] | null;
}

/** @throws {RecordRejected} naming both totals and the part that differs, or the currency */
export function bookedAmounts(order: Order, settings: SallaQoyodSettings): BookedAmounts {
  const taken = decomposeOrder(order);
  if (taken.kind === "rejected") throw new RecordRejected(taken.reason.code, taken.reason.parameters);
  const { amounts } = taken;
  if (amounts.currency === booksCurrency) return { amounts: withoutBundles(amounts, order), original: null };
  if (!settings.foreignCurrency) throw new RecordRejected("foreign-currency", { currency: amounts.currency });
  const rate = readDecimal(order.exchange_rate?.rate);
  if (rate === null || rate.lte(0)) throw new RecordRejected("field-missing", { field: "exchange_rate.rate" });
  const { exchange_currency: exchange, base_currency: base } = order.exchange_rate ?? {};
  if (exchange !== "" && exchange !== undefined && exchange !== amounts.currency && base !== amounts.currency)
    throw new RecordRejected("field-invalid", {
      field: "exchange_rate.exchange_currency",
      value: exchange,
      allowed: amounts.currency,
    });
  const converted = convertAmounts(amounts, rate);
  return { ...converted, amounts: withoutBundles(converted.amounts, order) };
}

/** The lines of an order's invoice; `productId` of an item is its unit, of a fee the chosen product. */
export function linesOf(order: Order, context: MappingContext<SallaQoyodSettings>): readonly InvoiceLine[] {
  const { settings } = context;
  for (const item of order.items) {
    requireUnit(item);
    if (isSkuMoved(item)) context.note("sku-moved", { sku: item.sku, product: item.name });
  }
  const { amounts } = bookedAmounts(order, settings);
  const products = productsOf(order, amounts, settings);
  return sentLines(invoiceLines(amounts, { products, rounding: roundingOf(settings) }), context);
}

/** @throws {RecordRejected} option-missing where a fee has no product */
export function productsOf(
  order: Order,
  amounts: Pick<OrderAmounts, "shipping" | "cashOnDelivery">,
  { shippingProductId, codProductId }: SallaQoyodSettings,
): InvoiceProducts {
  if (amounts.shipping !== null && shippingProductId === undefined)
    throw new RecordRejected("option-missing", { option: "shippingProductId" });
  if (amounts.cashOnDelivery !== null && codProductId === undefined)
    throw new RecordRejected("option-missing", { option: "codProductId" });
  return {
    items: soldLines(order).map(({ item, part, unit }) => ({
      productId: unit ?? "",
      description: [part === null ? "" : item.name, optionsOf(item)].filter((words) => words !== "").join("; "),
    })),
    ...(shippingProductId === undefined ? {} : { shipping: { productId: shippingProductId, description: "" } }),
    ...(codProductId === undefined ? {} : { cashOnDelivery: { productId: codProductId, description: "" } }),
  };
}

/** The lines that come to what is wanted; VAT that the books round otherwise is noted. @throws {RecordRejected} */
export function sentLines(
  outcome: InvoiceOutcome,
  { note }: MappingContext<SallaQoyodSettings>,
): readonly InvoiceLine[] {
  if (outcome.kind === "rejected") throw new RecordRejected(outcome.reason.code, outcome.reason.parameters);
  for (const { rate, vat, computed } of outcome.drift)
    note("vat-rounded", { rate: rate.toFixed(), vat: vat.toFixed(2), computed: computed.toFixed(2) });
  return outcome.lines;
}

/** @throws {RecordRejected} sku-missing, sku-shared, bundle: a line is never dropped (rules S8, S11) */
export function requireUnit({ name, sku, unit, holders, parts, product_type, quantity }: OrderItem): void {
  const count = readDecimal(quantity);
  if (count === null || count.lte(0) || !count.eq(count.round(0, 0)))
    throw new RecordRejected("field-invalid", {
      field: `quantity of ${name}`,
      value: quantity,
      allowed: "a whole number above 0",
    });
  if (parts !== null) {
    for (const part of parts) requireHolder({ ...part, name: `${part.sku} (${name})` });
    return;
  }
  if (product_type === "group_products") throw new RecordRejected("bundle", { product: name });
  requireHolder({ name, sku, unit, holders });
}

function requireHolder({ name, sku, unit, holders }: Pick<OrderItem, "name" | "sku" | "unit" | "holders">): void {
  if (unit !== null) return;
  if (holders.length > 1)
    throw new RecordRejected("sku-shared", { sku, products: holders.map((one) => one.name).join(", ") });
  if (sku === "") throw new RecordRejected("sku-missing", { product: name });
  throw new RecordRejected("product-unknown", { product: name, sku });
}

function optionsOf({ options }: OrderItem): string {
  return options.map(({ name, value }) => `${name}: ${value}`).join(", ");
}

/** What an order amounts to, for plans; its own total in its own currency. */
export function totalOf({ amounts, currency }: Order) {
  return { amount: readDecimal(amounts.total.amount) ?? decimal(0), currency: currency || amounts.total.currency };
}
