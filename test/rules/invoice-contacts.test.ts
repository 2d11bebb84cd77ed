/** Whom an invoice is made out to (product.md, 1.2, "Contacts"). */
import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";

const cashCustomer = "1001";
const arabicName = "أبو بكر عبد الرحمن 🌴🕌";

test("customers become contacts by phone, e-mail or tax number; who has none of them is the cash customer", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 100, cost_price: "20" });
  await stage.qoyod("customers", { name: "Known by phone", phone_number: "0501234567" });
  await stage.qoyod("customers", { name: "A company", phone_number: "+966509999999", tax_number: "300000000000003" });
  await stage.qoyod("customers", { name: "Left", email: "gone@example.com", status: "Inactive" });
  await stage.qoyod("customers", { name: "Twin 1", email: "twin@example.com" });
  await stage.qoyod("customers", { name: "Twin 2", email: "TWIN@example.com" });

  const placed = new Map<string, string>();
  const order = async (name: string, customer: object | null, more: object = {}) => {
    const buyer =
      customer === null
        ? {}
        : { customer_id: (await stage.salla("customers", customer as Record<string, unknown>)).id };
    const made = await stage.salla("orders", { items: [{ sku: "MUG" }], status: "completed", ...buyer, ...more });
    placed.set(name, String(made.id));
  };
  const named = (first_name: string, mobile: string) => ({ first_name, mobile, mobile_code: "+966" });
  await order("known", named("Faisal", "501234567"));
  await order("arabic", named(arabicName, "502222222"));
  await order("spouse", named("زوجته", "502222222"));
  await order("long", named("ن".repeat(400), "503333333"));
  await order("retail", named("Retail", "509999999"));
  await order("mail only", { first_name: "Mail", email: "mail@example.com" });
  await order("mail again", { first_name: "Other", email: "Mail@Example.com" });
  await order("nameless", { mobile: "504444444" });
  await order("unreachable", { first_name: "Sara" });
  await order("guest", null, { customer: { first_name: "Guest", mobile: "505555555", mobile_code: "+966" } });
  await order("bare guest", null);
  await order("left", { first_name: "Back", email: "gone@example.com" });
  await order("twin", { first_name: "Twin", email: "twin@example.com" });
  await order("company", named("Nora", "506666666"), { company: { tax_number: "300000000000003" } });
  await order("new company", named("Omar", "507777777"), { company: { tax_number: "311111111111113" } });
  await stage.sync();

  const contacts = await stage.inQoyod("customers");
  const invoices = await stage.inQoyod("invoices");
  const contactOf = (name: string) => {
    const invoice = invoices.find(({ description }) => String(description).includes(`order ${placed.get(name)}.`));
    return contacts.find(({ id }) => String(id) === String(invoice?.contact_id));
  };
  expect(contactOf("known")).toMatchObject({ name: "Known by phone" });
  expect(contactOf("arabic")).toMatchObject({ phone_number: "+966502222222", tax_number: null });
  expect([arabicName, "زوجته"]).toContain(contactOf("arabic")?.name);
  expect(contactOf("spouse")).toEqual(contactOf("arabic"));
  expect(contactOf("long")).toMatchObject({ name: "ن".repeat(250) });
  expect(contactOf("retail")).toMatchObject({ name: "Retail", tax_number: null });
  expect(contactOf("mail only")).toMatchObject({ tax_number: null });
  expect(contactOf("mail again")).toEqual(contactOf("mail only"));
  expect(contactOf("nameless")).toMatchObject({ name: "+966504444444" });
  for (const name of ["unreachable", "guest", "bare guest"])
    expect(String(contactOf(name)?.id), name).toBe(cashCustomer);
  expect(contactOf("left")).toMatchObject({ name: "Back", status: "Active" });
  expect(contactOf("company")).toMatchObject({ name: "A company" });
  expect(contactOf("new company")).toMatchObject({ name: "Omar", tax_number: "311111111111113" });

  const twin = await stage.record("orders", placed.get("twin") ?? "");
  expect(twin).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(twin.reason).toContain("several records that could be this one");
  expect(invoices).toHaveLength(placed.size - 1);
  const long = await stage.record("customers", "ننن");
  expect(long.notes.join(" ")).toContain("cut to 250 characters");
  const left = await stage.record("customers", "Back");
  expect(left.notes.join(" ")).toContain("inactive");
  // Two of one phone have a record and a link each.
  const shared = (await stage.records("customers")).filter(
    ({ targetId }) => targetId === String(contactOf("spouse")?.id),
  );
  expect(shared.map(({ outcome }) => outcome)).toEqual(["created", "created"]);
});

test("a contact that became inactive after it was linked refuses the invoice by name, and the rest goes on", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 100, cost_price: "20" });
  const customer = await stage.salla("customers", { first_name: "Huda", mobile: "501112223", mobile_code: "+966" });
  const order = { items: [{ sku: "MUG" }], status: "completed" };
  await stage.salla("orders", { ...order, customer_id: customer.id });
  await stage.sync();
  const contact = (await stage.inQoyod("customers")).find(({ name }) => name === "Huda");
  await stage.shop.change("qoyod/customers", String(contact?.id), { status: "Inactive" });
  const late = await stage.salla("orders", { ...order, customer_id: customer.id });
  await stage.salla("orders", order);
  await stage.sync();
  const refused = await stage.record("orders", String(late.id));
  expect(refused).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect(refused.reason).toContain("not active");
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
});
