import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { interpose } from "./interposed.ts";

const bulk = "/admin/v2/products/quantities/bulk";

test("S7: a sale exactly between the last reading of a quantity and its write is overwritten once, and healed by the next pass", async () => {
  const between = await interpose();
  const stage = await openShopStage({
    sallaSettings: { apiUrl: between.url },
    before: async ({ shop }) => {
      between.target = new URL(shop.addresses.vendors.salla.apiUrl).origin;
    },
  });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], status: "completed" });
  await stage.sync();
  const [product] = await stage.inQoyod("products");
  await stage.qoyod("bills", { line_items: [{ product_id: product?.id, quantity: 5, unit_price: "20" }] });
  let offeredThen: number | null = null;
  const happens = async () => {
    await stage.salla("orders", { items: [{ sku: "MUG", quantity: 4 }] });
    offeredThen = await stage.offered("MUG");
  };
  between.before = { method: "POST", path: bulk, passing: 0, happens };
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 1 });
  // Salla had lowered 7 to 3 when the write of 12 arrived, which knows nothing of the sale.
  expect([offeredThen, await stage.held("MUG"), await stage.offered("MUG")]).toEqual([3, 12, 12]);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 1 });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([12, 8]);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
});

test("S6: a sale between any two readings of an opening count is in it, once", async () => {
  const between = await interpose();
  const stage = await openShopStage({
    sallaSettings: { apiUrl: between.url },
    before: async ({ shop }) => {
      between.target = new URL(shop.addresses.vendors.salla.apiUrl).origin;
    },
  });
  for (const passing of [0, 1, 2, 3]) {
    const sku = `MUG-${passing}`;
    const mug = await stage.salla("products", { name: sku, sku, price: "52", quantity: 10, cost_price: "20" });
    await stage.salla("orders", { items: [{ sku, quantity: 3 }], status: "completed" });
    let isSold = false;
    const happens = async () => {
      await stage.salla("orders", { items: [{ sku, quantity: 4 }] });
      isSold = true;
    };
    // The product itself is read to tell what the line sold, and for each half of the double reading.
    between.before = { method: "GET", path: `/admin/v2/products/${String(mug.id)}`, passing, happens };
    await stage.sync();
    expect(isSold, sku).toBe(true);
    await stage.sync();
    expect([await stage.held(sku), await stage.offered(sku)], sku).toEqual([7, 3]);
  }
});
