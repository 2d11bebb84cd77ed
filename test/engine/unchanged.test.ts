/** What a sync with nothing changed costs, and what an interrupted one does not read twice (laws 3, 4, 6). */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { listFlowStates, readCursor } from "../../src/store/flow-states.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  doubled,
  integrationName,
  item,
  itemId,
  only,
  openStage,
  order,
  orderId,
  remoteId,
  type Stage,
} from "../stage.ts";

/** Orders in Zoho, changed one second after another since a moment. */
async function sellMany(stage: Stage, count: number, since: number, everyMs = 1_000): Promise<readonly Fields[]> {
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  return stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: count }, (_, number) =>
      order([{ item_id: itemId(mug), quantity: 1 + (number % 3) }], {
        last_modified_time: new Date(since + number * everyMs).toISOString(),
      }),
    ),
  );
}

const detailPath = "/books/v3/salesorders/{id}";
const paths = async (stage: Stage) =>
  Object.fromEntries((await stage.calls("zoho-books", "GET")).map(({ path, count }) => [path, count]));
const march = Date.parse("2026-03-05T08:00:00Z");

test("an unchanged second run writes nothing and reads list pages only", async () => {
  const stage = await openStage({ switches: { "zoho-books": { stockIn: "list" } } });
  await fetch(`${stage.shop.addresses.control}/import/made-up-shop`, {
    method: "POST",
    body: JSON.stringify({ seed: 3, items: 60, orders: 80 }),
  });
  const first = await stage.sync();
  expect(first.orders.counts.created).toBeGreaterThan(30);
  expect(first.products.counts.created).toBeGreaterThan(40);
  const before = [await stage.inOptiply("products"), await stage.inOptiply("sellOrders")];
  const stored = await stage.records();
  await stage.resetCalls();
  const second = await stage.sync();
  expect(await stage.writes()).toBe(0);
  expect([await stage.inOptiply("products"), await stage.inOptiply("sellOrders")]).toEqual(before);
  expect(second.products.counts.created + second.products.counts.updated + second.orders.counts.created).toBe(0);
  // The one item that keeps its stock in the details costs a call of them; nothing else is read in full.
  const read = await paths(stage);
  expect(Object.keys(read).sort()).toEqual(["/books/v3/itemdetails", "/books/v3/items", "/books/v3/salesorders"]);
  expect(read["/books/v3/itemdetails"]).toBe(1);
  expect(read["/books/v3/items"]).toBe(1);
  expect(await stage.count("optiply")).toBe(0);
  // Nothing about the records has moved either.
  expect(await stage.records()).toEqual(stored);
});

test("first sync: every order is read in full once, and the list page by page", async () => {
  const stage = await openStage();
  await sellMany(stage, 450, march);
  await stage.sync();
  const read = await paths(stage);
  expect(read[detailPath]).toBe(450);
  expect(read["/books/v3/salesorders"]).toBeLessThanOrEqual(4);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(450);
});

test("page by page: a run that is stopped in the middle goes on where it was, and no detail is read twice", async () => {
  const stage = await openStage();
  const stored = await sellMany(stage, 450, march);
  const stop = new AbortController();
  const stopped = await stage.sync({
    signal: stop.signal,
    onProgress: (flow, counts) => {
      if (flow === "sell-orders" && counts.created > 220) stop.abort();
    },
  });
  expect(stopped.orders.state).toBe("stopped");
  const made = (await stage.inOptiply("sellOrders")).length;
  expect(made).toBeGreaterThan(220);
  expect(made).toBeLessThan(450);
  const { database } = stage.mizan.desk.store;
  const cursor = await readCursor(database, { integrationId: 1, flow: "sell-orders" });
  expect(cursor.pass).not.toBeNull();
  expect(cursor.since).toBeNull();
  await stage.resetCalls();
  const { orders } = await stage.sync();
  expect(orders.state).toBe("done");
  expect(orders.counts).toMatchObject({ created: 450 - made, waiting: 0 });
  // What never left is not in doubt: Optiply is not searched.
  expect(await stage.count("optiply", "GET")).toBe(0);
  const rows = await stage.inOptiply("sellOrders");
  expect(rows).toHaveLength(450);
  expect(doubled(rows)).toEqual([]);
  expect(rows.map(remoteId).sort()).toEqual(stored.map(orderId).sort());
  // What had been read ahead but not written is read again; nothing that was finished is.
  expect((await paths(stage))[detailPath]).toBe(450 - made);
  const after = await readCursor(database, { integrationId: 1, flow: "sell-orders" });
  expect(after.pass).toBeNull();
  expect(after.since).not.toBeNull();
});

