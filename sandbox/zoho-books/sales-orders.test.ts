import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const add = async (order: object) => (await bench.control("POST", "/zoho-books/salesorders", order)).body;
const listed = async (query = "") => rowsOf(await bench.zoho("GET", `/salesorders${query}`), "salesorders");
const numbers = async (query: string) => (await listed(query)).map(({ salesorder_number }) => salesorder_number).sort();
const detail = async (id: unknown) => objectOf(await bench.zoho("GET", `/salesorders/${id}`), "salesorder");

test("list rows have no lines, no exchange rate and, unless switched on, no salesperson_id; the detail has all", async () => {
  const { salesorder_id } = await add({
    salesperson_id: "77",
    salesperson_name: "AMZN",
    exchange_rate: 1.5,
    line_items: [{ name: "Card", quantity: 2, rate: 0.5 }],
  });
  const [row] = await listed();
  expect(row).toMatchObject({ salesorder_id, salesperson_name: "AMZN", total: 1, bcy_total: 1.5, delivery_date: "" });
  for (const absent of ["line_items", "exchange_rate", "salesperson_id"]) expect(row).not.toHaveProperty(absent);
  expect(await detail(salesorder_id)).toMatchObject({
    salesperson_id: "77",
    exchange_rate: 1.5,
    line_items: [{ item_id: "", name: "Card", item_total: 1, bcy_rate: 0.75 }],
  });
  await bench.set("zoho-books", { salespersonIdInList: true });
  expect((await listed())[0]).toMatchObject({ salesperson_id: "77" });
});

test("totals are exact sums of quantity × rate, rounded once", async () => {
  const line_items = [
    { name: "a", quantity: 3, rate: 0.335 },
    { name: "b", quantity: 2.4375, rate: 1.1 },
    { line_item_category: "header", header_name: "h" },
    { name: "c", quantity: -1, rate: 0.1 },
  ];
  // 1.005 + 2.68125 - 0.1 = 3.58625
  expect((await add({ line_items })).total).toBe(3.59);
});

test("lines take name, sku and rate from the item; header and subtotal rows have neither item nor quantity", async () => {
  const item = (await bench.control("POST", "/zoho-books/items", { name: "Mug", sku: "M", rate: 4.5 })).body;
  const { salesorder_id } = await add({
    invoiced_status: "invoiced",
    line_items: [
      { line_item_category: "header", header_name: "Kitchen" },
      { item_id: item.item_id, quantity: 2 },
      { line_item_category: "subtotal" },
    ],
  });
  const lines = (await detail(salesorder_id)).line_items;
  const [header, line, subtotal] = Array.isArray(lines) ? lines.filter(isFields) : [];
  expect(line).toMatchObject({
    item_id: item.item_id,
    name: "Mug",
    sku: "M",
    rate: 4.5,
    quantity: 2,
    quantity_invoiced: 2,
    item_order: 2,
  });
  for (const row of [header, subtotal]) {
    expect(row).not.toHaveProperty("item_id");
    expect(row).not.toHaveProperty("quantity");
  }
});

test("status is a roll-up that hides an invoice behind a shipment", async () => {
  await add({
    order_status: "confirmed",
    invoiced_status: "invoiced",
    shipped_status: "shipped",
    paid_status: "unpaid",
  });
  expect((await listed())[0]).toMatchObject({
    status: "shipped",
    order_status: "confirmed",
    invoiced_status: "invoiced",
  });
  expect(await listed("?filter_by=Status.Invoiced")).toHaveLength(0);
});

test("a merchant's change moves last_modified_time and the roll-up", async () => {
  const { salesorder_id } = await add({ order_status: "open", last_modified_time: "2020-01-01T00:00:00+0000" });
  const { body } = await bench.control("PATCH", `/zoho-books/salesorders/${salesorder_id}`, {
    order_status: "closed",
    line_items: [{ name: "x", quantity: 1, rate: 2 }],
  });
  expect(body).toMatchObject({ status: "closed", total: 2 });
  expect(String(body.last_modified_time) > "2026").toBe(true);
});

test("filters: dates, status, salesperson, customer, item, ids, custom names", async () => {
  const orders = [
    {
      salesorder_number: "A",
      date: "2026-01-01",
      order_status: "draft",
      salesperson_id: "1",
      line_items: [{ item_id: "5", quantity: 1, rate: 1 }],
    },
    {
      salesorder_number: "B",
      date: "2026-01-02",
      order_status: "confirmed",
      invoiced_status: "partially_invoiced",
      customer_id: "8",
    },
    { salesorder_number: "C", date: "2026-01-03", order_status: "closed" },
  ];
  const made = await bench.control("POST", "/zoho-books/salesorders", orders);
  expect(await numbers("?date_start=2026-01-02")).toEqual(["B", "C"]);
  expect(await numbers("?date_end=2026-01-02")).toEqual(["A", "B"]);
  expect(await numbers("?date_after=2026-01-01&date_before=2026-01-03")).toEqual(["B"]);
  expect(await numbers("?filter_by=Status.PartiallyInvoiced")).toEqual(["B"]);
  expect(await numbers("?filter_by=Status.All")).toEqual(["A", "B", "C"]);
  expect(await numbers("?status=closed")).toEqual(["C"]);
  expect(await numbers("?salesperson_id=1")).toEqual(["A"]);
  expect(await numbers("?customer_id=8")).toEqual(["B"]);
  expect(await numbers("?item_id=5")).toEqual(["A"]);
  const ids = (made.body.rows as { salesorder_id: string }[]).slice(0, 2).map(({ salesorder_id }) => salesorder_id);
  expect(await numbers(`?salesorder_ids=${ids.join(",")}`)).toEqual(["A", "B"]);
  expect((await listed(`?salesorder_ids=${ids[0]}`))[0]).not.toHaveProperty("line_items");
  await bench.set("zoho-books", { linesInSalesorderIds: true });
  expect((await listed(`?salesorder_ids=${ids[0]}`))[0]).toHaveProperty("line_items");
  expect(
    (await bench.zoho("GET", `/salesorders?salesorder_ids=${Array.from({ length: 201 }, (_, index) => index)}`)).status,
  ).toBe(400);
});
