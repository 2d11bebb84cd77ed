/** Which stock and which cost an opening count takes where an option decides it (product.md, 1.1). */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

for (const { existingStock, count, left } of [
  { existingStock: "salla", count: ["7.0 at 20.0"], left: 4 },
  { existingStock: "qoyod", count: [], left: 22 },
])
  test(`S6, S8: existingStock=${existingStock} decides whose stock counts, without asking anybody`, async () => {
    const stage = await openShopStage({ options: { existingStock } });
    await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 7, cost_price: "20" });
    await stage.qoyod("products", { sku: "MUG", track_quantity: true, stock: 25 });
    await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], status: "completed" });
    await stage.sync();
    await stage.sync();
    expect(await counts(stage)).toEqual(count);
    expect(await stage.inQoyod("invoices")).toHaveLength(1);
    expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([left, left]);
    expect(await stage.record("opening-counts", "MUG")).toMatchObject({ outcome: "created", code: null });
  });

test("S6: existingStock=salla leaves a stock alone that agrees, and none is set where Qoyod holds 0", async () => {
  const stage = await openShopStage({ options: { existingStock: "salla" } });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 7, cost_price: "20" });
  await stage.salla("products", { name: "Cup", sku: "CUP", price: "52", quantity: 7, cost_price: "20" });
  await stage.qoyod("products", { sku: "MUG", track_quantity: true, stock: 7 });
  await stage.qoyod("products", { sku: "CUP", track_quantity: true, stock: 0 });
  const items = ["MUG", "CUP"].map((sku) => ({ sku, quantity: 3 }));
  await stage.salla("orders", { items, status: "completed" });
  await stage.sync();
  expect(await counts(stage)).toEqual(["7.0 at 20.0"]);
  expect([await stage.held("MUG"), await stage.held("CUP")]).toEqual([4, 4]);
});

test("S6: defaultCost stands in where neither side knows the cost, and only there", async () => {
  const stage = await openShopStage({ options: { defaultCost: "3.25" } });
  const product = { price: "52", quantity: 7 };
  await stage.salla("products", { ...product, name: "Mug", sku: "MUG", cost_price: null });
  await stage.salla("products", { ...product, name: "Cup", sku: "CUP", cost_price: "20" });
  await stage.salla("products", { ...product, name: "Pot", sku: "POT", cost_price: null });
  await stage.salla("products", { ...product, name: "Pan", sku: "PAN", cost_price: "0" });
  await stage.salla("products", { ...product, name: "Jug", sku: "JUG", cost_price: null });
  await stage.qoyod("products", { sku: "POT", track_quantity: true, buying_price: "11", stock: 0 });
  await stage.qoyod("products", { sku: "JUG", track_quantity: true, buying_price: "0", stock: 0 });
  const items = ["MUG", "CUP", "POT", "PAN", "JUG"].map((sku) => ({ sku, quantity: 1 }));
  await stage.salla("orders", { items, status: "completed" });
  await stage.sync();
  expect(await counts(stage)).toEqual(["7.0 at 3.25", "7.0 at 20.0", "7.0 at 11.0", "7.0 at 3.25", "7.0 at 3.25"]);
  const made = new Map((await stage.inQoyod("products")).map(({ sku, buying_price }) => [sku, Number(buying_price)]));
  expect([made.get("MUG"), made.get("CUP"), made.get("POT")]).toEqual([3.25, 20, 11]);
});

/** Every stock count in Qoyod, in the order of its SKUs in the order. */
async function counts(stage: ShopStage): Promise<string[]> {
  const made = await stage.inQoyod("inventory_adjustments");
  return made
    .flatMap(({ line_items }) => line_items as Fields[])
    .map(({ actual_quantity, rate }) => `${actual_quantity} at ${rate}`);
}
