/** An invoice that comes out different: it alone is made, and nothing follows it before a person has looked (product.md, 1.2). */
import { expect, test } from "vitest";
import { pauseIntegration, setIntegration } from "../../src/operations/integrations.ts";
import { retry } from "../../src/operations/retry.ts";
import { wantRecords } from "../../src/store/wanted-records.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const mug = { name: "Mug", sku: "MUG", price: "52", quantity: 500, cost_price: "20" };
const coupon = { code: "TEN", percent: 10 };
const order = { items: [{ sku: "MUG", quantity: 3 }], coupon, status: "completed", payment_method: "mada" };
const wrongRounding = { qoyod: { inclusiveDiscount: "net" } };
const rightRounding = { rounding: "exact/exact/per-rate/contained/net" };

async function codes(stage: ShopStage): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome, code } of await stage.records("orders")) {
    const told = code ?? outcome;
    counts[told] = (counts[told] ?? 0) + 1;
  }
  return counts;
}

async function send(stage: ShopStage, orders: readonly Fields[]): Promise<void> {
  const wanted = orders.map(({ id, reference_id }) => ({ sourceId: String(id), label: String(reference_id) }));
  const now = new Date(stage.clock.now());
  await wantRecords(stage.mizan.desk.store.database, { integrationId: 1, flow: "orders" }, wanted, now);
}

test("of a page of orders that would all come out different one is invoiced, without its payment, and the others wait", async () => {
  const stage = await openShopStage({ switches: wrongRounding });
  await stage.salla("products", mug);
  await stage.shop.add(
    "salla/orders",
    Array.from({ length: 20 }, () => order),
  );
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect(await codes(stage)).toEqual({ "document-differs": 1, "flow-paused": 19 });
  expect(await stage.inQoyod("invoice_payments")).toEqual([]);
  expect(await stage.records("payments")).toEqual([]);

  await setIntegration(stage.mizan.desk, integrationName, { options: rightRounding }, stage.signal);
  await pauseIntegration(stage.mizan.desk, integrationName, false);
  await stage.sync();
  expect(await codes(stage)).toEqual({ "document-differs": 1, created: 19 });
  expect(await stage.inQoyod("invoice_payments")).toHaveLength(19);
  // A person takes the first one as it is: what was paid for it is booked then.
  const [odd] = (await stage.records("orders")).filter(({ code }) => code === "document-differs");
  await retry(stage.mizan.desk, { record: `${integrationName}/orders/${odd?.sourceId ?? ""}`, signal: stage.signal });
  await stage.sync();
  expect(await codes(stage)).toEqual({ unchanged: 1, created: 19 });
  expect((await stage.records("payments")).map(({ sourceId }) => sourceId)).toContain(odd?.sourceId);
});

test("orders that were sent by hand wait as well where none could know; what is sent after the pause goes on", async () => {
  const stage = await openShopStage({ switches: wrongRounding });
  await stage.salla("products", mug);
  const orders = await stage.shop.add(
    "salla/orders",
    Array.from({ length: 12 }, () => order),
  );
  await send(stage, orders);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect(await codes(stage)).toEqual({ "document-differs": 1, "flow-paused": 11 });
  // Neither time nor a retry says that anybody has looked.
  stage.clock.jump(26 * 3_600_000);
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);

  await setIntegration(stage.mizan.desk, integrationName, { options: rightRounding }, stage.signal);
  const paused = (await stage.records("orders")).filter(({ code }) => code === "flow-paused");
  await send(
    stage,
    orders.filter(({ id }) => paused.slice(0, 2).some(({ sourceId }) => sourceId === String(id))),
  );
  await stage.sync({ scope: "due" });
  expect(await codes(stage)).toEqual({ "document-differs": 1, created: 2, "flow-paused": 9 });
});

test("an invoice whose answer was lost and that is found different stops the others as well", async () => {
  const stage = await openShopStage({ switches: wrongRounding });
  await stage.salla("products", mug);
  await stage.shop.fault({ vendor: "qoyod", kind: "cut-after", method: "POST", path: "/invoices", count: 1 });
  await stage.salla("orders", order);
  await stage.sync();
  expect(await codes(stage)).toEqual({ "document-differs": 1 });
  await stage.salla("orders", order);
  await stage.sync();
  expect(await codes(stage)).toEqual({ "document-differs": 1, "flow-paused": 1 });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
});

test("a Qoyod that leaves eight invoices in a row without an answer is asked for no ninth in this run", async () => {
  const stage = await openShopStage();
  await stage.salla("products", mug);
  await stage.shop.add(
    "salla/orders",
    Array.from({ length: 12 }, () => order),
  );
  await stage.shop.fault({ vendor: "qoyod", kind: "cut-after", method: "POST", path: "/invoices" });
  const run = (await stage.sync()).of("orders");
  expect(run).toMatchObject({ state: "stopped", message: "Qoyod gave no answer to 8 writes in a row" });
  expect(await stage.inQoyod("invoices")).toHaveLength(8);
});
