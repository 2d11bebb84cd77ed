import { add, decimalNumber, parseDecimal, zero } from "../decimal.ts";
import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { type Books, nextId, type Organization, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, success } from "./envelope.ts";
import { customFields, filterStatus, listPage, sameFields, withinDates } from "./list-page.ts";
import { localDay, zohoTime } from "./local-time.ts";
import { completeLine, inBaseCurrency, linesOf, shownLine, totalOf } from "./order-lines.ts";

/** `GET /purchaseorders`: headers only, without `exchange_rate` and `bcy_total`. */
export function listPurchaseOrders(call: Call): WireResponse {
  const { switches } = call.books;
  const { query } = call.request;
  const status = filterStatus(call);
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
    matches: (row) =>
      (status === undefined || hasStatus(row, status)) &&
      hasStatus(row, query.get("status") ?? "") &&
      sameFields(call, row, ["reference_number", "purchaseorder_number", "vendor_id"]) &&
      textOf(row.fields.reference_number).startsWith(query.get("reference_number_startswith") ?? "") &&
      textOf(row.fields.reference_number).includes(query.get("reference_number_contains") ?? "") &&
      withinDates(call, row, localDay(row.createdMs, zoneOf(call.organization))),
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
  fields.status ??= fields.order_status;
  fields.expected_delivery_date ??= fields.delivery_date ?? "";
  fields.line_items = linesOf(fields).map((line) => completeLine(line, nextId(books), organization, "purchase_rate"));
  fields.total ??= totalOf(linesOf(fields));
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
function hasStatus({ fields }: Row, wanted: string): boolean {
  if (wanted === "") return true;
  const asked = wanted === "issued" ? "open" : wanted;
  const own = [fields.status, fields.order_status, fields.billed_status, fields.received_status];
  return own.some((status) => (status === "issued" ? "open" : status) === asked);
}
