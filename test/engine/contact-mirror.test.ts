/** The copy of Qoyod's customers that is kept for a connection (product.md, 1.2, "Contacts: a local mirror"). */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

/** Places and completes an order of somebody; the list pages of customers that its run reads, and single ones. */
async function order(stage: ShopStage, mobile: string): Promise<{ readonly pages: number; readonly single: number }> {
  const customer = await stage.salla("customers", { first_name: `Buyer ${mobile}`, mobile, mobile_code: "+966" });
  await stage.salla("orders", { items: [{ sku: "MUG" }], status: "completed", customer_id: customer.id });
  const { control } = stage.shop.addresses;
  await fetch(`${control}/calls/reset`, { method: "POST" });
  await stage.sync({ flow: "orders" });
  const calls = (await (await fetch(`${control}/calls`)).json()) as readonly Fields[];
  const read = (path: RegExp) =>
    calls
      .filter((call) => call.vendor === "qoyod" && call.method === "GET" && path.test(String(call.path)))
      .reduce((sum, { count }) => sum + Number(count), 0);
  return { pages: read(/\/customers$/), single: read(/\/customers\/\{id\}$/) };
}

async function openContactStage(switches: object = {}): Promise<ShopStage> {
  const stage = await openShopStage({ switches: { qoyod: { ...switches } } });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 100, cost_price: "20" });
  const known = Array.from({ length: 450 }, (_, at) => ({
    name: `Known ${at}`,
    phone_number: `05${String(10_000_000 + at)}`,
    updated_at: "2026-01-05T10:00:00.000+03:00",
  }));
  await stage.shop.add("qoyod/customers", known);
  return stage;
}

const whomOf = async (stage: ShopStage) => {
  const contacts = new Map((await stage.inQoyod("customers")).map(({ id, name }) => [String(id), String(name)]));
  return (await stage.inQoyod("invoices")).map(({ contact_id }) => contacts.get(String(contact_id)));
};

test("the customers of the books are listed once, and then only what changed; a match is looked at before it is used", async () => {
  const stage = await openContactStage();
  const first = await order(stage, "510000003");
  expect(first.pages).toBeGreaterThan(1);
  expect(first.single).toBe(0);
  expect(await order(stage, "580000001")).toEqual({ pages: 1, single: 0 });
  // Made just now, and told by the phone that a person writes in another way.
  await stage.qoyod("customers", { name: "By hand", phone_number: "+966 58 000 0002" });
  expect(await order(stage, "580000002")).toEqual({ pages: 1, single: 0 });
  expect(await order(stage, "510000005")).toEqual({ pages: 1, single: 1 });
  expect(await whomOf(stage)).toEqual(["Known 3", "Buyer 580000001", "By hand", "Known 5"]);

  // Deleted, or somebody else's number by now: it is not used, and nobody is met.
  const contacts = await stage.inQoyod("customers");
  const idOf = (name: string) => String(contacts.find((contact) => contact.name === name)?.id);
  await stage.shop.remove("qoyod/customers", idOf("Known 7"));
  expect(await order(stage, "510000007")).toEqual({ pages: 1, single: 1 });
  await stage.shop.change("qoyod/customers", idOf("Known 8"), { phone_number: "0599999999" });
  expect(await order(stage, "510000008")).toEqual({ pages: 1, single: 0 });
  expect((await whomOf(stage)).slice(4)).toEqual(["Buyer 510000007", "Buyer 510000008"]);

  // What was deleted is in no list of changes: the whole list is read once a day.
  const { pool } = stage.mizan.desk.store;
  await pool.query("update mirror set whole_at = whole_at - interval '25 hours'");
  expect((await order(stage, "580000009")).pages).toBeGreaterThan(1);
});

test("where the books ignore the filter by change, the whole list is read each time, and who is known is met", async () => {
  const stage = await openContactStage({ updatedAtFilterOn: "" });
  await order(stage, "510000003");
  const again = await order(stage, "510000004");
  expect(again.pages).toBeGreaterThan(2);
  expect(await whomOf(stage)).toEqual(["Known 3", "Known 4"]);
  expect((await stage.inQoyod("customers")).filter(({ name }) => String(name).startsWith("Buyer"))).toEqual([]);
});
