import type { SupplierWrite } from "../../connectors/optiply/index.ts";
import type { Contact } from "../../connectors/zoho-books/index.ts";
import { text } from "../../core/conversions.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import type { ZohoBooksOptiplySettings } from "./options.ts";

const contact = columns<Contact, ZohoBooksOptiplySettings>();

/** Seed table "Suppliers": Zoho Books vendors → Optiply suppliers. */
export const suppliers = defineFlow<Contact, Contact, SupplierWrite, ZohoBooksOptiplySettings>({
  name: "suppliers",
  title: "Suppliers",
  one: { en: "the supplier", ar: "المورد" },
  from: { vendor: "zoho-books", resource: "contacts" },
  to: { vendor: "optiply", resource: "suppliers" },
  everyMinutes: 60,
  link: { source: "contact_id", target: "remoteId" },
  reads: "changed",
  updates: true,
  whenReferredTo: true,
  label: nameOf,
  skip: [
    {
      code: "not-a-vendor",
      words: "contacts that are no vendors",
      when: (row, { known }) =>
        known || (row.contact_type || "vendor") === "vendor"
          ? null
          : { name: nameOf(row), type: row.contact_type ?? "" },
    },
    {
      code: "inactive-never-sent",
      words: "inactive and never sent, unless an item or order refers to it",
      when: ({ status }, { known, referred }) => (status === "inactive" && !known && !referred ? {} : null),
    },
  ],
  detail: { words: "never: the list carries everything", needed: () => false },
  // biome-ignore format: the columns are the point
  rows: {
    // Optiply      Zoho Books                                    rule
    remoteId:       contact("contact_id").onlyWhen("with a couplingId", ({ settings }) => settings.couplingId !== undefined),
    name:           contact.from(["vendor_name", "contact_name"], "vendor_name, or contact_name where it is empty", nameOf).as(text(255)),
  },
});

function nameOf({ vendor_name, contact_name }: Contact): string {
  return vendor_name?.trim() || contact_name?.trim() || "";
}
