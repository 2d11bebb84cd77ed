/** An hour in which nothing changed costs no write and, for each flow, only its list pages (and the stock sweep where it is due). */
import { expect, test } from "vitest";
import { item, itemId, openStage, order, purchaseOrder, type Stage, vendor, vendorId } from "../stage.ts";

const hour = 3_600_000;
const zohoIds = {
  items: "item_id",
  contacts: "contact_id",
  salesorders: "salesorder_id",
  purchaseorders: "purchaseorder_id",
};
const allFlows = ["products", "suppliers", "supplier-products", "sell-orders", "buy-orders-export", "buy-orders"];

/** The GETs of a sync by path, vendor and answer left out: only what was asked counts. */
async function reads(stage: Stage): Promise<Readonly<Record<string, number>>> {
  const calls = [...(await stage.calls("zoho-books", "GET")), ...(await stage.calls("optiply", "GET"))];
  const sums = new Map<string, number>();
  for (const { vendor, path, count } of calls) {
    const name = `${vendor} ${path.replace(/^\/(books\/v3|v1)/, "")}`;
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort());
}

async function writesOfBoth(stage: Stage): Promise<number> {
  return (await stage.writes()) + (await stage.count("zoho-books", "POST", "PUT", "PATCH", "DELETE"));
}

async function both(stage: Stage) {
  const optiply = [
    "products",
    "suppliers",
    "supplierProducts",
    "sellOrders",
    "sellOrderLines",
    "buyOrders",
    "buyOrderLines",
  ];
  return Promise.all([
    ...optiply.map((name) => stage.inOptiply(name)),
    ...Object.keys(zohoIds).map((name) => stage.shop.all(`zoho-books/${name}`)),
  ]);
}

/** Nothing has moved in Optiply for a day, and what is known of its orders was read after that. */
async function aDayGoesByInOptiply(stage: Stage): Promise<void> {
  const updatedAt = new Date(Date.now() - 24 * hour).toISOString();
  for (const name of ["buyOrders", "buyOrderLines"])
    for (const { id } of await stage.inOptiply(name))
      await stage.shop.change(`optiply/${name}`, String(id), { updatedAt });
  await stage.mizan.desk.store.pool.query(
    "update record set updated_at = coalesce(source_changed_at, updated_at) + interval '1 day' where flow = 'buy-orders-export'",
  );
}

/**
 * A day goes by at Zoho, whose clock does not jump along with the stage's. Whole seconds: what was read in the second of
 * its change, as here, is read once more by a later run, and then no more.
 */
async function aDayGoesBy(stage: Stage): Promise<void> {
  const last_modified_time = new Date(Date.now() - 24 * hour).toISOString();
  for (const [name, idField] of Object.entries(zohoIds))
    for (const row of await stage.shop.all(`zoho-books/${name}`))
      await stage.shop.change(`zoho-books/${name}`, String(row[idField]), { last_modified_time });
  await stage.sync();
  await stage.mizan.desk.store.pool.query(
    "update record set updated_at = coalesce(source_changed_at, updated_at) + interval '1 second'",
  );
  await aDayGoesByInOptiply(stage);
  await stage.resetCalls();
  await stage.sync();
  expect((await reads(stage))["zoho-books /purchaseorders/{id}"]).toBeGreaterThan(0);
}

/** A small shop of every kind of record that goes through, one order placed in Optiply and exported. */
async function smallShop(stage: Stage): Promise<void> {
  const [potters] = await stage.shop.add("zoho-books/contacts", [
    vendor(),
    vendor({ contact_name: "Corner shop", contact_type: "customer" }),
    vendor({ contact_name: "Retired", status: "inactive" }),
  ]);
  const vendor_id = vendorId(potters);
  const items = await stage.shop.add("zoho-books/items", [
    item({ vendor_id, purchase_rate: 4 }),
    item({ name: "Plate", sku: "PLATE", vendor_id, purchase_rate: 7 }),
    item({ name: "Orphan", sku: "ORPHAN" }),
    item({ name: "Old", sku: "OLD", status: "inactive", vendor_id }),
    { name: "Engraving", sku: "ENGRAVE", rate: 12, product_type: "service", vendor_id },
  ]);
  const line = { item_id: itemId(items[0]), quantity: 10, rate: 4 };
  await stage.shop.add("zoho-books/purchaseorders", [
    purchaseOrder([line], { vendor_id }),
    purchaseOrder([line], { vendor_id, order_status: "draft" }),
    purchaseOrder([line], { vendor_id, order_status: "closed", billed_status: "billed" }),
    purchaseOrder([line], { vendor_id, order_status: "cancelled" }),
    purchaseOrder([{ name: "Customs", quantity: 1, rate: 80 }], { vendor_id }),
  ]);
  await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(items[0]), quantity: 1, rate: 9 }]),
    order([{ item_id: itemId(items[1]), quantity: 2, rate: 9 }], { order_status: "draft", invoiced_status: "" }),
    order([{ name: "Free text", quantity: 1, rate: 3 }]),
  ]);
  await stage.sync();
  const [supplier] = await stage.inOptiply("suppliers");
  const [product] = await stage.inOptiply("products");
  const ours = { supplierId: Number(supplier?.id), placed: "2026-04-01T10:00:00Z", totalValue: 70 };
  const orderLines = [{ productId: Number(product?.id), quantity: 10, subtotalValue: 70 }];
  await stage.shop.add("optiply/buyOrders", [
    { ...ours, orderLines },
    { ...ours, orderLines, completed: "2026-04-03T10:00:00Z" },
  ]);
}

