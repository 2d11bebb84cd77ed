/** What people delete in Qoyod (product.md 1.2): no credit note for an invoice that is gone, and no claim that it is there. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { openRefundStage, type RefundStage } from "./refund-stage.ts";

async function withDeletedInvoice(): Promise<{ stage: RefundStage; order: Fields }> {
  const stage = await openRefundStage({ switches: { qoyod: { deleteApproved: "accepted" } } });
  const order = await stage.completed({ items: [{ sku: "MUG", quantity: 2 }], paid: true });
  await stage.sync();
  const [invoice] = await stage.inQoyod("invoices");
  await stage.shop.remove("qoyod/invoices", String(invoice?.id));
  stage.clock.jump(20 * 60_000);
  await stage.sync();
  return { stage, order };
}

test("no credit note is made for an invoice that people deleted, and the refund says so", async () => {
  const { stage, order } = await withDeletedInvoice();
  await stage.act(order, "refund");
  for (let pass = 0; pass < 2; pass += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(20 * 60_000);
  }
  expect(await stage.credited()).toEqual([]);
  const [refund] = await stage.records("refunds");
  expect(refund).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect(refund?.reason).toMatch(/invoice \d+ is not there any more/);
});

test("a retry of its order tells that the invoice is gone, and another makes it once more", async () => {
  const { stage, order } = await withDeletedInvoice();
  const record = `shop/orders/${String(order.id)}`;
  await retry(stage.mizan.desk, { record, signal: stage.signal });
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "rejected", code: "target-gone" });
  expect(await stage.inQoyod("invoices")).toEqual([]);
  for (let pass = 0; pass < 2; pass += 1) await stage.sync();
  expect(await stage.inQoyod("invoices")).toEqual([]);
  await retry(stage.mizan.desk, { record, signal: stage.signal });
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "created", code: null });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([8, 8]);
});

test("a product that was deleted and entered anew in Qoyod is linked again by retries of its record", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
  const items = [{ sku: "MUG", quantity: 2 }];
  await stage.salla("orders", { items, status: "completed" });
  await stage.sync();
  const [old] = await stage.inQoyod("products");
  await stage.shop.remove("qoyod/products", String(old?.id));
  const order = await stage.salla("orders", { items, status: "completed" });
  await stage.sync();
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "rejected" });
  const made = await stage.qoyod("products", { name: "Mug", sku: "MUG", stock: "48" });
  const product = `shop/products/${(await stage.records("products"))[0]?.sourceId}`;
  await retry(stage.mizan.desk, { record: product, signal: stage.signal });
  expect((await stage.records("products"))[0]).toMatchObject({ outcome: "rejected", code: "target-gone" });
  await retry(stage.mizan.desk, { record: product, signal: stage.signal });
  expect((await stage.records("products"))[0]).toMatchObject({ targetId: String(made.id), reason: null });
  await retry(stage.mizan.desk, { record: `shop/orders/${String(order.id)}`, signal: stage.signal });
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "created" });
});
