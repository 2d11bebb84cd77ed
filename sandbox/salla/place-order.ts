import { type Decimal, parseDecimal, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import { readDecimal } from "./money.ts";
import { type Amounts, addUp, type Coupon } from "./order-amounts.ts";
import { announceOrder } from "./order-events.ts";
import { moveOrderStock, setStatus } from "./order-life.ts";
import { readOrderLine, unitOfLine } from "./order-line.ts";
import { branchOfStock, isTracked, quantityOf, readId, stockOf } from "./products.ts";
import { nextId, nextNumber, nowOf, type Order, type OrderLine, putRow, type Shop } from "./shop.ts";
import { slugsOf, statusBySlug } from "./statuses.ts";
import { readMoment } from "./times.ts";

const FIRST_REFERENCE = 3_879_218;
const VAT: Decimal = { digits: 15n, scale: 0 };
const paidAtOnce = new Set(["mada", "credit_card", "apple_pay", "tamara_installment", "tabby_installment"]);

/** Fields that are read here; whatever else is given is shown as it stands. */
const orderFields = new Set([
  ...[
    "id",
    "reference_id",
    "customer_id",
    "customer",
    "items",
    "coupon",
    "shipping",
    "shipping_taxed",
    "cod",
    "cod_taxed",
  ],
  ...["payment_method", "paid", "currency", "exchange_rate", "branch_id", "status", "date", "tags", "sent_to"],
  ...[
    "sandbox_untouched_stock",
    "sandbox_oversell",
    "sandbox_discount_listed_only",
    "sandbox_overrides",
    "sandbox_quiet",
  ],
]);

/** What an order is added up from. */
const termFields = new Set(["items", "coupon", "shipping", "shipping_taxed", "cod", "cod_taxed"]);

/**
 * Places an order as a customer does; the merchant may go on at once with `status`.
 * @param given `items` (`{sku | product_id | variant_id, quantity, price?, discount?, tax_percent?, options?}`), `customer_id`
 *   or a guest as `customer`, `coupon` (`{code, percent | amount, free_shipping?, product_ids?}`), `shipping`, `cod`,
 *   `currency` with `exchange_rate` (riyals for one unit), `branch_id`, `payment_method`, `paid`, `date`, `status`.
 * @throws RangeError naming what is wrong; nothing is stored then.
 */
export function placeOrder(shop: Shop, given: Fields): Order {
  const order = readOrder(shop, given);
  const status = textOf(given.status);
  const target = status === "" ? undefined : statusBySlug(shop.statuses, status);
  if (status !== "" && target === undefined)
    throw new RangeError(`status ${status} is not known; there are: ${slugsOf(shop.statuses)}`);
  if (given.sandbox_oversell !== true && !order.untouchedStock) refuseOversell(shop, order);
  shop.counters.set("references", Math.max(shop.counters.get("references") ?? 0, order.referenceId - FIRST_REFERENCE));
  putRow(shop.orders, order);
  const quiet = given.sandbox_quiet === true;
  if (shop.switches.deductsWhen === "placed" || order.paid) moveOrderStock(shop, order, "take");
  if (!quiet) announceOrder(shop, order, "order.created");
  const atMs = given.date === undefined ? nowOf(shop) : order.createdMs;
  if (target !== undefined && target.id !== order.statusId) setStatus(shop, order, target, { atMs, quiet });
  return order;
}

/** The customer pays: mada now, bank transfer or cash on delivery later. An order that waited for it is to be reviewed then. */
export function payOrder(shop: Shop, order: Order): void {
  if (order.paid) return;
  order.paid = true;
  order.updatedMs = nowOf(shop);
  moveOrderStock(shop, order, "take");
  const waited = statusBySlug(shop.statuses, "payment_pending");
  const next = statusBySlug(shop.statuses, "under_review");
  const moves = waited !== undefined && next !== undefined && order.statusId === waited.id;
  if (moves) order.statusId = next.id;
  putRow(shop.orders, order);
  announceOrder(shop, order, "order.payment.updated");
  if (moves) announceOrder(shop, order, "order.status.updated");
}

/**
 * The merchant edits an order: other `items`, `coupon`, `shipping` or `cod`; what is left out stays. Quantities follow, an
 * invoice that was made stays as it is.
 * @throws RangeError naming what is wrong; nothing is changed then.
 */
export function editOrder(shop: Shop, order: Order, changes: Fields): void {
  const terms = {
    ...order.terms,
    ...Object.fromEntries(Object.entries(changes).filter(([name]) => termFields.has(name))),
  };
  const { lines, amounts } = readLines(shop, terms, order.exchangeRate);
  const { deducted } = order;
  moveOrderStock(shop, order, "return");
  Object.assign(order, { terms, lines, amounts, updatedMs: nowOf(shop) });
  if (deducted) moveOrderStock(shop, order, "take");
  putRow(shop.orders, order);
  for (const event of ["order.products.updated", "order.total.price.updated", "order.updated"])
    announceOrder(shop, order, event);
}

function readOrder(shop: Shop, given: Fields): Order {
  const id = given.id === undefined ? nextId(shop, "orders") : readId(given.id, "id");
  if (shop.orders.rows.has(id)) throw new RangeError(`orders ${id} exists already`);
  const referenceId =
    given.reference_id === undefined
      ? FIRST_REFERENCE + nextNumber(shop, "references")
      : readId(given.reference_id, "reference_id");
  const createdMs = given.date === undefined ? nowOf(shop) : readMoment(given.date, "date");
  const currency = textOf(given.currency) || "SAR";
  const exchangeRate =
    given.exchange_rate === undefined ? undefined : readDecimal(given.exchange_rate, "exchange_rate");
  if (currency !== "SAR" && exchangeRate === undefined)
    throw new RangeError(`an order in ${currency} needs exchange_rate, riyals for one ${currency}`);
  const rate = currency === "SAR" ? undefined : exchangeRate;
  const { lines, amounts } = readLines(shop, given, rate);
  const paymentMethod = textOf(given.payment_method) || (amounts.cod.digits === 0n ? "mada" : "cod");
  const paid = typeof given.paid === "boolean" ? given.paid : paidAtOnce.has(paymentMethod);
  const listed = parseDecimal(textOf(given.sandbox_discount_listed_only));
  const status = statusBySlug(shop.statuses, paymentMethod === "bank" && !paid ? "payment_pending" : "under_review");
  const { customerId, guest } = readBuyer(shop, given);
  return {
    id,
    referenceId,
    createdMs,
    updatedMs: createdMs,
    statusId: status?.id ?? 0,
    lines,
    amounts,
    terms: Object.fromEntries(Object.entries(given).filter(([name]) => termFields.has(name))),
    listedOnly:
      listed === undefined
        ? []
        : [{ title: "New Coupon", type: "normal", code: "listed-only", amount: listed, shipping: zero }],
    currency,
    exchangeRate: rate,
    customerId,
    guest,
    paymentMethod,
    paid,
    branchId: given.branch_id === undefined ? null : readBranch(shop, given.branch_id),
    firstCompleteMs: null,
    deducted: false,
    untouchedStock: given.sandbox_untouched_stock === true,
    sentTo: textsOf(given.sent_to),
    tags: textsOf(given.tags),
    extra: Object.fromEntries(Object.entries(given).filter(([name]) => !orderFields.has(name))),
    overrides: isFields(given.sandbox_overrides) ? given.sandbox_overrides : {},
  };
}

/** The lines of an order and what it comes to with its coupon, shipping and cash on delivery. */
function readLines(
  shop: Shop,
  given: Fields,
  exchangeRate: Decimal | undefined,
): { lines: OrderLine[]; amounts: Amounts } {
  const items = Array.isArray(given.items) ? given.items.filter(isFields) : [];
  if (items.length === 0) throw new RangeError("items cannot be empty; an order needs at least one line");
  const lines = items.map((item) => readOrderLine(shop, item, exchangeRate));
  const coupon = isFields(given.coupon) ? readCoupon(given.coupon, lines) : undefined;
  const surcharges = {
    shipping: readDecimal(given.shipping ?? 0, "shipping"),
    cod: readDecimal(given.cod ?? 0, "cod"),
    shippingTaxPercent: given.shipping_taxed === false ? zero : VAT,
    codTaxPercent: given.cod_taxed === false ? zero : VAT,
  };
  return { lines, amounts: addUp(lines, coupon, surcharges, shop.switches) };
}

function readBuyer(shop: Shop, given: Fields): { customerId: number | null; guest: Fields | null } {
  if (given.customer_id === undefined)
    return { customerId: null, guest: isFields(given.customer) ? given.customer : {} };
  const customerId = readId(given.customer_id, "customer_id");
  if (!shop.customers.has(customerId)) throw new RangeError(`customer_id ${customerId} does not exist`);
  return { customerId, guest: null };
}

function readBranch(shop: Shop, given: unknown): number {
  const id = readId(given, "branch_id");
  if (shop.branches.has(id)) return id;
  throw new RangeError(`branch_id ${id} does not exist; there are: ${[...shop.branches.keys()].join(", ")}`);
}

function readCoupon(given: Fields, lines: readonly OrderLine[]): Coupon {
  const only = Array.isArray(given.product_ids) ? given.product_ids.map((id) => readId(id, "coupon.product_ids")) : [];
  return {
    code: textOf(given.code) || "MADEUP",
    percent: given.percent === undefined ? undefined : readDecimal(given.percent, "coupon.percent"),
    amount: readDecimal(given.amount ?? 0, "coupon.amount"),
    freeShipping: given.free_shipping === true,
    concerns: (position) => only.length === 0 || only.includes(lines[position]?.productId ?? 0),
  };
}

/** A shop does not sell what it has not. */
function refuseOversell(shop: Shop, order: Order): void {
  const short = order.lines.find((line) => {
    const before = quantityFor(shop, order, line);
    const wanted = order.lines
      .filter(({ productId, variantId }) => productId === line.productId && variantId === line.variantId)
      .reduce((all, { quantity }) => all + quantity, 0);
    return before !== undefined && before < wanted;
  });
  if (short === undefined) return;
  const have = quantityFor(shop, order, short);
  throw new RangeError(
    `${short.name} has ${have}, the order needs ${short.quantity}; sandbox_oversell takes it anyway`,
  );
}

function quantityFor(shop: Shop, order: Order, line: OrderLine): number | undefined {
  const unit = unitOfLine(shop, line);
  if (unit === undefined || unit.product.components.length > 0 || !isTracked(unit)) return undefined;
  return quantityOf(stockOf(unit), branchOfStock(shop, unit, order.branchId));
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
