/** Rule Z5: what travels back to an order that was made in Optiply, and what never does. */
import { expect, test } from "vitest";
import { why } from "../../src/operations/why.ts";
import { inUtc, openBuying } from "./buy-order-stage.ts";

test("Z5: once issued, expected day, lines, total and completion travel back; placed is never overwritten", async () => {
  const { stage, place, exported, change, ordersThere, imported, mug, plate } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  let second = 0;
  const step = async (changes: object) => {
    second += 2;
    const last_modified_time = new Date(Date.now() + second * 1_000).toISOString();
    await change(id, { ...changes, last_modified_time });
    await stage.sync();
    const [order, ...others] = await ordersThere();
    expect(others).toEqual([]);
    expect(order).toMatchObject({ id: placed, placed: "2026-04-01T10:00:00Z" });
    expect(await exported(placed)).toHaveLength(1);
    return order;
  };
  // A draft's lines and total are not the planner's; its expected day is told.
  const lines = [
    { item_id: mug, quantity: 4, rate: 4 },
    { item_id: plate, quantity: 1, rate: 7 },
  ];
  expect(await step({ line_items: lines, expected_delivery_date: "2026-04-20" })).toMatchObject({
    lines: ["Mug 2 9.00"],
    totalValue: "9.00",
    expectedDeliveryDate: "2026-04-20T00:00:00Z",
  });
  expect(await step({ order_status: "open" })).toMatchObject({
    lines: ["Mug 4 16.00", "Plate 1 7.00"],
    totalValue: "23.00",
    completed: null,
  });
  expect(await step({ date: "2026-04-09" })).toMatchObject({ lines: ["Mug 4 16.00", "Plate 1 7.00"] });
  expect(await step({ line_items: lines.slice(0, 1) })).toMatchObject({ lines: ["Mug 4 16.00"], totalValue: "16.00" });
  const closed = await step({ order_status: "closed" });
  const stored = (await exported(placed))[0];
  expect(closed?.completed).toBe(inUtc(stored?.last_modified_time));
  expect((await step({ order_status: "open" }))?.completed).toBeNull();
  expect(await imported(id)).toMatchObject({ outcome: "updated", code: null });
});

test("Z5: an order that was changed in Optiply after its export is not sent again", async () => {
  const { stage, place, exported, idThere, plate } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const before = await exported(placed);
  const productId = await idThere("products", plate);
  await stage.shop.add("optiply/buyOrderLines", [
    { buyOrderId: Number(placed), productId, quantity: 9, subtotalValue: 70 },
  ]);
  await stage.shop.change("optiply/buyOrders", placed, { placed: "2026-04-05T00:00:00Z", totalValue: "79.00" });
  await stage.resetCalls();
  await stage.sync();
  expect(await exported(placed)).toEqual(before);
  expect(await stage.count("zoho-books", "POST", "PUT")).toBe(0);
});

test("Z5: an order that was deleted in Optiply after its export is made again on neither side, and why says so", async () => {
  const { stage, place, exported, change, sent, imported } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await stage.shop.remove("optiply/buyOrders", placed);
  await change(id, { order_status: "open", last_modified_time: new Date(Date.now() + 2_000).toISOString() });
  await stage.resetCalls();
  for (let run = 0; run < 2; run += 1) {
    await stage.sync({ settle: true });
    stage.clock.jump(25 * 3_600_000);
  }
  expect(await stage.count("zoho-books", "POST", "PUT", "DELETE")).toBe(0);
  expect(await stage.count("optiply", "POST")).toBe(0);
  expect(await exported(placed)).toHaveLength(1);
  expect(await stage.inOptiply("buyOrders")).toEqual([]);
  expect(await imported(id)).toMatchObject({ outcome: "rejected", code: "target-gone" });
  const told = await why(stage.mizan.desk, `shop/buy-orders/${id}`);
  expect(told.reason).toBe(`The record ${placed} was deleted in Optiply.`);
  expect(await sent(placed)).toMatchObject({ outcome: "waiting", code: "deleted-after-export", targetId: id });
});

test("Z5: an order whose purchase order was deleted in Zoho Books is not exported again", async () => {
  const { stage, place, exported } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync({ flow: "buy-orders-export" });
  await stage.shop.remove("zoho-books/purchaseorders", String((await exported(placed))[0]?.purchaseorder_id));
  await stage.resetCalls();
  await stage.sync();
  await stage.sync();
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual([]);
});

test("Z5: the remote id is written back by the import, and stays whatever else is written", async () => {
  const { stage, place, exported, change, ordersThere } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync({ flow: "buy-orders-export" });
  await stage.sync({ flow: "buy-orders" });
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  expect((await ordersThere())[0]?.remoteIdMap).toEqual({ [couplingId]: id });
  await change(id, { expected_delivery_date: "2026-04-30" });
  await stage.sync();
  expect((await ordersThere())[0]).toMatchObject({
    remoteIdMap: { [couplingId]: id },
    expectedDeliveryDate: "2026-04-30T00:00:00Z",
  });
});
