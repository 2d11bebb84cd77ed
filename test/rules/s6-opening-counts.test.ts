import { expect, test } from "vitest";
import { decideStock } from "../../src/store/stock-decisions.ts";
import { wantRecords } from "../../src/store/wanted-records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" };
const early = { date: "2026-01-05T10:00:00+03:00" };

test("S6, S8, S12: each unit of an order is counted by itself, and only what has a stock", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  await stage.salla("products", { ...mug, name: "Plate", sku: "PLATE", quantity: 4, cost_price: null });
  await stage.salla("products", { ...mug, name: "Advice", sku: "ADVICE", type: "service", quantity: null });
  await stage.salla("products", { ...mug, name: "Poster", sku: "POSTER", unlimited_quantity: true });
  await stage.salla("products", { ...mug, name: "Never sold", sku: "NEVER" });
  await stage.salla("products", {
    name: "Shirt",
    price: "52",
    variants: [
      { sku: "SHIRT-S", name: "S", quantity: 6, cost_price: "9" },
      { sku: "SHIRT-L", name: "L", quantity: 7, cost_price: "9" },
    ],
  });
  await stage.qoyod("products", { sku: "PLATE", buying_price: 13, stock: "4.0" });
  const skus = ["MUG", "PLATE", "ADVICE", "POSTER", "SHIRT-S"];
  await place(
    stage,
    skus.map((sku) => ({ sku, quantity: 1 })),
    { status: "shipped" },
  );
  const order = await place(
    stage,
    skus.map((sku) => ({ sku, quantity: 1 })),
  );
  await place(stage, [{ sku: "SHIRT-L", quantity: 1 }]);
  await stage.act(order, "complete");
  await stage.sync();
  // The shipped order is among what Salla has deducted. The plates agree already, so that nothing is written for them.
  expect(await counted(stage)).toEqual(["MUG 10.0 at 20.0", "SHIRT-S 6.0 at 9.0"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  const made = new Map((await stage.inQoyod("products")).map((one) => [one.sku, one]));
  expect([...made.keys()].sort()).toEqual(["ADVICE", "MUG", "PLATE", "POSTER", "SHIRT-S"]);
  expect(made.get("ADVICE")).toMatchObject({ type: "Service" });
  expect((await stage.inSalla("products")).find(({ sku }) => sku === "POSTER")).toMatchObject({
    unlimited_quantity: true,
  });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([9, 8]);
  expect([await stage.held("PLATE"), await stage.offered("PLATE")]).toEqual([3, 2]);
  expect([await stage.held("SHIRT-S"), await stage.offered("SHIRT-S")]).toEqual([5, 4]);
  expect([await stage.offered("SHIRT-L"), await stage.offered("NEVER")]).toEqual([6, 10]);
});

test("S6: a count whose cost nobody knows waits, and goes on when it is entered", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { ...mug, cost_price: null });
  const order = await place(stage, [{ sku: "MUG", quantity: 3 }]);
  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.record("opening-counts", "MUG")).toMatchObject({ outcome: "waiting", code: "cost-unknown" });
  expect((await stage.record("orders", String(order.reference_id))).reason).toContain("The cost of MUG is not known");
  expect(await stage.inQoyod("invoices")).toEqual([]);
  const [product] = await stage.inSalla("products");
  await stage.shop.change("salla/products", String(product?.id), { cost_price: "12.50" });
  stage.clock.jump(2 * 3_600_000);
  await stage.sync();
  expect(await counted(stage)).toEqual(["MUG 10.0 at 12.5"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});

test("S6: stock that Qoyod holds already waits for a person, who decides by one word", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  await stage.qoyod("products", { sku: "MUG", stock: "25.0" });
  const order = await place(stage, [{ sku: "MUG", quantity: 3 }]);
  await stage.act(order, "complete");
  await stage.sync();
  const waits = await stage.record("opening-counts", "MUG");
  expect(waits).toMatchObject({ outcome: "waiting", code: "stock-differs" });
  expect(waits.reason).toContain("10 in the shop");
  expect(waits.reason).toContain("25 in the books");
  const [unit = "", location = ""] = waits.sourceId.split("@");
  await decideStock(
    stage.mizan.desk.store.database,
    1,
    { unit, location, keeps: "books" },
    new Date(stage.clock.now()),
  );
  stage.clock.jump(2 * 3_600_000);
  await stage.sync();
  expect(await counted(stage)).toEqual([]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([22, 22]);
});

