/** The id of the store is part of every reference in the books: what is known of it is not lost, and nothing is sent without it. */
import { expect, test } from "vitest";
import { sallaCredentials } from "../../sandbox/salla/credentials.ts";
import { doctor } from "../../src/operations/connect.ts";
import { retry } from "../../src/operations/retry.ts";
import { findConnection } from "../../src/store/connections.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const { merchantId } = sallaCredentials;

async function completedOrder(stage: ShopStage): Promise<string> {
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }] });
  await stage.act(order, "complete");
  return String(order.reference_id);
}

test("S1: an account that cannot be read keeps what is known of it, and doctor says that it does not work", async () => {
  const stage = await openShopStage();
  const reference = await completedOrder(stage);
  const fault = { vendor: "salla", kind: "status", status: 404, method: "GET", path: "/oauth2/user/info", count: 1 };
  await stage.shop.fault(fault);
  const looked = await doctor(stage.mizan.desk, "salla", stage.signal);
  expect(looked).toMatchObject({ works: false, needsPerson: false });
  expect(looked.problem?.sentence).toContain("/oauth2/user/info");
  expect(await findConnection(stage.mizan.desk.store.database, { name: "salla" })).toMatchObject({
    facts: { merchantId },
  });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toMatchObject([{ reference: `SALLA-${merchantId}-${reference}` }]);
});

test("an order of a store whose id is not known waits, and goes on once it is", async () => {
  const stage = await openShopStage();
  const reference = await completedOrder(stage);
  const { desk } = stage.mizan;
  await desk.store.pool.query(`update connection set facts = facts || '{"merchantId": null}' where name = 'salla'`);
  await stage.sync();
  const order = await stage.record("orders", reference);
  expect(order).toMatchObject({ outcome: "waiting", code: "store-unknown" });
  expect(order.reason).toContain("Salla");
  expect(await stage.inQoyod("products")).toEqual([]);

  expect(await doctor(desk, "salla", stage.signal)).toMatchObject({ works: true, facts: { merchantId } });
  await retry(desk, { integration: integrationName, reason: "store-unknown", signal: stage.signal });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toMatchObject([{ reference: `SALLA-${merchantId}-${reference}` }]);
});
