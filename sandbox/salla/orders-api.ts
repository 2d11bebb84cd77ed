import { compare } from "../decimal.ts";
import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { bodyOf, type Call, missing, orRefused, refusedFields, required } from "./call.ts";
import { success } from "./envelope.ts";
import { listIn, listPage } from "./list-page.ts";
import { setStatus } from "./order-life.ts";
import { type Invoice, type Order, type Shop, statusOf } from "./shop.ts";
import { invoiceData } from "./show-invoice.ts";
import { fullOrder, lightOrder, orderItem, orderRow, placedDay } from "./show-order.ts";
import { type Status, statusById, statusBySlug } from "./statuses.ts";
import { dayOf } from "./times.ts";

/** `GET /orders`: rows without SKU and price, newest first unless `sort_by` says otherwise. */
export function listOrders(call: Call): WireResponse {
  const { shop, request } = call;
  const { query } = request;
  const { switches } = shop;
  const order = sortOf(switches.ordersSort === "honoured" ? query.get("sort_by") : null);
  const tests = testsOf(shop, query);
  const asked = [...query].filter(([name]) => !["page", "per_page", "expanded"].includes(name));
  const question = `${new URLSearchParams(asked)} ${switches.ordersStatusFilter} ${switches.accountingServicesFilter} ${order.name}`;
  const test = tests.length === 0 ? undefined : (row: Order) => tests.every((one) => one(row));
  const rows = shop.orders.sorted.passing(question, order, test);
  const show = query.get("expanded") === "true" ? fullOrder : orderRow;
  return listPage(call, rows, (row) => show(shop, row), switches.ordersPerPageMax);
}

/** `GET /orders/{id}`; `reference_id` in the query wins over the id. */
export function readOrder(call: Call, id: string): WireResponse {
  const { shop, request } = call;
  const reference = request.query.get("reference_id");
  const order =
    reference === null
      ? shop.orders.rows.get(Number(id))
      : [...shop.orders.rows.values()].find(({ referenceId }) => String(referenceId) === reference);
  if (order === undefined) return missing(call);
  const format = request.query.get("format") ?? shop.switches.defaultFormat;
  return success(200, format === "light" ? lightOrder(shop, order) : fullOrder(shop, order));
}

/** `GET /orders/items?order_id=`: no pages. */
export function listOrderItems(call: Call): WireResponse {
  const { shop, request } = call;
  const asked = request.query.get("order_id");
  if (asked === null) return refusedFields(call, { order_id: required });
  const order = shop.orders.rows.get(Number(asked));
  if (order === undefined) return missing(call);
  return success(
    200,
    order.lines.map((line) => orderItem(shop, order, line)),
  );
}

/** `GET /orders/statuses`. */
export function listStatuses({ shop }: Call): WireResponse {
  const rows = shop.statuses.filter(({ extra }) => !extra || shop.switches.extraStatuses);
  return success(
    200,
    rows.map((status) => shownStatus(shop, status)),
  );
}

/** `PUT /orders/statuses/{id}`: the merchant renames a status. */
export function renameStatus(call: Call, id: string): WireResponse {
  const status = statusById(call.shop.statuses, Number(id));
  if (status === undefined) return missing(call);
  const name = textOf(bodyOf(call)?.name);
  if (name === "") return refusedFields(call, { name: required });
  status.name = name;
  return success(201, shownStatus(call.shop, status));
}

/** `POST /orders/{id}/status` with `slug` for an original status or `status_id` for any; 201. */
export function changeOrderStatus(call: Call, id: string): WireResponse {
  const { shop } = call;
  const order = shop.orders.rows.get(Number(id));
  if (order === undefined) return missing(call);
  const given: Fields = bodyOf(call) ?? {};
  const { slug, status_id, restore_items } = given;
  if (slug === undefined && status_id === undefined)
    return refusedFields(call, { slug: required, status_id: required });
  const status =
    slug === undefined
      ? statusById(shop.statuses, Number(textOf(status_id)))
      : statusBySlug(shop.statuses, textOf(slug));
  if (status === undefined) {
    const field = slug === undefined ? "status_id" : "slug";
    return refusedFields(call, { [field]: { ar: "الحالة غير موجودة", en: "The selected status is invalid" } });
  }
  return orRefused(call, "slug", () => {
    setStatus(shop, order, status, typeof restore_items === "boolean" ? { restoreItems: restore_items } : {});
    return success(201, { message: "تم تحديث حالة الطلب", code: 201 });
  });
}

