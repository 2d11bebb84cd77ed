import { expect, test } from "vitest";
import { stockDecisionAnswer } from "../../src/api/shop-contract.ts";
import { decideWhoseStock } from "../../src/operations/decide-stock.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

test("S6, S8: stock that Qoyod had before and that differs waits, and goes on when a person has decided", async () => {
  const stage = await openShopStage({ switches: { salla: { bulkDelayMs: 0 } } });
  const decide = (sku: string, keeps: string, location?: string) =>
    decideWhoseStock(stage.mizan.desk, { integration: integrationName, sku, keeps, location, signal: stage.signal });
  for (const sku of ["MUG", "CUP"]) {
    await stage.salla("products", { name: sku, sku, price: "52", quantity: 10, cost_price: "20" });
    await stage.qoyod("products", { sku, track_quantity: true, stock: 4 });
  }
  const [mug, cup] = [
    await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], paid: true }),
    await stage.salla("orders", { items: [{ sku: "CUP", quantity: 3 }], paid: true }),
  ];
  await stage.sync();
  for (const order of [mug, cup]) await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toEqual([]);
  expect(await stage.record("opening-counts", "MUG")).toMatchObject({ outcome: "waiting", code: "stock-differs" });

  await expect(decide("mug", "salla")).rejects.toThrow(/no count of "mug".*waiting: .*MUG at 31/);
  await expect(decide("MUG", "zoho")).rejects.toThrow('keeps is "zoho"; allowed: salla, qoyod');
  await expect(decide("MUG", "salla", "32")).rejects.toThrow("at location 32");
  const decided = await decide("MUG", "salla");
  expect(stockDecisionAnswer.parse(JSON.parse(JSON.stringify(decided)))).toMatchObject({
    location: "31",
    keeps: "salla",
    flows: [{ counts: { created: 1 } }],
  });
  await decide("CUP", "qoyod", "31");
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect([await stage.held("MUG"), await stage.held("CUP")]).toEqual([7, 1]);
  await expect(decide("MUG", "salla")).rejects.toThrow("waiting: none");
  await stage.sync();
  expect([await stage.offered("MUG"), await stage.offered("CUP")]).toEqual([7, 1]);
});
