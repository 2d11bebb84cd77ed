import type { ContactWrite } from "../../connectors/qoyod/index.ts";
import type { Customer } from "../../connectors/salla/index.ts";
import { optionalText, text } from "../../core/conversions.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import type { SallaQoyodSettings } from "./options.ts";

const customer = columns<Customer, SallaQoyodSettings>();

/**
 * Customers → contacts, when an order refers to them. A contact that matches by phone, then by e-mail, is taken, also where
 * another customer of the shop has it already: a family orders with one phone.
 */
export const customers = defineFlow<Customer, Customer, ContactWrite, SallaQoyodSettings>({
  name: "customers",
  title: "Customers",
  one: { en: "the customer", ar: "العميل" },
  from: { vendor: "salla", resource: "customers" },
  to: { vendor: "qoyod", resource: "contacts" },
  everyMinutes: 1_440,
  link: { source: "id", target: "name" },
  reads: "referred",
  updates: false,
  sharesTargets: true,
  whenReferredTo: true,
  label: ({ name, phone, email, id }) => name || phone || email || id,
  skip: [],
  detail: { words: "nothing: the order says it all", needed: () => false },
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod             Salla                                     rule
    name:                customer.from(["name", "phone", "email", "id"], "the name; else phone, e-mail or number", nameOf).as(text(250)),
    phone_number:        customer.from(["phone"], "E.164; left out where it cannot be told", ({ phone }) => phone ?? undefined),
    email:               customer("email")                         .as(optionalText(250)),
    tax_number:          customer.from(["tax_number"], "where there is one: then it is a business", ({ tax_number }) => tax_number ?? undefined),
  },
});

function nameOf({ name, phone, email, id }: Customer): string {
  return name || phone || email || id;
}
