import { beforeEach, describe, expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  item,
  itemId,
  only,
  openStage,
  purchaseOrder,
  remoteId,
  type Stage,
  type Synced,
  vendor,
  vendorId,
} from "../stage.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await openStage({ flavour: "full" });
});

const vendors = (...fields: Fields[]) => stage.shop.add("zoho-books/contacts", fields.map(vendor));
const change = (stored: Fields | undefined, changes: Fields) =>
  stage.shop.change("zoho-books/contacts", vendorId(stored), changes);
const names = async () => (await stage.inOptiply("suppliers")).map(({ name }) => name);
const states = ({ all }: Synced) => all.map(({ flow, state }) => `${flow} ${state}`);
const sync = async () => (await stage.sync({ flow: "suppliers" })).of("suppliers");

test("Suppliers: field by field", async () => {
  const [potters] = await vendors({ contact_name: "Potters", vendor_name: "  Potters of Delft 🏺 " });
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  expect((await sync()).counts).toEqual(only({ created: 1 }));
  expect(await stage.inOptiply("suppliers")).toMatchObject([
    { name: "Potters of Delft 🏺", remoteIdMap: { [couplingId]: vendorId(potters) }, createdFromPublicApi: true },
  ]);
  expect(await stage.record("suppliers", vendorId(potters))).toMatchObject({ label: "Potters of Delft 🏺" });
});

test.for([
  { vendor_name: "", contact_name: "Potters", sent: "Potters" },
  { vendor_name: "   ", contact_name: "Potters", sent: "Potters" },
  { vendor_name: null, contact_name: " Potters ", sent: "Potters" },
  { vendor_name: "Delft", contact_name: "", sent: "Delft" },
  { vendor_name: 4711, contact_name: "Potters", sent: "4711" },
  { vendor_name: "مورد الأمثلة", contact_name: "Potters", sent: "مورد الأمثلة" },
])("Suppliers: vendor_name $vendor_name and contact_name $contact_name make $sent", async ({ sent, ...given }) => {
  await vendors(given);
  await sync();
  expect(await names()).toEqual([sent]);
});

test("Suppliers: what is wrong rejects the vendor by the field's name, and the others go on", async () => {
  const wrong: readonly (Fields & { reason: string })[] = [
    { vendor_name: "", contact_name: "", reason: "vendor_name / contact_name is missing." },
    { vendor_name: " ", contact_name: "\t", reason: "vendor_name / contact_name is missing." },
    { vendor_name: null, contact_name: "", reason: "vendor_name / contact_name is missing." },
    { vendor_name: { first: "A" }, reason: 'vendor_name is {"first":"A"}; allowed: a text.' },
    { contact_name: ["A"], vendor_name: "A", reason: 'contact_name is ["A"]; allowed: a text.' },
    { vendor_name: true, reason: "vendor_name is true; allowed: a text." },
    { status: 7.5, vendor_name: "Half", reason: "" },
    { status: { a: 1 }, reason: 'status is {"a":1}; allowed: a text.' },
    { currency_code: false, reason: "currency_code is false; allowed: a text." },
  ];
  const stored = await vendors(...wrong.map(({ reason: _, ...fields }) => fields), { contact_name: "Good" });
  const report = await sync();
  expect(report.counts).toEqual(only({ created: 2, rejected: wrong.length - 1 }));
  expect(report.state).toBe("done");
  for (const [at, { reason }] of wrong.entries()) {
    const found = await stage.record("suppliers", vendorId(stored[at]));
    expect(found.reason ?? "", JSON.stringify(wrong[at])).toBe(reason);
    expect(found.outcome).toBe(reason === "" ? "created" : "rejected");
  }
  await change(stored[0], { vendor_name: "Now it has one" });
  await sync();
  expect((await names()).sort()).toEqual(["Good", "Half", "Now it has one"]);
});

test("Suppliers: a name that is too long is cut and noted; odd fields beside it do no harm", async () => {
  const [long] = await vendors({
    contact_name: `Very ${"long ".repeat(60)}name`,
    currency_code: "",
    company_name: null,
    created_time: undefined,
  });
  await sync();
  expect(String((await names())[0])).toHaveLength(255);
  expect((await stage.record("suppliers", vendorId(long))).notes).toEqual([
    "vendor_name / contact_name was cut to 255 characters.",
  ]);
});

test("Suppliers: customers are not taken; one that becomes a vendor is", async () => {
  const [customer] = await vendors({ contact_name: "Corner shop", contact_type: "customer" }, { contact_name: "Mill" });
  await sync();
  expect(await names()).toEqual(["Mill"]);
  await change(customer, { contact_type: "vendor" });
  expect((await sync()).counts).toMatchObject({ created: 1 });
  expect((await names()).sort()).toEqual(["Corner shop", "Mill"]);
});

test("Suppliers: a vendor that becomes a customer stays, and its known supplier products go on", async () => {
  const [both] = await vendors({ contact_name: "Both Ways" });
  const [mug] = await stage.shop.add("zoho-books/items", [item({ vendor_id: vendorId(both), purchase_rate: 4 })]);
  await stage.sync();
  const before = await stage.inOptiply("suppliers");
  await change(both, { contact_type: "customer" });
  await stage.shop.change("zoho-books/items", itemId(mug), { purchase_rate: 5 });
  await stage.shop.add("zoho-books/items", [item({ name: "Plate", sku: "PLATE", vendor_id: vendorId(both) })]);
  const synced = await stage.sync();
  expect(states(synced).every((state) => state.endsWith("done"))).toBe(true);
  expect(synced.of("supplier-products").counts).toMatchObject({ created: 1, updated: 1, waiting: 0 });
  expect(await stage.inOptiply("suppliers")).toEqual(before);
  expect((await stage.inOptiply("supplierProducts")).map(({ price }) => price)).toContain("5.00");
  await retry(stage.mizan.desk, { record: vendorId(both), signal: stage.signal });
  expect(await stage.inOptiply("suppliers")).toEqual(before);
});