/** `GET /orders/invoices` with `order_id`, `from_date` and `to_date`: tax invoices and credit notes. */
export function listInvoices(call: Call): WireResponse {
  const { shop, request } = call;
  const { query } = request;
  const orderId = query.get("order_id");
  const [from, to] = [query.get("from_date"), query.get("to_date")];
  const test = ({ createdMs }: Invoice) =>
    (from === null || dayOf(createdMs) >= from) && (to === null || dayOf(createdMs) <= to);
  const newest = { name: "newest", compare: newestFirst };
  const rows =
    orderId === null
      ? shop.invoices.sorted.passing(`${from} ${to}`, newest, test)
      : [...(shop.invoicesByOrder.get(Number(orderId)) ?? [])].filter(test).sort(newestFirst);
  return listPage(call, rows, (invoice) => {
    const order = shop.orders.rows.get(invoice.orderId);
    if (order === undefined) throw new Error(`invoice ${invoice.id} has no order`);
    return invoiceData(shop, order, invoice);
  });
}

function newestFirst(left: Invoice, right: Invoice): number {
  return right.createdMs - left.createdMs || right.number - left.number;
}

function shownStatus(shop: Shop, { id, slug, type, name, originalId, originalName, parentId }: Status): Fields {
  const parent = parentId === null ? undefined : statusById(shop.statuses, parentId);
  return {
    id,
    name,
    type,
    slug,
    sort: shop.statuses.findIndex((one) => one.id === id) + 1,
    parent: parent === undefined ? null : { id: parent.id, name: parent.originalName },
    original: { id: originalId, name: originalName },
  };
}

/** By `field-asc` or `field-desc`; what cannot be read is newest first. Equal rows stand by their reference. */
function sortOf(asked: string | null): { name: string; compare: (left: Order, right: Order) => number } {
  const [field = "", direction = "desc"] = (asked ?? "created_at-desc").split("-");
  const sign = direction === "asc" ? 1 : -1;
  const keys: Record<string, (left: Order, right: Order) => number> = {
    id: (left, right) => left.referenceId - right.referenceId,
    total: (left, right) => compare(left.amounts.total, right.amounts.total),
    updated_at: (left, right) => left.updatedMs - right.updatedMs,
    created_at: (left, right) => left.createdMs - right.createdMs,
  };
  const key = Object.hasOwn(keys, field) ? field : "created_at";
  const by = keys[key] ?? (() => 0);
  return {
    name: `${key} ${sign}`,
    compare: (left, right) => sign * (by(left, right) || left.referenceId - right.referenceId || left.id - right.id),
  };
}

type Test = (order: Order) => boolean;

function testsOf(shop: Shop, query: URLSearchParams): Test[] {
  const { ordersStatusFilter, accountingServicesFilter } = shop.switches;
  const tests: Test[] = [];
  const list = (name: string, make: (values: ReadonlySet<string>) => Test) => {
    const values = listIn(query, name);
    if (values !== undefined) tests.push(make(new Set(values)));
  };
  const one = (name: string, make: (value: string) => Test) => {
    const value = query.get(name);
    if (value !== null && value !== "") tests.push(make(value));
  };
  if (ordersStatusFilter === "honoured") {
    list("status", (ids) => (order) => {
      const { id, originalId, customizedId } = statusOf(shop, order);
      return [id, originalId, customizedId].some((known) => ids.has(String(known)));
    });
  }
  if (accountingServicesFilter === "honoured")
    one("accounting_services", (service) => (order) => !order.sentTo.includes(service));
  one(
    "reference_id",
    (reference) =>
      ({ referenceId }) =>
        String(referenceId) === reference,
  );
  one("from_date", (day) => (order) => placedDay(order) >= day);
  one("to_date", (day) => (order) => placedDay(order) <= day);
  one(
    "customer_id",
    (id) =>
      ({ customerId }) =>
        String(customerId) === id,
  );
  one(
    "product",
    (name) =>
      ({ lines }) =>
        lines.some((line) => line.name.includes(name)),
  );
  one(
    "coupon",
    (code) =>
      ({ amounts }) =>
        amounts.discounts.some((discount) => discount.code === code),
  );
  one("keyword", (word) => (order) => keywordsOf(shop, order).some((text) => text.includes(word)));
  list(
    "payment_method",
    (methods) =>
      ({ paymentMethod }) =>
        methods.has(paymentMethod),
  );
  list(
    "branch",
    (ids) =>
      ({ branchId }) =>
        ids.has(String(branchId)),
  );
  list(
    "tags",
    (names) =>
      ({ tags }) =>
        tags.some((tag) => names.has(tag)),
  );
  list(
    "source",
    (sources) =>
      ({ extra }) =>
        sources.has(textOf(extra.source) || "store"),
  );
  return tests;
}

function keywordsOf(shop: Shop, { customerId, guest, referenceId, tags }: Order): string[] {
  const { first_name, last_name, mobile } = shop.customers.get(customerId ?? 0)?.fields ?? guest ?? {};
  return [`${textOf(first_name)} ${textOf(last_name)}`, textOf(mobile), String(referenceId), ...tags];
}
