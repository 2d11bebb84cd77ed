import { type Decimal, decimalText } from "../decimal.ts";
import { type Fields, isFields } from "../wire.ts";
import { customerData } from "./customers.ts";
import { minus, moneyText, shownMoney, sum } from "./money.ts";
import { netOf } from "./order-amounts.ts";
import type { Invoice, InvoiceLine, Order, Shop } from "./shop.ts";
import { dayOf } from "./times.ts";

// biome-ignore format: a table
const typeNames = {
  tax_invoice: { english: "Tax Invoice", arabic: "فاتورة ضريبية", slug: 1 },
  credit_note: { english: "Credit Note", arabic: "إشعار دائن", slug: 2 },
} as const;

/** An invoice or credit note as the list and the event `invoice.created` show it. Its arithmetic closes. */
export function invoiceData(shop: Shop, order: Order, invoice: Invoice): Fields {
  const { switches } = shop;
  const sign = invoice.type === "credit_note" && switches.creditNoteSign === "negative" ? -1n : 1n;
  const money = (value: Decimal) => moneyIn(shop, order, { digits: value.digits * sign, scale: value.scale });
  const surcharge = (value: Decimal) => {
    const shown = money(value);
    return isFields(shown) ? { ...shown, taxable: true } : { amount: shown, taxable: true };
  };
  const { slug } = typeNames[invoice.type];
  const customer = order.customerId === null ? undefined : shop.customers.get(order.customerId);
  return {
    id: invoice.id,
    invoice_number: String(invoice.number),
    uuid: invoice.uuid,
    order_id: order.id,
    invoice_reference_id: null,
    type: typeNames[invoice.type][switches.invoiceType],
    ...(switches.invoiceSlug ? { slug } : {}),
    date: dayOf(invoice.createdMs),
    qr_code: "",
    payment_method: order.paymentMethod,
    sub_total: money(invoice.subTotal),
    shipping_cost: surcharge(invoice.shipping),
    cod_cost: surcharge(invoice.cod),
    discount: money(invoice.discount),
    tax: { percent: decimalText(order.amounts.taxPercent, 2), amount: money(invoice.tax) },
    total: money(invoice.total),
    shipping_cost_discount: money({ digits: 0n, scale: 0 }),
    items: invoice.lines.map((line) => itemOf(line, money)),
    company: customer?.fields.company ?? null,
    customer: customer === undefined ? (order.guest ?? {}) : { ...customerData(customer), address: {} },
  };
}

function itemOf({ id, line, quantity, discount, tax }: InvoiceLine, money: (value: Decimal) => unknown): Fields {
  const net = minus(netOf({ unitPrice: line.unitPrice, quantity }), discount);
  return {
    id,
    item_id: line.id,
    product_id: line.productId,
    name: line.name,
    sku: line.sku,
    quantity,
    type: line.productType,
    price: money(line.unitPrice),
    discount: money(discount),
    tax: { percent: moneyText(line.taxPercent), amount: money(tax) },
    total: money(sum([net, tax])),
  };
}

function moneyIn(shop: Shop, order: Order, value: Decimal): unknown {
  const amount = shownMoney(value, shop.switches.amountsAs);
  return shop.switches.invoiceMoney === "plain" ? amount : { amount, currency: order.currency };
}