describe("Suppliers: one that is inactive", () => {
  const retired = { contact_name: "Retired Potteries", status: "inactive" };

  test("and was never sent is skipped, and taken when it becomes active", async () => {
    const [old] = await vendors(retired);
    expect((await sync()).counts).toEqual(only({ skipped: 1 }));
    expect(await stage.record("suppliers", vendorId(old))).toMatchObject({ code: "inactive-never-sent" });
    await change(old, { status: "active" });
    expect((await sync()).counts).toEqual(only({ created: 1 }));
  });

  test("is made when an item refers to it", async () => {
    const [old] = await vendors(retired);
    await stage.shop.add("zoho-books/items", [item({ vendor_id: vendorId(old) })]);
    const synced = await stage.sync();
    expect(synced.of("supplier-products").counts).toEqual(only({ created: 1 }));
    expect(synced.of("suppliers").counts).toMatchObject({ created: 1 });
    expect((await stage.inOptiply("suppliers")).map(remoteId)).toEqual([vendorId(old)]);
  });

  test("is made when a purchase order refers to it", async () => {
    const [old] = await vendors(retired);
    const [mug] = await stage.shop.add("zoho-books/items", [item()]);
    const line = { item_id: itemId(mug), quantity: 2, rate: 4 };
    await stage.shop.add("zoho-books/purchaseorders", [purchaseOrder([line], { vendor_id: vendorId(old) })]);
    expect((await stage.sync()).of("buy-orders").counts).toEqual(only({ created: 1 }));
    expect((await stage.inOptiply("suppliers")).map(remoteId)).toEqual([vendorId(old)]);
  });

  test("and known stays and is kept up to date", async () => {
    const [old] = await vendors({ contact_name: "Retired Potteries" });
    await sync();
    await change(old, { status: "inactive", contact_name: "Retired Potteries (closed)" });
    expect((await sync()).counts).toEqual(only({ updated: 1 }));
    expect(await names()).toEqual(["Retired Potteries (closed)"]);
  });
});

test("Suppliers: a renamed vendor costs one PATCH of its name; what people fill in in Optiply stays", async () => {
  const [potters] = await vendors({ contact_name: "Potters" }, { contact_name: "Mill" });
  await sync();
  const made = (await stage.inOptiply("suppliers")).find(({ name }) => name === "Potters");
  await stage.shop.change("optiply/suppliers", String(made?.id), { deliveryTime: 9, emails: ["a@b.example"] });
  await change(potters, { contact_name: "Potters & Sons", vendor_name: "Potters & Sons" });
  await stage.resetCalls();
  expect((await sync()).counts).toMatchObject({ updated: 1 });
  const writes = (await stage.calls("optiply")).filter(({ method }) => method !== "GET");
  expect(writes.map(({ method, count }) => [method, count])).toEqual([["PATCH", 1]]);
  const after = (await stage.inOptiply("suppliers")).find(({ id }) => id === made?.id);
  expect(after).toMatchObject({ name: "Potters & Sons", deliveryTime: 9 });
  await stage.resetCalls();
  await sync();
  expect(await stage.writes()).toBe(0);
});

test("Suppliers: a name that becomes empty is rejected and what was sent stays", async () => {
  const [potters] = await vendors({ contact_name: "Potters" });
  await sync();
  await change(potters, { contact_name: "", vendor_name: "" });
  expect((await sync()).counts).toEqual(only({ rejected: 1 }));
  expect(await names()).toEqual(["Potters"]);
});

test("Suppliers: two vendors of one name are two suppliers, and a deleted one stays in Optiply", async () => {
  const [north] = await vendors({ contact_name: "Twin Supplies" }, { contact_name: "Twin Supplies" });
  await sync();
  expect(await names()).toEqual(["Twin Supplies", "Twin Supplies"]);
  await stage.shop.remove("zoho-books/contacts", vendorId(north));
  for (let passes = 0; passes < 3; passes += 1) await sync();
  expect(await names()).toHaveLength(2);
});

test("Suppliers: one that people deleted in Optiply is made again by a retry only", async () => {
  const [potters] = await vendors({ contact_name: "Potters" });
  await sync();
  const [made] = await stage.inOptiply("suppliers");
  await stage.shop.remove("optiply/suppliers", String(made?.id));
  await change(potters, { contact_name: "Potters & Sons" });
  await sync();
  await sync();
  expect(await stage.record("suppliers", vendorId(potters))).toMatchObject({ code: "target-gone" });
  expect(await names()).toEqual([]);
  await retry(stage.mizan.desk, { record: vendorId(potters), signal: stage.signal });
  expect(await names()).toEqual(["Potters & Sons"]);
});

test("Suppliers: a vendor that is gone is told when it is retried, until its supplier is gone too", async () => {
  const [potters] = await vendors({ contact_name: "Potters" });
  await sync();
  const { targetId } = await stage.record("suppliers", vendorId(potters));
  await stage.shop.remove("zoho-books/contacts", vendorId(potters));
  const again = async () => {
    await retry(stage.mizan.desk, { record: `shop/suppliers/${vendorId(potters)}`, signal: stage.signal });
    return stage.record("suppliers", vendorId(potters));
  };
  expect(await again()).toMatchObject({ outcome: "waiting", code: "gone-but-linked" });
  expect(await names()).toEqual(["Potters"]);
  await stage.shop.remove("optiply/suppliers", String(targetId));
  expect(await again()).toMatchObject({ outcome: "skipped", code: "gone-at-source" });
});
