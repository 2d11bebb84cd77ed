/** Plans of orders in both directions, and the story of an order that went both ways. */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { apply, plan } from "../../src/operations/plan.ts";
import { showIntegration } from "../../src/operations/show-integration.ts";
import { why } from "../../src/operations/why.ts";
import { item } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

test("a plan names the orders to export and writes nothing; applying it makes exactly these, once", async () => {
  const { stage, place, exported, sent, ordersThere } = await openBuying({ options: { issuePurchaseOrders: true } });
  const desk = stage.mizan.desk;
  const request = { integration: "shop", flow: "buy-orders-export", signal: stage.signal };
  const [first = "", changed = "", gone = ""] = await place({}, {}, {});
  const made = await plan(desk, request);
  expect(made.flows).toMatchObject([{ flow: "buy-orders-export", counts: { created: 3, updated: 0 } }]);
  expect(made.flows[0]?.first.map(({ kind, sourceId }) => [kind, sourceId])).toEqual(
    [first, changed, gone].map((id) => ["create", id]),
  );
  expect(made.flows[0]?.first[0]?.fields).toMatchObject({ reference_number: first, date: "2026-04-01" });
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  expect(await stage.writes()).toBe(0);

  const [late = ""] = await place({});
  await stage.shop.change("optiply/buyOrders", changed, { placed: "2026-04-07T10:00:00Z" });
  await stage.shop.remove("optiply/buyOrders", gone);
  const report = await apply(desk, { plan: made.plan, signal: stage.signal });
  expect(report.flows.flatMap(({ refused }) => refused.map(({ sourceId }) => sourceId)).sort()).toEqual(
    [changed, gone].sort(),
  );
  expect((await stage.shop.all("zoho-books/purchaseorders")).map(({ reference_number }) => reference_number)).toEqual([
    first,
  ]);
  await expect(apply(desk, { plan: made.plan, signal: stage.signal })).rejects.toThrow("is applied");

  await stage.sync();
  for (const id of [first, changed, late]) expect(await exported(id)).toMatchObject([{ order_status: "open" }]);
  expect(await exported(gone)).toEqual([]);
  expect(await ordersThere()).toHaveLength(3);
  expect((await sent(changed)).code).toBeNull();
  const again = await plan(desk, request);
  expect(again.flows).toMatchObject([{ counts: { created: 0, updated: 0 } }]);
});

test("a plan of the import counts orders to be deleted and made anew, and adds their totals up by currency", async () => {
  const { stage, buy, change, there } = await openBuying();
  const [cancelled = ""] = await buy();
  await stage.sync({ flow: "buy-orders" });
  await change(cancelled, { order_status: "cancelled" });
  const [euros = ""] = await buy(
    { total: 10.5 },
    { total: 2 },
    { total: 100, currency_code: "USD", exchange_rate: 0.9 },
  );
  await stage.resetCalls();
  const made = await plan(stage.mizan.desk, { integration: "shop", flow: "buy-orders", signal: stage.signal });
  expect(made.flows).toMatchObject([{ flow: "buy-orders", counts: { created: 3, updated: 1 } }]);
  expect([...(made.flows[0]?.totals ?? [])].sort((one, other) => (one.currency < other.currency ? -1 : 1))).toEqual([
    { currency: "EUR", amount: "12.50" },
    { currency: "USD", amount: "100.00" },
  ]);
  expect(await stage.writes()).toBe(0);
  await apply(stage.mizan.desk, { plan: made.plan, signal: stage.signal });
  expect(await there(cancelled)).toBeNull();
  expect((await there(euros))?.totalValue).toBe("10.50");
  expect(await stage.inOptiply("buyOrders")).toHaveLength(3);
});