test("stopped exactly behind a finished page, the rest is read and nothing before it", async () => {
  const stage = await openStage();
  await sellMany(stage, 450, march);
  // The second page cannot be read: the run ends behind the first.
  await stage.shop.fault({ vendor: "zoho-books", path: "/salesorders", kind: "status", status: 503, afterCalls: 201 });
  const { orders: cut } = await stage.sync();
  expect(cut.state).toBe("stopped");
  expect(cut.retryAt).toBeInstanceOf(Date);
  expect(cut.counts).toEqual(only({ created: 200 }));
  await stage.calm();
  await stage.resetCalls();
  const { orders } = await stage.sync();
  expect(orders.state).toBe("done");
  expect(orders.counts.created).toBe(250);
  expect((await paths(stage))[detailPath]).toBe(250);
});

test("the watermark is taken before the read", async () => {
  const stage = await openStage();
  await sellMany(stage, 3, Date.now() - 3_600_000);
  await stage.sync({ flow: "products" });
  await stage.shop.fault({
    vendor: "optiply",
    method: "POST",
    path: "/sellOrders",
    kind: "slow",
    delayMs: 3_000,
    count: 1,
  });
  const before = stage.clock.now();
  await stage.sync({ flow: "sell-orders" });
  expect(stage.clock.now() - before).toBeGreaterThanOrEqual(3_000);
  const [state] = (await listFlowStates(stage.mizan.desk.store.database, 1)).filter(
    ({ flow }) => flow === "sell-orders",
  );
  // In the vendor's time, which its answers tell to the second.
  expect(Math.abs((state?.since?.getTime() ?? 0) - before)).toBeLessThan(1_500);
});

test("a pass overlaps the one before, so that what Zoho shows late is found, and no more than that is listed", async () => {
  const hourAgo = Date.now() - 3_600_000;
  const stage = await openStage({
    // The probe sees both the filter and the sort at work, so that the second pass asks for what changed only.
    before: async (shop) => {
      const orders = [0, 1, 2, 3].map((minute) =>
        order([], { order_status: "draft", last_modified_time: new Date(hourAgo + minute * 60_000).toISOString() }),
      );
      await shop.add("zoho-books/salesorders", orders);
    },
  });
  expect((await stage.sync()).orders.counts).toEqual(only({ skipped: 4 }));
  const [late] = await sellMany(stage, 1, Date.now() - 9 * 60_000);
  await sellMany(stage, 1, Date.now() - 12 * 60_000);
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 1 }));
  expect((await stage.inOptiply("sellOrders")).map(remoteId)).toEqual([orderId(late)]);
});

test("a failed pass does not move the cursor, and the next one finds what it missed", async () => {
  const stage = await openStage();
  await sellMany(stage, 5, march);
  await stage.sync();
  const { database } = stage.mizan.desk.store;
  const key = { integrationId: 1, flow: "sell-orders" };
  const before = await readCursor(database, key);
  await sellMany(stage, 2, Date.now());
  await stage.shop.fault({ vendor: "zoho-books", path: "/salesorders", kind: "malformed-json" });
  const { orders } = await stage.sync();
  expect(orders.state).toBe("stopped");
  expect(await readCursor(database, key)).toEqual(before);
  await stage.calm();
  stage.clock.jump(61_000);
  expect((await stage.sync()).orders.counts.created).toBe(2);
});

test("a settings change, a pause and a new interval move no cursor and lose no order", async () => {
  const stage = await openStage();
  await sellMany(stage, 3, march);
  await stage.sync();
  const { database } = stage.mizan.desk.store;
  const cursors = () =>
    Promise.all(["products", "sell-orders"].map((flow) => readCursor(database, { integrationId: 1, flow })));
  const before = await cursors();
  const { desk } = stage.mizan;
  const change = (options: Fields) => setIntegration(desk, integrationName, { options }, stage.signal);
  await change({ pullAllSellOrders: true });
  await change({ syncStock: false, ordersSince: "2026-01-01" });
  await setIntegration(desk, integrationName, { everyMinutes: { "sell-orders": 15 } }, stage.signal);
  expect(await cursors()).toEqual(before);
  const added = await sellMany(stage, 2, Date.now());
  await stage.sync();
  const made = (await stage.inOptiply("sellOrders")).map(remoteId);
  for (const one of added) expect(made).toContain(orderId(one));
});
