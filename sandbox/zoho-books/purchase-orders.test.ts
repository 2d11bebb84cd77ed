import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
let vendorId = "";
let itemId = "";
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
  vendorId = String(
    (await bench.control("POST", "/zoho-books/contacts", { contact_name: "Beta Supplies", contact_type: "vendor" }))
      .body.contact_id,
  );
  itemId = String(
    (await bench.control("POST", "/zoho-books/items", { name: "Mug", purchase_rate: 2.25 })).body.item_id,
  );
});

const order = (more: object = {}) => ({
  vendor_id: vendorId,
  date: "2026-06-09",
  line_items: [{ item_id: itemId, quantity: 4 }],
  ...more,
});
const create = (body: unknown, query = "", headers = {}) =>
  bench.zoho("POST", `/purchaseorders${query}`, body, headers);
const listed = async (query: string) => rowsOf(await bench.zoho("GET", `/purchaseorders${query}`), "purchaseorders");

test("a create answers 201 with location and a numbered draft, at the item's purchase rate", async () => {
  const { status, headers, body } = await create(order({ reference_number: "119092", delivery_date: "2026-07-01" }));
  const made = objectOf({ status, headers, body, text: "" }, "purchaseorder");
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/api/v3/purchaseorders/${made.purchaseorder_id}`);
  expect(body).toMatchObject({ code: 0, message: "Purchase Order has been added." });
  expect(made).toMatchObject({
    status: "draft",
    purchaseorder_number: "PO-00001",
    total: 9,
    vendor_name: "Beta Supplies",
    expected_delivery_date: "2026-07-01",
  });
  expect(made).toMatchObject({
    received_status: "",
    billed_status: "",
    line_items: [{ rate: 2.25, line_item_category: "line_item" }],
  });
  const [row] = await listed("?reference_number=119092");
  expect(row).toMatchObject({ received_status: "to_be_received", billed_status: "to_be_billed", total: 9 });
  for (const absent of ["line_items", "exchange_rate", "bcy_total"]) expect(row).not.toHaveProperty(absent);
});

test("a repeated reference_number is taken, a repeated purchaseorder_number is refused", async () => {
  await create(order({ reference_number: "7" }));
  expect((await create(order({ reference_number: "7" }))).status).toBe(201);
  expect(await listed("?reference_number=7")).toHaveLength(2);
  expect(await listed("?reference_number=70")).toHaveLength(0);
  const own = order({ purchaseorder_number: "X-1" });
  expect((await create(own, "?ignore_auto_number_generation=true")).status).toBe(201);
  const again = await create(own, "?ignore_auto_number_generation=true");
  expect([again.status, again.body.code]).toEqual([400, 36004]);
});

test("with automatic numbers an own one is refused; without them one is needed", async () => {
  expect((await create(order({ purchaseorder_number: "X-1" }))).status).toBe(400);
  await bench.set("zoho-books", { autoNumbering: false });
  expect((await create(order())).status).toBe(400);
  expect((await create(order({ purchaseorder_number: "X-1" }))).status).toBe(201);
});

test("an unknown or inactive vendor, no lines, an unknown or unpurchasable item are refused and make nothing", async () => {
  const asleep = (await bench.control("POST", "/zoho-books/contacts", { contact_type: "vendor", status: "inactive" }))
    .body.contact_id;
  const jam = (await bench.control("POST", "/zoho-books/items", { name: "Jam", can_be_purchased: false })).body.item_id;
  const wrong = [
    { vendor_id: "1" },
    { vendor_id: asleep },
    { line_items: [] },
    { line_items: [{ item_id: "1", quantity: 1 }] },
    { line_items: [{ item_id: jam, quantity: 1 }] },
  ];
  for (const one of wrong) expect((await create(order(one))).status).toBe(400);
  expect((await create("no json")).status).toBe(400);
  expect(await listed("")).toHaveLength(0);
});

test("open, edit, delete: each moves what it should", async () => {
  const id = objectOf(await create(order()), "purchaseorder").purchaseorder_id;
  expect((await bench.zoho("POST", `/purchaseorders/${id}/status/open`)).status).toBe(200);
  expect(await listed("?status=issued")).toHaveLength(1);
  expect(await listed("?filter_by=Status.Draft")).toHaveLength(0);
  const edited = await bench.zoho("PUT", `/purchaseorders/${id}`, {
    line_items: [{ item_id: itemId, quantity: 10, rate: 1 }],
  });
  expect(objectOf(edited, "purchaseorder")).toMatchObject({ total: 10, status: "open" });
  await bench.control("PATCH", `/zoho-books/purchaseorders/${id}`, { order_status: "closed" });
  expect(objectOf(await bench.zoho("GET", `/purchaseorders/${id}`), "purchaseorder").status).toBe("closed");
  expect((await bench.zoho("DELETE", `/purchaseorders/${id}`)).status).toBe(200);
  const gone = await bench.zoho("GET", `/purchaseorders/${id}`);
  expect([gone.status, gone.body.code]).toEqual([404, 1002]);
});

test("an upsert needs a field without duplicates, then creates once", async () => {
  const headers = { "x-unique-identifier-key": "cf_optiply_id", "x-unique-identifier-value": "42", "x-upsert": "true" };
  const upsert = () => bench.zoho("PUT", "/purchaseorders", order(), headers);
  expect((await upsert()).status).toBe(400);
  await bench.set("zoho-books", { uniquePurchaseOrderField: "cf_optiply_id" });
  expect((await upsert()).status).toBe(201);
  expect((await upsert()).status).toBe(200);
  expect(await listed("")).toMatchObject([{ cf_optiply_id: "42" }]);
});
