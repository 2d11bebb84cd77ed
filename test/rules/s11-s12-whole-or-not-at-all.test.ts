import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const completed = { status: "completed" };

for (const itemProductIds of ["none", "both"])
  test(`S11: a line without SKU waits and names the product, the order goes whole once it has one; lines carry ids: ${itemProductIds}`, async () => {
    const stage = await openShopStage({ switches: { salla: { itemProductIds } } });
    const product = (name: string, sku: string) =>
      stage.salla("products", { name, sku, price: "50", quantity: 20, cost_price: "10" });
    const bare = await product("كوب بلا رمز", "");
    const blank = await product("Blank", "   ");
    await product("Mug", "MUG");
    const customer = await stage.salla("customers", { first_name: "Huda", mobile: "501112223", mobile_code: "+966" });
    const items: Fields[] = [{ sku: "MUG", quantity: 2 }, { product_id: bare.id }];
    const order = await stage.salla("orders", { items, customer_id: customer.id, ...completed });
    const other = await stage.salla("orders", { items: [{ product_id: blank.id }], ...completed });
    await stage.sync();
    for (const [one, name] of [
      [order, "كوب بلا رمز"],
      [other, "Blank"],
    ] as const) {
      const waiting = await stage.record("orders", String(one.id));
      expect(waiting.outcome).toBe("waiting");
      expect(waiting.reason).toContain(`${name} has no SKU in Salla`);
      expect(waiting.action).toContain(`Give ${name} a SKU in Salla`);
    }
    // A line is never dropped, and nothing is made for an order that cannot go.
    expect(await stage.inQoyod("invoices")).toEqual([]);
    expect(await stage.inQoyod("products")).toEqual([]);
    expect(await stage.inQoyod("inventory_adjustments")).toEqual([]);
    expect(await stage.inQoyod("customers")).toHaveLength(1);

    await stage.shop.change("salla/products", String(bare.id), { sku: "CUP" });
    await retry(stage.mizan.desk, { record: `${integrationName}/orders/${String(order.id)}`, signal: stage.signal });
    await stage.sync();
    expect(await stage.inQoyod("invoices")).toMatchObject([{ total: "150.0" }]);
    expect((await stage.inQoyod("products")).map(({ sku }) => sku).sort()).toEqual(["CUP", "MUG"]);
    expect(await stage.held("CUP")).toBe(19);
    expect((await stage.record("orders", String(other.id))).outcome).toBe("waiting");
  });

test("S12: a product that no transferred order carried is not made and not counted, and its stock is not touched", async () => {
  const stage = await openShopStage();
  const product = (sku: string, more: Fields = {}) =>
    stage.salla("products", { name: sku, sku, price: "50", quantity: 20, cost_price: "10", ...more });
  await product("SOLD");
  await product("ONLY-PLACED");
  await product("CANCELED");
  await product("NEVER");
  await stage.qoyod("products", { name: "Never", sku: "NEVER", stock: "3" });
  await stage.salla("orders", { items: [{ sku: "SOLD" }], ...completed });
  await stage.salla("orders", { items: [{ sku: "ONLY-PLACED" }, { sku: "SOLD" }] });
  const canceled = await stage.salla("orders", { items: [{ sku: "CANCELED" }] });
  await stage.act(canceled, "cancel");
  await stage.sync();
  await stage.sync();
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).toEqual(["NEVER", "SOLD"]);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
  expect([await stage.held("NEVER"), await stage.offered("NEVER")]).toEqual([3, 20]);
  expect([await stage.offered("ONLY-PLACED"), await stage.offered("CANCELED")]).toEqual([19, 20]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});
