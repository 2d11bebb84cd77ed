/** Plans of orders in both directions, and the story of an order that went both ways. */
import { expect, test } from "vitest";
import { apply, plan } from "../../src/operations/plan.ts";
import { why } from "../../src/operations/records.ts";
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
