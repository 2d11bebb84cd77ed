/** Rule Z6: cancelled purchase orders. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { item, itemId, only, openStage, purchaseOrder, purchaseOrderId, vendor, vendorId } from "../stage.ts";
import { type Buying, openBuying } from "./buy-order-stage.ts";

const soon = () => new Date(Date.now() + 2_000).toISOString();

test.for([{ order_status: "cancelled" }, { order_status: "void" }, { order_status: "", status: "cancelled" }])(
  "Z6: an order that is cancelled before it was sent is not imported (%o)",
  async (cancelled) => {
    const { stage, buy, there, imported } = await openBuying();
    const [id = "", good = ""] = await buy(cancelled, {});
    const report = await stage.sync({ flow: "buy-orders" });
    expect(report.of("buy-orders").counts).toEqual(only({ created: 1, skipped: 1 }));
    expect(await imported(id)).toMatchObject({ outcome: "skipped", code: "cancelled" });
    expect(await there(id)).toBeNull();
    expect(await there(good)).not.toBeNull();
  },
);

async function cancelled(): Promise<Buying & { id: string; before: string }> {
  const buying = await openBuying();
  const [id = ""] = await buying.buy();
  await buying.stage.sync({ flow: "buy-orders" });
  const before = (await buying.mustBeThere(id)).id;
  await buying.change(id, { order_status: "cancelled" });
  await buying.stage.resetCalls();
  return { ...buying, id, before };
}

/** Cancelled in Zoho and gone in Optiply; uncancelled it is there again, once. */
async function expectGoneAndBack({
  stage,
  change,
  imported,
  mustBeThere,
  id,
  before,
}: Awaited<ReturnType<typeof cancelled>>) {
  expect(await stage.inOptiply("buyOrders")).toEqual([]);
  expect(await stage.inOptiply("buyOrderLines")).toEqual([]);
  expect(await imported(id)).toMatchObject({ code: "cancelled", targetId: null });
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  await change(id, { order_status: "open", last_modified_time: soon() });
  await stage.sync();
  expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
  const after = await mustBeThere(id);
  expect(after.lines).toEqual(["Mug 2 8.00"]);
  expect(after.id).not.toBe(before);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
}

test("Z6: an imported order that is cancelled is deleted in Optiply, and made again once when that is undone", async () => {
  const order = await cancelled();
  await order.stage.sync({ flow: "buy-orders" });
  expect(await order.stage.writes()).toBe(1);
  await expectGoneAndBack(order);
});

test.for([
  { what: "it was deleted there already", fault: null },
  { what: "the answer is lost", fault: { kind: "cut-after", count: 1 } },
  { what: "no answer comes", fault: { kind: "cut-after", count: 4 } },
  { what: "it does not arrive at first", fault: { kind: "cut", count: 4 } },
  { what: "Optiply is down", fault: { kind: "status", status: 503, count: 4 } },
])("Z6: the deletion of a cancelled order is done in the end where $what", async ({ fault }) => {
  const order = await cancelled();
  const { stage, before } = order;
  if (fault === null) await stage.shop.remove("optiply/buyOrders", before);
  else await stage.shop.fault({ vendor: "optiply", method: "DELETE", path: "/buyOrders/*", ...fault });
  for (let run = 0; run < 3; run += 1) {
    await stage.sync({ flow: "buy-orders", settle: true });
    stage.clock.jump(1_000);
  }
  await expectGoneAndBack(order);
});

test.for(["cut", "cut-after"])(
  "Z6: an order that is uncancelled while its deletion is in doubt (%s) is there once in the end",
  async (kind) => {
    const { stage, change, imported, mustBeThere, id } = await cancelled();
    await stage.shop.fault({ vendor: "optiply", method: "DELETE", path: "/buyOrders/*", kind });
    await stage.sync({ flow: "buy-orders" });
    await stage.calm();
    expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "in-doubt" });
    await change(id, { order_status: "open", last_modified_time: soon() });
    for (let run = 0; run < 3; run += 1) {
      stage.clock.jump(1_000);
      await stage.sync({ flow: "buy-orders", settle: true });
    }
    expect((await mustBeThere(id)).lines).toEqual(["Mug 2 8.00"]);
    expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
    expect((await imported(id)).reason).toBeNull();
  },
);

