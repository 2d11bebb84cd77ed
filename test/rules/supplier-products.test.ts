import { beforeEach, expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { item, itemId, only, openStage, type Stage, vendor, vendorId } from "../stage.ts";

let stage: Stage;
let potters: string;
let mill: string;

beforeEach(async () => {
  stage = await openStage({ flavour: "full", switches: { "zoho-books": { stockIn: "list" } } });
  const both = [vendor(), vendor({ contact_name: "Mill" })];
  [potters = "", mill = ""] = (await stage.shop.add("zoho-books/contacts", both)).map(vendorId);
});

const items = (...fields: Fields[]) =>
  stage.shop.add(
    "zoho-books/items",
    fields.map((given) => item({ vendor_id: potters, purchase_rate: 4, ...given })),
  );
const change = (stored: Fields | undefined, changes: Fields) =>
  stage.shop.change("zoho-books/items", itemId(stored), changes);
const inOptiply = () => stage.inOptiply("supplierProducts");
const record = (stored: Fields | undefined) => stage.record("supplier-products", itemId(stored));
const counts = async () => {
  const { counts, state, message } = (await stage.sync()).of("supplier-products");
  expect([state, message]).toEqual(["done", null]);
  return counts;
};
const idOf = async (resource: string, name: string) =>
  Number((await stage.inOptiply(resource)).find((row) => row.name === name)?.id);
const writes = async () =>
  (await stage.calls("optiply"))
    .filter(({ method }) => method !== "GET")
    .map(({ method, path, count }) => `${count} ${method} ${path}`);

test("Supplier products: field by field", async () => {
  await items({ name: " Mug ", sku: " MUG-1 ", rate: 9.5, purchase_rate: 4.125 });
  expect(await counts()).toEqual(only({ created: 1 }));
  const [made] = await inOptiply();
  expect(made).toMatchObject({
    name: "Mug",
    skuCode: "MUG-1",
    price: "4.13",
    supplierId: await idOf("suppliers", "Potters of Delft"),
    productId: await idOf("products", "Mug"),
    createdFromPublicApi: true,
  });
});

test("Supplier products: a purchase rate is sent as it is, left out, or rejected by its name", async () => {
  // biome-ignore format: a table
  const table: readonly (readonly [given: unknown, sent: string | null, reason?: string])[] = [
    [4, "4.00"], ["7.5", "7.50"], [0, "0.00"], [0.005, "0.01"], [1.2345, "1.23"], [1.2351, "1.24"], [9_999_999.99, "9999999.99"],
    ["", null], [null, null], [undefined, null],
    [-1, null, "purchase_rate is -1; allowed: at least 0."],
    [10_000_000, null, "purchase_rate is 10000000; allowed: at most 9999999.99."],
    [1e300, null, "purchase_rate is "],
    ["four", null, "purchase_rate is "],
    [true, null, "purchase_rate is true; allowed: a decimal number."],
    [[4], null, "purchase_rate is [4]; allowed: a decimal number."],
    [{ amount: 4 }, null, "purchase_rate is "],
  ];
  const stored = await items(
    ...table.map(([purchase_rate], at) => ({ name: `Thing ${at}`, sku: `T${at}`, purchase_rate })),
  );
  // A new item without a rate has 0 in Zoho; one that a person empties has none.
  await change(stored[table.findIndex(([given]) => given === null)], { purchase_rate: null });
  const refused = table.filter(([, , reason]) => reason !== undefined).length;
  expect(await counts()).toEqual(only({ created: table.length - refused, rejected: refused }));
  const rows = await inOptiply();
  for (const [at, [given, sent, reason]] of table.entries()) {
    const row = rows.find(({ skuCode }) => skuCode === `T${at}`);
    const told = `purchase_rate ${JSON.stringify(given)}`;
    if (reason === undefined) {
      expect(row?.price ?? null, told).toBe(given === undefined ? "0.00" : sent);
    } else {
      expect(row, told).toBeUndefined();
      expect((await record(stored[at])).reason, told).toContain(reason);
    }
  }
});

test("Supplier products: every other field missing, empty or wrong is left out or named, and the others go on", async () => {
  const wrong: readonly (Fields & { reason: string; outcome?: string })[] = [
    { name: "", reason: "name is missing." },
    { name: " ", reason: "name is missing." },
    { name: null, reason: "name is missing." },
    { name: ["Mug"], reason: 'name is ["Mug"]; allowed: a text.' },
    { sku: { a: 1 }, reason: 'sku is {"a":1}; allowed: a text.' },
    { status: 1, reason: "", outcome: "created" },
    { status: [], reason: "status is []; allowed: a text." },
    { sku: "", reason: "", outcome: "created" },
    { sku: null, reason: "", outcome: "created" },
    { sku: 4711, reason: "", outcome: "created" },
    { sku: "S".repeat(300), reason: "", outcome: "created" },
    { vendor_id: "not an id", reason: 'vendor_id is "not an id"; allowed: an id of digits' },
    { vendor_name: ["Potters"], reason: 'vendor_name is ["Potters"]; allowed: a text.' },
  ];
  const stored = await items(
    ...wrong.map(({ reason: _, outcome: __, ...given }, at) => ({ name: `T${at}`, ...given })),
  );
  for (const [at, given] of wrong.entries())
    if ("name" in given && given.name === null) await change(stored[at], { name: null });
  await change(stored[wrong.findIndex((given) => given.sku === null)], { sku: null });
  const [good] = await items({ name: "Good", sku: "GOOD" });
  await counts();
  expect(await record(good)).toMatchObject({ outcome: "created" });
  for (const [at, { reason, outcome = "rejected", ...given }] of wrong.entries()) {
    const found = await record(stored[at]);
    expect(found.outcome, JSON.stringify(given).slice(0, 80)).toBe(outcome);
    expect(found.reason ?? "", JSON.stringify(given).slice(0, 80)).toContain(reason);
  }
  expect((await inOptiply()).find(({ name }) => name === "T7")?.skuCode).toBeNull();
});

test("Supplier products: an item without a vendor is skipped, and taken when it has one", async () => {
  const [mug] = await items({ vendor_id: "" });
  expect(await counts()).toEqual(only({ skipped: 1 }));
  expect(await record(mug)).toMatchObject({ outcome: "skipped", code: "no-vendor" });
  await change(mug, { vendor_id: potters });
  expect(await counts()).toEqual(only({ created: 1 }));
});

test("Supplier products: a vendor that only the details tell counts", async () => {
  await items({ vendor_name: "" });
  const [row] = await stage.shop.all("zoho-books/items");
  expect(row).toMatchObject({ vendor_id: potters, vendor_name: "" });
  expect(await counts()).toEqual(only({ created: 1 }));
});

test("Supplier products: a name without an id is no vendor", async () => {
  const [mug] = await items({ vendor_id: "", vendor_name: "Somebody" });
  expect(await counts()).toEqual(only({ skipped: 1 }));
  expect(await record(mug)).toMatchObject({ code: "no-vendor" });
});

test("Supplier products: one whose vendor is a customer only waits and names it, until it becomes a vendor", async () => {
  const [customer] = await stage.shop.add("zoho-books/contacts", [
    vendor({ contact_name: "Corner shop", contact_type: "customer" }),
  ]);
  const [mug, plate] = await items({ vendor_id: vendorId(customer) }, { name: "Plate", sku: "PLATE" });
  expect(await counts()).toEqual(only({ created: 1, waiting: 1 }));
  expect(await record(mug)).toMatchObject({
    code: "parent-missing",
    reason: `Waits for the supplier Corner shop (${vendorId(customer)}), which is not linked yet: The contact Corner shop is a customer, not a vendor.`,
    action: expect.stringContaining("Make it a vendor in Zoho Books"),
  });
  expect(await record(plate)).toMatchObject({ outcome: "created" });
  await stage.shop.change("zoho-books/contacts", vendorId(customer), { contact_type: "vendor" });
  expect(await counts()).toMatchObject({ created: 1, waiting: 0 });
  expect(await inOptiply()).toHaveLength(2);
});

test("Supplier products: one whose vendor was deleted waits when it is unknown, and goes on when it is known", async () => {
  const [known] = await items({});
  await counts();
  await stage.shop.remove("zoho-books/contacts", potters);
  await change(known, { purchase_rate: 5 });
  const [unknown] = await items({ name: "Plate", sku: "PLATE", vendor_id: "4608150000099999999" });
  expect(await counts()).toEqual(only({ updated: 1, waiting: 1 }));
  expect(await inOptiply()).toMatchObject([{ price: "5.00" }]);
  expect(await record(unknown)).toMatchObject({
    code: "parent-missing",
    reason: expect.stringContaining("4608150000099999999"),
    action: expect.stringContaining("Put it back in Zoho Books, or take out what refers to it."),
  });
});

test("Supplier products: inactive items are not brought along, and known ones are kept up to date", async () => {
  const [old, mug] = await items({ name: "Old", sku: "OLD", status: "inactive" }, {});
  expect(await counts()).toEqual(only({ created: 1, skipped: 1 }));
  expect(await stage.inOptiply("products")).toHaveLength(1);
  expect(await record(old)).toMatchObject({ code: "inactive-never-sent" });
  await change(mug, { status: "inactive", purchase_rate: 6 });
  expect(await counts()).toMatchObject({ updated: 1 });
  expect(await inOptiply()).toMatchObject([{ price: "6.00" }]);
  await change(old, { status: "active" });
  expect(await counts()).toMatchObject({ created: 1 });
});

test("Supplier products: a pair that is in Optiply already is taken over; ours is written, what people filled in stays", async () => {
  const [mug] = await items({});
  await stage.sync({ flow: "products" });
  await stage.sync({ flow: "suppliers" });
  const pair = {
    supplierId: await idOf("suppliers", "Potters of Delft"),
    productId: await idOf("products", "Mug"),
  };
  const [theirs] = await stage.shop.add("optiply/supplierProducts", [
    { ...pair, name: "Their words", price: 1.5, lotSize: 6, deliveryTime: 14 },
  ]);
  expect(await counts()).toMatchObject({ rejected: 0, waiting: 0 });
  expect(await inOptiply()).toMatchObject([
    { id: theirs?.id, name: "Mug", skuCode: "MUG", price: "4.00", lotSize: 6, deliveryTime: 14, ...pair },
  ]);
  expect(await record(mug)).toMatchObject({ code: null, targetId: String(theirs?.id) });
  await stage.resetCalls();
  await counts();
  expect(await writes()).toEqual([]);
});

test("Supplier products: a pair that is linked with another item is named, and the wave goes on", async () => {
  const [mug] = await items({});
  await counts();
  const [taken] = await inOptiply();
  const more = await items(...Array.from({ length: 5 }, (_, at) => ({ name: `Plate ${at}`, sku: `PLATE${at}` })));
  await stage.sync({ flow: "products" });
  // People give the known one to another product.
  await stage.shop.change("optiply/supplierProducts", String(taken?.id), {
    productId: await idOf("products", "Plate 2"),
  });
  expect(await counts()).toMatchObject({ created: 4, rejected: 1 });
  expect(await record(more[2])).toMatchObject({
    code: "linked-elsewhere",
    reason: `Optiply holds it already as ${String(taken?.id)}, which is linked with ${itemId(mug)}.`,
  });
  await stage.resetCalls();
  await counts();
  expect(await writes()).toEqual([]);
});

test("Supplier products: a price change is one PATCH of the price, a stock movement nothing", async () => {
  const last_modified_time = new Date(Date.now() - 24 * 3_600_000).toISOString();
  const [mug] = await items({ last_modified_time }, { name: "Plate", sku: "PLATE", last_modified_time });
  await counts();
  await stage.resetCalls();
  await change(mug, { available_for_sale_stock: 3 });
  expect((await stage.sync({ flow: "supplier-products" })).of("supplier-products").counts).toMatchObject({
    updated: 0,
  });
  expect(await writes()).toEqual([]);
  expect(new Set((await stage.calls("zoho-books")).map(({ path }) => path))).toEqual(new Set(["/books/v3/items"]));
  expect(await stage.count("zoho-books")).toBe(1);
  const made = (await inOptiply()).find(({ skuCode }) => skuCode === "MUG");
  await stage.shop.change("optiply/supplierProducts", String(made?.id), { name: "Renamed by hand" });
  await change(mug, { purchase_rate: 4.5 });
  await stage.resetCalls();
  expect((await stage.sync({ flow: "supplier-products" })).of("supplier-products").counts).toMatchObject({
    updated: 1,
  });
  expect(await writes()).toEqual(["1 PATCH /v1/supplierProducts/{id}"]);
  expect((await inOptiply()).find(({ skuCode }) => skuCode === "MUG")).toMatchObject({
    price: "4.50",
    name: "Renamed by hand",
  });
});

test("Supplier products: a vendor that is removed is listed, and what was sent stays", async () => {
  const [mug] = await items({});
  await counts();
  const before = await inOptiply();
  await change(mug, { vendor_id: "", vendor_name: "" });
  expect(await counts()).toEqual(only({ skipped: 1 }));
  expect(await record(mug)).toMatchObject({ outcome: "skipped", code: "vendor-removed" });
  await change(mug, { purchase_rate: 7 });
  await counts();
  expect(await inOptiply()).toEqual(before);
  await change(mug, { vendor_id: potters });
  expect(await counts()).toEqual(only({ updated: 1 }));
  expect(await inOptiply()).toMatchObject([{ price: "7.00", id: before[0]?.id }]);
  expect(await record(mug)).toMatchObject({ code: null });
});

test("Supplier products: one that people deleted in Optiply is made again by a retry only", async () => {
  const [mug] = await items({});
  await counts();
  const [made] = await inOptiply();
  await stage.shop.remove("optiply/supplierProducts", String(made?.id));
  await change(mug, { purchase_rate: 5 });
  expect(await counts()).toEqual(only({ rejected: 1 }));
  await change(mug, { purchase_rate: 6 });
  await counts();
  expect(await record(mug)).toMatchObject({ code: "target-gone" });
  expect(await inOptiply()).toEqual([]);
  await retry(stage.mizan.desk, { record: `shop/supplier-products/${itemId(mug)}`, signal: stage.signal });
  expect(await inOptiply()).toMatchObject([{ price: "6.00" }]);
});

test("Supplier products: another vendor is a DELETE and a POST, and then quiet", async () => {
  const [mug] = await items({});
  await counts();
  const [before] = await inOptiply();
  await stage.resetCalls();
  await change(mug, { vendor_id: mill, purchase_rate: 3 });
  expect(await counts()).toMatchObject({ rejected: 0, waiting: 0 });
  expect((await writes()).sort()).toEqual(["1 DELETE /v1/supplierProducts/{id}", "1 POST /v1/supplierProducts"]);
  const rows = await inOptiply();
  expect(rows).toMatchObject([{ supplierId: await idOf("suppliers", "Mill"), price: "3.00" }]);
  expect(rows[0]?.id).not.toBe(before?.id);
  await stage.resetCalls();
  await counts();
  expect(await writes()).toEqual([]);
});

test.for(["told", "missing"])(
  "Supplier products: one that people made in Optiply is adopted, and never deleted when the vendor changes (createdFromPublicApi %s)",
  async (createdFromPublicApi) => {
    const stage = await openStage({ flavour: "full", switches: { optiply: { createdFromPublicApi } } });
    const [potters, weavers] = await stage.shop.add("zoho-books/contacts", [
      vendor(),
      vendor({ contact_name: "Weavers of Ghent" }),
    ]);
    const [mug] = await stage.shop.add("zoho-books/items", [item({ purchase_rate: 4 })]);
    await stage.sync();
    const idThere = async (flow: string, id: string) => Number((await stage.record(flow, id)).targetId);
    const supplierId = await idThere("suppliers", vendorId(potters));
    const productId = await idThere("products", itemId(mug));
    const [mine] = await stage.shop.add("optiply/supplierProducts", [
      { name: "Mine", supplierId, productId, price: 9, lotSize: 12 },
    ]);
    expect(mine?.createdFromPublicApi).toBe(false);
    const give = async (row: Fields | undefined) => {
      await stage.shop.change("zoho-books/items", itemId(mug), { vendor_id: vendorId(row) });
      await stage.sync();
    };
    await give(potters);
    const own = () => stage.records({ flow: "supplier-products" });
    expect(await own()).toMatchObject([{ targetId: String(mine?.id), outcome: "updated" }]);
    await give(weavers);
    expect(await own()).toMatchObject([{ outcome: "waiting", code: "fixed-made-there" }]);
    const [record] = await own();
    const again = () =>
      retry(stage.mizan.desk, { record: `shop/supplier-products/${record?.sourceId}`, signal: stage.signal });
    await again();
    expect(await own()).toMatchObject([{ outcome: "waiting", code: "fixed-made-there" }]);
    expect(await stage.inOptiply("supplierProducts")).toMatchObject([{ id: String(mine?.id), lotSize: 12 }]);
    // As its action says: who made it deletes it, and then it is made for the other vendor.
    await stage.shop.remove("optiply/supplierProducts", String(mine?.id));
    await again();
    expect(await stage.inOptiply("supplierProducts")).toMatchObject([
      { supplierId: await idThere("suppliers", vendorId(weavers)) },
    ]);
  },
);
