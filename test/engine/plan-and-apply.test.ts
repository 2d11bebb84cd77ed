/** A plan writes nothing; applying it makes exactly what it named, and refuses by name what changed meanwhile. */
import { beforeEach, expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { apply, plan } from "../../src/operations/plan.ts";
import { readCursor } from "../../src/store/flow-states.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { integrationName, item, itemId, only, openStage, order, orderId, type Stage } from "../stage.ts";

let stage: Stage;
let mug: string;
let lamp: string;
let calendar: string;
let orders: readonly string[];

const makePlan = (flow?: string) =>
  plan(stage.mizan.desk, {
    integration: integrationName,
    signal: stage.signal,
    ...(flow === undefined ? {} : { flow }),
  });
const applyPlan = (id: number) => apply(stage.mizan.desk, { plan: id, signal: stage.signal });
const refused = (report: Awaited<ReturnType<typeof applyPlan>>) =>
  report.flows.flatMap(({ flow, refused: records }) => records.map(({ sourceId }) => `${flow}/${sourceId}`)).sort();
const inAll = async () => [
  await stage.inOptiply("products"),
  await stage.inOptiply("sellOrders"),
  await stage.inOptiply("sellOrderLines"),
];

beforeEach(async () => {
  stage = await openStage();
  const items = await stage.shop.add("zoho-books/items", [
    item(),
    item({ name: "Lamp", sku: "LAMP", rate: 30 }),
    item({ name: "Calendar", sku: "CAL", status: "inactive", rate: 4 }),
  ]);
  [mug = "", lamp = "", calendar = ""] = items.map(itemId);
  const line = (item_id: string, quantity: number): Fields => ({ item_id, quantity });
  const stored = await stage.shop.add("zoho-books/salesorders", [
    order([line(mug, 1)]),
    order([line(mug, 2), line(calendar, 1)]),
    order([line(lamp, 3)]),
  ]);
  orders = stored.map(orderId);
});

test("a plan says what would be made, with counts, totals and first rows, and writes nothing anywhere", async () => {
  const { database } = stage.mizan.desk.store;
  const cursors = () =>
    Promise.all(["products", "sell-orders"].map((flow) => readCursor(database, { integrationId: 1, flow })));
  const before = await cursors();
  const report = await makePlan();
  expect(await stage.writes()).toBe(0);
  expect(await inAll()).toEqual([[], [], []]);
  expect(await stage.records()).toEqual([]);
  expect(await cursors()).toEqual(before);
  const [products, sellOrders] = report.flows;
  // The inactive calendar is among them, because an order refers to it (rule Z4).
  expect(products).toMatchObject({ flow: "products", counts: { created: 3, updated: 0, rejected: 0 } });
  expect(sellOrders).toMatchObject({
    flow: "sell-orders",
    counts: only({ created: 3 }),
    totals: [{ amount: "122.50" }],
  });
  expect(products?.first.map(({ label }) => label).sort()).toEqual(["CAL Calendar", "LAMP Lamp", "MUG Mug"]);
  expect(sellOrders?.first.map(({ sourceId }) => sourceId).sort()).toEqual([...orders].sort());
});

test("applying makes exactly the plan, once; a sync afterwards finds nothing left to do", async () => {
  const { plan: id } = await makePlan();
  await stage.resetCalls();
  const report = await applyPlan(id);
  expect(refused(report)).toEqual([]);
  expect(report.flows.map(({ flow, counts }) => [flow, counts.created])).toEqual([
    ["products", 3],
    ["sell-orders", 3],
  ]);
  expect((await inAll()).map((rows) => rows.length)).toEqual([3, 3, 4]);
  expect(await stage.writes()).toBe(6);
  await expect(applyPlan(id)).rejects.toThrow(`plan ${id} is applied`);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
});

test("what appeared after the plan is not made by applying it", async () => {
  const { plan: id } = await makePlan();
  await stage.shop.add("zoho-books/items", [item({ sku: "NEW" })]);
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: mug, quantity: 9 }])]);
  await applyPlan(id);
  expect((await inAll()).map((rows) => rows.length)).toEqual([3, 3, 4]);
});

