import { expect, test } from "vitest";
import { openShopStage } from "../salla-qoyod-stage.ts";

test("S7: a product that Salla cannot deliver waits by name, and the quantities of the others travel", async () => {
  const stage = await openShopStage();
  const product = (sku: string) =>
    stage.salla("products", { name: sku, sku, price: "50", quantity: 10, cost_price: "20" });
  const mug = await product("MUG");
  await product("CUP");
  await product("PEN");
  for (const sku of ["MUG", "CUP", "PEN"]) await stage.salla("orders", { items: [{ sku }], status: "completed" });
  await stage.sync();
  expect(await Promise.all(["MUG", "CUP", "PEN"].map(stage.offered))).toEqual([9, 9, 9]);
  for (const { id } of await stage.inQoyod("products"))
    await stage.shop.change("qoyod/products", String(id), { stock: "30.0" });
  await stage.shop.fault({ vendor: "salla", kind: "status", status: 500, method: "GET", path: `/products/${mug.id}` });
  const { state } = (await stage.sync({ flow: "stock" })).of("stock");
  expect(state).toBe("done");
  expect(await Promise.all(["MUG", "CUP", "PEN"].map(stage.offered))).toEqual([9, 30, 30]);
  const waiting = await stage.record("stock", "MUG");
  expect(waiting).toMatchObject({ outcome: "waiting", code: "vendor-error" });
  expect(waiting.reason).toContain("Salla failed on this record");

  await fetch(`${stage.shop.addresses.control}/faults`, { method: "DELETE" });
  stage.clock.jump(3_600_000);
  await stage.sync();
  await stage.sync();
  expect(await stage.offered("MUG")).toBe(30);
  expect((await stage.record("stock", "MUG")).code ?? null).toBeNull();
});
