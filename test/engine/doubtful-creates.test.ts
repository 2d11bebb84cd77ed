/** Creates without an answer: adopted or sent again, never repeated blindly (law 1). */
import { describe, expect, test } from "vitest";
import { why } from "../../src/operations/why.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  doubled,
  item,
  itemId,
  only,
  openStage,
  order,
  orderId,
  remoteId,
  type Stage,
  type StageOptions,
} from "../stage.ts";

/** Five orders that differ in what they sell. */
async function sellFive(stage: Stage): Promise<readonly Fields[]> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync({ flow: "products" });
  const orders = [1, 2, 3, 4, 5].map((quantity) => order([{ item_id: itemId(mug), quantity }]));
  return stage.shop.add("zoho-books/salesorders", orders);
}

/** What Optiply holds, by its line's quantity: each order of `sellFive` has one of its own. */
const quantities = async (stage: Stage) =>
  (await stage.inOptiply("sellOrderLines")).map(({ quantity }) => Number(quantity)).sort();

const troubles: readonly { name: string; fault: Fields; posts: number; longestWorkMs?: number }[] = [
  { name: "a 5xx after the work", fault: { kind: "status-after", status: 503 }, posts: 5 },
  { name: "an answer cut after the work", fault: { kind: "cut-after" }, posts: 5 },
  { name: "a connection cut before the work", fault: { kind: "cut" }, posts: 7 },
  { name: "an unreadable answer after the work", fault: { kind: "malformed-json" }, posts: 5 },
  { name: "work that is done late", fault: { kind: "late", delayMs: 400 }, posts: 5, longestWorkMs: 1_200 },
];

describe.for([
  { name: "with couplingId", coupled: {} },
  { name: "without couplingId", coupled: { couplingId: undefined } },
])("$name", ({ coupled }) => {
  test.for(troubles)("$name: every order is there exactly once", async ({ fault, posts, longestWorkMs }) => {
    const given: StageOptions = {
      optiplySettings: { ...coupled, ...(longestWorkMs === undefined ? {} : { longestWorkMs }) },
    };
    const stage = await openStage(given);
    await sellFive(stage);
    await stage.resetCalls();
    const rule = { vendor: "optiply", method: "POST", path: "/sellOrders", afterCalls: 1, count: 2, ...fault };
    await stage.shop.fault(rule);
    const { orders } = await stage.sync({ settle: true });
    expect(orders.state).toBe("done");
    expect(orders.counts).toEqual(only({ created: 5 }));
    expect(await quantities(stage)).toEqual([1, 2, 3, 4, 5]);
    expect(await stage.inOptiply("sellOrders")).toHaveLength(5);
    expect(await stage.writes()).toBe(posts);
    // Each record knows its own twin.
    const lines = await stage.inOptiply("sellOrderLines");
    const sold = await stage.shop.all("zoho-books/salesorders");
    for (const record of await stage.records({ flow: "sell-orders" })) {
      const line = lines.find(({ sellOrderId }) => String(sellOrderId) === record.targetId);
      const order = sold.find((one) => orderId(one) === record.sourceId);
      expect(record).toMatchObject({ outcome: "created", code: null });
      expect(order?.line_items).toMatchObject([{ quantity: line?.quantity }]);
    }
    await stage.resetCalls();
    await stage.sync();
    expect(await stage.writes()).toBe(0);
  });
});

test("a doubtful create is not sent again before the vendor's longest work is over, and says what it waits for", async () => {
  const stage = await openStage({ optiplySettings: { longestWorkMs: 180_000 } });
  const [first] = await sellFive(stage);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut", count: 1 });
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 4, waiting: 1 }));
  expect(orders.searchAt?.getTime()).toBeGreaterThan(stage.clock.now() + 100_000);
  const [waiting] = await stage.records({ flow: "sell-orders", outcome: "waiting" });
  expect(waiting).toMatchObject({ code: "in-doubt", targetId: null });
  await stage.resetCalls();
  stage.clock.jump(120_000);
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  stage.clock.jump(70_000);
  await stage.sync();
  expect(await stage.writes()).toBe(1);
  expect(await quantities(stage)).toEqual([1, 2, 3, 4, 5]);
  expect(await stage.records({ flow: "sell-orders", outcome: "waiting" })).toEqual([]);
  expect(first).toBeDefined();
});

test("the timeline of an adopted order tells the story", async () => {
  const stage = await openStage();
  await sellFive(stage);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut-after", count: 1 });
  await stage.sync({ settle: true });
  const stories = await Promise.all(
    (await stage.records({ flow: "sell-orders" })).map(({ sourceId }) => why(stage.mizan.desk, sourceId)),
  );
  const adopted = stories.filter(({ timeline }) => timeline.some(({ what }) => what.startsWith("adopted")));
  expect(adopted).toHaveLength(1);
  expect(adopted[0]?.timeline.map(({ what }) => what.split(":")[0])).toEqual(
    expect.arrayContaining(["create intended and sent", "in-doubt", "adopted"]),
  );
});

test("20 % of all answers to POST cut after the work: each product and each order is there exactly once", async () => {
  const stage = await openStage();
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 40 }, (_, number) => item({ name: `Thing ${number}`, sku: `T${number}` })),
  );
  const sold = await stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: 120 }, (_, number) => order([{ item_id: itemId(items[number % 40]), quantity: 1 }])),
  );
  await stage.shop.fault({ vendor: "optiply", method: "POST", kind: "cut-after", probability: 0.2 });
  await stage.sync({ settle: true });
  await stage.calm();
  const faults = (await stage.calls("optiply", "POST")).filter(({ status }) => status === 0);
  expect(faults.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(10);
  const [products, orders] = [await stage.inOptiply("products"), await stage.inOptiply("sellOrders")];
  expect(doubled(products)).toEqual([]);
  expect(doubled(orders)).toEqual([]);
  expect(products.map(remoteId).sort()).toEqual(items.map(itemId).sort());
  expect(orders.map(remoteId).sort()).toEqual(sold.map(orderId).sort());
  expect(await stage.writes()).toBe(160);
  for (const record of await stage.records()) expect(record.outcome).toBe("created");
});
