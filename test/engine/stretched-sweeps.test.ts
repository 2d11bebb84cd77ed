import { expect, test } from "vitest";
import { forecast } from "../../src/operations/forecast.ts";
import { showIntegration } from "../../src/operations/show-integration.ts";
import { claimDueFlows } from "../../src/store/flow-states.ts";
import { connectZoho, integrationName, item, openStage, type Stage } from "../stage.ts";

/** A shop whose sweep takes 5 calls: two list pages, and three calls for the stock of 250 items. */
async function openShop(perDay: number): Promise<Stage> {
  const stage = await openStage({
    switches: { "zoho-books": { rateLimitHeaders: false, stockIn: "details" } },
    zohoSettings: { perDay, dayReserve: 10, minuteMs: 60_000, perMinute: 100 },
    options: { ordersSince: "2026-01-01" },
  });
  const items = Array.from({ length: 250 }, (_, index) => item({ name: `Mug ${index}`, sku: `MUG-${index}` }));
  await stage.shop.add("zoho-books/items", items);
  return stage;
}

async function products(stage: Stage) {
  const { flows } = await showIntegration(stage.mizan.desk, integrationName);
  const flow = flows.find(({ name }) => name === "products");
  if (flow === undefined) throw new Error("the flow products is not shown");
  return flow;
}

test("a sweep that the day's calls cannot carry every hour runs every second hour and says so", async () => {
  // 5 calls × 24 = 120; of 150, 10 are kept and about 48 are needed by the orders.
  const stage = await openShop(150);
  await stage.sync();
  await stage.sync({ flow: "products" });
  const flow = await products(stage);
  expect([flow.everyMinutes, flow.stretchedMinutes]).toEqual([60, 120]);
  const said = await forecast(stage.mizan.desk, {
    integration: integrationName,
    since: "2025-01-01",
    signal: stage.signal,
  });
  expect(said.connections[0]?.stretched).toEqual([{ flow: "products", everyMinutes: 60, carriedMinutes: 120 }]);
});

test("the schedule keeps the stretched interval, and the orders keep theirs", async () => {
  const stage = await openShop(150);
  await stage.sync();
  const { database } = stage.mizan.desk.store;
  const before = await products(stage);
  const at = before.nextRunAt ?? new Date(0);
  const due = await claimDueFlows(database, at, 10);
  expect(due.map(({ flow }) => flow).sort()).toEqual(["products", "sell-orders"]);
  const { flows } = await showIntegration(stage.mizan.desk, integrationName);
  const minutesLater = flows.map(({ name, nextRunAt }) => [
    name,
    ((nextRunAt?.getTime() ?? 0) - at.getTime()) / 60_000,
  ]);
  const [sweep, orders] = minutesLater;
  expect(sweep).toEqual(["products", 120]);
  expect(Number(orders?.[1])).toBeLessThanOrEqual(60);
});

test("with room for it again, the sweep goes back to the interval that was set", async () => {
  const stage = await openShop(150);
  await stage.sync();
  expect((await products(stage)).stretchedMinutes).toBe(120);
  await connectZoho(stage, { perDay: 1_000, dayReserve: 10, minuteMs: 60_000, perMinute: 100 });
  await stage.mizan.desk.store.pool.query("delete from call_budget");
  await stage.sync({ flow: "products" });
  expect((await products(stage)).stretchedMinutes).toBeNull();
});

test("where no limit a day is known nothing is stretched", async () => {
  const stage = await openStage({ switches: { "zoho-books": { rateLimitHeaders: false } } });
  await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  expect((await products(stage)).stretchedMinutes).toBeNull();
});
