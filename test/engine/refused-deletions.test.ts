/** A deletion that the target refuses is not sent again by every run: only when the record moves or a person asks. */
import { beforeEach, expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { item, itemId, openStage, purchaseOrder, purchaseOrderId, type Stage, vendor, vendorId } from "../stage.ts";

const hour = 3_600_000;

let stage: Stage;
let vendors: readonly string[];
let mug: string;

beforeEach(async () => {
  stage = await openStage({ flavour: "full", switches: { "zoho-books": { stockIn: "list" } } });
  vendors = (await stage.shop.add("zoho-books/contacts", [vendor(), vendor({ contact_name: "Mill" })])).map(vendorId);
  const [stored] = await stage.shop.add("zoho-books/items", [item({ vendor_id: vendors[0], purchase_rate: 4 })]);
  mug = itemId(stored);
});

const deletions = () => stage.count("optiply", "DELETE");
const refuse = (path: string) =>
  stage.shop.fault({ vendor: "optiply", method: "DELETE", path, kind: "status", status: 400 });

/** So many hours, each with its sync. */
async function hours(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    stage.clock.jump(hour);
    await stage.sync();
  }
}

test("the supplier product of another vendor", async () => {
  await stage.sync();
  await stage.shop.change("zoho-books/items", mug, { vendor_id: vendors[1] });
  await refuse("/supplierProducts");
  await stage.sync();
  expect(await stage.record("supplier-products", mug)).toMatchObject({
    outcome: "rejected",
    code: "refused-by-target",
  });
  expect(await stage.inOptiply("supplierProducts")).toHaveLength(1);
  await stage.resetCalls();
  await hours(3);
  expect(await deletions()).toBe(0);
  // The record moves: it is tried once more.
  const last_modified_time = new Date(Date.now() + 60_000).toISOString();
  await stage.shop.change("zoho-books/items", mug, { purchase_rate: 5, last_modified_time });
  await hours(2);
  expect(await deletions()).toBe(1);
  await stage.calm();
  await hours(1);
  expect(await deletions()).toBe(1);
  await retry(stage.mizan.desk, { integration: "shop", flow: "supplier-products", signal: stage.signal });
  const mill = (await stage.inOptiply("suppliers")).find(({ name }) => name === "Mill");
  expect(await stage.inOptiply("supplierProducts")).toMatchObject([{ supplierId: Number(mill?.id), price: "5.00" }]);
});

test("Z6: the buy order of a cancelled purchase order", async () => {
  const line = { item_id: mug, quantity: 10, rate: 4 };
  const [bought] = await stage.shop.add("zoho-books/purchaseorders", [
    purchaseOrder([line], { vendor_id: vendors[0] }),
  ]);
  await stage.sync();
  await stage.shop.change("zoho-books/purchaseorders", purchaseOrderId(bought), { order_status: "cancelled" });
  await refuse("/buyOrders");
  await stage.sync();
  const record = () => stage.record("buy-orders", purchaseOrderId(bought));
  expect(await record()).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  await stage.resetCalls();
  await hours(3);
  expect(await deletions()).toBe(0);
  await stage.calm();
  await retry(stage.mizan.desk, { record: purchaseOrderId(bought), signal: stage.signal });
  expect(await stage.inOptiply("buyOrders")).toEqual([]);
  expect(await record()).toMatchObject({ code: "cancelled" });
});
