/** Rule Z2: what cannot be changed at the target is made anew, and nothing is deleted before its successor can be made. */
import { expect, test } from "vitest";
import { apply, plan } from "../../src/operations/plan.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { integrationName, item, itemId, vendor, vendorId } from "../stage.ts";
import { type Buying, openBuying } from "./buy-order-stage.ts";

async function expectLeftToPerson(
  { stage, ordersThere, imported, idThere, potters }: Buying,
  id: string,
  there: Fields,
) {
  for (let run = 0; run < 2; run += 1) {
    await stage.sync();
    expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "fixed-made-there" });
    expect((await imported(id)).reason).toContain("supplierId changed");
    expect(await ordersThere()).toMatchObject([{ supplierId: await idThere("suppliers", potters), ...there }]);
    stage.clock.jump(3_600_000);
  }
}

test("Z2: an export whose vendor people change before its id went back waits; its supplier in Optiply stays", async () => {
  const buying = await openBuying();
  const { stage, place, exported, change, weavers } = buying;
  const [placed = ""] = await place();
  await stage.sync({ flow: "buy-orders-export" });
  const id = String((await exported(placed))[0]?.purchaseorder_id);
  await change(id, { vendor_id: weavers });
  await expectLeftToPerson(buying, id, { id: placed, lines: ["Mug 2 9.00"] });
  expect(await exported(placed)).toHaveLength(1);
});

test("Z2: an order whose supplier the planner changes while Zoho is searched for it is told on both sides; the supplier stays", async () => {
  const buying = await openBuying();
  const { stage, place, exported, sent, imported, ordersThere, idThere, potters, weavers } = buying;
  const [placed = ""] = await place();
  const path = "/purchaseorders";
  await stage.shop.fault({ vendor: "zoho-books", method: "GET", path, kind: "slow", delayMs: 1_000, count: 1 });
  const exporting = stage.sync({ flow: "buy-orders-export" });
  const isRead = async () => (await stage.calls("optiply", "GET")).some((one) => one.path.endsWith("/buyOrders/{id}"));
  while (!(await isRead()));
  const supplierId = await idThere("suppliers", weavers);
  // Optiply tells whole seconds; the change lies in a later one than the order itself.
  const updatedAt = new Date(Date.now() + 5_000).toISOString();
  await stage.shop.change("optiply/buyOrders", placed, { supplierId, updatedAt });
  await exporting;
  await stage.sync();
  await stage.sync();
  // It was placed at the vendor that stood in the order when it was read.
  const orders = await exported(placed);
  expect(orders).toMatchObject([{ vendor_id: potters, reference_number: placed }]);
  expect(await imported(String(orders[0]?.purchaseorder_id))).toMatchObject({
    outcome: "waiting",
    code: "fixed-made-there",
  });
  expect(await sent(placed)).toMatchObject({ code: "changed-after-export" });
  expect(await ordersThere()).toMatchObject([{ id: placed, supplierId, lines: ["Mug 2 9.00"] }]);
});

test("Z2: an order that moves to another vendor is not deleted while one of its lines waits", async () => {
  const { stage, buy, change, mustBeThere, imported, idThere, mug, weavers } = await openBuying();
  const [id = ""] = await buy();
  await stage.sync();
  const before = await mustBeThere(id);
  const [dear] = await stage.shop.add("zoho-books/items", [item({ name: "Dear", sku: "DEAR", rate: 99_999_999_999 })]);
  const lines = [
    { item_id: mug, quantity: 2, rate: 4 },
    { item_id: itemId(dear), quantity: 1, rate: 1 },
  ];
  await change(id, { vendor_id: weavers, line_items: lines });
  await stage.sync();
  await stage.sync();
  expect(await mustBeThere(id)).toEqual(before);
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect((await imported(id)).reason).toContain(itemId(dear));
  expect(await stage.count("optiply", "DELETE")).toBe(0);
  // Once the item can be sent, the order is made anew.
  await stage.shop.change("zoho-books/items", itemId(dear), { rate: 99 });
  await stage.sync();
  await stage.sync();
  const after = await mustBeThere(id);
  expect(after).toMatchObject({
    supplierId: await idThere("suppliers", weavers),
    lines: ["Dear 1 1.00", "Mug 2 8.00"],
  });
  expect(after.id).not.toBe(before.id);
  expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
});