test("S6, S7: a refused count waits with one instruction and goes on when the stock is entered by hand", async () => {
  const stage = await openShopStage({ switches: { qoyod: { counts: "refused" } } });
  await stage.salla("products", mug);
  const order = await place(stage, [{ sku: "MUG", quantity: 3 }]);
  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.record("opening-counts", "MUG")).toMatchObject({ outcome: "waiting", code: "count-refused" });
  const [product] = await stage.inQoyod("products");
  await stage.shop.change("qoyod/products", String(product?.id), { stock: "10.0" });
  // The look at the stock alone lets the count go on, long before anything is tried again by its age.
  await stage.sync({ flow: "stock" });
  await stage.sync({ flow: "opening-counts" });
  expect(await stage.record("opening-counts", "MUG")).toMatchObject({ outcome: "created", code: null });
  await stage.sync({ flow: "orders" });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([7, 7]);
});

test("S6, S10: orders from before linking are reserved while they are open, and counted in when they are sent after all", async () => {
  const before: Fields[] = [];
  const stage = await openShopStage({
    before: async ({ salla, act }) => {
      await salla("products", { ...mug, quantity: 40 });
      for (const status of ["in_progress", "delivered", "completed", "completed", "completed", "canceled"]) {
        const order = await salla("orders", { items: [{ sku: "MUG", quantity: 2 }], ...early });
        if (status === "canceled") await act(order, "cancel");
        else if (status !== "in_progress") await act(order, "status", { slug: status });
        before.push(order);
      }
    },
  });
  const [open, delivered, sent, restored, quiet] = before as [Fields, Fields, Fields, Fields, Fields];
  const first = await place(stage, [{ sku: "MUG", quantity: 3 }]);
  await stage.act(first, "complete");
  await stage.sync();
  // 40 − 5 × 2 − 3 are offered; the open order and the new one are in the count besides, and what had left is not.
  expect(await counted(stage)).toEqual(["MUG 32.0 at 20.0"]);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([29, 27]);

  await wantRecords(
    stage.mizan.desk.store.database,
    { integrationId: 1, flow: "orders" },
    [{ sourceId: String(sent.id), label: String(sent.reference_id) }],
    new Date(stage.clock.now()),
  );
  await stage.act(restored, "restore");
  await stage.act(open, "complete");
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect((await counted(stage)).slice(1).sort()).toEqual(["MUG 31.0 at 20.0", "MUG 31.0 at 20.0"]);
  // The restored units are back at both sides; the completed early order was not sent and stays reserved.
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([31, 29]);

  await stage.act(delivered, "cancel");
  await stage.act(open, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([33, 33]);
  await stage.act(quiet, "progress");
  await stage.sync();
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([33, 33]);
  expect(await counted(stage)).toHaveLength(4);
});

test("S6: where Salla does not offer units of canceled orders again, those of orders from before linking are not counted in", async () => {
  const before: Fields[] = [];
  const stage = await openShopStage({
    sallaSettings: { restocksOnCancel: false },
    switches: { salla: { restocksOnCancel: false } },
    before: async ({ salla, act }) => {
      await salla("products", { ...mug, quantity: 40 });
      for (const status of ["delivered", "delivered", "canceled"]) {
        const order = await salla("orders", { items: [{ sku: "MUG", quantity: 2 }], ...early });
        if (status === "canceled") await act(order, "cancel");
        else await act(order, "status", { slug: status });
        before.push(order);
      }
    },
  });
  const [delivered] = before;
  const first = await place(stage, [{ sku: "MUG", quantity: 3 }]);
  await stage.act(first, "complete");
  await stage.sync();
  // 40 − 3 × 2 − 3 are offered, and the new order is in the count besides.
  expect(await counted(stage)).toEqual(["MUG 34.0 at 20.0"]);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([31, 31]);
  await stage.act(delivered ?? {}, "cancel");
  await stage.sync();
  await stage.sync();
  expect(await counted(stage)).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([31, 31]);

  // An order that a count holds is let go: the books have its goods.
  const open = await place(stage, [{ sku: "MUG", quantity: 5 }]);
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([31, 26]);
  await stage.act(open, "cancel");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([31, 31]);
});

async function place(stage: ShopStage, items: readonly Fields[], more: Fields = {}): Promise<Fields> {
  return stage.salla("orders", { items, payment_method: "mada", paid: true, ...more });
}

/** Every stock count in Qoyod with the SKU it is of. */
async function counted(stage: ShopStage): Promise<string[]> {
  const products = new Map((await stage.inQoyod("products")).map(({ id, sku }) => [id, sku]));
  const counts = await stage.inQoyod("inventory_adjustments");
  return counts
    .flatMap(({ line_items }) => line_items as Fields[])
    .map((line) => `${products.get(line.product_id)} ${line.actual_quantity} at ${line.rate}`);
}
