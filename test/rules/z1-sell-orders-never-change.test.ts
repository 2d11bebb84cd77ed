import { beforeEach, expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { item, itemId, only, openStage, order, orderId, type Stage } from "../stage.ts";

let stage: Stage;
let mug: string;
let lamp: string;
let sold: string;
let before: readonly (readonly Fields[])[];

const allOf = async () => [await stage.inOptiply("sellOrders"), await stage.inOptiply("sellOrderLines")];

beforeEach(async () => {
  stage = await openStage();
  const items = await stage.shop.add("zoho-books/items", [item(), item({ name: "Lamp", sku: "LAMP", rate: 30 })]);
  [mug = "", lamp = ""] = items.map(itemId);
  const lines = [
    { item_id: mug, quantity: 2 },
    { item_id: lamp, quantity: 1 },
  ];
  const [stored] = await stage.shop.add("zoho-books/salesorders", [order(lines)]);
  sold = orderId(stored);
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 1 }));
  before = await allOf();
  expect(before[1]).toHaveLength(2);
  await stage.resetCalls();
});

/** Changes the order in Zoho, syncs, and expects Optiply as it was. */
async function expectNothingTravels(changes: Fields): Promise<void> {
  const later = new Date(Date.now() + 5_000).toISOString();
  await stage.shop.change("zoho-books/salesorders", sold, { last_modified_time: later, ...changes });
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ unchanged: 1 }));
  expect(await allOf()).toEqual(before);
  expect(await stage.writes()).toBe(0);
}

test("Z1: a changed line does not travel", () =>
  expectNothingTravels({
    line_items: [
      { item_id: mug, quantity: 7, rate: 1 },
      { item_id: lamp, quantity: 1 },
    ],
  }));

test("Z1: a deleted line does not travel", () => expectNothingTravels({ line_items: [{ item_id: mug, quantity: 2 }] }));

test("Z1: an added line does not travel", () =>
  expectNothingTravels({
    line_items: [
      { item_id: mug, quantity: 2 },
      { item_id: lamp, quantity: 1 },
      { item_id: mug, quantity: 5 },
    ],
  }));

test("Z1: another total and another date do not travel", () => expectNothingTravels({ total: 1, date: "2026-03-09" }));

test("Z1: voiding after creation does not travel", () =>
  expectNothingTravels({ order_status: "void", invoiced_status: "not_invoiced" }));

test("Z1: an order that is deleted in Zoho stays in Optiply", async () => {
  await stage.shop.remove("zoho-books/salesorders", sold);
  await stage.sync();
  expect(await allOf()).toEqual(before);
  expect(await stage.writes()).toBe(0);
});

test("Z1: an order that went through is not even read in full again", async () => {
  const later = new Date(Date.now() + 5_000).toISOString();
  await stage.shop.change("zoho-books/salesorders", sold, { total: 3, last_modified_time: later });
  await stage.sync({ flow: "sell-orders" });
  const paths = (await stage.calls("zoho-books")).map(({ path }) => path);
  expect(paths.filter((path) => path.includes("{id}"))).toEqual([]);
  expect(paths.length).toBeGreaterThan(0);
});

test("Z1: an order that is voided before it was taken never arrives", async () => {
  const [stored] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: mug, quantity: 1 }], { order_status: "void" }),
  ]);
  await stage.sync();
  expect(await allOf()).toEqual(before);
  expect(await stage.record("sell-orders", orderId(stored))).toMatchObject({
    outcome: "skipped",
    code: "draft-or-void",
  });
});
