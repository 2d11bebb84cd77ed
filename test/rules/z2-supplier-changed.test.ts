/** Rule Z2: another supplier needs another order. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { sync } from "../../src/operations/sync.ts";
import { type Buying, openBuying } from "./buy-order-stage.ts";

async function moved(): Promise<Buying & { id: string; before: string }> {
  const buying = await openBuying();
  const [id = ""] = await buying.buy();
  await buying.stage.sync({ flow: "buy-orders" });
  const before = (await buying.mustBeThere(id)).id;
  await buying.change(id, { vendor_id: buying.weavers });
  await buying.stage.resetCalls();
  return { ...buying, id, before };
}

async function expectMadeAnew({
  stage,
  mustBeThere,
  imported,
  idThere,
  weavers,
  id,
  before,
}: Awaited<ReturnType<typeof moved>>) {
  const after = await mustBeThere(id);
  expect(after.id).not.toBe(before);
  expect(after).toMatchObject({ supplierId: await idThere("suppliers", weavers), lines: ["Mug 2 8.00"] });
  expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
  expect(await imported(id)).toMatchObject({ outcome: "created", reason: null, targetId: after.id });
  await stage.resetCalls();
  await stage.sync({ settle: true });
  expect(await stage.writes()).toBe(0);
}

test("Z2: an imported order whose supplier changed is deleted and made anew, in one run", async () => {
  const order = await moved();
  await order.stage.sync({ flow: "buy-orders" });
  expect(await order.stage.count("optiply", "DELETE")).toBe(1);
  expect(await order.stage.count("optiply", "POST")).toBe(1);
  await expectMadeAnew(order);
});

test.for([
  {
    what: "the answer of the deletion is lost",
    fault: { method: "DELETE", path: "/buyOrders/*", kind: "cut-after", count: 1 },
  },
  {
    what: "the deletion never gets an answer",
    fault: { method: "DELETE", path: "/buyOrders/*", kind: "cut-after", count: 4 },
  },
  { what: "the deletion does not arrive", fault: { method: "DELETE", path: "/buyOrders/*", kind: "cut", count: 4 } },
  { what: "the order was deleted by people before", fault: null },
  {
    what: "the answer of the new order is lost",
    fault: { method: "POST", path: "/buyOrders", kind: "cut-after", count: 1 },
  },
  { what: "the new order does not arrive", fault: { method: "POST", path: "/buyOrders", kind: "cut", count: 1 } },
  {
    what: "the new order is refused for now",
    fault: { method: "POST", path: "/buyOrders", kind: "status", status: 503, count: 1 },
  },
])("Z2: an order whose supplier changed is there once in the end where $what", async ({ fault }) => {
  const order = await moved();
  const { stage, before } = order;
  if (fault === null) await stage.shop.remove("optiply/buyOrders", before);
  else await stage.shop.fault({ vendor: "optiply", ...fault });
  for (let run = 0; run < 3; run += 1) {
    await stage.sync({ flow: "buy-orders", settle: true });
    stage.clock.jump(1_000);
  }
  await expectMadeAnew(order);
});

test("Z2: an order whose supplier changed is there once in the end where the process dies in the middle", async () => {
  for (const afterCalls of [0, 1]) {
    const order = await moved();
    const { stage } = order;
    // A stopped process: the write leaves and its answer is never stored.
    await stage.shop.fault({
      vendor: "optiply",
      method: afterCalls === 0 ? "DELETE" : "POST",
      path: "/buyOrders*",
      kind: "slow",
      delayMs: 500,
      afterWork: true,
      count: 1,
    });
    const other = await stage.openAnother();
    const running = sync(other.desk, { integration: "shop", flow: "buy-orders", signal: stage.signal }).catch(() => []);
    const method = afterCalls === 0 ? "DELETE" : "POST";
    while ((await order.stage.inOptiply("buyOrders")).some(({ id }) => id === order.before)) await stage.calls();
    if (method === "POST") while ((await stage.inOptiply("buyOrders")).length === 0) await stage.calls();
    await stage.endLeases();
    await stage.sync({ flow: "buy-orders", settle: true });
    await running;
    await stage.sync({ flow: "buy-orders", settle: true });
    await expectMadeAnew(order);
  }
});

test("Z2: the supplier of an order that was made in Optiply is not changed there: it waits for a person", async () => {
  const { stage, place, exported, change, imported, ordersThere, idThere, potters, weavers } = await openBuying();
  const [placed = ""] = await place({});
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await change(id, { vendor_id: weavers, order_status: "open" });
  await stage.resetCalls();
  await stage.sync();
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "fixed-made-there" });
  expect((await imported(id)).reason).toContain(`${placed} was made in Optiply by people`);
  expect(await stage.writes()).toBe(0);
  stage.clock.jump(25 * 3_600_000);
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  expect(await ordersThere()).toMatchObject([{ id: placed, supplierId: await idThere("suppliers", potters) }]);
  // The change is undone: what else changed meanwhile travels.
  const undoneAt = new Date(Date.now() + 2_000).toISOString();
  await change(id, { vendor_id: potters, expected_delivery_date: "2026-05-01", last_modified_time: undoneAt });
  await stage.sync();
  expect(await ordersThere()).toMatchObject([{ id: placed, expectedDeliveryDate: "2026-05-01T00:00:00Z" }]);
  expect(await imported(id)).toMatchObject({ outcome: "updated", reason: null });
});

test("Z2: once people deleted the order that waits for them, a retry makes it anew with the supplier that it has now", async () => {
  const { stage, place, exported, change, imported, ordersThere, idThere, weavers } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await change(id, { vendor_id: weavers, order_status: "open" });
  await stage.sync();
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "fixed-made-there" });
  await stage.shop.remove("optiply/buyOrders", placed);
  await retry(stage.mizan.desk, { record: id, signal: stage.signal });
  const supplierId = await idThere("suppliers", weavers);
  const [made, ...others] = await ordersThere();
  expect(others).toEqual([]);
  expect(made).toMatchObject({ supplierId, createdFromPublicApi: true, lines: ["Mug 2 8.00"] });
  expect(await imported(id)).toMatchObject({ outcome: "created", code: null, targetId: made?.id });
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  expect(await exported(placed)).toHaveLength(1);
});
