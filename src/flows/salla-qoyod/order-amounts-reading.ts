import { type Decimal, decimal, readDecimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";

/** An amount as Salla sends it: `{amount, currency}`, or the number or numeric string alone (salla.md 4.1). */
export type SallaAmount = unknown;

/** The amounts of an order by Salla's names (salla.md 4.2). */
export interface SallaOrderAmounts {
  readonly sub_total?: SallaAmount;
  readonly shipping_cost?: SallaAmount;
  readonly cash_on_delivery?: SallaAmount;
  readonly tax?: { readonly percent?: unknown; readonly amount?: SallaAmount } | null | undefined;
  readonly discounts?: readonly SallaDiscount[] | null | undefined;
  readonly total?: SallaAmount;
}

export interface SallaDiscount {
  readonly discount?: unknown;
  readonly discounted_shipping?: unknown;
  readonly currency?: string | undefined;
}

/** A line of an order by Salla's names; `amounts.total` is never read (salla.md 4.3). */
export interface SallaOrderItem {
  readonly name?: string | undefined;
  readonly sku?: string | undefined;
  readonly quantity?: unknown;
  readonly currency?: string | undefined;
  readonly amounts: {
    readonly price_without_tax?: SallaAmount;
    readonly total_discount?: SallaAmount;
    readonly tax?: { readonly percent?: unknown; readonly amount?: SallaAmount } | null | undefined;
  };
}

export interface SallaOrder {
  readonly currency?: string | undefined;
  readonly amounts: SallaOrderAmounts;
  readonly items: readonly SallaOrderItem[];
}

/** The amounts of a line, read. */
export interface ReadItem {
  /** how people find it: its number in the order and its name */
  readonly label: string;
  readonly quantity: number;
  /** of one unit, without VAT */
  readonly price: Decimal;
  /** of the line, without VAT */
  readonly discount: Decimal;
  /** VAT in percent */
  readonly rate: Decimal;
  /** VAT of the line */
  readonly vat: Decimal;
}

/** The amounts of an order, read: everything but `total` and `vat` without VAT. */
export interface ReadOrder {
  readonly currency: string;
  readonly subTotal: Decimal;
  readonly shipping: Decimal;
  readonly cashOnDelivery: Decimal;
  /** all discounts of the order, what they took off shipping included or beside it */
  readonly discounts: Decimal;
  readonly shippingDiscount: Decimal;
  readonly rate: Decimal;
  readonly vat: Decimal;
  readonly total: Decimal;
  readonly items: readonly ReadItem[];
}

/** The highest quantity of a line and the highest amount: more is a mistake, and would be slow to split. */
export const highestQuantity = 1_000_000;
const highestAmount = decimal("999999999.99");

/**
 * Reads an order's amounts.
 * @throws {RecordRejected} naming the field and the value that is missing, negative, no number, or of another currency.
 */
export function readOrder({ currency = "SAR", amounts, items }: SallaOrder): ReadOrder {
  const money = (value: SallaAmount, field: string) => readMoney(value, { field, currency });
  const optional = (value: SallaAmount, field: string) => (isAbsent(value) ? decimal(0) : money(value, field));
  const discounts = amounts.discounts ?? [];
  if (items.length === 0) throw new RecordRejected("no-lines", { vendor: "Salla" });
  return {
    currency,
    subTotal: money(amounts.sub_total, "amounts.sub_total"),
    shipping: optional(amounts.shipping_cost, "amounts.shipping_cost"),
    cashOnDelivery: optional(amounts.cash_on_delivery, "amounts.cash_on_delivery"),
    discounts: discounts.reduce((sum, each, at) => {
      const field = `amounts.discounts[${at}].discount`;
      return sum.plus(optional(withCurrency(each.discount, each.currency), field));
    }, decimal(0)),
    shippingDiscount: discounts.reduce((sum, each, at) => {
      const field = `amounts.discounts[${at}].discounted_shipping`;
      return sum.plus(optional(withCurrency(each.discounted_shipping, each.currency), field));
    }, decimal(0)),
    rate: readRate(amounts.tax?.percent ?? 0, "amounts.tax.percent"),
    vat: twoDecimals(optional(amounts.tax?.amount, "amounts.tax.amount"), "amounts.tax.amount"),
    total: twoDecimals(money(amounts.total, "amounts.total"), "amounts.total"),
    items: items.map((item, at) => readItem(item, { at, currency })),
  };
}

function readItem(item: SallaOrderItem, { at, currency }: { at: number; currency: string }): ReadItem {
  const field = (name: string) => `items[${at}].${name}`;
  if (item.currency && item.currency !== currency) refuse(field("currency"), item.currency, currency);
  const quantity = readDecimal0(item.quantity, field("quantity"));
  if (quantity.lt(1) || quantity.gt(highestQuantity) || !quantity.round(0).eq(quantity))
    refuse(field("quantity"), quantity.toFixed(), `a whole number from 1 to ${highestQuantity}`);
  const { price_without_tax, total_discount, tax } = item.amounts;
  const optional = (value: SallaAmount, name: string) =>
    isAbsent(value) ? decimal(0) : readMoney(value, { field: field(name), currency });
  return {
    label: `${at + 1}${item.name ? ` (${item.name})` : ""}`,
    quantity: quantity.toNumber(),
    price: readMoney(price_without_tax, { field: field("amounts.price_without_tax"), currency }),
    discount: optional(total_discount, "amounts.total_discount"),
    rate: readRate(tax?.percent ?? 0, field("amounts.tax.percent")),
    vat: optional(tax?.amount, "amounts.tax.amount"),
  };
}

function readMoney(value: SallaAmount, { field, currency }: { field: string; currency: string }): Decimal {
  if (isAbsent(value)) throw new RecordRejected("field-missing", { field, vendor: "Salla" });
  if (isMoneyObject(value)) {
    if (value.currency && value.currency !== currency) refuse(field, String(value.currency), currency);
    return readMoney(value.amount, { field, currency });
  }
  const amount = readDecimal0(value, field);
  if (amount.lt(0) || amount.gt(highestAmount)) refuse(field, amount.toFixed(), `0 to ${highestAmount.toFixed()}`);
  return amount;
}

function readRate(value: unknown, field: string): Decimal {
  const rate = readDecimal0(value === "" ? 0 : value, field);
  if (rate.lt(0) || rate.gt(100) || !rate.round(2).eq(rate)) refuse(field, rate.toFixed(), "0 to 100 percent");
  return rate;
}

function readDecimal0(value: unknown, field: string): Decimal {
  try {
    const read = readDecimal(value);
    if (read !== null) return read;
  } catch {
    refuse(field, JSON.stringify(value) ?? String(value), "a decimal number");
  }
  throw new RecordRejected("field-missing", { field, vendor: "Salla" });
}

function twoDecimals(amount: Decimal, field: string): Decimal {
  if (!amount.round(2).eq(amount)) refuse(field, amount.toFixed(), "two decimals");
  return amount;
}

function refuse(field: string, value: string, allowed: string): never {
  throw new RecordRejected("field-invalid", { field, value, allowed, vendor: "Salla" });
}

/** Nothing, in one of the forms in which Salla sends nothing (salla.md 4.1, "empty objects"). */
function isAbsent(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && !("amount" in value) && Object.keys(value).length === 0 && isPlain(value);
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function isMoneyObject(value: unknown): value is { readonly amount?: unknown; readonly currency?: unknown } {
  return typeof value === "object" && value !== null && "amount" in value;
}

function withCurrency(amount: unknown, currency: string | undefined): SallaAmount {
  return isAbsent(amount) ? undefined : isMoneyObject(amount) ? amount : { amount, currency };
}
