import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const make = (options: Fields) => bench.control("POST", "/import/made-up-shop", options);
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/zoho-books/${resource}`), "rows");
const oddity = (answer: Awaited<ReturnType<typeof make>>, words: string) =>
  rowsOf(answer, "oddities").find((one) => one.oddity === words)?.id;

test("a shop of the asked size has every oddity, and says where", async () => {
  const made = await make({ seed: 3, items: 60, orders: 80 });
  const [items, orders] = [await stored("items"), await stored("salesorders")];
  expect(made.body).toMatchObject({ items: 60, salesOrders: 80 });
  expect([items.length, orders.length]).toEqual([60, 80]);
  expect(made.body.rows).toBe(
    orders.reduce((count, { line_items }) => count + (Array.isArray(line_items) ? line_items.length : 0), 0),
  );
  const item = (words: string) => items.find(({ item_id }) => item_id === oddity(made, words)) ?? {};
  const order = (words: string) => orders.find(({ salesorder_id }) => salesorder_id === oddity(made, words)) ?? {};
  expect(item("item without a name").name).toBe("");
  expect(item("stock value is empty").available_for_sale_stock).toBe("");
  expect(item("stock per warehouse")).toMatchObject({ available_for_sale_stock: 4 });
  expect(item("stock per location")).toMatchObject({ available_for_sale_stock: 15 });
  expect(String(item("name of more than 255 characters").name).length).toBeGreaterThan(255);
  expect(order("700 lines").line_items).toHaveLength(700);
  expect(order("order state shipped and invoiced")).toMatchObject({ status: "shipped", invoiced_status: "invoiced" });
  expect(
    String(order("older than a year").last_modified_time) < new Date(Date.now() - 366 * 86_400_000).toISOString(),
  ).toBe(true);
  const [text] = Array.isArray(order("only free-text lines").line_items)
    ? (order("only free-text lines").line_items as Fields[])
    : [];
  expect(isFields(text) && text.item_id).toBeUndefined();
  expect(items.filter(({ sku }) => sku === "MUG-TWIN")).toHaveLength(2);
});

test("a shop buys too: vendors, items of theirs and purchase orders, each oddity said where", async () => {
  const made = await make({ seed: 3, items: 60, orders: 60, vendors: 14, purchaseOrders: 45 });
  const [contacts, items, orders] = [await stored("contacts"), await stored("items"), await stored("purchaseorders")];
  expect(made.body).toMatchObject({ vendors: 14, purchaseOrders: 45, contacts: 17 });
  // The vendor that was deleted is no longer there.
  expect([contacts.length, orders.length]).toEqual([16, 45]);
  const contact = (words: string) => contacts.find(({ contact_id }) => contact_id === oddity(made, words));
  expect(contact("vendor of another currency")).toMatchObject({ contact_type: "vendor", currency_code: "USD" });
  expect(contact("vendor that became inactive")).toMatchObject({ contact_type: "vendor", status: "inactive" });
  expect(contact("vendor that became a customer")).toMatchObject({ contact_type: "customer" });
  expect(oddity(made, "vendor that was deleted after use")).toMatch(/^\d{19}$/);
  expect(contact("vendor that was deleted after use")).toBeUndefined();
  for (const vendor of ["of another currency", "that became inactive", "that became a customer"]) {
    const item = items.find(({ item_id }) => item_id === oddity(made, `item of a vendor ${vendor}`));
    expect(item?.vendor_id).toBe(oddity(made, `vendor ${vendor}`));
  }
  const order = (words: string) =>
    orders.find(({ purchaseorder_id }) => purchaseorder_id === oddity(made, `purchase order ${words}`)) ?? {};
  expect(order("that is a draft")).toMatchObject({ order_status: "draft", status: "draft" });
  expect(order("that is partially billed")).toMatchObject({ order_status: "open", status: "partially_billed" });
  expect(order("that is billed")).toMatchObject({ status: "billed", bills: [{}, {}] });
  expect(order("that is closed with receipts")).toMatchObject({ status: "closed", purchasereceives: [{}, {}] });
  expect(order("that is cancelled")).toMatchObject({ status: "cancelled" });
  expect(order("in another currency")).toMatchObject({ exchange_rate: 0.913745 });
  expect(order("of a vendor that was deleted").vendor_id).toBe(oddity(made, "vendor that was deleted after use"));
  expect(order("with 250 lines").line_items).toHaveLength(250);
  const detail = await bench.zoho("GET", `/purchaseorders/${order("in another currency").purchaseorder_id}`);
  expect(objectOf(detail, "purchaseorder")).toMatchObject({ currency_code: "USD", vendor_name: "Delta Imports" });
  expect(await bench.control("GET", "/optiply/buyOrders")).toMatchObject({ body: { rows: [] } });
});

test("what a shop sells is the same however much it buys", async () => {
  const sold = async (options: Fields) => {
    await bench.control("POST", "/reset");
    await make({ seed: 5, items: 40, orders: 60, ...options });
    return (await stored("salesorders")).map(({ date, total }) => [date, total]);
  };
  expect(await sold({ vendors: 40, purchaseOrders: 90 })).toEqual(await sold({ vendors: 0, purchaseOrders: 0 }));
});

test("the same seed makes the same shop, another seed another", async () => {
  const rates = async (seed: number) => {
    await bench.control("POST", "/reset");
    await make({ seed, items: 60, orders: 60 });
    return (await stored("items")).map(({ item_id, rate }) => [item_id, rate]);
  };
  const once = await rates(3);
  expect(await rates(3)).toEqual(once);
  expect(await rates(4)).not.toEqual(once);
});

test("an item may show its stock in the details only", async () => {
  const made = await make({ items: 40, orders: 40 });
  await bench.set("zoho-books", { stockIn: "list" });
  const rows = rowsOf(await bench.zoho("GET", "/items"), "items");
  const shy = rows.find(({ item_id }) => item_id === oddity(made, "stock only in the details"));
  expect(shy).toMatchObject({ stock_on_hand: 9 });
  expect(shy).not.toHaveProperty("available_for_sale_stock");
  expect(shy).not.toHaveProperty("sandbox_stock_in");
  const [detailed] = rowsOf(await bench.zoho("GET", `/itemdetails?item_ids=${shy?.item_id}`), "items");
  expect(detailed).toMatchObject({ available_for_sale_stock: 9 });
});

test("a wrong size is refused by name", async () => {
  expect((await make({ items: -1 })).body.error).toContain("items cannot be -1");
});
