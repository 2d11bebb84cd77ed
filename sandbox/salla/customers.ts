import { type Fields, textOf } from "../wire.ts";
import { readId } from "./products.ts";
import { announce, type Customer, nextId, nowOf, type Shop } from "./shop.ts";
import { zonedTime } from "./times.ts";

/**
 * Adds a customer in Salla's own field names (`first_name`, `last_name`, `mobile`, `mobile_code`, `email`, `city`,
 * `company: {name, tax_number, commercial_number}` for invoices).
 * @throws RangeError when the id is taken.
 */
export function addCustomer(shop: Shop, given: Fields): Customer {
  const id = given.id === undefined ? nextId(shop, "customers") : readId(given.id, "id");
  if (shop.customers.has(id)) throw new RangeError(`customers ${id} exists already`);
  const { id: _, ...fields } = given;
  const customer: Customer = { id, fields, updatedMs: nowOf(shop) };
  shop.customers.set(id, customer);
  announce(shop, { event: "customer.created", data: () => customerData(customer) });
  return customer;
}

export function changeCustomer(shop: Shop, customer: Customer, changes: Fields): void {
  const { id: _, ...fields } = changes;
  Object.assign(customer.fields, fields);
  customer.updatedMs = nowOf(shop);
  announce(shop, { event: "customer.updated", data: () => customerData(customer) });
}

/** As it stands in orders and under `/customers/{id}`. */
export function customerData({ id, fields, updatedMs }: Customer): Fields {
  const { company: _, ...own } = fields;
  return {
    id,
    first_name: "",
    last_name: "",
    mobile: null,
    mobile_code: "+966",
    email: "",
    urls: {},
    avatar: "",
    gender: "",
    birthday: null,
    city: "الرياض",
    country: "السعودية",
    country_code: "SA",
    currency: "SAR",
    location: "",
    ...own,
    updated_at: zonedTime(updatedMs),
  };
}

/** As it stands inside `order.status.updated`: one name, one phone number. */
export function joinedCustomer(fields: Fields): Fields {
  const mobile = textOf(fields.mobile);
  return {
    name: [textOf(fields.first_name), textOf(fields.last_name)].filter((part) => part !== "").join(" "),
    mobile: mobile === "" ? "" : `${textOf(fields.mobile_code) || "+966"}${mobile}`,
    email: textOf(fields.email),
    country: "السعودية",
    city: textOf(fields.city) || "الرياض",
  };
}