test("Z6: an order that was made in Optiply and is cancelled in Zoho Books is left for a person", async () => {
  const { stage, place, exported, change, imported, ordersThere } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await change(id, { order_status: "cancelled", last_modified_time: soon() });
  await stage.resetCalls();
  for (let run = 0; run < 3; run += 1) {
    await stage.sync();
    stage.clock.jump(25 * 3_600_000);
  }
  expect(await imported(id)).toMatchObject({
    outcome: "waiting",
    code: "cancelled-made-there",
    reason: `It was cancelled, but its order ${placed} was made in Optiply, where Mizan deletes nothing that people made.`,
    action: `Delete order ${placed} in Optiply, then retry.`,
  });
  expect(await stage.writes()).toBe(0);
  expect(await ordersThere()).toMatchObject([{ id: placed, lines: ["Mug 2 9.00"] }]);
  expect(await exported(placed)).toHaveLength(1);

  // A retry alone deletes nothing; what the reason asks for does settle it.
  await retry(stage.mizan.desk, { record: `shop/buy-orders/${id}`, signal: stage.signal });
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "cancelled-made-there" });
  expect(await ordersThere()).toHaveLength(1);
  await stage.shop.remove("optiply/buyOrders", placed);
  await retry(stage.mizan.desk, { record: `shop/buy-orders/${id}`, signal: stage.signal });
  expect(await imported(id)).toMatchObject({ code: "cancelled", targetId: null });
  await stage.sync();
  expect(await ordersThere()).toEqual([]);
  expect(await exported(placed)).toHaveLength(1);
});

test("Z6: an order that was there before is left for a person where Optiply does not tell who made it", async () => {
  const stage = await openStage({ flavour: "full", switches: { optiply: { createdFromPublicApi: "missing" } } });
  const { shop } = stage;
  const [potters] = await shop.add("zoho-books/contacts", [vendor()]);
  const [mug] = await shop.add("zoho-books/items", [item()]);
  const [bought] = await shop.add("zoho-books/purchaseorders", [
    purchaseOrder([{ item_id: itemId(mug), quantity: 4, rate: 2 }], { vendor_id: vendorId(potters) }),
  ]);
  const id = purchaseOrderId(bought);
  for (const flow of ["products", "suppliers"]) await stage.sync({ flow });
  const [supplier] = await stage.inOptiply("suppliers");
  const [product] = await stage.inOptiply("products");
  const orderLines = [{ productId: Number(product?.id), quantity: 4, subtotalValue: "9.00" }];
  const placed = { supplierId: Number(supplier?.id), placed: "2026-03-05T10:00:00Z", totalValue: "9.00", orderLines };
  const [order] = await shop.add("optiply/buyOrders", [{ ...placed, remoteId: id }]);
  await stage.sync({ flow: "buy-orders" });
  expect(await stage.record("buy-orders", id)).toMatchObject({ targetId: order?.id, code: null });
  await shop.change("zoho-books/purchaseorders", id, { order_status: "cancelled", last_modified_time: soon() });
  await stage.sync({ flow: "buy-orders" });
  expect(await stage.record("buy-orders", id)).toMatchObject({ outcome: "waiting", code: "cancelled-made-there" });
  expect(await stage.inOptiply("buyOrders")).toMatchObject([{ id: order?.id }]);
});

test("Z6: an order that was made in Optiply, cancelled in Zoho Books and opened again goes on", async () => {
  const { stage, place, exported, change, imported, ordersThere } = await openBuying();
  const [placed = ""] = await place();
  await stage.sync();
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await change(id, { order_status: "cancelled" });
  await stage.sync();
  await change(id, { order_status: "open", expected_delivery_date: "2026-05-01", last_modified_time: soon() });
  await stage.sync();
  expect(await ordersThere()).toMatchObject([{ id: placed, expectedDeliveryDate: "2026-05-01T00:00:00Z" }]);
  expect(await imported(id)).toMatchObject({ outcome: "updated", reason: null });
});
