/** `plan`, `apply` and `why` of orders that become invoices. */
import { expect, test } from "vitest";
import { apply, plan } from "../../src/operations/plan.ts";
import { why } from "../../src/operations/why.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

test("a plan of orders writes nothing and names their totals; applying it makes exactly those", async () => {
  const stage = await openShopStage();
  const product = (sku: string, name = sku) =>
    stage.salla("products", { name, sku, price: "52", quantity: 20, cost_price: "20" });
  await product("MUG");
  await product("PEN");
  const bare = await product("", "Bare");
  const first = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 3 }], status: "completed" });
  const second = await stage.salla("orders", { items: [{ sku: "PEN" }], status: "completed" });
  await stage.salla("orders", { items: [{ product_id: bare.id }, { sku: "PEN" }], status: "completed" });
  const report = await plan(stage.mizan.desk, { integration: integrationName, signal: stage.signal });
  const planned = report.flows.find(({ flow }) => flow === "orders");
  expect(planned?.counts).toMatchObject({ created: 2, waiting: 1 });
  expect(JSON.stringify(planned)).toContain("208");
  for (const resource of ["products", "invoices", "inventory_adjustments"])
    expect(await stage.inQoyod(resource), resource).toEqual([]);
  expect(await stage.inQoyod("customers")).toHaveLength(1);
  expect(await stage.records()).toEqual([]);

  // What changed since is refused by name.
  await stage.act(second, "cancel");
  const applied = await apply(stage.mizan.desk, { plan: report.plan, signal: stage.signal });
  const refused = applied.flows.flatMap(({ refused: some }) => some.map(({ sourceId }) => sourceId));
  expect(refused).toContain(String(second.id));
  const invoices = await stage.inQoyod("invoices");
  expect(invoices).toMatchObject([{ total: "156.0" }]);
  expect(await stage.held("MUG")).toBe(await stage.offered("MUG"));
  const told = await why(stage.mizan.desk, String(first.reference_id));
  expect(told).toMatchObject({ flow: "orders", outcome: "created", targetId: String(invoices[0]?.id) });
  expect(told.timeline.length).toBeGreaterThan(1);
});