test("what changed after the plan is refused by name, and the rest is made", async () => {
  const { plan: id } = await makePlan();
  await stage.shop.change("zoho-books/items", lamp, { rate: 31 });
  await stage.shop.change("zoho-books/salesorders", orders[0] ?? "", { total: 1 });
  const report = await applyPlan(id);
  expect(refused(report)).toEqual([`products/${lamp}`, `sell-orders/${orders[0]}`, `sell-orders/${orders[2]}`].sort());
  expect((await stage.inOptiply("products")).map(({ skuCode }) => skuCode).sort()).toEqual(["CAL", "MUG"]);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
  // The next sync makes the rest as it is now.
  await stage.sync();
  expect((await inAll()).map((rows) => rows.length)).toEqual([3, 3, 4]);
  expect((await stage.inOptiply("sellOrders")).map(({ totalValue }) => totalValue).sort()).toEqual([
    "1.00",
    "23.00",
    "90.00",
  ]);
});

test("a refused order makes no product that the plan did not name", async () => {
  const [old] = await stage.shop.add("zoho-books/items", [item({ sku: "OLD", status: "inactive" })]);
  const { plan: id } = await makePlan();
  await stage.shop.change("zoho-books/salesorders", orders[0] ?? "", {
    line_items: [{ item_id: itemId(old), quantity: 1 }],
  });
  const report = await applyPlan(id);
  expect(refused(report)).toEqual([`sell-orders/${orders[0]}`]);
  expect((await stage.inOptiply("products")).map(({ skuCode }) => skuCode)).not.toContain("OLD");
});

test("what was voided or deleted after the plan is refused by name; what a sync made meanwhile as planned is not", async () => {
  const { plan: id } = await makePlan();
  await stage.shop.change("zoho-books/salesorders", orders[0] ?? "", { order_status: "void" });
  await stage.shop.remove("zoho-books/salesorders", orders[1] ?? "");
  await stage.sync();
  await stage.resetCalls();
  const report = await applyPlan(id);
  expect(refused(report)).toEqual(
    orders
      .slice(0, 2)
      .map((one) => `sell-orders/${one}`)
      .sort(),
  );
  // The calendar is still as the plan saw it, though the order that needed it is gone.
  expect((await stage.inOptiply("products")).map(({ skuCode }) => skuCode).sort()).toEqual(["CAL", "LAMP", "MUG"]);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
  expect(await stage.writes()).toBe(1);
});

test("a plan of one flow names the products that its orders bring along, and applying it makes them", async () => {
  const report = await makePlan("sell-orders");
  expect(report.flows.map(({ flow, counts }) => [flow, counts.created])).toEqual([
    ["products", 3],
    ["sell-orders", 3],
  ]);
  expect(refused(await applyPlan(report.plan))).toEqual([]);
  expect((await inAll()).map((rows) => rows.length)).toEqual([3, 3, 4]);
});

test("a plan names updates with the changed fields only", async () => {
  await stage.sync();
  await stage.shop.change("zoho-books/items", mug, { rate: 11 });
  await stage.resetCalls();
  const { plan: id, flows } = await makePlan();
  expect(flows[0]).toMatchObject({
    counts: { created: 0, updated: 1 },
    first: [{ kind: "update", fields: { price: "11.00" } }],
  });
  expect(Object.keys(flows[0]?.first[0]?.fields ?? {})).toEqual(["price"]);
  expect(await stage.writes()).toBe(0);
  await applyPlan(id);
  expect(await stage.writes()).toBe(1);
  expect((await stage.inOptiply("products")).map(({ price }) => price)).toContain("11.00");
});

test("a plan takes up all due records, however many there are", async () => {
  await stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: 250 }, () =>
      order([{ item_id: mug, quantity: 1 }], {
        order_status: "confirmed",
        invoiced_status: "not_invoiced",
        last_modified_time: "2026-03-05T10:00:00+0000",
      }),
    ),
  );
  await stage.sync();
  expect(await stage.inOptiply("sellOrders")).toHaveLength(3);
  await setIntegration(stage.mizan.desk, integrationName, { options: { pullAllSellOrders: true } }, stage.signal);
  const { plan: id, flows } = await makePlan();
  expect(flows[1]?.counts.created).toBe(250);
  await applyPlan(id);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(253);
});

test("a plan that cannot be made to the end cannot be applied", async () => {
  await stage.shop.fault({ vendor: "zoho-books", path: "/salesorders", kind: "status", status: 503 });
  await expect(makePlan()).rejects.toThrow();
  await expect(applyPlan(1)).rejects.toThrow("plan 1 is failed");
  await expect(applyPlan(99)).rejects.toThrow("there is no plan 99");
  expect(await stage.writes()).toBe(0);
});
