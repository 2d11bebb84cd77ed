import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

test("S6, S7: branches count and travel each for itself, and an order of a branch without a location waits by name", async () => {
  // Filled in before the integration is made, when the branches have their ids.
  const options: Record<string, string> = {};
  const branches: string[] = [];
  const stage = await openShopStage({
    options,
    switches: { salla: { bulkDelayMs: 0 } },
    before: async ({ salla, qoyod }) => {
      for (const name of ["Riyadh", "Jeddah", "Dammam"]) branches.push(String((await salla("branches", { name })).id));
      const second = await qoyod("inventories", { name: "Jeddah" });
      options.branches = `${branches[0]}=31,${branches[1]}=${String(second.id)}`;
    },
  });
  const quantities = Object.fromEntries(branches.map((id, at) => [id, 10 * (at + 1)]));
  await stage.salla("products", {
    name: "Mug",
    sku: "MUG",
    price: "52",
    cost_price: "20",
    managed_by_branches: true,
    quantities,
  });
  const orders: Fields[] = [];
  for (const branch_id of branches)
    orders.push(await stage.salla("orders", { items: [{ sku: "MUG", quantity: 2 }], branch_id }));
  for (const order of orders) await stage.act(order, "complete");
  await stage.sync();
  const counts = await stage.inQoyod("inventory_adjustments");
  const lines = counts.flatMap((one) =>
    (one.line_items as Fields[]).map((line) => `${one.inventory_id} ${line.actual_quantity}`),
  );
  expect(lines.sort()).toEqual(["31 10.0", "33 20.0"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  const last = await stage.record("orders", String(orders[2]?.reference_id));
  expect(last).toMatchObject({ outcome: "waiting", code: "branch-unmapped" });
  expect(last.reason).toContain(String(branches[2]));

  const [product] = await stage.inQoyod("products");
  await stage.shop.change("qoyod/products", String(product?.id), { inventories: [{ id: 33, stock: "5.0" }] });
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 1 });
  const levels = await stage.mizan.desk.store.pool.query(
    "select location, written from stock_level where written is not null",
  );
  expect(levels.rows).toEqual([{ location: "33", written: 5 }]);
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
});

test("S6, S7: stock by branch without a mapping is refused by name, before and after the product was counted", async () => {
  const branches: string[] = [];
  const stage = await openShopStage({
    before: async ({ salla }) => {
      for (const name of ["Riyadh", "Jeddah"]) branches.push(String((await salla("branches", { name })).id));
    },
  });
  const [riyadh = "", jeddah = ""] = branches;
  const product = { price: "52", cost_price: "20" };
  const byBranch = { managed_by_branches: true, quantities: { [riyadh]: 6, [jeddah]: 4 } };
  await stage.salla("products", { ...product, name: "Wall clock", sku: "CLOCK", ...byBranch });
  await stage.salla("products", { ...product, name: "Mug", sku: "MUG", quantity: 10 });
  const place = (sku: string) =>
    stage.salla("orders", { items: [{ sku, quantity: 2 }], branch_id: riyadh, status: "completed" });
  const refused = await place("CLOCK");
  await place("MUG");
  await stage.sync();
  const told = await stage.record("orders", String(refused.id));
  expect(told.outcome).toBe("waiting");
  expect([told.reason, told.action]).toEqual([
    expect.stringContaining("Wall clock"),
    expect.stringContaining("branches"),
  ]);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).toEqual(["MUG"]);
  expect(await stage.inQoyod("invoices")).toHaveLength(1);

  const mug = (await stage.inSalla("products")).find(({ sku }) => sku === "MUG");
  const [booked] = await stage.inQoyod("products");
  await stage.shop.change("salla/products", String(mug?.id), {
    managed_by_branches: true,
    quantities: { [riyadh]: 5, [jeddah]: 3 },
  });
  await stage.shop.change("qoyod/products", String(booked?.id), { stock: "30.0" });
  expect((await stage.sync()).of("stock").counts).toMatchObject({ updated: 0 });
  expect((await stage.records("stock"))[0]).toMatchObject({
    label: "MUG",
    outcome: "waiting",
    code: "stock-by-branch",
  });
});

test("S7: a branch or a location that stands in two pairs is refused by name", async () => {
  const stage = await openShopStage();
  const second = String((await stage.qoyod("inventories", { name: "Jeddah" })).id);
  const main = String((await stage.inSalla("branches"))[0]?.id);
  const other = String((await stage.salla("branches", { name: "Jeddah" })).id);
  const set = (branches: string) =>
    setIntegration(stage.mizan.desk, integrationName, { options: { branches } }, stage.signal);
  await expect(set(`501=31,501=${second}`)).rejects.toThrow("branches names the branch 501 twice");
  await expect(set("501=31,502=31")).rejects.toThrow("branches names the location 31 twice");
  expect((await set(`${main}=31,${other}=${second}`)).warnings).toEqual([]);
});
