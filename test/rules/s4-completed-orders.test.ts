import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";

test("S4, S6: a completed order becomes one paid invoice of its total, after a count of its product", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  const items = [{ sku: "MUG", quantity: 3 }];
  const order = await stage.salla("orders", { items, payment_method: "mada", paid: true });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toEqual([]);
  expect(await stage.inQoyod("products")).toEqual([]);

  await stage.act(order, "complete");
  await stage.sync();
  const invoices = await stage.inQoyod("invoices");
  expect(invoices).toMatchObject([{ total: "156.0", status: "Paid" }]);
  const counts = await stage.inQoyod("inventory_adjustments");
  expect(counts).toMatchObject([{ line_items: [{ actual_quantity: "10.0", rate: "20.0" }] }]);
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([7, 7]);

  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
});
