import { expect, test } from "vitest";
import { readConfig } from "../../src/core/config.ts";
import { openMizan } from "../../src/main.ts";
import { sync } from "../../src/operations/sync.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 20, cost_price: "20" };

test("a count is taken only of stock that stands still: an order that is placed meanwhile is in it", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }] });
  await stage.act(order, "complete");
  // Each slow answer leaves room for a customer between the first reading and the second.
  await stage.shop.fault({
    vendor: "salla",
    kind: "slow",
    method: "GET",
    path: "/products/{id}",
    delayMs: 150,
    count: 4,
  });
  const syncing = stage.sync();
  const placed: Fields[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    await stage.shop.all("salla/orders");
    placed.push(await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }] }));
  }
  await syncing;
  await stage.sync();
  expect(placed).toHaveLength(3);
  expect(await counted(stage)).toEqual(["20.0"]);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([17, 14]);
});

test("two first orders at once in two processes make one count and two invoices", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  for (const quantity of [2, 5]) {
    const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity }] });
    await stage.act(order, "complete");
  }
  const other = await openMizan(readConfig(stage.environment), {
    clock: stage.clock,
    random: () => 0,
    log: () => undefined,
  });
  try {
    const [, mine] = await Promise.all([
      sync(other.desk, { integration: integrationName, signal: stage.signal }),
      stage.sync(),
    ]);
    expect(mine.all.length).toBeGreaterThan(0);
    await stage.sync();
  } finally {
    await other.close();
  }
  expect(await counted(stage)).toEqual(["20.0"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([13, 13]);
});

test("a negative or fractional quantity is refused by name, and the rest goes on", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  const odd = await stage.salla("products", { ...mug, name: "Odd", sku: "ODD" });
  const orders = [];
  for (const sku of ["MUG", "ODD"]) orders.push(await stage.salla("orders", { items: [{ sku, quantity: 1 }] }));
  await stage.shop.change("salla/products", String(odd.id), { quantity: -2 });
  for (const order of orders) await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.record("opening-counts", "ODD")).toMatchObject({ outcome: "rejected", code: "field-invalid" });
  expect((await stage.record("opening-counts", "ODD")).reason).toContain("-2");
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([19, 19]);
});

async function counted(stage: ShopStage): Promise<unknown[]> {
  const counts = await stage.inQoyod("inventory_adjustments");
  return counts.flatMap(({ line_items }) => line_items as Fields[]).map(({ actual_quantity }) => actual_quantity);
}

test("a quantity that no order has is refused for that order alone, and counted by nobody", async () => {
  const stage = await openShopStage();
  await stage.salla("products", { ...mug, quantity: 50 });
  const odd: string[] = [];
  // The second is more than the database's integers hold.
  for (const quantity of [1_000_001, 2_147_483_648]) {
    const items = [{ sku: "MUG", quantity: 1, sandbox_overrides: { quantity } }];
    odd.push(String((await stage.salla("orders", { items, status: "completed" })).id));
  }
  const good = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], status: "completed" });
  const { state, message } = (await stage.sync()).of("orders");
  expect([state, message]).toEqual(["done", null]);
  for (const id of odd) {
    const told = await stage.record("orders", id);
    expect(told).toMatchObject({ outcome: "rejected", code: "field-invalid" });
    expect(told.reason).toContain("a whole number from 1 to 1000000");
  }
  expect(await stage.record("orders", String(good.id))).toMatchObject({ outcome: "created" });
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([46, 46]);
});