test("a plan says apart what is deleted and what is made anew, first of all, and hides what only the connector reads", async () => {
  const { stage, buy, change, weavers } = await openBuying();
  const [cancelled = "", moved = "", changed = ""] = await buy({}, {}, {});
  await stage.sync();
  await buy(...Array.from({ length: 6 }, () => ({ reference_number: "123" })));
  await change(changed, { total: 9 });
  await change(moved, { vendor_id: weavers });
  await change(cancelled, { order_status: "cancelled" });
  const made = await plan(stage.mizan.desk, { integration: "shop", flow: "buy-orders", signal: stage.signal });
  const [flow] = made.flows;
  expect(flow).toMatchObject({ counts: { created: 6, updated: 3 }, deletions: 1, replacements: 1 });
  expect(
    flow?.first
      .map(({ kind, replacement }) => [kind, replacement])
      .slice(0, 2)
      .sort(),
  ).toEqual([
    ["delete", false],
    ["delete", true],
  ]);
  expect(flow?.first.find(({ replacement }) => replacement)).toMatchObject({
    sourceId: moved,
    fields: { supplierId: { linked: "suppliers", sourceId: weavers, label: "Weavers of Ghent" } },
  });
  expect(flow?.first.find(({ kind }) => kind === "create")?.fields).toMatchObject({ totalValue: "8.00" });
  for (const { fields } of flow?.first ?? []) expect(Object.keys(fields)).not.toContain("exportedFrom");
});

test("a plan of the export names supplier and products and adds Optiply's totals up", async () => {
  const { stage, place, idThere, potters, mug } = await openBuying({ options: { exportPrices: true } });
  await place({}, { totalValue: "150.5" });
  const made = await plan(stage.mizan.desk, { integration: "shop", flow: "buy-orders-export", signal: stage.signal });
  const [flow] = made.flows;
  expect(flow).toMatchObject({ totals: [{ currency: "", amount: "159.50" }], deletions: 0, replacements: 0 });
  expect(flow?.first[0]?.fields).toMatchObject({
    vendor_id: {
      linked: "suppliers",
      targetId: String(await idThere("suppliers", potters)),
      label: "Potters of Delft",
    },
    line_items: [
      {
        item_id: { linked: "products", targetId: String(await idThere("products", mug)), label: "MUG Mug" },
        quantity: 2,
        rate: "4.5",
      },
    ],
  });
  expect(Object.keys(flow?.first[0]?.fields ?? {})).not.toContain("rateCurrency");
  await apply(stage.mizan.desk, { plan: made.plan, signal: stage.signal });
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(2);
});

test("a plan with flows that the flavour has lost is refused whole, says what to do, and stays ready", async () => {
  const { stage, place, exported } = await openBuying();
  const { desk } = stage.mizan;
  const [placed = ""] = await place();
  const made = await plan(desk, { integration: "shop", signal: stage.signal });
  const applied = () => apply(desk, { plan: made.plan, signal: stage.signal });
  await stage.shop.add("zoho-books/items", [item({ sku: "NEW" })]);
  await setIntegration(desk, "shop", { flavour: "simple" }, stage.signal);
  await stage.resetCalls();
  await expect(applied()).rejects.toThrow(
    /has flows that shop no longer has in flavour simple: .*buy-orders-export.*stays ready.*set shop --flavour full.*mizan plan shop/,
  );
  expect(await stage.calls("optiply", "GET")).toEqual([]);
  expect(await exported(placed)).toEqual([]);
  const { ordersSince } = (await showIntegration(desk, "shop")).options;
  await setIntegration(desk, "shop", { flavour: "full", options: { ordersSince } }, stage.signal);
  await applied();
  expect(await exported(placed)).toHaveLength(1);
  await expect(applied()).rejects.toThrow("is applied");
});

test("why tells the story of an exported order by its id of either side", async () => {
  const { stage, place, exported } = await openBuying({ options: { issuePurchaseOrders: true } });
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  const out = await why(stage.mizan.desk, placed);
  expect(out).toMatchObject({ flow: "buy-orders-export", sourceId: placed, targetId: id, reason: null });
  const told = out.timeline.map(({ what }) => what).join("\n");
  expect(told).toContain("create intended and sent");
  expect(told).toContain(`create confirmed as ${id}`);
  expect(told).toContain("fields status");
  const back = await why(stage.mizan.desk, id);
  expect(back).toMatchObject({ flow: "buy-orders", sourceId: id, targetId: placed, outcome: "updated", reason: null });
  expect(back.timeline.map(({ what }) => what).join("\n")).toContain("fields remoteId");
});
