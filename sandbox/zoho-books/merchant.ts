import { type Fields, textOf } from "../wire.ts";
import { zohoCredentials } from "./accounts.ts";
import {
  type Books,
  dropRow,
  emptyTables,
  idFields,
  type Module,
  modules,
  nextId,
  type Organization,
  putRow,
  type Row,
  wholeSeconds,
  zoneOf,
} from "./books.ts";
import { completeContact } from "./contacts.ts";
import { changeStock, isStockField } from "./item-stock.ts";
import { completeItem } from "./items.ts";
import { newLimits } from "./limits.ts";
import { isTimeZone, parseZohoTime, zohoTime } from "./local-time.ts";
import { completePurchaseOrder, purchaseStatus } from "./purchase-orders.ts";
import { completeSalesOrder, rolledUpStatus } from "./sales-orders.ts";

/** What a merchant may keep through the control API. */
export type Resource = Module | "organizations";

export const resources: readonly Resource[] = ["organizations", ...modules];

/** The organisation that is there at start. */
export const firstOrganization: Fields = {
  organization_id: zohoCredentials.organizationId,
  name: "Made-up Trading",
  time_zone: "Europe/Amsterdam",
  currency_code: "EUR",
  country: "Netherlands",
  plan_name: "PROFESSIONAL",
};

/** A merchant's mistake, told by the control API as 400; never part of the vendor's own behaviour. */
function refused(message: string): RangeError {
  return new RangeError(message);
}

/** Stores one record in the vendor's own field names; ids, timestamps and derived fields are filled in. */
export function addRecord(books: Books, resource: Resource, given: Fields): Fields {
  if (resource === "organizations") return shownRow(addOrganization(books, given).row, "organization_id", "UTC");
  const organization = ownerOf(books, given);
  const idField = idFields[resource];
  const id = textOf(given[idField]) || nextId(books);
  const table = organization.tables[resource];
  if (table.rows.has(id)) throw refused(`${resource} ${id} exists already`);
  const nowMs = wholeSeconds(books.clock.now());
  const createdMs = momentOf(given, "created_time") ?? nowMs;
  const modifiedMs = momentOf(given, "last_modified_time") ?? createdMs;
  const row: Row = { id, fields: ownFields(given, idField), createdMs, modifiedMs };
  complete(books, organization, resource, row);
  putRow(table, row);
  return shownRow(row, idField, zoneOf(organization));
}

/** Changes fields of one record; `last_modified_time` moves by itself unless it is given or only stock changes. */
export function changeRecord(books: Books, resource: Resource, id: string, changes: Fields): Fields | undefined {
  const found = findRecord(books, resource, id);
  if (found === undefined) return undefined;
  const { row, organization, idField } = found;
  const own = ownFields(changes, idField);
  if (resource === "organizations") checkZone(own);
  // Names that were stored beside an id belong to the old one; the new one's own name is shown.
  if ("vendor_id" in own && !("vendor_name" in own)) delete row.fields.vendor_name;
  if ("customer_id" in own && !("customer_name" in own)) delete row.fields.customer_name;
  Object.assign(row.fields, own);
  if (resource === "items") changeStock(row.fields, own);
  if (resource === "salesorders" || resource === "purchaseorders") {
    // The total follows the lines once these are complete with their rates.
    if ("line_items" in own && !("total" in own)) delete row.fields.total;
    complete(books, organization, resource, row);
    const rollsUp = ["order_status", "invoiced_status", "shipped_status", "billed_status"].some((name) => name in own);
    if (rollsUp && !("status" in own)) {
      row.fields.status = resource === "salesorders" ? rolledUpStatus(row.fields) : purchaseStatus(row.fields);
    }
  }
  const stockOnly = resource === "items" && Object.keys(own).every(isStockField);
  const moved = momentOf(changes, "last_modified_time");
  if (moved !== undefined) row.modifiedMs = moved;
  else if (!stockOnly) row.modifiedMs = wholeSeconds(books.clock.now());
  if (resource !== "organizations") putRow(organization.tables[resource], row);
  return shownRow(row, idField, zoneOf(organization));
}

/** Takes one record away: gone from lists, 404 with code 1002 on its detail. */
export function removeRecord(books: Books, resource: Resource, id: string): boolean {
  const found = findRecord(books, resource, id);
  if (found === undefined) return false;
  return resource === "organizations"
    ? books.organizations.delete(id)
    : dropRow(found.organization.tables[resource], id);
}

