import { add, decimalNumber, parseDecimal, zero } from "../decimal.ts";
import { type Fields, isFields, textOf, type WireResponse } from "../wire.ts";
import { type Books, nextId, type Organization, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, success } from "./envelope.ts";
import { customFields, filterStatus, listPage, type RowTest, sameFields, withinDates } from "./list-page.ts";
import { localDay, zohoTime } from "./local-time.ts";
import { completeLine, inBaseCurrency, linesOf, shownLine, totalOf } from "./order-lines.ts";

/** `GET /purchaseorders`: headers only, without `exchange_rate` and `bcy_total`. */
export function listPurchaseOrders(call: Call): WireResponse {
  const { switches } = call.books;
  const { query } = call.request;
  return listPage(call, {
    module: "purchaseorders",
    key: "purchaseorders",
    reportName: "Purchase Orders",
    sortColumns: [
      "vendor_name",
      "purchaseorder_number",
      "date",
      "delivery_date",
      "expected_delivery_date",
      "total",
      "created_time",
      "last_modified_time",
    ],
    defaultSort: ["created_time", "D"],
    modifiedFilter: switches.purchaseordersModifiedFilter,
    sort: switches.purchaseordersSort,
    appliedFilter: query.get("filter_by") ?? "Status.All",
    tests: [
      hasStatus(filterStatus(call)),
      hasStatus(query.get("status") ?? undefined),
      sameFields(call, ["purchaseorder_number", "vendor_id"]),
      referenceTest(query, switches.purchaseordersReferenceFilter),
      withinDates(call, switches.purchaseordersDateFilter),
    ],
    show: (row) => ({ ...purchaseOrderHead(call.organization, row), ...customFields(row.fields) }),
  });
}

/** `GET /purchaseorders/{id}`. */
export function readPurchaseOrder(call: Call, id: string): WireResponse {
  const row = call.organization.tables.purchaseorders.rows.get(id);
  if (row === undefined) return doesNotExist("Purchase Order");
  return success({ purchaseorder: purchaseOrderDetail(call.organization, row) });
}

/** Fills what was left out of a new or changed purchase order. */
export function completePurchaseOrder(books: Books, organization: Organization, fields: Fields, row: Row): void {
  if (fields.purchaseorder_number === undefined) {
    books.lastPurchaseOrder += 1;
    fields.purchaseorder_number = `PO-${String(books.lastPurchaseOrder).padStart(5, "0")}`;
  }
  fields.date ??= localDay(row.createdMs, zoneOf(organization));
  fields.order_status ??= "open";
  fields.billed_status ??= "to_be_billed";
  fields.received_status ??= "to_be_received";
  fields.status ??= purchaseStatus(fields);
  fields.expected_delivery_date ??= fields.delivery_date ?? "";
  fields.line_items = linesOf(fields).map((line) => completeLine(line, nextId(books), organization, "purchase_rate"));
  fields.total ??= totalOf(linesOf(fields));
  const document = (idField: string, more: Fields) => (given: Fields) => ({
    [idField]: nextId(books),
    date: fields.date,
    ...more,
    ...given,
  });
  if (Array.isArray(fields.bills))
    fields.bills = fields.bills.filter(isFields).map(document("bill_id", { status: "open" }));
  if (Array.isArray(fields.purchasereceives)) {
    fields.purchasereceives = fields.purchasereceives.filter(isFields).map(document("receive_id", {}));
  }
}

/** Zoho's one-word summary of a purchase order: what is billed stands before an order's being open or closed. */
export function purchaseStatus(fields: Fields): string {
  const orderStatus = textOf(fields.order_status);
  const billed = textOf(fields.billed_status);
  if (orderStatus !== "open" && orderStatus !== "closed") return orderStatus;
  return billed === "billed" || billed === "partially_billed" ? billed : orderStatus;
}

