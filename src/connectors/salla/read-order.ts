import type { z } from "zod";
import type { AmountText, Order, OrderItem, orderDetail, orderItem, UnitHolder } from "./orders.ts";

type Detail = z.output<typeof orderDetail>;
type Item = z.output<typeof orderItem>;
type Money = { readonly amount: string; readonly currency: string } | null;

/** How far into an option's value its words are looked for. */
const depthOfValues = 4;

/** Puts an order together from what Salla answered of it, of its lines, and of the units that the lines sold. */
export function toOrder(
  detail: Detail,
  items: readonly Item[],
  holders: ReadonlyMap<string, readonly UnitHolder[]>,
): Order {
  const { amounts, customer, company } = detail;
  const currency = detail.currency || amounts.total.currency;
  const money = (value: Money) => amountIn(value, currency);
  const branches = branchesOf(detail);
  const companyTax = company?.tax_number.trim() ?? "";
  return {
    id: detail.id,
    reference_id: detail.reference_id,
    date: detail.date,
    updated_at: detail.updated_at,
    status: detail.status,
    total: money(amounts.total),
    payment_method: detail.payment_method,
    currency,
    exchange_rate: detail.exchange_rate,
    amounts: {
      sub_total: money(amounts.sub_total),
      shipping_cost: money(amounts.shipping_cost),
      cash_on_delivery: money(amounts.cash_on_delivery),
      tax: { percent: amounts.tax?.percent ?? "0", amount: money(amounts.tax?.amount ?? null) },
      discounts: amounts.discounts.map(({ discount, discounted_shipping, ...words }) => ({
        ...words,
        discount: discount ?? "0",
        discounted_shipping: discounted_shipping ?? "0",
      })),
      total: money(amounts.total),
    },
    customer: customer === null ? null : { ...customer, tax_number: customer.tax_number ?? (companyTax || null) },
    receiver: detail.receiver,
    branch_id: branches.length === 1 ? (branches[0] ?? null) : null,
    branches,
    source: detail.source,
    is_pending_payment: detail.is_pending_payment,
    first_complete_at: detail.first_complete_at,
    items: items.map((item) => toItem(item, currency, holders.get(item.id) ?? [])),
  };
}

function toItem(item: Item, orderCurrency: string, holders: readonly UnitHolder[]): OrderItem {
  const currency = item.currency || orderCurrency;
  const money = (value: Money) => amountIn(value, currency);
  const { amounts } = item;
  return {
    id: item.id,
    name: item.name,
    sku: skuOf(item),
    quantity: item.quantity,
    product_type: item.product_type || item.product?.type || null,
    product_id: productIdOf(item),
    variant_id: variantIdOf(item),
    amounts: {
      price_without_tax: money(amounts.price_without_tax),
      total_discount: money(amounts.total_discount),
      tax: { percent: amounts.tax?.percent ?? "0", amount: money(amounts.tax?.amount ?? null) },
      total: amounts.total === null ? null : money(amounts.total),
    },
    options: item.options.map(({ name, value }) => ({ name, value: optionText(value) })),
    unit: holders.length === 1 ? (holders[0]?.unit ?? null) : null,
    holders,
    parts: null,
  };
}

/** A SKU counts exactly as it is; one of blanks only is none (rule S11). */
export function skuOf({ sku }: Pick<Item, "sku">): string {
  return sku.trim() === "" ? "" : sku;
}

export function productIdOf({ product_id, product }: Pick<Item, "product_id" | "product">): string | null {
  return product_id ?? product?.id ?? null;
}

export function variantIdOf({
  product_sku_id,
  variant_id,
}: Pick<Item, "product_sku_id" | "variant_id">): string | null {
  return product_sku_id ?? variant_id;
}

/** Every branch that an answer names, each once. */
export function branchesOf(
  detail: Pick<Detail, "branch_id" | "branch" | "pickup_branch" | "shipment_branch" | "shipments">,
) {
  const shipped = detail.shipments.flatMap(({ branch_id, branch }) => [branch_id, branch]);
  const named = [detail.branch_id, detail.branch, detail.pickup_branch, ...detail.shipment_branch, ...shipped];
  return [...new Set(named.filter((id) => id !== null))];
}

function amountIn(value: Money, currency: string): AmountText {
  if (value === null) return { amount: "0", currency };
  return { amount: value.amount, currency: value.currency || currency };
}

/** An option's value in words: an object for radio buttons, a list for checkboxes, else a scalar (salla.md 4.3). */
function optionText(value: unknown, depth = 0): string {
  if (value === null || value === undefined || depth > depthOfValues) return "";
  if (Array.isArray(value))
    return value
      .map((one) => optionText(one, depth + 1))
      .filter((words) => words !== "")
      .join(", ");
  if (typeof value !== "object") return String(value).trim();
  for (const name of ["name", "value", "label", "title"]) {
    const words = optionText(Reflect.get(value, name), depth + 1);
    if (words !== "") return words;
  }
  return "";
}
