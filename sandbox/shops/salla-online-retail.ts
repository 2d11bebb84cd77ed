import { parseDecimal } from "../decimal.ts";
import { addCustomer } from "../salla/customers.ts";
import { leftToRefund } from "../salla/invoices.ts";
import { refundOrder, setStatus } from "../salla/order-life.ts";
import { placeOrder } from "../salla/place-order.ts";
import { addProduct, unitsOf } from "../salla/products.ts";
import type { Order, Shop } from "../salla/shop.ts";
import { statusBySlug } from "../salla/statuses.ts";
import { plainTime } from "../salla/times.ts";
import { type Fields, textOf } from "../wire.ts";
import { type OpenItem, type OpenOrder, type ReadCounts, readOnlineRetail, stockOf } from "./online-retail-rows.ts";
import { wholeOption } from "./options.ts";
import { madeUpPerson } from "./salla-names.ts";

/** What an import hands over, and what Salla could not hold, by reason. */
interface SallaImport extends ReadCounts {
  products: number;
  customers: number;
  orders: number;
  /** Cancellations that became a canceled, restored or refunded order. */
  cancellations: number;
}

const MAX_ORDERS = 1_000_000;

/**
 * Imports files of the form of the Online Retail data set into Salla: one order per invoice, one product per exact spelling of
 * StockCode (without a digit a service), one made-up customer per CustomerID; rows without one are guests'. Prices include
 * VAT at 15 %. A cancellation (`C…`) is looked up among the earlier orders of its customer, line by line; where all of an
 * order is cancelled it becomes canceled or restored, else it gets a credit note over those units.
 * @param options.paths CSV or CSV.gz files.
 * @param options.status the slug that every order has at the end ("completed").
 * @param options.moveStock whether orders lower quantities (false: they are history).
 * @param options.orders how many orders at most; 0 = products and customers only.
 * @throws RangeError when an option is wrong; the file system's error when a file cannot be read.
 */
export async function importOnlineRetailIntoSalla(shop: Shop, options: Fields): Promise<SallaImport> {
  const status = textOf(options.status) || "completed";
  if (statusBySlug(shop.statuses, status) === undefined) throw new RangeError(`status cannot be ${status}`);
  const most = wholeOption(options, "orders", MAX_ORDERS);
  const known = new Set([...shop.orders.rows.values()].flatMap(({ tags }) => tags));
  const { orders, items, ...counts } = await readOnlineRetail(options.paths, "Asia/Riyadh", known);
  const result: SallaImport = { ...counts, products: 0, customers: 0, orders: 0, cancellations: 0 };
  const leaveOut = (reason: string, rows = 1) => {
    result.taken -= rows;
    result.leftOut[reason] = (result.leftOut[reason] ?? 0) + rows;
  };
  const productIds = storeProducts(shop, items, result);
  const customers = new Map<string, number>();
  const placed = new Map<string, Order[]>();
  for (const open of orders.values()) {
    const customerId = customerOf(shop, open.customerId, customers, result);
    if (open.invoiceNo.startsWith("C")) {
      cancelLines(shop, open, placed.get(open.customerId) ?? [], result, leaveOut);
      continue;
    }
    if (result.orders >= most) {
      leaveOut("more orders than asked for", open.lines.length);
      continue;
    }
    const order = storeOrder(
      shop,
      open,
      productIds,
      { customerId, status, moveStock: options.moveStock === true },
      leaveOut,
    );
    if (order === undefined) continue;
    result.orders += 1;
    placed.set(open.customerId, [...(placed.get(open.customerId) ?? []), order]);
  }
  return result;
}

function storeProducts(shop: Shop, items: ReadonlyMap<string, OpenItem>, result: SallaImport): Map<string, number> {
  const ids = new Map<string, number>();
  for (const { product, variant } of unitsOf(shop)) if (variant === undefined) ids.set(product.sku, product.id);
  for (const [code, { name, rate, seenMs }] of items) {
    if (ids.has(code)) continue;
    const goods = /\d/.test(code);
    const product = addProduct(shop, {
      sku: code,
      name: name === "" ? code : name,
      price: Math.max(0, rate),
      cost_price: Math.max(0, rate) === 0 ? null : String(Math.max(0, rate)),
      type: goods ? "product" : "service",
      created_at: plainTime(seenMs),
      ...(goods ? { quantity: Math.max(0, stockOf(code)) } : {}),
    });
    ids.set(code, product.id);
    result.products += 1;
  }
  return ids;
}

