import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import type { Fields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

/** Long enough ago that a change shows in whole seconds. */
const LONG_AGO = "2026-01-05T10:00:00+0100";
const moments = { created_time: LONG_AGO, last_modified_time: LONG_AGO };

async function add(resource: string, fields: Fields): Promise<string> {
  const answer = await bench.control("POST", `/zoho-books/${resource}`, { ...moments, ...fields });
  if (answer.status !== 201) throw new Error(answer.text);
  return String(answer.body[{ contacts: "contact_id", items: "item_id" }[resource] ?? "purchaseorder_id"]);
}
const change = async (resource: string, id: string, fields: Fields) => {
  const answer = await bench.control("PATCH", `/zoho-books/${resource}/${id}`, fields);
  if (answer.status !== 200) throw new Error(answer.text);
};
const order = async (id: string) => objectOf(await bench.zoho("GET", `/purchaseorders/${id}`), "purchaseorder");
const orderRows = async (query = "") => rowsOf(await bench.zoho("GET", `/purchaseorders${query}`), "purchaseorders");
const item = async (id: string) => objectOf(await bench.zoho("GET", `/items/${id}`), "item");
const addVendor = (contact_name: string, more: Fields = {}) =>
  add("contacts", { contact_name, contact_type: "vendor", ...more });

/** A vendor, two items and an open order of both. */
async function addOrder(more: Fields = {}) {
  const vendor = await addVendor("Beta Supplies");
  const mug = await add("items", { name: "Mug", purchase_rate: 2.5 });
  const tray = await add("items", { name: "Tray", purchase_rate: 4 });
  const lines = [
    { item_id: mug, quantity: 4 },
    { item_id: tray, quantity: 2 },
  ];
  const id = await add("purchaseorders", { vendor_id: vendor, date: "2026-01-05", line_items: lines, ...more });
  return { vendor, mug, tray, id };
}

test("bills and receipts are shown in the detail with their days, and what is billed shows in the status", async () => {
  const { id } = await addOrder();
  expect(await order(id)).toMatchObject({ status: "open", bills: [] });
  expect(await order(id)).not.toHaveProperty("purchasereceives");
  await change("purchaseorders", id, { billed_status: "partially_billed", bills: [{ date: "2026-01-20", total: 5 }] });
  expect(await order(id)).toMatchObject({ order_status: "open", status: "partially_billed" });
  await change("purchaseorders", id, {
    order_status: "closed",
    billed_status: "billed",
    received_status: "received",
    bills: [{ date: "2026-01-20", total: 5 }, { total: 13 }],
    purchasereceives: [{ date: "2026-01-12" }, { receive_date: "2026-01-18" }],
  });
  const billed = await order(id);
  expect(billed).toMatchObject({
    order_status: "closed",
    status: "billed",
    received_status: "received",
    bills: [
      { bill_id: expect.any(String), date: "2026-01-20", status: "open" },
      { bill_id: expect.any(String), date: "2026-01-05" },
    ],
    purchasereceives: [
      { receive_id: expect.any(String), date: "2026-01-12" },
      { receive_id: expect.any(String), receive_date: "2026-01-18" },
    ],
  });
  expect(billed.last_modified_time).not.toBe(LONG_AGO);
  expect(await orderRows("?filter_by=Status.Billed")).toHaveLength(1);
  expect((await orderRows())[0]).not.toHaveProperty("bills");
});

test("an order is cancelled, closed, opened again and deleted; each moves last_modified_time but the last", async () => {
  const { id } = await addOrder();
  for (const order_status of ["cancelled", "open", "closed", "open"]) {
    await change("purchaseorders", id, { last_modified_time: LONG_AGO });
    await change("purchaseorders", id, { order_status });
    const changed = await order(id);
    expect(changed).toMatchObject({ order_status, status: order_status });
    expect(changed.last_modified_time).not.toBe(LONG_AGO);
  }
  expect((await bench.control("DELETE", `/zoho-books/purchaseorders/${id}`)).status).toBe(204);
  expect((await bench.zoho("GET", `/purchaseorders/${id}`)).body.code).toBe(1002);
  expect(await orderRows()).toEqual([]);
});

test("lines that change, go or merge keep their ids, and the total follows", async () => {
  const { id, mug } = await addOrder();
  const [first, second] = (await order(id)).line_items as Fields[];
  expect((await order(id)).total).toBe(18);
  await change("purchaseorders", id, { line_items: [{ ...first, quantity: 10 }, second] });
  expect(await order(id)).toMatchObject({
    total: 33,
    line_items: [{ line_item_id: first?.line_item_id, quantity: 10 }, { line_item_id: second?.line_item_id }],
  });
  await change("purchaseorders", id, { line_items: [{ ...first, quantity: 10 }] });
  expect(await order(id)).toMatchObject({ total: 25, line_items: [{ item_id: mug }] });
  // The same item twice, the second time without a rate, which comes from the item before the total is made.
  await change("purchaseorders", id, { line_items: [first, { item_id: mug, quantity: 2 }] });
  expect(await order(id)).toMatchObject({ total: 15, line_items: [{ item_id: mug }, { item_id: mug, rate: 2.5 }] });
});

test("the vendor of an order changes, and its name with it; currency and rate are as given", async () => {
  const { id } = await addOrder({ vendor_name: "As it was called then" });
  expect(await order(id)).toMatchObject({ vendor_name: "As it was called then", currency_code: "EUR" });
  const other = await addVendor("Delta Imports", { currency_code: "USD" });
  await change("purchaseorders", id, { vendor_id: other, exchange_rate: 0.9137 });
  expect(await order(id)).toMatchObject({
    vendor_id: other,
    vendor_name: "Delta Imports",
    currency_code: "USD",
    exchange_rate: 0.9137,
    total: 18,
    bcy_total: 16.45,
  });
  const [row] = await orderRows();
  expect(row).toMatchObject({ vendor_id: other, vendor_name: "Delta Imports", currency_code: "USD" });
  expect(row).not.toHaveProperty("exchange_rate");
});

test("a vendor that becomes a customer, or inactive, or is deleted leaves the vendors, and can no longer be ordered from", async () => {
  const { id, vendor, mug } = await addOrder();
  const vendors = async (filter = "") =>
    rowsOf(await bench.zoho("GET", `/contacts?contact_type=vendor${filter}`), "contacts");
  const posted = async () =>
    (await bench.zoho("POST", "/purchaseorders", { vendor_id: vendor, line_items: [{ item_id: mug, quantity: 1 }] }))
      .status;
  expect(await vendors()).toHaveLength(1);
  await change("contacts", vendor, { status: "inactive" });
  expect(await vendors("&filter_by=Status.Active")).toEqual([]);
  expect(await vendors()).toMatchObject([{ status: "inactive" }]);
  expect(await posted()).toBe(400);
  await change("contacts", vendor, { status: "active", contact_type: "customer", last_modified_time: LONG_AGO });
  expect(await vendors()).toEqual([]);
  const contact = async () => objectOf(await bench.zoho("GET", `/contacts/${vendor}`), "contact");
  // Both names are filled for customers too, so that only the type tells.
  expect(await contact()).toMatchObject({ contact_type: "customer", vendor_name: "Beta Supplies" });
  expect(await posted()).toBe(400);
  await change("contacts", vendor, { contact_type: "vendor" });
  expect((await contact()).last_modified_time).not.toBe(LONG_AGO);
  expect(await posted()).toBe(201);
  expect((await bench.control("DELETE", `/zoho-books/contacts/${vendor}`)).status).toBe(204);
  expect((await bench.zoho("GET", `/contacts/${vendor}`)).body.code).toBe(1002);
  expect((await order(id)).vendor_id).toBe(vendor);
});

test("the vendor and the purchase rate of an item move last_modified_time, its stock does not", async () => {
  const [one, other] = [await addVendor("Beta Supplies"), await addVendor("Delta Imports")];
  const id = await add("items", { name: "Mug", purchase_rate: 2.5, vendor_id: one, available_for_sale_stock: 7 });
  const moved = async (fields: Fields) => {
    await change("items", id, { last_modified_time: LONG_AGO });
    await change("items", id, fields);
    return (await item(id)).last_modified_time !== LONG_AGO;
  };
  expect(await item(id)).toMatchObject({ vendor_id: one, vendor_name: "Beta Supplies" });
  expect(await moved({ vendor_id: other })).toBe(true);
  expect(await item(id)).toMatchObject({
    vendor_id: other,
    vendor_name: "Delta Imports",
    preferred_vendors: [{ vendor_id: other, vendor_name: "Delta Imports" }],
  });
  expect(await moved({ purchase_rate: 2.75 })).toBe(true);
  expect(await moved({ vendor_id: "" })).toBe(true);
  expect(await item(id)).toMatchObject({ vendor_id: "", vendor_name: "", preferred_vendors: [] });
  expect(await moved({ available_for_sale_stock: 3 })).toBe(false);
  expect(await moved({ available_for_sale_stock: 4, vendor_id: one })).toBe(true);
  const [row] = rowsOf(await bench.zoho("GET", "/items"), "items");
  expect(row).toMatchObject({ vendor_name: "Beta Supplies", purchase_rate: 2.75 });
  expect(row).not.toHaveProperty("vendor_id");
  const [detailed] = rowsOf(await bench.zoho("GET", `/itemdetails?item_ids=${id}`), "items");
  expect(detailed).toMatchObject({ vendor_id: one, vendor_name: "Beta Supplies" });
});

test("what a merchant changes is found by the list that asks for changes", async () => {
  const { id } = await addOrder();
  const since = `?last_modified_time=${encodeURIComponent("2026-02-01T00:00:00+0100")}`;
  expect(await orderRows(since)).toEqual([]);
  await change("purchaseorders", id, { reference_number: "7" });
  expect(await orderRows(since)).toMatchObject([{ purchaseorder_id: id, reference_number: "7" }]);
});
