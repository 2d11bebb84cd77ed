import { expect, test } from "vitest";
import { contacts } from "./contacts.ts";
import { readRecord } from "./fields.ts";
import { type Item, stockPlaces } from "./items.ts";
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
