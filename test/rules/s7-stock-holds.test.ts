/** What holds a quantity back while orders and invoices are under way (product.md, 1.1). */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";

const minuteMs = 60_000;
const product = { price: "52", quantity: 10, cost_price: "20" };
const paid = { payment_method: "mada", paid: true };
const unpaid = { payment_method: "bank", paid: false };

test("S7: where Salla lowers a quantity when an order is paid, it is reserved from then on and not before", async () => {
  const switches = { salla: { deductsWhen: "paid" } };
  const { stage } = await countedStage({ sallaSettings: { deducts: "paid" }, switches });
  const open = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], ...unpaid });
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 7]);
  await stage.act(open, "pay");
  expect(await stage.offered("MUG")).toBe(5);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 5]);
  await stage.act(open, "complete");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([5, 5]);

  // A count beside an order that nobody has paid yet: Salla still offers its units.
  await stage.salla("products", { ...product, name: "Cup", sku: "CUP" });
  const waits = await stage.salla("orders", { items: [{ sku: "CUP", quantity: 2 }], ...unpaid });
  await stage.salla("orders", { items: [{ sku: "CUP", quantity: 1 }], ...paid, status: "completed" });
  await stage.sync();
  expect([await stage.held("CUP"), await stage.offered("CUP")]).toEqual([9, 9]);
  await stage.act(waits, "cancel");
  await stage.sync();
  expect([await stage.held("CUP"), await stage.offered("CUP")]).toEqual([9, 9]);
});

test("S7: an order that is rejected stays reserved as long as it stands", async () => {
  const { stage, productId } = await countedStage();
  const total = { amount: 99.99, currency: "SAR" };
  const order = await stage.salla("orders", {
    items: [{ sku: "MUG", quantity: 2 }],
    ...paid,
    status: "completed",
    sandbox_overrides: { amounts: { total } },
  });
  await stage.sync();
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "rejected" });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 5]);
  await stage.qoyod("bills", { line_items: [{ product_id: productId, quantity: 5, unit_price: "20" }] });
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([12, 10]);
  await stage.act(order, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([12, 12]);
});

test("S7: while an invoice is in doubt no quantity of what it carries is written, and the others are", async () => {
  const { stage, productId } = await countedStage();
  await stage.salla("products", { ...product, name: "Cup", sku: "CUP" });
  await stage.salla("orders", { items: [{ sku: "CUP", quantity: 1 }], ...paid, status: "completed" });
  await stage.sync();
  const cup = (await stage.inQoyod("products")).find(({ sku }) => sku === "CUP");

  await stage.shop.fault({ vendor: "qoyod", kind: "cut-after", method: "POST", path: "/invoices", count: 1 });
  await stage.shop.fault({
    vendor: "qoyod",
    kind: "status",
    status: 503,
    method: "GET",
    path: "/invoices",
    afterCalls: 2,
  });
  const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], ...paid, status: "completed" });
  await stage.sync();
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "waiting", code: "in-doubt" });
  const line = (id: unknown, quantity: number) => ({
    line_items: [{ product_id: id, quantity, unit_price: "20" }],
  });
  await stage.qoyod("bills", line(productId, 6));
  await stage.qoyod("bills", line(cup?.id, 6));
  await stage.sync({ flow: "stock" });
  // The invoice is made, and Mizan cannot know it.
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([11, 5]);
  expect([await stage.held("CUP"), await stage.offered("CUP")]).toEqual([15, 15]);
  const held = (await stage.records("stock")).filter(({ outcome }) => outcome === "waiting");
  expect(held).toMatchObject([{ label: "MUG", code: "invoice-in-doubt" }]);

  await fetch(`${stage.shop.addresses.control}/faults`, { method: "DELETE" });
  stage.clock.jump(10 * minuteMs);
  await stage.sync({ settle: true });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([11, 11]);
  expect((await stage.records("stock")).filter(({ code }) => code !== null)).toEqual([]);
});

/** A stage with one invoice of three mugs, so that the mug is counted. */
async function countedStage(given: ShopStageOptions = {}): Promise<{ stage: ShopStage; productId: string }> {
  const stage = await openShopStage(given);
  await stage.salla("products", { ...product, name: "Mug", sku: "MUG" });
  await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], ...paid, status: "completed" });
  await stage.sync();
  const [made] = (await stage.inQoyod("products")) as readonly Fields[];
  return { stage, productId: String(made?.id) };
}
