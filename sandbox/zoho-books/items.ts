import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { type Organization, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, failure, success } from "./envelope.ts";
import { detailStock, fillStock, isTracked, listStock } from "./item-stock.ts";
import { customFields, filterStatus, listPage, sameFields, sameStatus } from "./list-page.ts";
import { zohoTime } from "./local-time.ts";

/** `GET /items`. */
export function listItems(call: Call): WireResponse {
  const { switches } = call.books;
  return listPage(call, {
    module: "items",
    key: "items",
    reportName: "Items",
    sortColumns: ["name", "rate", "tax_name", "created_time", "last_modified_time"],
    defaultSort: ["name", "A"],
    modifiedFilter: switches.itemsModifiedFilter,
    sort: switches.itemsSort,
    appliedFilter: call.request.query.get("filter_by") ?? "Status.All",
    tests: [sameStatus(filterStatus(call)), sameFields(call, ["sku", "name"])],
    show: (row) => ({
      ...itemHead(call.organization, row),
      ...listStock(row.fields, call.organization, switches),
      ...customFields(row.fields),
    }),
  });
}

/** `GET /items/{id}`. */
export function readItem(call: Call, id: string): WireResponse {
  const row = call.organization.tables.items.rows.get(id);
  return row === undefined ? doesNotExist("Item") : success({ item: itemDetail(call, row) });
}

/** `GET /itemdetails?item_ids=a,b`: rows as full as a detail; ids that do not exist are left out. */
export function readItemDetails(call: Call): WireResponse {
  const ids = (call.request.query.get("item_ids") ?? "").split(",").filter((id) => id !== "");
  const limit = call.books.switches.itemDetailsLimit;
  if (ids.length === 0) return failure(400, 2, "Invalid value passed for item_ids");
  if (ids.length > limit) return failure(400, 2, `Invalid value passed for item_ids; at most ${limit} ids are allowed`);
  const { rows } = call.organization.tables.items;
  const found = ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
  return success({ items: found.map((row) => itemDetail(call, row)) });
}

/** Fills what a merchant left out of a new item. */
export function completeItem(fields: Fields, id: string): void {
  fields.name ??= `Item ${id.slice(-4)}`;
  fields.sku ??= "";
  fields.status ??= "active";
  fields.rate ??= 0;
  fields.purchase_rate ??= 0;
  fields.product_type ??= "goods";
  fields.track_inventory = isTracked(fields);
  fields.item_type ??= fields.track_inventory === true ? "inventory" : "sales_and_purchases";
  if (fields.track_inventory === true) fillStock(fields);
}

function itemHead(organization: Organization, { id, fields, createdMs, modifiedMs }: Row): Fields {
  const zone = zoneOf(organization);
  return {
    item_id: id,
    name: fields.name,
    item_name: fields.item_name ?? fields.name,
    sku: fields.sku,
    unit: fields.unit ?? "",
    status: fields.status,
    source: fields.source ?? "user",
    rate: fields.rate,
    purchase_rate: fields.purchase_rate,
    description: fields.description ?? "",
    purchase_description: fields.purchase_description ?? "",
    item_type: fields.item_type,
    product_type: fields.product_type,
    can_be_sold: fields.can_be_sold ?? true,
    can_be_purchased: fields.can_be_purchased ?? true,
    track_inventory: fields.track_inventory,
    vendor_name: vendorName(organization, fields),
    account_id: fields.account_id ?? "",
    account_name: fields.account_name ?? "Sales",
    purchase_account_id: fields.purchase_account_id ?? "",
    purchase_account_name: fields.purchase_account_name ?? "Cost of Goods Sold",
    tax_id: fields.tax_id ?? "",
    tax_name: fields.tax_name ?? "",
    tax_percentage: fields.tax_percentage ?? 0,
    tags: fields.tags ?? [],
    has_attachment: false,
    is_linked_with_zohocrm: false,
    zcrm_product_id: "",
    created_time: zohoTime(createdMs, zone),
    last_modified_time: zohoTime(modifiedMs, zone),
  };
}

function itemDetail(call: Call, row: Row): Fields {
  const { fields } = row;
  const vendorId = textOf(fields.vendor_id);
  const vendor = { vendor_id: vendorId, vendor_name: vendorName(call.organization, fields) };
  return {
    ...itemHead(call.organization, row),
    sales_rate: fields.rate,
    pricebook_rate: fields.rate,
    ...vendor,
    preferred_vendors:
      vendorId === "" ? [] : [{ ...vendor, is_primary: true, item_price: fields.purchase_rate, item_stock: "" }],
    minimum_order_quantity: fields.minimum_order_quantity ?? "",
    maximum_order_quantity: fields.maximum_order_quantity ?? "",
    is_combo_product: fields.is_combo_product ?? false,
    custom_fields: fields.custom_fields ?? [],
    custom_field_hash: customFields(fields),
    ...(isTracked(fields) ? { inventory_account_id: "", initial_stock: "", initial_stock_rate: "" } : {}),
    ...detailStock(fields, call.organization, call.books.switches),
    ...customFields(fields),
  };
}

function vendorName(organization: Organization, fields: Fields): unknown {
  const vendor = organization.tables.contacts.rows.get(textOf(fields.vendor_id));
  return fields.vendor_name ?? vendor?.fields.contact_name ?? "";
}
