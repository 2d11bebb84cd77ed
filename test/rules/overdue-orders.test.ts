import { expect, test } from "vitest";
import { overdueAnswer } from "../../src/api/shop-contract.ts";
import { doctor } from "../../src/operations/connect.ts";
import { excludeOrderByHand } from "../../src/operations/exclude-order.ts";
import { setIntegration } from "../../src/operations/integrations.ts";
import { listOverdue } from "../../src/operations/overdue-orders.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const dayMs = 86_400_000;

test("1.1: orders that were delivered but never completed are listed and told by doctor, without a call for each", async () => {
  const date = "2026-01-05T10:00:00+03:00";
  const stage = await openShopStage({
    before: async ({ salla, act }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
      // Delivered before the integration: its goods had left before anything was counted.
      await act(await salla("orders", { items: [{ sku: "MUG" }], date }), "status", { slug: "delivered" });
    },
  });
  const place = async (slug: string, quantity: number) => {
    const order = await stage.salla("orders", { items: [{ sku: "MUG", quantity }], paid: true });
    await stage.act(order, "status", { slug });
    return order;
  };
  const [delivered, shipped] = [await place("delivered", 3), await place("shipped", 2)];
  for (const slug of ["completed", "canceled", "in_progress"]) await place(slug, 1);
  await stage.sync();
  const list = async (days?: number) => {
    const found = await listOverdue(stage.mizan.desk, { integration: integrationName, days });
    return overdueAnswer.parse(JSON.parse(JSON.stringify(found)));
  };
  expect(await list()).toEqual({ days: 14, count: 0, orders: [] });
  stage.clock.jump(15 * dayMs);
  const found = await list();
  expect(found).toMatchObject({ days: 14, count: 2 });
  expect(found.orders.map(({ id, units, status }) => [id, units, status]).toSorted()).toEqual(
    [
      [String(delivered.id), 3, "delivered"],
      [String(shipped.id), 2, "shipped"],
    ].toSorted(),
  );
  expect((await list(16)).count).toBe(0);
  await expect(list(-1)).rejects.toThrow("days is -1; allowed: a whole number from 0 to 3650");

  const advice = async () => (await doctor(stage.mizan.desk, "salla", stage.signal)).advice;
  expect((await advice()).map(({ sentence }) => sentence)).toContain(
    `2 orders of ${integrationName} were delivered but never marked completed; their goods stay reserved.`,
  );
  await excludeOrderByHand(stage.mizan.desk, {
    ...{ integration: integrationName, order: String(delivered.id), goods: "left", signal: stage.signal },
  });
  expect((await list()).orders.map(({ id }) => id)).toEqual([String(shipped.id)]);
  const options = { completedStatuses: "completed,shipped" };
  await setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);
  expect((await list()).count).toBe(0);
  expect((await advice()).map(({ action }) => action).join("\n")).not.toContain("overdue-orders");
});
