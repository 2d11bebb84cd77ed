import { expect, test } from "vitest";
import { wireAttributes } from "./attributes.ts";
import { products } from "./products.ts";
import { sellOrders } from "./sell-orders.ts";

test("a product is written with its price as a number and without what is undefined", () => {
  const mapped = { remoteId: "4600000000000000123", name: "Lamp", price: "9.95", skuCode: undefined, stockLevel: -3 };
  expect(wireAttributes(products.attributes, mapped)).toEqual({
    remoteId: "4600000000000000123",
    name: "Lamp",
    price: 9.95,
    stockLevel: -3,
  });
});

test("every price up to the cap keeps its digits on the wire", () => {
  for (const price of ["0.00", "0.07", "1.10", "4999999.35", "9999999.99"]) {
    const wire = JSON.stringify(wireAttributes(products.attributes, { price }).price);
    expect(wire.replace(/^(\d+)$/, "$1.00").replace(/(\.\d)$/, "$10")).toBe(price);
  }
});

test("an order is written with amounts as text and flat lines", () => {
  const orderLines = [{ productId: "5900001", quantity: 2, subtotalValue: "123456789012345.67" }];
  expect(wireAttributes(sellOrders.attributes, { totalValue: "10.00", orderLines })).toEqual({
    totalValue: "10.00",
    orderLines: [{ productId: 5900001, quantity: 2, subtotalValue: "123456789012345.67" }],
  });
});

test.each([
  [products.attributes, { stockLevel: 1.5 }, "stockLevel"],
  [products.attributes, { stockLevel: Number.NaN }, "stockLevel"],
  [products.attributes, { price: "10000000.00" }, "price"],
  [products.attributes, { price: 5 }, "price"],
  [sellOrders.attributes, { orderLines: [{ productId: "nan" }] }, "productId"],
  [sellOrders.attributes, { orderLines: [{ productId: "99999999999999999999" }] }, "productId"],
])("what Optiply would answer with a 500 is refused here by name: %#", (table, mapped, field) => {
  expect(() => wireAttributes(table, mapped)).toThrow(field);
});

test("a field that the resource does not have is our own mistake", () => {
  expect(() => wireAttributes(products.attributes, { colour: "red" })).toThrow(RangeError);
});
