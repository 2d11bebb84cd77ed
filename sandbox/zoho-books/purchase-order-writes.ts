import { type Fields, isFields, textOf, type WireResponse } from "../wire.ts";
import { dropRow, nextId, putRow, type Row, wholeSeconds } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, failure, success } from "./envelope.ts";
import { linesOf, totalOf } from "./order-lines.ts";
import { completePurchaseOrder, purchaseOrderDetail } from "./purchase-orders.ts";

/** `POST /purchaseorders`: 201 with `location`, always as a draft. A repeated `reference_number` is taken. */
export function createPurchaseOrder(call: Call): WireResponse {
  const given = bodyOf(call);
  if (given === undefined) return failure(400, 1001, "The request body is not a JSON object");
  const refusal = refusedPurchaseOrder(call, given, undefined) ?? refusedNumber(call, given);
  if (refusal !== undefined) return refusal;
  const id = nextId(call.books);
  const nowMs = wholeSeconds(call.nowMs);
  const row: Row = {
    id,
    fields: withCustomFields({ ...given, order_status: "draft", status: "draft" }),
    createdMs: nowMs,
    modifiedMs: nowMs,
  };
  delete row.fields.total;
  completePurchaseOrder(call.books, call.organization, row.fields, row);
  putRow(call.organization.tables.purchaseorders, row);
  const detail = success(
    { purchaseorder: purchaseOrderDetail(call.organization, row) },
    "Purchase Order has been added.",
  );
  return { ...detail, status: 201, headers: { ...detail.headers, location: `/api/v3/purchaseorders/${id}` } };
}

/** `PUT /purchaseorders/{id}`. */
export function updatePurchaseOrder(call: Call, id: string): WireResponse {
  const row = call.organization.tables.purchaseorders.rows.get(id);
  if (row === undefined) return doesNotExist("Purchase Order");
  const given = bodyOf(call);
  if (given === undefined) return failure(400, 1001, "The request body is not a JSON object");
  const refusal = refusedPurchaseOrder(call, { ...row.fields, ...given }, id);
  if (refusal !== undefined) return refusal;
  row.fields = withCustomFields({ ...row.fields, ...given });
  if ("delivery_date" in given && !("expected_delivery_date" in given)) {
    row.fields.expected_delivery_date = given.delivery_date;
  }
  completePurchaseOrder(call.books, call.organization, row.fields, row);
  row.fields.total = totalOf(linesOf(row.fields));
  touch(call, row);
  return success(
    { purchaseorder: purchaseOrderDetail(call.organization, row) },
    "Purchase Order information has been updated.",
  );
}

/** `PUT /purchaseorders` with the three upsert headers: by a custom field that the organisation keeps unique. */
export function upsertPurchaseOrder(call: Call): WireResponse {
  const { headers } = call.request;
  const key = headers["x-unique-identifier-key"] ?? "";
  const value = headers["x-unique-identifier-value"] ?? "";
  const unique = call.books.switches.uniquePurchaseOrderField;
  if (unique === "" || key !== unique || value === "") {
    return failure(400, 2, "Invalid value passed for X-Unique-Identifier-Key");
  }
  const rows = [...call.organization.tables.purchaseorders.rows.values()];
  const known = rows.find((row) => textOf(row.fields[key]) === value);
  if (known !== undefined) return updatePurchaseOrder(call, known.id);
  if (headers["x-upsert"] !== "true") return doesNotExist("Purchase Order");
  const body = JSON.stringify({ ...bodyOf(call), [key]: value });
  return createPurchaseOrder({ ...call, request: { ...call.request, body } });
}

/** `DELETE /purchaseorders/{id}`. */
export function deletePurchaseOrder(call: Call, id: string): WireResponse {
  if (!dropRow(call.organization.tables.purchaseorders, id)) return doesNotExist("Purchase Order");
  return success({}, "The purchase order has been deleted.");
}

/** `POST /purchaseorders/{id}/status/{open|issued|billed|cancelled}`. */
export function changePurchaseOrderStatus(call: Call, id: string, status: string): WireResponse {
  const row = call.organization.tables.purchaseorders.rows.get(id);
  if (row === undefined) return doesNotExist("Purchase Order");
  const state = status === "issued" ? "open" : status;
  row.fields.status = state;
  if (state === "billed") row.fields.billed_status = "billed";
  row.fields.order_status = state === "billed" ? "closed" : state;
  touch(call, row);
  return success({}, `Purchase order status has been changed to ${status}.`);
}

function refusedPurchaseOrder(call: Call, given: Fields, ownId: string | undefined): WireResponse | undefined {
  const { tables } = call.organization;
  const vendor = tables.contacts.rows.get(textOf(given.vendor_id))?.fields;
  if (vendor === undefined || vendor.contact_type !== "vendor")
    return failure(400, 2, "Invalid value passed for vendor_id");
  if (vendor.status !== "active") return failure(400, 3021, "The vendor is inactive.");
  const lines = linesOf(given);
  if (lines.length === 0) return failure(400, 2, "Invalid value passed for line_items");
  for (const line of lines) {
    if (line.item_id === undefined || line.item_id === "") continue;
    const item = tables.items.rows.get(textOf(line.item_id))?.fields;
    if (item === undefined) return failure(400, 2, "Invalid value passed for item_id");
    if (item.can_be_purchased === false) {
      return failure(400, 2007, `The item ${textOf(item.name)} cannot be purchased.`);
    }
  }
  const number = given.purchaseorder_number;
  if (number === undefined) return undefined;
  const taken = [...tables.purchaseorders.rows.values()].some(
    (row) => row.id !== ownId && row.fields.purchaseorder_number === number,
  );
  return taken ? failure(400, 36004, `This purchase order number ${textOf(number)} has already been used.`) : undefined;
}

/** With automatic numbering an own number needs `ignore_auto_number_generation=true`; without it one is needed. */
function refusedNumber(call: Call, given: Fields): WireResponse | undefined {
  const own = textOf(given.purchaseorder_number) !== "";
  const ignored = call.request.query.get("ignore_auto_number_generation") === "true";
  const automatic = call.books.switches.autoNumbering && !ignored;
  if (automatic && own) {
    return failure(400, 4097, "Auto-numbering is on: pass ignore_auto_number_generation to give a number.");
  }
  return automatic || own ? undefined : failure(400, 2, "Invalid value passed for purchaseorder_number");
}

function touch(call: Call, row: Row): void {
  row.modifiedMs = wholeSeconds(call.nowMs);
  putRow(call.organization.tables.purchaseorders, row);
}

/** Zoho takes custom fields as `[{api_name, value}]` and shows them flattened as well. */
function withCustomFields(given: Fields): Fields {
  // A reference that was sent as a number is text from then on.
  const flattened: Fields = { ...given, reference_number: textOf(given.reference_number) };
  const list = given.custom_fields;
  if (!Array.isArray(list)) return flattened;
  for (const one of list) if (isFields(one)) flattened[textOf(one.api_name)] = one.value;
  return flattened;
}

function bodyOf(call: Call): Fields | undefined {
  try {
    // Zoho takes the document as the body itself or, in its older form, as `JSONString=` in a form.
    const form = call.request.body.startsWith("JSONString=");
    const text = form ? (new URLSearchParams(call.request.body).get("JSONString") ?? "") : call.request.body;
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
