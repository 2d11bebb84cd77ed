import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { item, itemId, only, openStage, type Stage, vendor, vendorId } from "../stage.ts";

/** An order of ten plates that was exported, and whose id was written back. */
async function exported() {
  const stage = await openStage({ flavour: "full", options: { issuePurchaseOrders: true } });
  const { shop } = stage;
  const [potters] = await shop.add("zoho-books/contacts", [vendor()]);
  const [plate] = await shop.add("zoho-books/items", [
    item({
      name: "Plate",
      sku: "PLATE",
      vendor_id: vendorId(potters),
      vendor_name: "Potters of Delft",
      purchase_rate: 7,
    }),
  ]);
  await stage.sync();
  const [supplier] = await stage.inOptiply("suppliers");
  const [product] = await stage.inOptiply("products");
  const [placed] = await shop.add("optiply/buyOrders", [
    {
      supplierId: Number(supplier?.id),
      placed: "2026-04-01T10:00:00Z",
      totalValue: 70,
      orderLines: [{ productId: Number(product?.id), quantity: 10, subtotalValue: 70 }],
    },
  ]);
  await stage.sync();
  await stage.sync();
  const [made] = await shop.all("zoho-books/purchaseorders");
  const id = String(placed?.id);
  const number = String(made?.purchaseorder_number);
  return { stage, id, made: String(made?.purchaseorder_id), number, plate: itemId(plate) };
}

/** Changes are told by whole seconds; so the next one lies some seconds later. */
let moves = 0;
function later(): string {
  moves += 1;
  return new Date(Date.now() + moves * 5_000).toISOString();
}

/** What a pass asks of Optiply where nothing has changed: the open orders, and which lines moved. */
const quietReads = ["/v1/buyOrderLines 1", "/v1/buyOrders 1"];
const readsOf = async (stage: Stage) =>
  (await stage.calls("optiply")).map(({ path, count }) => `${path} ${count}`).sort();

/** What is known of the orders was read long enough after their last change to hold all of it. */
async function timeGoesBy(stage: Stage): Promise<void> {
  await stage.mizan.desk.store.pool.query(
    "update record set updated_at = source_changed_at + interval '1 hour' where flow = 'buy-orders-export'",
  );
}

async function changeQuantity(stage: Stage, id: string, quantity: number): Promise<void> {
  const [line] = await stage.inOptiply("buyOrderLines");
  await stage.shop.change("optiply/buyOrderLines", String(line?.id), { quantity });
  await stage.shop.change("optiply/buyOrders", id, { updatedAt: later() });
}

test("Z5: an order that people change in Optiply after its export is told, and nothing is sent for it", async () => {
  const { stage, id, number } = await exported();
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ outcome: "updated", code: null });
  await changeQuantity(stage, id, 25);
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders-export" });
  expect(await stage.count("zoho-books", "POST", "PUT", "PATCH", "DELETE")).toBe(0);
  const told = await stage.record("buy-orders-export", id);
  expect(told).toMatchObject({ outcome: "waiting", code: "changed-after-export" });
  expect(told.reason).toBe(
    `The order was changed in Optiply after it was exported as ${number}; the change was not sent.`,
  );
  expect(told.action).toBe(
    `Change ${number} in Zoho Books by hand if it should be so there, or change the order back.`,
  );
  // It goes on being told, without being read again and again.
  await timeGoesBy(stage);
  await stage.resetCalls();
  const again = await stage.sync({ flow: "buy-orders-export" });
  expect(again.of("buy-orders-export").counts).toEqual(only({ waiting: 1 }));
  expect(await readsOf(stage)).toEqual(quietReads);
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ code: "changed-after-export" });
  // Changed back, there is nothing to tell.
  await changeQuantity(stage, id, 10);
  await stage.sync({ flow: "buy-orders-export" });
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ outcome: "unchanged", code: null });
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(1);
});

test("Z5: what the import wrote of the purchase order is no change of people", async () => {
  const { stage, id, made, plate } = await exported();
  await stage.shop.change("zoho-books/purchaseorders", made, {
    line_items: [{ item_id: plate, quantity: 6, rate: 7 }],
    total: 42,
    last_modified_time: later(),
  });
  await stage.sync();
  expect(await stage.inOptiply("buyOrderLines")).toMatchObject([{ quantity: 6 }]);
  await stage.shop.change("optiply/buyOrders", id, { updatedAt: later() });
  await stage.sync({ flow: "buy-orders-export" });
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ code: null });
  // A touch of something that is not watched is none either, and is looked at once.
  await timeGoesBy(stage);
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders-export" });
  expect(await readsOf(stage)).toEqual(quietReads);
});

