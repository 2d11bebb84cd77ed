import { add, type Decimal, decimalText, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { customerData, joinedCustomer } from "./customers.ts";
import { moneyText, share } from "./money.ts";
import { netOf } from "./order-amounts.ts";
import { unitOfLine } from "./order-line.ts";
import { overridden } from "./overridden.ts";
import { type Order, type OrderLine, type Shop, statusOf } from "./shop.ts";
import { moneyOf, productData } from "./show-product.ts";
import { dayOf, zonedTime } from "./times.ts";

/** A row of `GET /orders`: no SKU and no price. */
export function orderRow(shop: Shop, order: Order): Fields {
  const shown: Fields = {
    id: order.id,
    reference_id: order.referenceId,
    total: moneyOf(shop, order.amounts.total, order.currency),
    date: zonedTime(order.createdMs),
    ...(shop.switches.updatedAtInRows ? { updated_at: zonedTime(order.updatedMs) } : {}),
    status: statusData(shop, order),
    draft: false,
    read: true,
    can_cancel: true,
    can_reorder: false,
    payment_method: order.paymentMethod,
    is_pending_payment: statusOf(shop, order).slug === "payment_pending",
    pending_payment_ends_at: 0,
    features: { digitalable: false, shippable: true, has_suspicious_alert: false },
    ...exchange(shop, order),
    customer: customerOfOrder(shop, order),
    items: order.lines.map(({ name, quantity }) => ({ name, quantity, thumbnail: "" })),
  };
  const { total } = order.overrides;
  return total === undefined ? shown : overridden(shown, { total });
}

/** The light form: no items, shipments or branch. */
export function lightOrder(shop: Shop, order: Order): Fields {
  const shown: Fields = {
    id: order.id,
    checkout_id: order.id,
    reference_id: order.referenceId,
    date: zonedTime(order.createdMs),
    updated_at: zonedTime(order.updatedMs),
    source: "store",
    is_price_quote: false,
    status: statusData(shop, order),
    payment_method: order.paymentMethod,
    currency: order.currency,
    amounts: amountsData(shop, order),
    features: { digitalable: false, shippable: true, has_suspicious_alert: false },
    actions: [],
    ...(shop.switches.branchInLight ? { branch_id: order.branchId } : {}),
    customer: customerOfOrder(shop, order),
    receiver: receiverOf(shop, order),
    bank: null,
    tags: order.tags.map((name, index) => ({ id: index + 1, name })),
    ...exchange(shop, order),
    ...order.extra,
  };
  return overridden(shown, order.overrides);
}

/** The full, deprecated form. */
export function fullOrder(shop: Shop, order: Order): Fields {
  const branch = shop.branches.get(order.branchId ?? 0);
  const branches = branch === undefined ? [] : [{ id: branch.id, ...branch.fields }];
  const shown: Fields = {
    ...lightOrder(shop, order),
    draft: false,
    read: true,
    source_device: "mobile",
    first_complete_at: order.firstCompleteMs === null ? null : zonedTime(order.firstCompleteMs),
    receipt_image: "",
    shipping: { id: order.id, company: null, receiver: receiverOf(shop, order), shipment: [] },
    shipments: [],
    shipment_branch: branches,
    items: order.lines.map((line) => ({ ...itemData(shop, order, line), product: productOfLine(shop, line) })),
  };
  return overridden(shown, order.overrides);
}

/** `GET /orders/items`: with ids of the product and the variant only where the switch says so. */
export function orderItem(shop: Shop, order: Order, line: OrderLine): Fields {
  const { itemProductIds } = shop.switches;
  return {
    ...itemData(shop, order, line),
    ...(itemProductIds === "none" ? {} : { product_id: line.productId }),
    ...(itemProductIds === "both" ? { product_sku_id: line.variantId } : {}),
  };
}

/** The data of `order.created` and its siblings. */
export function orderEventData(shop: Shop, order: Order): Fields {
  return fullOrder(shop, order);
}

/** The data of `order.status.updated`: its id is that of a row of the history, the order is inside. */
export function statusEventData(shop: Shop, order: Order, historyNumber: number): Fields {
  const { name } = statusOf(shop, order);
  return {
    id: 1_900_000_000 + historyNumber,
    status: name,
    customized: { id: statusOf(shop, order).customizedId, name },
    note: "",
    type: "status_changed",
    created_at: zonedTime(order.updatedMs),
    order: {
      ...lightOrder(shop, order),
      customer: order.customerId === null ? joinedCustomer(order.guest ?? {}) : joinedOf(shop, order.customerId),
      items: order.lines.map((line) => ({
        ...itemData(shop, order, line),
        product_id: line.productId,
        product_sku_id: line.variantId,
      })),
    },
  };
}

/** `{id, name, slug, customized: {id, name}}`: a custom status shows the slug and the id of its original. */
export function statusData(shop: Shop, order: Order): Fields {
  const { originalId, originalName, slug, customizedId, name } = statusOf(shop, order);
  return { id: originalId, name: originalName, slug, customized: { id: customizedId, name } };
}

function amountsData(shop: Shop, order: Order): Fields {
  const { amounts, currency, listedOnly } = order;
  const money = (value: Decimal) => moneyOf(shop, value, currency);
  return {
    sub_total: money(amounts.subTotal),
    shipping_cost: money(amounts.shipping),
    cash_on_delivery: money(amounts.cod),
    tax: { percent: percentShown(shop, amounts.taxPercent), amount: money(amounts.tax) },
    discounts: [...amounts.discounts, ...listedOnly].map(({ title, type, code, amount, shipping }) => ({
      title,
      type,
      code,
      discount: moneyText(amount),
      currency,
      discounted_shipping: shop.switches.amountsAs === "string" ? moneyText(shipping) : Number(moneyText(shipping)),
      hasMarketing: false,
    })),
    total: money(amounts.total),
  };
}

function itemData(shop: Shop, order: Order, line: OrderLine): Fields {
  const { couponIn, itemTotal } = shop.switches;
  const money = (value: Decimal) => moneyOf(shop, value, order.currency);
  const inLines = couponIn === "lines";
  const discount = inLines ? add(line.discount, line.couponShare) : line.discount;
  const tax = inLines ? line.tax : line.taxBeforeCoupon;
  const net = add(netOf(line), { digits: -discount.digits, scale: discount.scale });
  const shown: Fields = {
    id: line.id,
    name: line.name,
    sku: line.sku,
    quantity: line.quantity,
    currency: order.currency,
    weight: 0.1,
    weight_label: "100 غرام",
    product_type: line.productType,
    product_thumbnail: "",
    amounts: {
      price_without_tax: money(line.unitPrice),
      total_discount: money(discount),
      tax: { percent: percentShown(shop, line.taxPercent), amount: money(tax) },
      total: money(itemTotal === "price" ? line.unitPrice : add(net, tax)),
    },
    notes: line.notes,
    options: line.options,
    images: [],
    codes: [],
    files: [],
    reservations: [],
  };
  return overridden(shown, line.overrides);
}

function productOfLine(shop: Shop, line: OrderLine): Fields | null {
  const unit = unitOfLine(shop, line);
  return unit === undefined ? null : productData(shop, unit.product, true);
}

function customerOfOrder(shop: Shop, order: Order): Fields | null {
  const known = order.customerId === null ? undefined : shop.customers.get(order.customerId);
  if (known !== undefined) return customerData(known);
  if (shop.switches.guestCustomer === "null" && Object.keys(order.guest ?? {}).length === 0) return null;
  return { id: null, first_name: "", last_name: "", email: "", mobile: null, mobile_code: "", ...order.guest };
}

function joinedOf(shop: Shop, customerId: number): Fields {
  const known = shop.customers.get(customerId);
  return known === undefined ? {} : { id: known.id, ...joinedCustomer(known.fields) };
}

function receiverOf(shop: Shop, order: Order): Fields {
  const customer = customerOfOrder(shop, order) ?? {};
  const phone = `${textOf(customer.mobile_code)}${textOf(customer.mobile)}`.replace("+", "");
  return {
    name: [textOf(customer.first_name), textOf(customer.last_name)].filter((part) => part !== "").join(" "),
    email: textOf(customer.email),
    phone,
  };
}

function exchange(shop: Shop, { currency, exchangeRate }: Order): Fields {
  if (exchangeRate === undefined) return {};
  const inverse = shop.switches.exchangeRateMeans === "exchange-per-base";
  const rate = inverse ? share({ digits: 1n, scale: 0 }, { digits: 1n, scale: 0 }, exchangeRate, 8) : exchangeRate;
  return { exchange_rate: { base_currency: "SAR", exchange_currency: currency, rate: decimalText(rate) } };
}

/** Salla writes a percent as `"15.00"` or as 15. */
function percentShown(shop: Shop, percent: Decimal): string | number {
  const text = moneyText(add(percent, zero));
  return shop.switches.amountsAs === "string" ? Number(text) : text;
}

/** The day on which an order was placed, for the filters. */
export function placedDay(order: Order): string {
  return dayOf(order.createdMs);
}
