import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const completed = { status: "completed" };

test("S8: a product of Qoyod is met by its exact SKU and then known by its id; two of one SKU, or a near one, are told", async () => {
  const stage = await openShopStage({ switches: { qoyod: { textFilters: "loose" } } });
  const product = (sku: string) =>
    stage.salla("products", { name: sku, sku, price: "50", quantity: 20, cost_price: "10" });
  const mug = await product("MUG");
  await product("PEN");
  await product("CUP");
  const known = await stage.qoyod("products", { name: "The mug of the books", sku: "MUG", stock: "0" });
  await stage.qoyod("products", { name: "Pen 1", sku: "PEN", stock: "0" });
  const twin = await stage.qoyod("products", { name: "Pen 2", sku: "PEN", stock: "0" });
  await stage.qoyod("products", { name: "Another cup", sku: "cup ", stock: "0" });
  await stage.salla("orders", { items: [{ sku: "MUG" }], ...completed });
  const pens = await stage.salla("orders", { items: [{ sku: "PEN" }, { sku: "MUG" }], ...completed });
  await stage.salla("orders", { items: [{ sku: "CUP" }], ...completed });
  await stage.sync();

  expect(await stage.record("products", "MUG")).toMatchObject({ outcome: "created", targetId: String(known.id) });
  const several = await stage.record("products", "PEN");
  expect(several).toMatchObject({ outcome: "waiting", code: "several-matches" });
  expect(several.reason).toContain(String(twin.id));
  const waiting = await stage.record("orders", String(pens.id));
  expect(waiting).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(waiting.action).toContain("Delete the wrong ones in Qoyod");
  const cup = await stage.record("products", "CUP");
  expect(cup.outcome).toBe("created");
  expect(cup.notes.join(" ")).toContain("differs from CUP by case or spaces only");
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).toEqual(["MUG", "PEN", "PEN", "cup ", "CUP"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);

  // The wrong one is deleted: the order goes on. A linked product stays linked although its SKU changes at both sides.
  await stage.shop.remove("qoyod/products", String(twin.id));
  await stage.shop.change("qoyod/products", String(known.id), { sku: "MUG-RENAMED" });
  await retry(stage.mizan.desk, { integration: integrationName, signal: stage.signal });
  await stage.shop.change("salla/products", String(mug.id), { sku: "MUG-2" });
  await stage.salla("orders", { items: [{ sku: "MUG-2" }], ...completed });
  await stage.sync();
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(4);
  expect(await stage.inQoyod("products")).toHaveLength(4);
});

for (const itemProductIds of ["none", "product", "both"])
  test(`S8: a SKU that two products or variants of Salla share waits with both named; lines carry ids: ${itemProductIds}`, async () => {
    const stage = await openShopStage({ switches: { salla: { itemProductIds } } });
    const product = (name: string, sku: string, more: Fields = {}) =>
      stage.salla("products", { name, sku, price: "50", quantity: 20, cost_price: "10", ...more });
    const red = await product("Red mug", "MUG");
    const blue = await product("Blue mug", "MUG");
    await product("Pen", "PEN");
    const shirt = await product("Shirt", "", {
      variants: [
        { sku: "SHIRT", quantity: 5, price: "50", name: "S", cost_price: "10" },
        { sku: "SHIRT", quantity: 5, price: "50", name: "L", cost_price: "10" },
      ],
    });
    const variants = (shirt.skus ?? []) as Fields[];
    expect(variants).toHaveLength(2);
    const mugs = await stage.salla("orders", { items: [{ product_id: red.id }, { sku: "PEN" }], ...completed });
    const shirts = await stage.salla("orders", { items: [{ variant_id: variants[1]?.id }], ...completed });
    await stage.sync();
    for (const [order, sku, words] of [
      [mugs, "MUG", "Red mug"],
      [mugs, "MUG", "Blue mug"],
      [shirts, "SHIRT", "Shirt"],
    ] as const) {
      const waiting = await stage.record("orders", String(order.id));
      expect(waiting.outcome).toBe("waiting");
      expect(waiting.reason).toContain(`The SKU ${sku} stands at several products in Salla`);
      expect(waiting.reason).toContain(words);
      expect(waiting.action).toContain("Give each of them a SKU of its own");
    }
    // Neither counted nor written, at either side.
    expect(await stage.inQoyod("products")).toEqual([]);
    expect(await stage.inQoyod("invoices")).toEqual([]);
    expect(await stage.inQoyod("inventory_adjustments")).toEqual([]);
    expect((await stage.records("stock")).length).toBe(0);

    await stage.shop.change("salla/products", String(blue.id), { sku: "MUG-BLUE" });
    await stage.shop.change("salla/variants", String(variants[0]?.id), { sku: "SHIRT-S" });
    await retry(stage.mizan.desk, { integration: integrationName, signal: stage.signal });
    await stage.sync();
    expect((await stage.inQoyod("products")).map(({ sku }) => sku).sort()).toEqual(["MUG", "PEN", "SHIRT"]);
    expect(await stage.inQoyod("invoices")).toHaveLength(2);
  });