/** Besides the orders, the export asks which lines moved since its last pass. */
const exportLists = { "optiply /buyOrders": 1, "optiply /buyOrderLines": 1 };
const lists = {
  ...exportLists,
  "zoho-books /contacts": 1,
  "zoho-books /salesorders": 1,
  "zoho-books /purchaseorders": 1,
};

test.for([
  { stockIn: "list", expected: { ...lists, "zoho-books /items": 2 } },
  { stockIn: "list-totals", expected: { ...lists, "zoho-books /items": 2 } },
  // One call of the details for the stock of all tracked items.
  { stockIn: "details", expected: { ...lists, "zoho-books /items": 2, "zoho-books /itemdetails": 1 } },
])(
  "with stock in $stockIn, an hour without changes costs its list pages and writes nothing",
  async ({ stockIn, expected }) => {
    const stage = await openStage({ flavour: "full", switches: { "zoho-books": { stockIn } } });
    await smallShop(stage);
    const second = await stage.sync();
    expect(second.of("buy-orders-export").counts.created).toBe(1);
    await aDayGoesBy(stage);
    const before = [await both(stage), await stage.records()];
    for (let hours = 0; hours < 2; hours += 1) {
      await stage.resetCalls();
      const third = await stage.sync();
      expect(third.all.map(({ flow, state, message }) => [flow, state, message])).toEqual(
        allFlows.map((flow) => [flow, "done", null]),
      );
      for (const { flow, counts } of third.all)
        expect([flow, counts.created, counts.updated, counts.waiting, counts.rejected]).toEqual([flow, 0, 0, 0, 0]);
      expect(await writesOfBoth(stage)).toBe(0);
      expect(await reads(stage)).toEqual(expected);
      expect([await both(stage), await stage.records()]).toEqual(before);
      stage.clock.jump(hour);
    }
  },
);

test("a made-up shop with every oddity: nothing is written in a quiet hour, and only what waits is looked for", async () => {
  const stage = await openStage({ flavour: "full", switches: { "zoho-books": { stockIn: "list" } } });
  await fetch(`${stage.shop.addresses.control}/import/made-up-shop`, {
    method: "POST",
    body: JSON.stringify({ seed: 5, items: 60, orders: 60, vendors: 15, purchaseOrders: 40 }),
  });
  const first = await stage.sync({ settle: true });
  for (const { flow, state, message } of first.all) expect([flow, state, message]).toEqual([flow, "done", null]);
  expect(first.of("buy-orders").counts.created).toBeGreaterThan(20);
  expect(first.of("supplier-products").counts.created).toBeGreaterThan(20);
  await aDayGoesBy(stage);
  const before = await both(stage);
  // At once again: nothing is due, so that nothing but the lists is read (and the one item with its stock in the details).
  await stage.resetCalls();
  const again = await stage.sync();
  expect(again.all.map(({ flow, state }) => [flow, state])).toEqual(allFlows.map((flow) => [flow, "done"]));
  expect(await writesOfBoth(stage)).toBe(0);
  expect(await reads(stage)).toEqual({ ...lists, "zoho-books /items": 2, "zoho-books /itemdetails": 1 });
  expect(await both(stage)).toEqual(before);
  // What waits for a record that does not come is tried ever more rarely.
  const waiting = (await stage.records()).filter(({ outcome }) => outcome === "waiting");
  expect(waiting.map(({ code }) => code)).not.toEqual([]);
  for (const one of waiting) expect(one.retryAt, `${one.flow} ${one.label} ${one.code}`).toBeInstanceOf(Date);
  stage.clock.jump(hour);
  await stage.resetCalls();
  await stage.sync();
  expect(await writesOfBoth(stage)).toBe(0);
  expect(await both(stage)).toEqual(before);
});

test("orders that cannot be exported are looked for again when their time comes, and cost nothing in between", async () => {
  const stage = await openStage({ flavour: "full" });
  await smallShop(stage);
  const [glass] = await stage.shop.add("optiply/suppliers", [{ name: "Glass of Murano" }]);
  const [supplier] = await stage.inOptiply("suppliers");
  const [vase] = await stage.shop.add("optiply/products", [{ name: "Vase", stockLevel: 1, unlimitedStock: false }]);
  const updatedAt = new Date(Date.now() - hour).toISOString();
  const stuck = { placed: "2026-04-01T10:00:00Z", totalValue: 70, updatedAt };
  const lineOf = (row: unknown) => [{ productId: Number((row as { id: string }).id), quantity: 10, subtotalValue: 70 }];
  const [product] = await stage.inOptiply("products");
  await stage.shop.add("optiply/buyOrders", [
    { ...stuck, supplierId: Number(glass?.id), orderLines: lineOf(product) },
    { ...stuck, supplierId: Number(supplier?.id), orderLines: lineOf(vase) },
    { ...stuck, supplierId: Number(supplier?.id), orderLines: [] },
  ]);
  await stage.sync();
  const codes = (await stage.records({ flow: "buy-orders-export" })).map(({ code }) => code).filter((code) => code);
  expect(codes.toSorted()).toEqual(["no-lines", "not-linked-back", "not-linked-back"]);
  // The write-back is looked at once.
  await stage.sync({ flow: "buy-orders-export" });
  await aDayGoesByInOptiply(stage);
  await stage.resetCalls();
  const quiet = await stage.sync({ flow: "buy-orders-export" });
  expect(quiet.of("buy-orders-export")).toMatchObject({ state: "done" });
  expect(await reads(stage)).toEqual(exportLists);
  expect(await writesOfBoth(stage)).toBe(0);
});
