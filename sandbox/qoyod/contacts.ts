import { type Fields, textOf } from "../wire.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, changeRow, insertRow, type Row } from "./company.ts";
import { idOf } from "./fields.ts";

type ContactKind = "customers" | "vendors";

const contactFields = [
  "name",
  "organization",
  "phone_number",
  "secondary_phone_number",
  "email",
  "secondary_email",
  "tax_number",
  "status",
  "currency_code",
  "shipping_address",
  "billing_address",
  "commission_id",
  "linked_contact_id",
] as const;

/** `POST /customers` and `POST /vendors`: the wrapper is `contact`; under any other the name is missing. */
export function createContact({ company }: Call, kind: ContactKind, given: Fields): Row {
  if (textOf(given.name) === "") throw blank("contact_name");
  const fields: Fields = { status: "Active", currency_code: "SAR", ...known(given) };
  for (const field of contactFields) fields[field] ??= null;
  return insertRow(company, kind, fields);
}

/** `PUT /customers/{id}` and `PUT /vendors/{id}`. */
export function changeContact({ company }: Call, kind: ContactKind, row: Row, given: Fields): void {
  if ("name" in given && textOf(given.name) === "") throw blank("contact_name");
  changeRow(company, kind, row, known(given));
}

/** The contact of a document. @throws Refused where it is missing or inactive. */
export function activeContact(company: Company, kind: ContactKind, given: Fields, textAllowed: boolean): Row {
  const id = idOf(given.contact_id, textAllowed);
  const contact = id === undefined ? undefined : company.tables[kind].rows.get(id);
  if (contact === undefined) throw blank("contact_id");
  return activeOnly(contact);
}

/** A contact of either kind, as vouchers take both. */
export function activeContactOfAnyKind(company: Company, given: Fields): Row {
  const id = idOf(given.contact_id) ?? 0;
  const contact = company.tables.customers.rows.get(id) ?? company.tables.vendors.rows.get(id);
  if (contact === undefined) throw blank("contact_id");
  return activeOnly(contact);
}

function activeOnly(contact: Row): Row {
  if (contact.fields.status !== "Active") throw new Refused([`this contact ${contact.id} is not active`]);
  return contact;
}

function known(given: Fields): Fields {
  const { status } = given;
  if (status !== undefined && status !== "Active" && status !== "Inactive")
    throw invalid("status", "is not included in the list");
  return Object.fromEntries(contactFields.filter((field) => field in given).map((field) => [field, given[field]]));
}
