/** A product whose shape nobody expected is a matter of its own orders: the others and their stock go on. */
import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" };
const odd = { ...mug, name: "Odd", sku: "ODD", options: [{ name: "Size", values: ["S"] }] };

test("S8: orders of a product that cannot be read wait and name it; first invoices and quantities of others go on", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  await stage.salla("products", odd);
  await stage.salla("orders", { items: [{ sku: "ODD" }] });
  const waiting = await stage.salla("orders", { items: [{ sku: "ODD" }], status: "completed" });
  const good = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], status: "completed" });
  await stage.sync();
  expect(await stage.record("orders", String(good.id))).toMatchObject({ outcome: "created" });
  const told = await stage.record("orders", String(waiting.id));
  expect(told).toMatchObject({ outcome: "waiting", code: "product-unreadable" });
  expect(told.reason).toMatch(/Odd.*options/);

  // One mug breaks: fewer in the books, and what is offered must sink.
  const [product] = await stage.inQoyod("products");
  await stage.shop.change("qoyod/products", String(product?.id), { stock: "5.0" });
  const { state, message } = (await stage.sync()).of("stock");
  expect([state, message]).toEqual(["done", null]);
  expect(await stage.offered("MUG")).toBe(5);
});

test("S7: a counted product that cannot be read any more keeps its quantity, and the others get theirs", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  const other = await stage.salla("products", { ...odd, options: [] });
  await stage.salla("orders", { items: [{ sku: "MUG" }, { sku: "ODD" }], status: "completed" });
  await stage.sync();
  await stage.shop.change("salla/products", String(other.id), { options: odd.options });
  for (const { id } of await stage.inQoyod("products"))
    await stage.shop.change("qoyod/products", String(id), { stock: "60.0" });
  const { state, message } = (await stage.sync()).of("stock");
  expect([state, message]).toEqual(["done", null]);
  expect([await stage.offered("MUG"), await stage.offered("ODD")]).toEqual([60, 49]);
});
