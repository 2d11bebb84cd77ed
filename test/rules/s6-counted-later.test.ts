import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";

test("S6: a product that was sold without a count is counted before its next invoice, once both sides count it", async () => {
  const stage = await openShopStage();
  const mug = await stage.salla("products", {
    ...{ name: "Mug", sku: "MUG", price: "52", cost_price: "20" },
    unlimited_quantity: true,
  });
  const order = { items: [{ sku: "MUG", quantity: 2 }], status: "completed" };
  await stage.salla("orders", order);
  await stage.sync();
  expect(await stage.inQoyod("inventory_adjustments")).toEqual([]);
  const [product] = await stage.inQoyod("products");

  // Only the shop counts it: nothing is counted or written.
  await stage.shop.change("salla/products", String(mug.id), { unlimited_quantity: false, quantity: 8 });
  await stage.sync();
  await stage.salla("orders", order);
  await stage.sync();
  expect(await stage.inQoyod("inventory_adjustments")).toEqual([]);
  expect(await stage.offered("MUG")).toBe(6);

  await stage.shop.change("qoyod/products", String(product?.id), {
    track_quantity: 1,
    purchase_item: 1,
    buying_price: 20,
  });
  await stage.sync();
  await stage.salla("orders", order);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([4, 4]);
  await stage.qoyod("opening_balances", { line_items: [{ product_id: product?.id, quantity: 5 }] });
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([9, 9]);
});