test("Z5: an order that people delete in Optiply after its export is told, and its purchase order stays", async () => {
  const { stage, id, made, number } = await exported();
  await stage.shop.remove("optiply/buyOrders", id);
  for (let pass = 0; pass < 2; pass += 1) await stage.sync({ flow: "buy-orders-export" });
  const told = await stage.record("buy-orders-export", id);
  expect(told).toMatchObject({ outcome: "waiting", code: "deleted-after-export" });
  expect(told.action).toBe(`Cancel ${number} in Zoho Books if it is not wanted any more, then retry.`);
  await stage.sync();
  expect(await stage.shop.all("zoho-books/purchaseorders")).toMatchObject([{ purchaseorder_id: made, status: "open" }]);
  expect(await stage.inOptiply("buyOrders")).toEqual([]);
  // It waits for a person, and is not looked at by itself.
  expect(told.retryAt).toBeNull();
  stage.clock.jump(48 * 3_600_000);
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders-export" });
  expect(await readsOf(stage)).toEqual(quietReads);
  const again = () => retry(stage.mizan.desk, { integration: "shop", signal: stage.signal });
  expect((await again()).marked).toBe(1);
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ outcome: "waiting", retryAt: null });
  await stage.shop.change("zoho-books/purchaseorders", made, {
    order_status: "cancelled",
    last_modified_time: later(),
  });
  await stage.sync({ flow: "buy-orders" });
  await again();
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ outcome: "skipped", code: "gone-at-source" });
  expect(await stage.records({ outcome: "waiting" })).toEqual([]);
});

test("Z5: exported orders that are completed are left alone, however many there are", async () => {
  const { stage, id } = await exported();
  await stage.shop.change("optiply/buyOrders", id, { completed: "2026-05-01T00:00:00Z" });
  for (let pass = 0; pass < 3; pass += 1) await stage.sync({ flow: "buy-orders-export" });
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ code: "completed-after-export" });
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders-export" });
  expect(await readsOf(stage)).toEqual(quietReads);
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(1);
});

test("Z5: a deleted order is told as well where the import meets it first", async () => {
  const { stage, id, made, number } = await exported();
  await stage.shop.remove("optiply/buyOrders", id);
  await stage.shop.change("zoho-books/purchaseorders", made, {
    expected_delivery_date: "2026-06-01",
    last_modified_time: later(),
  });
  await stage.sync({ flow: "buy-orders" });
  expect(await stage.record("buy-orders", made)).toMatchObject({ outcome: "rejected", code: "target-gone" });
  for (let pass = 0; pass < 2; pass += 1) await stage.sync({ flow: "buy-orders-export" });
  const told = await stage.record("buy-orders-export", id);
  expect(told).toMatchObject({ code: "deleted-after-export" });
  expect(told.action).toBe(`Cancel ${number} in Zoho Books if it is not wanted any more, then retry.`);
  expect(await stage.shop.all("zoho-books/purchaseorders")).toHaveLength(1);
});

test("Z5: a purchase order that people deleted in Zoho Books is told when its order is retried", async () => {
  const { stage, id, made } = await exported();
  await stage.shop.remove("zoho-books/purchaseorders", made);
  const again = () => retry(stage.mizan.desk, { record: `shop/buy-orders-export/${id}`, signal: stage.signal });
  await again();
  const told = await stage.record("buy-orders-export", id);
  expect(told).toMatchObject({ outcome: "waiting", code: "gone-but-linked" });
  expect(told.reason).toBe(`Zoho Books no longer has this record; ${id} in Optiply stays as it is.`);
  expect(told.action).toBe(`Delete ${id} in Optiply if it is not wanted any more, then retry.`);
  // It goes on being told, and is never ordered once more by itself.
  await stage.sync();
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ code: "gone-but-linked" });
  await again();
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual([]);
  await stage.shop.remove("optiply/buyOrders", id);
  for (let pass = 0; pass < 2; pass += 1) await stage.sync({ flow: "buy-orders-export" });
  await again();
  expect(await stage.record("buy-orders-export", id)).toMatchObject({ outcome: "skipped", code: "gone-at-source" });
});