export function readRecord(books: Books, resource: Resource, id: string): Fields | undefined {
  const found = findRecord(books, resource, id);
  return found === undefined ? undefined : shownRow(found.row, found.idField, zoneOf(found.organization));
}

/** Everything stored, of all organisations or of one. */
export function* readRecords(books: Books, resource: Resource, organizationId?: string): Generator<Fields> {
  for (const organization of books.organizations.values()) {
    if (organizationId !== undefined && organization.id !== organizationId) continue;
    if (resource === "organizations") yield shownRow(organization.row, "organization_id", "UTC");
    else {
      for (const row of organization.tables[resource].rows.values()) {
        yield shownRow(row, idFields[resource], zoneOf(organization));
      }
    }
  }
}

/** Adds an organisation with one warehouse and one location. */
export function addOrganization(books: Books, given: Fields): Organization {
  checkZone(given);
  const id = textOf(given.organization_id) || nextId(books);
  if (books.organizations.has(id)) throw refused(`organizations ${id} exists already`);
  const nowMs = wholeSeconds(books.clock.now());
  const fields = { ...firstOrganization, ...ownFields(given, "organization_id") };
  const row: Row = { id, fields: ownFields(fields, "organization_id"), createdMs: nowMs, modifiedMs: nowMs };
  const organization: Organization = { id, row, tables: emptyTables(), limits: newLimits() };
  books.organizations.set(id, organization);
  addRecord(books, "warehouses", { organization_id: id, warehouse_name: "Main warehouse", is_primary: true });
  addRecord(books, "locations", { organization_id: id, location_name: "Head office", is_primary: true });
  return organization;
}

/** The organisation that a merchant's record names, else the first. */
export function ownerOf(books: Books, given: Fields): Organization {
  const named = textOf(given.organization_id);
  const [first] = books.organizations.values();
  const owner = named === "" ? first : books.organizations.get(named);
  if (owner === undefined) throw refused(`organization_id ${named} does not exist`);
  return owner;
}

function findRecord(
  books: Books,
  resource: Resource,
  id: string,
): { row: Row; organization: Organization; idField: string } | undefined {
  for (const organization of books.organizations.values()) {
    if (resource === "organizations") {
      if (organization.id === id) return { row: organization.row, organization, idField: "organization_id" };
      continue;
    }
    const row = organization.tables[resource].rows.get(id);
    if (row !== undefined) return { row, organization, idField: idFields[resource] };
  }
  return undefined;
}

function complete(books: Books, organization: Organization, module: Module, row: Row): void {
  const { fields } = row;
  const completions: Record<Module, () => void> = {
    items: () => completeItem(fields, row.id),
    contacts: () => completeContact(fields, row.id, organization.row.fields.currency_code),
    salesorders: () => completeSalesOrder(books, organization, fields, row),
    purchaseorders: () => completePurchaseOrder(books, organization, fields, row),
    locations: () =>
      completePlace(fields, "location_name", { type: "general", parent_location_id: "", status: "active" }),
    warehouses: () => completePlace(fields, "warehouse_name", { status: "active" }),
  };
  completions[module]();
}

function completePlace(fields: Fields, nameField: string, defaults: Fields): void {
  const given = { ...fields };
  Object.assign(fields, { [nameField]: "Unnamed", is_primary: false, ...defaults }, given);
}

function checkZone(given: Fields): void {
  const zone = given.time_zone;
  if (zone !== undefined && !isTimeZone(textOf(zone))) {
    throw refused(`time_zone ${JSON.stringify(zone)} is not known; an IANA name such as Asia/Riyadh is needed`);
  }
}

/** The fields that are kept as they are: without the id, the owner and the two timestamps, which are kept apart. */
function ownFields(given: Fields, idField: string): Fields {
  const apart = new Set([idField, "organization_id", "created_time", "last_modified_time"]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => !apart.has(name)));
}

function momentOf(given: Fields, name: string): number | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  const text = textOf(value);
  const moment = parseZohoTime(text) ?? Date.parse(text);
  if (Number.isNaN(moment))
    throw refused(`${name} ${JSON.stringify(value)} is no time such as 2026-06-09T13:15:55+0200`);
  return wholeSeconds(moment);
}

function shownRow(row: Row, idField: string, zone: string): Fields {
  return {
    [idField]: row.id,
    ...row.fields,
    created_time: zohoTime(row.createdMs, zone),
    last_modified_time: zohoTime(row.modifiedMs, zone),
  };
}
