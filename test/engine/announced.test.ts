/** Records that a webhook announced are read as a pass would read them, and the marks are taken away behind it. */
import { expect, test } from "vitest";
import { plan } from "../../src/operations/plan.ts";
import { announcedRecords, announceRecords } from "../../src/store/announcements.ts";
import { findIntegration } from "../../src/store/integrations.ts";
import { integrationName, item, itemId, only, openStage, order, orderId, type Stage } from "../stage.ts";

async function openFlow(stage: Stage, flow: string) {
  const { database } = stage.mizan.desk.store;
  const integration = await findIntegration(database, { name: integrationName });
  const key = { integrationId: integration?.id ?? 0, flow };
  const now = () => new Date(stage.clock.now());
  return {
    announce: (...ids: string[]) => announceRecords(database, key, ids, { vendor: "Zoho Books", now: now() }),
    marked: async () =>
      (await announcedRecords(database, key, now(), { after: null, most: 100 })).map(({ sourceId }) => sourceId),
    run: () => stage.sync({ flow, scope: "due" }),
  };
}

test("an announced record that is new is made without a pass; what is known is compared and left alone", async () => {
  const stage = await openStage();
  const [mug, jug] = await stage.shop.add("zoho-books/items", [item(), item({ name: "Jug", sku: "JUG" })]);
  const products = await openFlow(stage, "products");
  await products.announce(itemId(mug));
  expect((await products.run()).products.counts).toEqual(only({ created: 1 }));
  expect(await stage.inOptiply("products")).toMatchObject([{ skuCode: "MUG" }]);
  expect(await products.marked()).toEqual([]);
  await stage.resetCalls();
  await products.announce(itemId(mug), itemId(jug));
  expect((await products.run()).products.counts).toEqual(only({ created: 1, unchanged: 1 }));
  expect(await stage.writes()).toBe(1);
  expect(await stage.record("products", "MUG")).toMatchObject({ outcome: "created", code: null });
});

test("what people deleted at the target is not made again because a webhook came", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const [made] = await stage.inOptiply("products");
  await stage.shop.remove("optiply/products", String(made?.id));
  await stage.shop.change("zoho-books/items", itemId(mug), { name: "Big mug" });
  await stage.sync();
  expect(await stage.record("products", "MUG")).toMatchObject({ code: "target-gone" });
  const products = await openFlow(stage, "products");
  await products.announce(itemId(mug));
  await stage.resetCalls();
  await products.run();
  expect(await stage.record("products", "MUG")).toMatchObject({ code: "target-gone" });
  expect(await stage.writes()).toBe(0);
  expect(await products.marked()).toEqual([]);
});

test("an announced order is judged by the options of regular runs, and of one that does not exist no record stays", async () => {
  const stage = await openStage({ options: { ordersSince: "2026-01-01" } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const lines = [{ item_id: itemId(mug), quantity: 1, rate: 9.5 }];
  const [old, fresh] = await stage.shop.add("zoho-books/salesorders", [
    order(lines, { date: "2025-12-31" }),
    order(lines, { date: "2026-03-05" }),
  ]);
  const orders = await openFlow(stage, "sell-orders");
  await orders.announce(orderId(old), orderId(fresh), "999000111");
  expect((await orders.run()).orders.counts).toMatchObject({ skipped: 2 });
  expect(await orders.marked()).toEqual([]);
  const codes = (await stage.records({ flow: "sell-orders" })).map(({ sourceId, code }) => [sourceId, code]);
  expect(Object.fromEntries(codes)).toMatchObject({ [orderId(old)]: "before-orders-since" });
  expect(codes).toHaveLength(2);
});

test("a rehearsal plans what is announced and leaves the marks to the run", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const products = await openFlow(stage, "products");
  await products.announce(itemId(mug));
  const { flows } = await plan(stage.mizan.desk, {
    integration: integrationName,
    flow: "products",
    signal: stage.signal,
  });
  expect(flows[0]?.counts.created).toBe(1);
  expect(await products.marked()).toEqual([itemId(mug)]);
  expect((await products.run()).products.counts).toEqual(only({ created: 1 }));
});
