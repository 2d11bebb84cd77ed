import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" };
const minuteMs = 60_000;

test("S3, S7: purchases, opening balances, counts and transfers travel to Salla, less what is kept back", async () => {
  const { stage, productId } = await countedStage({ options: { safetyBuffer: 2 } });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 5]);
  const line = (more: Fields) => ({ line_items: [{ product_id: productId, ...more }] });
  await stage.qoyod("bills", line({ quantity: 5, unit_price: "20" }));
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([12, 10]);
  await stage.qoyod("opening_balances", line({ quantity: 4 }));
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([16, 14]);
  await stage.qoyod("inventory_adjustments", line({ actual_quantity: 9, rate: "20" }));
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([9, 7]);
  await stage.shop.change("qoyod/products", productId, { stock: "3.75" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(1);
  await stage.shop.change("qoyod/products", productId, { stock: "1.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(0);
});

test("S7: a quiet pass lists both sides once and writes nothing; a sale between two passes is healed by the next", async () => {
  const { stage, productId } = await countedStage();
  const [order] = await stage.inSalla("orders");
  const updated_at = { date: "2026-01-05 10:00:00.000000", timezone_type: 3, timezone: "Asia/Riyadh" };
  await stage.shop.change("salla/orders", String(order?.id), { sandbox_overrides: { updated_at } });
  const quiet = (await stage.sync()).of("stock");
  // Besides the list pages: the first and the last order of the page, whose rows do not tell when they changed.
  expect(quiet).toMatchObject({ state: "done", counts: { updated: 0, unchanged: 1 } });
  expect(quiet.calls).toEqual({ "salla GET 200": 3, "qoyod GET 200": 1 });

  await stage.shop.change("qoyod/products", productId, { stock: "20.0" });
  // The sale is not known when the quantity is computed: it comes right before the write.
  await stage.shop.change("salla/products", String((await stage.inSalla("products"))[0]?.id), { quantity: 6 });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(20);
  const open = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 4 }] });
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([20, 16]);
  await stage.act(open, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([20, 20]);
});

test("S2: with the option off no quantity is ever written, and short orders go on all the same", async () => {
  const { stage, productId } = await countedStage({ options: { updateInventory: false } });
  await stage.shop.change("qoyod/products", productId, { stock: "2.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(7);
  const contacts = (await stage.inQoyod("customers")).length;
  const customer = await stage.salla("customers", { first_name: "Huda", last_name: "Salem", mobile: "500000177" });
  const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], customer_id: customer.id });
  await stage.act(order, "complete");
  await stage.sync();
  const waits = await stage.record("orders", String(order.reference_id));
  expect(waits).toMatchObject({ outcome: "waiting", code: "stock-short" });
  expect(waits.reason).toMatch(/2\b.*3\b/);
  expect(await stage.inQoyod("customers")).toHaveLength(contacts);

  await stage.qoyod("bills", { line_items: [{ product_id: productId, quantity: 5, unit_price: "20" }] });
  stage.clock.jump(20 * minuteMs);
  await stage.sync();
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([4, 4]);
  await stage.shop.change("qoyod/products", productId, { stock: "30.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(4);
});

test("S7: a queued write is read back and not repeated; one that never comes is written again", async () => {
  const { stage, productId } = await countedStage();
  await stage.shop.switches({ salla: { bulkDelayMs: 3_600_000 } });
  await stage.shop.change("qoyod/products", productId, { stock: "12.0" });
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 1 });
  const stored = async () => (await stage.records("stock"))[0];
  expect(await stored()).toMatchObject({ outcome: "updated", retryAt: expect.anything() });
  await stage.shop.switches({ salla: { bulkDelayMs: 0 } });
  stage.clock.jump(minuteMs);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 1 });
  expect(await stage.offered("MUG")).toBe(12);
  stage.clock.jump(2 * minuteMs);
  await stage.sync();
  expect(await stored()).toMatchObject({ outcome: "unchanged", retryAt: null });

  // An answer that is lost after the work says nothing: what the shop shows does.
  await stage.shop.fault({
    vendor: "salla",
    kind: "cut-after",
    method: "POST",
    path: "/products/quantities/bulk",
    count: 1,
  });
  await stage.shop.change("qoyod/products", productId, { stock: "15.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(15);
  stage.clock.jump(2 * minuteMs);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
  expect(await stored()).toMatchObject({ outcome: "unchanged" });
});

test("S7: while an order cannot be read quantities sink but do not rise", async () => {
  const { stage, productId } = await countedStage();
  const order = await stage.salla("orders", {
    items: [{ sku: "MUG", quantity: 2 }],
    sandbox_overrides: { amounts: { total: { amount: "much" } } },
  });
  await stage.shop.change("qoyod/products", productId, { stock: "30.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(5);
  expect((await stage.records("stock"))[0]).toMatchObject({ outcome: "waiting", code: "orders-unreadable" });
  await stage.shop.change("qoyod/products", productId, { stock: "4.0" });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(4);

  // It is tried in every pass, however long ago it changed.
  stage.clock.jump(60 * minuteMs);
  await stage.sync();
  await stage.shop.change("salla/orders", String(order.id), { sandbox_overrides: {} });
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(2);
});

/** A stage with one invoice of three mugs, so that the mug is counted. */
async function countedStage(given: ShopStageOptions = {}): Promise<{ stage: ShopStage; productId: string }> {
  const switches = { salla: { bulkDelayMs: 0 }, qoyod: {}, ...given.switches };
  const stage = await openShopStage({ ...given, switches });
  await stage.salla("products", mug);
  const order = await stage.salla("orders", {
    items: [{ sku: "MUG", quantity: 3 }],
    payment_method: "mada",
    paid: true,
  });
  await stage.act(order, "complete");
  await stage.sync();
  const [product] = await stage.inQoyod("products");
  return { stage, productId: String(product?.id) };
}
