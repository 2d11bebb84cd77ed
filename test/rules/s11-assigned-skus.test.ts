import { expect, test } from "vitest";
import { assignAnswer } from "../../src/api/shop-contract.ts";
import { assignSkuByHand } from "../../src/operations/assign-sku.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const assign = ({ mizan, signal }: ShopStage, order: Fields, product: unknown, sku: string) =>
  assignSkuByHand(mizan.desk, {
    integration: integrationName,
    order: String(order.reference_id),
    product: String(product),
    sku,
    signal,
  });

const product = (stage: ShopStage, name: string, sku: string) =>
  stage.salla("products", { name, sku, price: "50", quantity: 20, cost_price: "10" });

test("S11, S8: a person assigns a SKU to what a line sold; its order goes on, and later ones need no second answer", async () => {
  const stage = await openShopStage();
  const bare = await product(stage, "كوب بلا رمز", "");
  const blank = await product(stage, "Blank", "  ");
  const mug = await product(stage, "Mug", "MUG");
  const place = (...products: readonly Fields[]) =>
    stage.salla("orders", { items: products.map(({ id }) => ({ product_id: id })), status: "completed" });
  const order = await place(mug, bare);
  const other = await place(blank);
  await stage.sync();
  const waiting = await stage.record("orders", String(order.id));
  expect(waiting).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(waiting.action).toContain("mizan assign-sku");
  expect(waiting.reason).toContain(String(bare.id));
  expect((await stage.record("products", String(bare.id))).action).toContain("mizan assign-sku");

  await expect(assign(stage, order, bare.id, "MUG")).rejects.toThrow(`that of Mug (${String(mug.id)}) in Salla`);
  for (const sku of ["", "  ", " CUP", "C".repeat(101), "CUP\n2"])
    await expect(assign(stage, order, bare.id, sku)).rejects.toThrow("allowed: 1 to 100 characters");
  await expect(assign(stage, order, mug.id, "CUP")).rejects.toThrow("has a SKU in Salla");
  await expect(assign(stage, order, "77", "CUP")).rejects.toThrow(
    `no line with 77; its lines without a SKU: كوب بلا رمز`,
  );
  expect(await stage.inQoyod("invoices")).toEqual([]);

  const assigned = await assign(stage, order, bare.id, "CUP");
  expect(assignAnswer.parse(JSON.parse(JSON.stringify(assigned)))).toMatchObject({ unit: String(bare.id), sku: "CUP" });
  expect(await stage.inQoyod("invoices")).toMatchObject([{ total: "100.0" }]);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku).sort()).toEqual(["CUP", "MUG"]);
  expect(await stage.held("CUP")).toBe(19);
  await expect(assign(stage, other, blank.id, "CUP")).rejects.toThrow(`was assigned to the product ${String(bare.id)}`);

  await place(bare);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect(await stage.held("CUP")).toBe(18);
  // By its line as well as by its product.
  const [line] = other.items as readonly Fields[];
  await assign(stage, other, line?.id, "CUP-2");
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
});

test("S8: an assigned SKU that another product of Salla has by now counts for neither, and Salla's own counts first", async () => {
  const stage = await openShopStage();
  const [bare, late] = [await product(stage, "Bare", ""), await product(stage, "Late", "")];
  const order = await stage.salla("orders", { items: [{ product_id: bare.id }] });
  await assign(stage, order, bare.id, "CUP");
  await stage.shop.change("salla/products", String(late.id), { sku: "CUP" });
  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.record("products", String(bare.id))).toMatchObject({ outcome: "waiting", code: "sku-shared" });
  expect(await stage.inQoyod("products")).toEqual([]);
  await stage.shop.change("salla/products", String(bare.id), { sku: "OWN" });
  stage.clock.jump(24 * 3_600_000);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).toEqual(["OWN"]);
});
