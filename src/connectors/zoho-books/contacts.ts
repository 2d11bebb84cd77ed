import { z } from "zod";
import type { DocumentModule } from "./document-source.ts";
import { optionalText, recordId } from "./fields.ts";

const contact = z.object({
  contact_id: recordId,
  contact_name: optionalText,
  /** filled for customers too; the list asks for vendors only */
  vendor_name: optionalText,
  company_name: optionalText,
  contact_type: optionalText,
  status: optionalText,
  currency_code: optionalText,
  created_time: optionalText,
  last_modified_time: optionalText,
});

/** A vendor, as the list carries it and in full. */
export type Contact = z.output<typeof contact>;

/** Vendors: `GET /contacts?contact_type=vendor` and `/contacts/{id}`. */
export const contacts: DocumentModule<Contact, Contact> = {
  name: "contacts",
  facts: { sort: "contactsSort", filter: "contactsFilter", dateStart: null },
  filterDocumented: false,
  idField: "contact_id",
  query: { contact_type: "vendor", filter_by: "Status.All" },
  rowSchema: contact,
  documentSchema: contact,
  documentKey: "contact",
};
