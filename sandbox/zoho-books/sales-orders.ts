import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { type Books, nextId, type Organization, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, failure, success } from "./envelope.ts";
import { customFields, filterStatus, listPage, sameFields, sameStatus, withinDates } from "./list-page.ts";
import { localDay, zohoTime } from "./local-time.ts";
import { completeLine, inBaseCurrency, linesOf, shownLine, totalOf } from "./order-lines.ts";

const MAX_SALESORDER_IDS = 200;

/** `GET /salesorders`: headers only; `salesorder_ids` (200 at most) narrows it and answers the same kind of rows. */
export function listSalesOrders(call: Call): WireResponse {
  const { switches } = call.books;
  const { query } = call.request;
  const ids = query.get("salesorder_ids")?.split(",");
  if (ids !== undefined && ids.length > MAX_SALESORDER_IDS) {
    return failure(400, 2, `Invalid value passed for salesorder_ids; at most ${MAX_SALESORDER_IDS} ids are allowed`);
  }
  const wanted = ids === undefined ? undefined : new Set(ids);
  const withLines = wanted !== undefined && switches.linesInSalesorderIds;
  const itemId = query.get("item_id");
  return listPage(call, {
    module: "salesorders",
    key: "salesorders",
    reportName: "Sales Orders",
    sortColumns: [
      "customer_name",
      "salesorder_number",
      "shipment_date",
      "reference_number",
      "total",
      "date",
      "created_time",
      "last_modified_time",
    ],
    defaultSort: ["created_time", "D"],
    modifiedFilter: switches.salesordersModifiedFilter,
    sort: switches.salesordersSort,
    appliedFilter: query.get("filter_by") ?? "Status.All",
    tests: [
      wanted === undefined ? undefined : (row) => wanted.has(row.id),
      sameStatus(filterStatus(call)),
      sameFields(call, ["status", "salesperson_id", "customer_id", "salesorder_number", "reference_number"]),
      itemId === null ? undefined : (row) => linesOf(row.fields).some((line) => line.item_id === itemId),
      withinDates(call, switches.salesordersDateFilter),
    ],
    show: (row) => ({
      ...salesOrderHead(call.organization, row, switches.salespersonIdInList),
      ...(withLines ? { line_items: salesOrderLines(call.organization, row) } : {}),
      ...customFields(row.fields),
    }),
  });
}

/** `GET /salesorders/{id}`: an object, with its lines. */
export function readSalesOrder(call: Call, id: string): WireResponse {
  const row = call.organization.tables.salesorders.rows.get(id);
  if (row === undefined) return doesNotExist("Sales Order");
  const { fields } = row;
  return success({
    salesorder: {
      ...salesOrderHead(call.organization, row, true),
      exchange_rate: fields.exchange_rate ?? 1,
      tax_total: fields.tax_total ?? 0,
      discount: fields.discount ?? 0,
      is_inclusive_tax: fields.is_inclusive_tax ?? false,
      shipping_charge: fields.shipping_charge ?? 0,
      adjustment: fields.adjustment ?? 0,
      location_id: fields.location_id ?? "",
      location_name: fields.location_name ?? "",
      invoices: fields.invoices ?? [],
      packages: fields.packages ?? [],
      purchaseorders: fields.purchaseorders ?? [],
      custom_fields: fields.custom_fields ?? [],
      line_items: salesOrderLines(call.organization, row),
      ...customFields(fields),
    },
  });
}

/** Fills what a merchant left out of a new or changed order: lines, total, and the roll-up `status`. */
export function completeSalesOrder(books: Books, organization: Organization, fields: Fields, row: Row): void {
  fields.salesorder_number ??= `SO-${row.id.slice(-5)}`;
  fields.date ??= localDay(row.createdMs, zoneOf(organization));
  fields.order_status ??= "open";
  fields.invoiced_status ??= "not_invoiced";
  fields.shipped_status ??= "";
  fields.paid_status ??= "";
  fields.status ??= rolledUpStatus(fields);
  fields.line_items = linesOf(fields).map((line) => completeLine(line, nextId(books), organization, "rate"));
  fields.total ??= totalOf(linesOf(fields));
}

/** Zoho's one-word summary. It says `shipped` for an order that is shipped and invoiced. */
export function rolledUpStatus(fields: Fields): string {
  const orderStatus = textOf(fields.order_status);
  if (["draft", "void", "onhold", "closed"].includes(orderStatus)) return orderStatus;
  const shipped = textOf(fields.shipped_status);
  if (shipped === "shipped" || shipped === "fulfilled") return shipped;
  const invoiced = textOf(fields.invoiced_status);
  return invoiced === "invoiced" || invoiced === "partially_invoiced" ? invoiced : orderStatus;
}

function salesOrderHead(organization: Organization, row: Row, withSalespersonId: boolean): Fields {
  const { id, fields, createdMs, modifiedMs } = row;
  const zone = zoneOf(organization);
  const customer = organization.tables.contacts.rows.get(textOf(fields.customer_id))?.fields;
  return {
    salesorder_id: id,
    salesorder_number: fields.salesorder_number,
    reference_number: fields.reference_number ?? "",
    date: fields.date,
    shipment_date: fields.shipment_date ?? "",
    delivery_date: fields.delivery_date ?? "",
    customer_id: fields.customer_id ?? "",
    customer_name: fields.customer_name ?? customer?.contact_name ?? "",
    company_name: customer?.company_name ?? "",
    email: customer?.email ?? "",
    status: fields.status,
    order_status: fields.order_status,
    invoiced_status: fields.invoiced_status,
    paid_status: fields.paid_status,
    shipped_status: fields.shipped_status,
    current_sub_status: fields.current_sub_status ?? fields.order_status,
    currency_id: fields.currency_id ?? "",
    currency_code: fields.currency_code ?? organization.row.fields.currency_code,
    total: fields.total,
    sub_total: fields.sub_total ?? fields.total,
    bcy_total: fields.bcy_total ?? inBaseCurrency(fields.total, fields.exchange_rate),
    total_invoiced_amount: fields.total_invoiced_amount ?? 0,
    ...(withSalespersonId ? { salesperson_id: fields.salesperson_id ?? "" } : {}),
    salesperson_name: fields.salesperson_name ?? "",
    is_emailed: false,
    has_attachment: false,
    created_time: zohoTime(createdMs, zone),
    last_modified_time: zohoTime(modifiedMs, zone),
  };
}

function salesOrderLines(organization: Organization, row: Row): Fields[] {
  const invoiced = row.fields.invoiced_status === "invoiced";
  return linesOf(row.fields).map((line, index) => {
    const shown = shownLine(line, index + 1, organization, row.fields.exchange_rate);
    if (!("quantity" in shown)) return shown;
    return {
      quantity_invoiced: invoiced ? shown.quantity : 0,
      quantity_packed: 0,
      quantity_shipped: 0,
      quantity_cancelled: 0,
      quantity_returned: 0,
      is_invoiced: invoiced,
      ...shown,
    };
  });
}
