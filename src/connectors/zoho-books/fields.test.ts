import { expect, test } from "vitest";
import { contacts } from "./contacts.ts";
import { readRecord } from "./fields.ts";
import { type Item, stockPlaces } from "./items.ts";
import { purchaseOrders } from "./purchase-orders.ts";
import { salesOrders } from "./sales-orders.ts";

const order = { salesorder_id: "4600000000000000123", line_items: [] };
const readOrder = (value: unknown) => readRecord(salesOrders.documentSchema, "salesorder_id", value);

test("what only the mapping can judge passes as it came", () => {
  const reading = readOrder({
    ...order,
    total: "",
    unknown_field: { deep: true },
    line_items: [
      { item_id: "", quantity: -1.5, rate: "12.345" },
      { line_item_category: "header", name: 7 },
    ],
  });
  expect(reading).toMatchObject({
    kind: "read",
    row: { total: "", line_items: [{ item_id: undefined, quantity: -1.5, rate: "12.345" }, { name: "7" }] },
  });
});

test("ids of 19 digits stay exact, and short ones that came as numbers become text", () => {
  expect(readOrder(order)).toMatchObject({ row: { salesorder_id: "4600000000000000123" } });
  expect(readRecord(contacts.rowSchema, "contact_id", { contact_id: 42 })).toMatchObject({ row: { contact_id: "42" } });
});

test.each([
  [{ ...order, total: { amount: 1 } }, "field-invalid", "total"],
  [{ ...order, line_items: [{}, { rate: [] }] }, "field-invalid", "line_items[1].rate"],
  [{ ...order, line_items: [{ item_id: "abc" }] }, "field-invalid", "line_items[0].item_id"],
  [{ ...order, line_items: [5] }, "field-invalid", "line_items[0]"],
  [{ ...order, line_items: "none" }, "field-invalid", "line_items"],
  [{ salesorder_id: order.salesorder_id }, "field-missing", "line_items"],
])("%j is rejected by its own field", (value, code, field) => {
  const reading = readOrder(value);
  expect(reading).toMatchObject({
    kind: "unreadable",
    unreadable: { id: order.salesorder_id, rejection: { code, parameters: { field } } },
  });
});

const purchase = { purchaseorder_id: "4600000000000000456", line_items: [] };
const readPurchase = (value: unknown) => readRecord(purchaseOrders.documentSchema, "purchaseorder_id", value);

test("a purchase order carries what the import needs, and Zoho's empty values are no faults", () => {
  const full = {
    ...purchase,
    order_status: "closed",
    status: "billed",
    billed_status: "billed",
    received_status: "received",
    date: "2026-01-05",
    delivery_date: "2026-01-09",
    expected_delivery_date: "2026-01-08",
    exchange_rate: "1.085",
    currency_code: "USD",
    bills: [{ date: "2026-01-12" }],
    purchasereceives: [{ receive_date: "2026-01-11" }, { date: "2026-01-10" }],
    line_items: [{ item_id: "7", quantity: 2, rate: "4.5", line_item_category: "line_item", quantity_cancelled: 1 }],
  };
  expect(readPurchase(full)).toEqual({ kind: "read", row: full });
  const empty = { ...purchase, vendor_id: "", exchange_rate: "", bills: "", purchasereceives: null, total: "" };
  expect(readPurchase(empty)).toMatchObject({
    kind: "read",
    row: { vendor_id: undefined, exchange_rate: "", bills: undefined, purchasereceives: undefined },
  });
});

test.each([
  ["vendor_id", { vendor_id: "abc" }],
  ["vendor_name", { vendor_name: [] }],
  ["reference_number", { reference_number: { no: 1 } }],
  ["order_status", { order_status: true }],
  ["status", { status: [] }],
  ["billed_status", { billed_status: {} }],
  ["received_status", { received_status: false }],
  ["date", { date: { year: 2026 } }],
  ["delivery_date", { delivery_date: [] }],
  ["expected_delivery_date", { expected_delivery_date: false }],
  ["total", { total: [] }],
  ["exchange_rate", { exchange_rate: true }],
  ["currency_code", { currency_code: {} }],
  ["last_modified_time", { last_modified_time: {} }],
  ["bills", { bills: "none" }],
  ["bills[0]", { bills: [7] }],
  ["bills[1].date", { bills: [{}, { date: [] }] }],
  ["purchasereceives", { purchasereceives: {} }],
  ["purchasereceives[0].receive_date", { purchasereceives: [{ receive_date: {} }] }],
  ["purchasereceives[0].date", { purchasereceives: [{ date: true }] }],
  ["line_items", { line_items: {} }],
  ["line_items[0].item_id", { line_items: [{ item_id: "x" }] }],
  ["line_items[0].quantity", { line_items: [{ quantity: [] }] }],
  ["line_items[1].rate", { line_items: [{}, { rate: {} }] }],
  ["line_items[0].quantity_cancelled", { line_items: [{ quantity_cancelled: true }] }],
  ["line_items[0].line_item_category", { line_items: [{ line_item_category: [] }] }],
])("a purchase order whose %s is of a wrong type is rejected by that name", (field, more) => {
  expect(readPurchase({ ...purchase, ...more })).toMatchObject({
    kind: "unreadable",
    unreadable: { id: purchase.purchaseorder_id, rejection: { code: "field-invalid", parameters: { field } } },
  });
});

test.each(["vendor_name", "contact_name", "contact_type", "status", "currency_code"])(
  "a vendor whose %s is of a wrong type is rejected by that name",
  (field) => {
    expect(readRecord(contacts.rowSchema, "contact_id", { contact_id: "7", [field]: [] })).toMatchObject({
      unreadable: { id: "7", rejection: { code: "field-invalid", parameters: { field } } },
    });
  },
);

test.each([[null], ["text"], [{}], [{ salesorder_id: "x1" }], [{ salesorder_id: null }]])(
  "%j has no readable id",
  (value) => {
    expect(readOrder(value)).toMatchObject({
      kind: "unreadable",
      unreadable: { id: null, rejection: { parameters: { field: "salesorder_id" } } },
    });
  },
);

test("stock is read from either shape, and its absence is told apart from no place", () => {
  const item = (more: object) => ({ item_id: "1", ...more }) as Item;
  expect(stockPlaces(item({ locations: [{ location_id: "7", location_available_for_sale_stock: -2 }] }))).toMatchObject(
    [{ id: "7", availableForSale: -2 }],
  );
  expect(
    stockPlaces(item({ warehouses: [{ warehouse_id: "8", warehouse_available_for_sale_stock: "" }] })),
  ).toMatchObject([{ id: "8", availableForSale: "" }]);
  expect(stockPlaces(item({ warehouses: [] }))).toEqual([]);
  expect(stockPlaces(item({}))).toBeNull();
});
