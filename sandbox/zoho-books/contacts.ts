import type { Fields, WireResponse } from "../wire.ts";
import { type Organization, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { doesNotExist, success } from "./envelope.ts";
import { customFields, filterStatus, listPage, sameFields } from "./list-page.ts";
import { zohoTime } from "./local-time.ts";

/** `GET /contacts`. */
export function listContacts(call: Call): WireResponse {
  return contactsPage(call, call.request.query.get("contact_type") ?? undefined);
}

/** `GET /vendors`: undocumented, answers `contacts[]` too. */
export function listVendors(call: Call): WireResponse {
  return contactsPage(call, "vendor");
}

/** `GET /contacts/{id}`. */
export function readContact(call: Call, id: string): WireResponse {
  const row = call.organization.tables.contacts.rows.get(id);
  if (row === undefined) return doesNotExist("Contact");
  const persons = row.fields.contact_persons ?? [];
  const address = { address: "", city: "", zip: "", country: "" };
  const detail = { contact_persons: persons, billing_address: address, shipping_address: address };
  return success({ contact: { ...shownContact(call.organization, row), ...detail } });
}

/** Fills what a merchant left out of a new contact; both names are filled for both types, as on the wire. */
export function completeContact(fields: Fields, id: string, currencyCode: unknown): void {
  fields.contact_name ??= fields.vendor_name ?? fields.customer_name ?? `Contact ${id.slice(-4)}`;
  fields.contact_type ??= "customer";
  fields.status ??= "active";
  fields.currency_code ??= currencyCode;
}

function contactsPage(call: Call, type: string | undefined): WireResponse {
  const { switches } = call.books;
  const status = filterStatus(call);
  return listPage(call, {
    module: "contacts",
    key: "contacts",
    reportName: "Contacts",
    sortColumns: [
      "contact_name",
      "first_name",
      "last_name",
      "email",
      "outstanding_receivable_amount",
      "created_time",
      "last_modified_time",
    ],
    defaultSort: ["contact_name", "A"],
    modifiedFilter: switches.contactsModifiedFilter,
    sort: switches.contactsSort,
    appliedFilter: call.request.query.get("filter_by") ?? "Status.All",
    tests: [
      type === undefined ? undefined : ({ fields }) => fields.contact_type === type,
      status === undefined
        ? undefined
        : ({ fields }) => fields.status === status || fields.contact_type === status.replace(/s$/, ""),
      sameFields(call, ["contact_name", "company_name", "email", "phone"]),
    ],
    show: (row) => shownContact(call.organization, row),
  });
}

function shownContact(organization: Organization, { id, fields, createdMs, modifiedMs }: Row): Fields {
  const zone = zoneOf(organization);
  return {
    contact_id: id,
    contact_name: fields.contact_name,
    vendor_name: fields.vendor_name ?? fields.contact_name,
    customer_name: fields.customer_name ?? fields.contact_name,
    company_name: fields.company_name ?? "",
    contact_type: fields.contact_type,
    status: fields.status,
    email: fields.email ?? "",
    phone: fields.phone ?? "",
    mobile: fields.mobile ?? "",
    first_name: fields.first_name ?? "",
    last_name: fields.last_name ?? "",
    currency_id: fields.currency_id ?? "",
    currency_code: fields.currency_code,
    exchange_rate: fields.exchange_rate ?? "",
    payment_terms: fields.payment_terms ?? 0,
    payment_terms_id: "",
    payment_terms_label: fields.payment_terms_label ?? "Due on Receipt",
    language_code: fields.language_code ?? "en",
    outstanding_payable_amount: fields.outstanding_payable_amount ?? 0,
    outstanding_receivable_amount: fields.outstanding_receivable_amount ?? 0,
    custom_fields: fields.custom_fields ?? [],
    custom_field_hash: customFields(fields),
    tags: fields.tags ?? [],
    created_time: zohoTime(createdMs, zone),
    last_modified_time: zohoTime(modifiedMs, zone),
    ...customFields(fields),
  };
}
