import { beforeEach, expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { item, itemId, only, openStage, order, orderId, type Stage } from "../stage.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});

const inactive = { name: "Last year's calendar", sku: "CAL", status: "inactive" };

test("Z4: an item that is inactive and was never sent is skipped", async () => {
  const [calendar] = await stage.shop.add("zoho-books/items", [item(inactive)]);
  const { products } = await stage.sync();
  expect(products.counts).toEqual(only({ skipped: 1 }));
  expect(await stage.inOptiply("products")).toEqual([]);
  expect(await stage.record("products", itemId(calendar))).toMatchObject({ code: "inactive-never-sent" });
});

test("Z4: when an order refers to it, it is created disabled and the order has its line", async () => {
  const [calendar, mug] = await stage.shop.add("zoho-books/items", [item(inactive), item()]);
  const [sold] = await stage.shop.add("zoho-books/salesorders", [
    order([
      { item_id: itemId(mug), quantity: 1 },
      { item_id: itemId(calendar), quantity: 3 },
    ]),
  ]);
  const { products, orders } = await stage.sync();
  // The one that the order brought along counts under its own flow.
  expect(products.counts).toEqual(only({ created: 2 }));
  expect(orders.counts).toEqual(only({ created: 1 }));
  const made = (await stage.inOptiply("products")).find(({ skuCode }) => skuCode === "CAL");
  expect(made).toMatchObject({ status: "disabled", stockLevel: 12 });
  const lines = await stage.inOptiply("sellOrderLines");
  expect(lines.find(({ productId }) => String(productId) === String(made?.id))).toMatchObject({ quantity: 3 });
  expect(lines).toHaveLength(2);
  expect(await stage.record("sell-orders", orderId(sold))).toMatchObject({ outcome: "created" });
  expect(await stage.record("products", itemId(calendar))).toMatchObject({ outcome: "created", code: null });
});

test("Z4: once created it is kept up to date, and a second sync writes nothing", async () => {
  const [calendar] = await stage.shop.add("zoho-books/items", [item(inactive)]);
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(calendar), quantity: 3 }])]);
  await stage.sync();
  await stage.resetCalls();
  const { products } = await stage.sync();
  expect(products.counts).toEqual(only({ unchanged: 1 }));
  expect(await stage.writes()).toBe(0);
  await stage.shop.change("zoho-books/items", itemId(calendar), { status: "active" });
  expect((await stage.sync()).products.counts).toEqual(only({ updated: 1 }));
  expect(await stage.inOptiply("products")).toMatchObject([{ status: "enabled" }]);
});

test("Z4: an item that becomes inactive later is disabled, not deleted", async () => {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  expect(await stage.inOptiply("products")).toMatchObject([{ status: "enabled" }]);
  await stage.shop.change("zoho-books/items", itemId(mug), { status: "inactive" });
  const { products } = await stage.sync();
  expect(products.counts).toEqual(only({ updated: 1 }));
  expect(await stage.inOptiply("products")).toMatchObject([{ status: "disabled", name: "Mug" }]);
});

test("Z4: an item that was skipped is created when it becomes active", async () => {
  const [calendar] = await stage.shop.add("zoho-books/items", [item(inactive)]);
  await stage.sync();
  await stage.shop.change("zoho-books/items", itemId(calendar), { status: "active" });
  expect((await stage.sync()).products.counts).toEqual(only({ created: 1 }));
  expect(await stage.inOptiply("products")).toMatchObject([{ status: "enabled" }]);
});

test("Z4: an item that vanished in Zoho stays in Optiply as it is after one pass, and is not taken for inactive by a retry", async () => {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const before = await stage.inOptiply("products");
  await stage.shop.remove("zoho-books/items", itemId(mug));
  await stage.sync();
  await retry(stage.mizan.desk, { integration: "shop", flow: "products", outcome: "created", signal: stage.signal });
  expect(await stage.inOptiply("products")).toEqual(before);
});
