/** Invoices whose answer is lost or differs: one invoice for an order, whatever happens (product.md, 1.2). */
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/core/config.ts";
import { openMizan } from "../../src/main.ts";
import { pauseIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import { sync } from "../../src/operations/sync.ts";
import { why } from "../../src/operations/why.ts";
import { wantRecords } from "../../src/store/wanted-records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const completed = { status: "completed" };
const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 500, cost_price: "20" };
const items = [{ sku: "MUG", quantity: 3 }];

async function send({ mizan }: ShopStage, { id, reference_id }: Fields): Promise<void> {
  const wanted = [{ sourceId: String(id), label: String(reference_id) }];
  const now = new Date(mizan.desk.clock.now());
  await wantRecords(mizan.desk.store.database, { integrationId: 1, flow: "orders" }, wanted, now);
}

test("an invoice that comes back with another total stays linked and stops the others, until a person has looked", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  await stage.salla("orders", { items, ...completed });
  await stage.sync();
  // From now on this company takes discounts off before VAT, which the option does not say.
  await stage.shop.switches({ qoyod: { inclusiveDiscount: "net" } });
  const odd = await stage.salla("orders", { items, coupon: { code: "TEN", percent: 10 }, ...completed });
  await stage.sync();
  const differs = await stage.record("orders", String(odd.id));
  expect(differs).toMatchObject({ outcome: "waiting", code: "document-differs" });
  expect(differs.targetId).not.toBeNull();
  expect(differs.reason).toContain("although");
  expect(await stage.inQoyod("invoices")).toHaveLength(2);

  const held = await stage.salla("orders", { items, ...completed });
  const wanted = await stage.salla("orders", { items, ...completed });
  await stage.sync();
  const paused = await stage.record("orders", String(held.id));
  expect(paused).toMatchObject({ outcome: "waiting", code: "flow-paused" });
  expect(paused.action).toContain("mizan integrations resume");
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  await send(stage, wanted);
  await stage.sync({ scope: "due" });
  expect((await stage.record("orders", String(wanted.id))).outcome).toBe("created");
  expect((await stage.record("orders", String(held.id))).code).toBe("flow-paused");

  await pauseIntegration(stage.mizan.desk, integrationName, false);
  await stage.sync();
  await stage.sync();
  expect((await stage.record("orders", String(held.id))).outcome).toBe("created");
  // What differed is still a person's, and was not sent again.
  expect(await stage.record("orders", String(odd.id))).toMatchObject({ code: "document-differs" });
  await retry(stage.mizan.desk, { record: `${integrationName}/orders/${String(odd.id)}`, signal: stage.signal });
  expect(await stage.record("orders", String(odd.id))).toMatchObject({ outcome: "unchanged", code: null });
  expect(await stage.inQoyod("invoices")).toHaveLength(4);
});

for (const references of ["kept", "replaced"])
  test(`an invoice whose answer was lost after the work is found and taken, with its payment; references ${references}`, async () => {
    const stage = await openShopStage({ switches: { qoyod: { references, eInvoicing: references === "replaced" } } });
    await stage.salla("products", mug);
    await stage.shop.fault({ vendor: "qoyod", kind: "cut-after", method: "POST", path: "/invoices", count: 1 });
    const order = await stage.salla("orders", { items, ...completed });
    expect((await stage.sync({ settle: true })).of("orders").state).toBe("done");
    await stage.sync({ settle: true });
    expect(await stage.inQoyod("invoices")).toMatchObject([{ total: "156.0", status: "Paid" }]);
    expect(await stage.inQoyod("invoice_payments")).toHaveLength(1);
    const told = await why(stage.mizan.desk, String(order.reference_id));
    expect(told).toMatchObject({ flow: "orders", outcome: "created" });
    expect(told.timeline.map(({ what }) => what).join("; ")).toContain("adopted");
    await stage.salla("orders", { items, ...completed });
    await stage.sync();
    expect(await stage.inQoyod("invoices")).toHaveLength(2);
  });

test("a document of the same reference that is another one is named, and no second is made", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  const order = await stage.salla("orders", { items });
  const reference = `SALLA-${String((await stage.mizan.desk.store.pool.query("select facts->>'merchantId' as id from connection where vendor = 'salla'")).rows[0]?.id)}-${String(order.reference_id)}`;
  const lamp = await stage.qoyod("products", { name: "Lamp", sku: "LAMP", stock: "5" });
  const line = { product_id: lamp.id, quantity: "1", unit_price: "9" };
  const byHand = await stage.qoyod("invoices", { reference, contact_id: 1001, line_items: [line] });
  await stage.act(order, "complete");
  await stage.sync();
  const waiting = await stage.record("orders", String(order.id));
  expect(waiting).toMatchObject({ outcome: "waiting", code: "reference-unclear" });
  expect(waiting.reason).toContain(String(byHand.id));
  expect(`${waiting.reason} ${waiting.action}`).not.toContain("purchase");
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});

test("60 orders, two processes, a fifth of all answers of Qoyod cut: one invoice each, one count for each SKU", async () => {
  const stage = await openShopStage();
  for (const sku of ["A", "B", "C"]) await stage.salla("products", { ...mug, name: sku, sku });
  const orders = Array.from({ length: 60 }, (_, at) => ({
    items: [{ sku: "ABC"[at % 3], quantity: 1 + (at % 4) }],
    ...completed,
  }));
  await stage.shop.add("salla/orders", orders);
  const other = await openMizan(readConfig(stage.environment), {
    clock: stage.clock,
    random: () => 0,
    log: () => undefined,
  });
  onTestFinished(() => other.close());
  await stage.shop.fault({ vendor: "qoyod", kind: "cut-after", method: "POST", probability: 0.2 });
  const run = (mizan: typeof other) =>
    sync(mizan.desk, { integration: integrationName, signal: stage.signal, settle: true });
  const isDone = async () =>
    (await stage.records("orders")).filter(({ outcome }) => outcome === "created").length === 60;
  const rounds = 12;
  for (let round = 0; round < rounds && !(await isDone()); round += 1) {
    await Promise.all([run(stage.mizan), run(other)]);
    stage.clock.jump(600_000);
  }
  const left = (await stage.records("orders")).filter(({ outcome }) => outcome !== "created");
  expect(left.map(({ label, outcome, reason }) => `${label} ${outcome} ${reason}`)).toEqual([]);
  const references = (await stage.inQoyod("invoices")).map(({ reference }) => String(reference));
  expect([references.length, new Set(references).size]).toEqual([60, 60]);
  const counted = (await stage.inQoyod("inventory_adjustments")).flatMap(({ line_items }) => line_items as Fields[]);
  expect([counted.length, new Set(counted.map(({ product_id }) => product_id)).size]).toEqual([3, 3]);
  for (const sku of ["A", "B", "C"]) expect(await stage.held(sku)).toBe(await stage.offered(sku));
});
