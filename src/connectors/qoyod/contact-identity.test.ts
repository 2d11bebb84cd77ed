import { expect, test } from "vitest";
import { matchContact, phoneKey, readContact } from "./contact-identity.ts";

test.each([
  ["+966512345678", "966512345678"],
  ["00966 51 234 5678", "966512345678"],
  ["+966 (0)51-234-5678", "966512345678"],
  ["0512345678", "966512345678"],
  ["512345678", "966512345678"],
  ["٠٥١٢٣٤٥٦٧٨", "966512345678"],
  ["+971501234567", "971501234567"],
  ["971501234567", "971501234567"],
  ["+512345678", "512345678"],
  ["", ""],
  ["none", ""],
])("the phone %s is %s", (text, key) => {
  expect(phoneKey(text)).toBe(key);
});

const contacts = [
  { id: 1, name: "Noura", phone_number: "0512345678", status: "Active" },
  { id: 2, name: "Beta Ltd.", phone_number: "0512345678", tax_number: "3000-0000-0000-003" },
  { id: 3, name: "Sara", email: "Sara@Example.com ", secondary_phone_number: "+966500000001" },
  { id: 4, name: "Old Sara", email: "sara@example.com", status: "Inactive" },
  { name: "without an id" },
].flatMap((row) => readContact(row) ?? []);

test.each([
  { payload: { phone_number: "+966512345678" }, active: ["1"], inactive: [] },
  { payload: { phone_number: "+966512345678", email: "sara@example.com" }, active: ["1"], inactive: ["4"] },
  { payload: { phone_number: "+966599999999", email: "sara@example.com" }, active: ["3"], inactive: ["4"] },
  { payload: { phone_number: "+966500000001" }, active: ["3"], inactive: [] },
  { payload: { tax_number: "300000000000003" }, active: ["2"], inactive: [] },
  { payload: { tax_number: "300000000000004", phone_number: "+966512345678" }, active: [], inactive: [] },
  { payload: { phone_number: "", email: "" }, active: [], inactive: [] },
  { payload: { name: "Noura" }, active: [], inactive: [] },
])("$payload means $active, and $inactive are inactive", ({ payload, active, inactive }) => {
  const match = matchContact(contacts, payload);
  expect(match.active.map(({ id }) => id)).toEqual(active);
  expect(match.inactive.map(({ id }) => id)).toEqual(inactive);
});