function customerOf(
  shop: Shop,
  given: string,
  customers: Map<string, number>,
  result: SallaImport,
): number | undefined {
  const number = Number(given);
  if (given === "" || !Number.isSafeInteger(number)) return undefined;
  const known = customers.get(given);
  if (known !== undefined) return known;
  const person = madeUpPerson(number);
  const there = [...shop.customers.values()].find(({ fields }) => fields.email === person.email);
  const { id } = there ?? addCustomer(shop, person);
  if (there === undefined) result.customers += 1;
  customers.set(given, id);
  return id;
}

function storeOrder(
  shop: Shop,
  open: OpenOrder,
  productIds: ReadonlyMap<string, number>,
  how: { customerId: number | undefined; status: string; moveStock: boolean },
  leaveOut: (reason: string) => void,
): Order | undefined {
  const items: Fields[] = [];
  for (const { itemCode, quantity, price } of open.lines) {
    const reason = refusal(quantity, price);
    if (reason === undefined) items.push({ product_id: productIds.get(itemCode), quantity, price });
    else leaveOut(reason);
  }
  if (items.length === 0) return undefined;
  return placeOrder(shop, {
    items,
    ...(/^\d+$/.test(open.invoiceNo) ? { reference_id: Number(open.invoiceNo) } : {}),
    ...(how.customerId === undefined ? {} : { customer_id: how.customerId }),
    tags: [open.invoiceNo],
    date: plainTime(open.placedMs),
    status: how.status,
    sandbox_untouched_stock: !how.moveStock,
    sandbox_oversell: true,
    sandbox_quiet: true,
  });
}

/** Why Salla could not hold a line: nobody orders less than one piece, or is paid for it. */
function refusal(quantity: number, price: string): string | undefined {
  if (!Number.isSafeInteger(quantity)) return "quantity is not whole";
  if (quantity < 1) return "quantity is not positive";
  return (parseDecimal(price)?.digits ?? 0n) < 0n ? "price is negative" : undefined;
}

/** Finds what each row cancels, newest order first, and gives it back. */
function cancelLines(
  shop: Shop,
  open: OpenOrder,
  earlier: readonly Order[],
  result: SallaImport,
  leaveOut: (reason: string) => void,
): void {
  const wanted = new Map<Order, { lineId: number; quantity: number }[]>();
  for (const { itemCode, quantity } of open.lines) {
    const found = open.customerId === "" ? undefined : cancelled(earlier, wanted, itemCode, -quantity);
    if (found === undefined) {
      leaveOut("cancellation of nothing that is there");
      continue;
    }
    wanted.set(found.order, [...(wanted.get(found.order) ?? []), { lineId: found.lineId, quantity: -quantity }]);
  }
  const past = { quiet: true, atMs: open.placedMs };
  for (const [order, lines] of wanted) {
    const left = leftToRefund(order).reduce((all, { quantity }) => all + quantity, 0);
    const whole = lines.reduce((all, { quantity }) => all + quantity, 0) === left;
    const invoiced = shop.invoicesByOrder.has(order.id);
    const canceled = statusBySlug(shop.statuses, "canceled");
    if (whole && !invoiced && canceled !== undefined) setStatus(shop, order, canceled, past);
    else if (invoiced) refundOrder(shop, order, { ...(whole ? {} : { lines }), ...past });
    else {
      for (const _ of lines) leaveOut("cancellation of a part of an order that has no invoice");
      continue;
    }
    result.cancellations += 1;
  }
}

function cancelled(
  earlier: readonly Order[],
  wanted: ReadonlyMap<Order, { lineId: number; quantity: number }[]>,
  sku: string,
  quantity: number,
): { order: Order; lineId: number } | undefined {
  if (!Number.isSafeInteger(quantity) || quantity < 1) return undefined;
  for (const order of earlier.toReversed()) {
    const line = order.lines.find((one) => {
      const taken = wanted.get(order)?.some(({ lineId }) => lineId === one.id) === true;
      return one.sku === sku && !taken && one.quantity - one.refunded >= quantity;
    });
    if (line !== undefined) return { order, lineId: line.id };
  }
  return undefined;
}