test("Z2: an order that moves to a vendor whom Optiply refuses is not deleted", async () => {
  const { stage, buy, change, mustBeThere, imported } = await openBuying();
  const [id = ""] = await buy();
  await stage.sync();
  const before = await mustBeThere(id);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/suppliers", kind: "status", status: 422 });
  const [refused] = await stage.shop.add("zoho-books/contacts", [vendor({ contact_name: "Refused" })]);
  await change(id, { vendor_id: vendorId(refused) });
  await stage.sync();
  await stage.sync();
  expect(await mustBeThere(id)).toEqual(before);
  expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "parent-missing" });
});

test.for<{ what: string; fields: Fields; isDeleted: boolean }>([
  { what: "a contact that is a customer only", fields: { contact_type: "customer" }, isDeleted: false },
  { what: "a vendor that was deleted", fields: {}, isDeleted: true },
])("Z2: the supplier product of an item that moves to $what is not deleted", async ({ fields, isDeleted }) => {
  const { stage, mug, potters } = await openBuying();
  await stage.shop.change("zoho-books/items", mug, { vendor_id: potters });
  await stage.sync();
  const before = await stage.inOptiply("supplierProducts");
  expect(before).toHaveLength(1);
  const [other] = await stage.shop.add("zoho-books/contacts", [vendor({ contact_name: "Of no use", ...fields })]);
  await stage.shop.change("zoho-books/items", mug, { vendor_id: vendorId(other) });
  if (isDeleted) await stage.shop.remove("zoho-books/contacts", vendorId(other));
  await stage.sync();
  await stage.sync();
  expect(await stage.inOptiply("supplierProducts")).toEqual(before);
  expect(await stage.count("optiply", "DELETE")).toBe(0);
  const told = await stage.record("supplier-products", mug);
  expect(told).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(told.reason).toContain(vendorId(other));
});

test("Z2: a plan of an order that moved to another vendor, applied, leaves the new order there", async () => {
  const { stage, buy, change, mustBeThere, idThere, weavers } = await openBuying();
  const [id = ""] = await buy();
  await stage.sync();
  const before = await mustBeThere(id);
  await change(id, { vendor_id: weavers });
  const made = await plan(stage.mizan.desk, { integration: integrationName, signal: stage.signal });
  const planned = made.flows.find(({ flow }) => flow === "buy-orders")?.first;
  expect(planned).toMatchObject([{ sourceId: id, kind: "delete" }]);
  const applied = await apply(stage.mizan.desk, { plan: made.plan, signal: stage.signal });
  expect(applied.flows.flatMap(({ refused }) => refused)).toEqual([]);
  const after = await mustBeThere(id);
  expect(after.id).not.toBe(before.id);
  expect(after).toMatchObject({ supplierId: await idThere("suppliers", weavers), lines: ["Mug 2 8.00"] });
  expect(await stage.inOptiply("buyOrders")).toHaveLength(1);
});

test("Z5: a plan of an export that is issued, applied, leaves the purchase order issued", async () => {
  const { stage, place, exported } = await openBuying({ options: { issuePurchaseOrders: true } });
  const [placed = ""] = await place();
  const made = await plan(stage.mizan.desk, { integration: integrationName, signal: stage.signal });
  const planned = made.flows.find(({ flow }) => flow === "buy-orders-export")?.first;
  expect(planned).toMatchObject([{ sourceId: placed, kind: "create", fields: { status: "open" } }]);
  await apply(stage.mizan.desk, { plan: made.plan, signal: stage.signal });
  expect(await exported(placed)).toMatchObject([{ status: "open" }]);
});
