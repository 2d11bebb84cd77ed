import { add, type Decimal, zero } from "../decimal.ts";
import { hexDigits } from "../seeded-random.ts";
import { minus, share, sum } from "./money.ts";
import { netOf } from "./order-amounts.ts";
import {
  announce,
  type Invoice,
  type InvoiceLine,
  nextId,
  nextNumber,
  type Order,
  type OrderLine,
  putRow,
  type Shop,
} from "./shop.ts";
import { invoiceData } from "./show-invoice.ts";

/** Which units of which lines are given back. */
export type RefundedLines = readonly { readonly lineId: number; readonly quantity: number }[];

/** Every invoice and credit note of one order, oldest first. */
export function invoicesOf(shop: Shop, order: Order): Invoice[] {
  return shop.invoicesByOrder.get(order.id) ?? [];
}

export function hasTaxInvoice(shop: Shop, order: Order): boolean {
  return invoicesOf(shop, order).some(({ type }) => type === "tax_invoice");
}

export function leftToRefund(order: Order): RefundedLines {
  return order.lines
    .map((line) => ({ lineId: line.id, quantity: line.quantity - line.refunded }))
    .filter(({ quantity }) => quantity > 0);
}

/** Makes the tax invoice of a whole order; the returned function tells of it. */
export function addTaxInvoice(shop: Shop, order: Order, atMs: number): () => void {
  const { amounts } = order;
  const lines = order.lines.map((line, index) => ({
    id: index + 1,
    line,
    quantity: line.quantity,
    discount: add(line.discount, line.couponShare),
    tax: line.tax,
  }));
  const discount = sum(amounts.discounts.map(({ amount }) => amount));
  const { shipping, cod, tax, subTotal, total } = amounts;
  return store(shop, order, { type: "tax_invoice", lines, shipping, cod, tax, discount, subTotal, total }, atMs);
}

/**
 * Makes a credit note over some units. Shipping and cash on delivery go back only with the whole order. What several
 * credit notes of one line give back sums to that line.
 */
export function addCreditNote(
  shop: Shop,
  order: Order,
  refund: { lines: RefundedLines; whole: boolean },
  atMs: number,
): () => void {
  const lines: InvoiceLine[] = [];
  for (const { lineId, quantity } of refund.lines) {
    const line = order.lines.find(({ id }) => id === lineId);
    if (line === undefined) continue;
    const part = (value: Decimal) =>
      minus(shareOf(value, line, line.refunded + quantity), shareOf(value, line, line.refunded));
    const discount = part(add(line.discount, line.couponShare));
    lines.push({ id: lines.length + 1, line, quantity, discount, tax: part(line.tax) });
    line.refunded += quantity;
  }
  const { amounts } = order;
  const whole = refund.whole;
  const earlier = invoicesOf(shop, order).filter(({ type }) => type === "credit_note");
  const subTotal = sum(lines.map(({ line, quantity }) => netOf({ unitPrice: line.unitPrice, quantity })));
  const [shipping, cod] = whole ? [amounts.shipping, amounts.cod] : [zero, zero];
  // The last credit note of an order takes what the earlier ones left, so that together they are the invoice.
  const discount = whole
    ? minus(sum(amounts.discounts.map(({ amount }) => amount)), sum(earlier.map((one) => one.discount)))
    : sum(lines.map((one) => one.discount));
  const tax = whole ? minus(amounts.tax, sum(earlier.map((one) => one.tax))) : sum(lines.map((one) => one.tax));
  const total = sum([minus(subTotal, discount), shipping, cod, tax]);
  return store(shop, order, { type: "credit_note", lines, shipping, cod, tax, discount, subTotal, total }, atMs);
}

function store(
  shop: Shop,
  order: Order,
  made: Omit<Invoice, "id" | "number" | "orderId" | "createdMs" | "uuid">,
  createdMs: number,
): () => void {
  const digits = hexDigits(shop.random, 32);
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-");
  const invoice: Invoice = {
    id: nextId(shop, "invoices"),
    number: nextNumber(shop, "invoice-numbers"),
    orderId: order.id,
    createdMs,
    uuid,
    ...made,
  };
  putRow(shop.invoices, invoice);
  shop.invoicesByOrder.set(order.id, [...invoicesOf(shop, order), invoice]);
  return () => announce(shop, { event: "invoice.created", data: () => invoiceData(shop, order, invoice), order });
}

function shareOf(value: Decimal, line: OrderLine, quantity: number): Decimal {
  return share(value, { digits: BigInt(quantity), scale: 0 }, { digits: BigInt(line.quantity), scale: 0 });
}