/** The full document, as `GET /purchaseorders/{id}` and the answer to a create show it. */
export function purchaseOrderDetail(organization: Organization, row: Row): Fields {
  const { fields } = row;
  const draft = fields.order_status === "draft";
  const quantities = linesOf(fields).map((line) => parseDecimal(textOf(line.quantity)) ?? zero);
  return {
    ...purchaseOrderHead(organization, row),
    // A draft shows both as empty in the detail while its list row shows words (recorded).
    ...(draft ? { received_status: "", billed_status: "" } : {}),
    exchange_rate: fields.exchange_rate ?? 1,
    sub_total: fields.sub_total ?? fields.total,
    tax_total: fields.tax_total ?? 0,
    bcy_total: inBaseCurrency(fields.total, fields.exchange_rate),
    total_quantity: decimalNumber(quantities.reduce(add, zero)),
    is_inclusive_tax: fields.is_inclusive_tax ?? false,
    salesorders: [],
    bills: fields.bills ?? [],
    // Books shows it only where Inventory is in use.
    ...(fields.purchasereceives === undefined ? {} : { purchasereceives: fields.purchasereceives }),
    notes: fields.notes ?? "",
    terms: fields.terms ?? "",
    location_id: fields.location_id ?? "",
    custom_fields: fields.custom_fields ?? [],
    line_items: linesOf(fields).map((line, index) => ({
      account_id: "",
      quantity_billed: 0,
      quantity_cancelled: 0,
      quantity_marked_as_received: 0,
      line_item_category: "line_item",
      ...shownLine(line, index + 1, organization, fields.exchange_rate),
    })),
    ...customFields(fields),
  };
}

function purchaseOrderHead(organization: Organization, { id, fields, createdMs, modifiedMs }: Row): Fields {
  const zone = zoneOf(organization);
  const vendor = organization.tables.contacts.rows.get(textOf(fields.vendor_id))?.fields;
  return {
    purchaseorder_id: id,
    vendor_id: fields.vendor_id ?? "",
    vendor_name: fields.vendor_name ?? vendor?.contact_name ?? "",
    company_name: vendor?.company_name ?? "",
    order_status: fields.order_status,
    billed_status: fields.billed_status,
    received_status: fields.received_status,
    status: fields.status,
    current_sub_status: fields.current_sub_status ?? fields.status,
    purchaseorder_number: fields.purchaseorder_number,
    reference_number: fields.reference_number ?? "",
    date: fields.date,
    delivery_date: fields.delivery_date ?? "",
    expected_delivery_date: fields.expected_delivery_date,
    currency_id: fields.currency_id ?? vendor?.currency_id ?? "",
    currency_code: fields.currency_code ?? vendor?.currency_code ?? organization.row.fields.currency_code,
    total: fields.total,
    quantity_yet_to_receive: fields.quantity_yet_to_receive ?? 0,
    quantity_marked_as_received: fields.quantity_marked_as_received ?? 0,
    is_po_marked_as_received: fields.is_po_marked_as_received ?? false,
    receives: fields.receives ?? [],
    has_attachment: false,
    tags: fields.tags ?? [],
    created_time: zohoTime(createdMs, zone),
    last_modified_time: zohoTime(modifiedMs, zone),
  };
}

/** `open` and `issued` are two words for one state; receipt and bill words are held in fields of their own. */
function hasStatus(wanted: string | undefined): RowTest | undefined {
  if (wanted === undefined || wanted === "") return undefined;
  const asked = wanted === "issued" ? "open" : wanted;
  return ({ fields }) => {
    const own = [fields.status, fields.order_status, fields.billed_status, fields.received_status];
    return own.some((status) => (status === "issued" ? "open" : status) === asked);
  };
}

/** `reference_number` by the switch, and its two variants. */
function referenceTest(query: URLSearchParams, filter: "exact" | "contains" | "ignored"): RowTest | undefined {
  const asked = (name: string) => query.get(name) ?? "";
  const given = filter === "ignored" ? "" : asked("reference_number");
  const exact = filter === "exact" ? given : "";
  const [start, parts] = [asked("reference_number_startswith"), [asked("reference_number_contains"), given]];
  if (start === "" && parts.every((part) => part === "")) return undefined;
  return ({ fields }) => {
    const reference = textOf(fields.reference_number);
    if (exact !== "" && reference !== exact) return false;
    return reference.startsWith(start) && parts.every((part) => reference.includes(part));
  };
}
