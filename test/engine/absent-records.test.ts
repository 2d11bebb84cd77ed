/** A read that failed is never "nothing there", and a target that people deleted is made again only when they ask. */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { apply, plan } from "../../src/operations/plan.ts";
import { retry } from "../../src/operations/retry.ts";
import { addShop, integrationName, item, itemId, openStage, order, orderId, remoteId, type Stage } from "../stage.ts";

const day = 26 * 3_600_000;

test.each([
  ["the list is ahead of the detail", { kind: "nonzero-code", code: 1002, count: 1 }],
  ["a gateway answers 404", { kind: "status", status: 404, count: 1 }],
  ["the detail is refused three times", { kind: "nonzero-code", code: 9999, count: 3 }],
])("an order is taken in the end although %s", async (_name, fault) => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const [sold] = await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1 }])]);
  await stage.shop.fault({ vendor: "zoho-books", method: "GET", path: `/salesorders/${orderId(sold)}`, ...fault });
  await stage.sync();
  stage.clock.jump(day);
  await stage.sync();
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
});

test("three orders that Zoho cannot deliver stop no other", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const sold = await stage.shop.add(
    "zoho-books/salesorders",
    Array.from({ length: 12 }, () => order([{ item_id: itemId(mug), quantity: 1 }])),
  );
  for (const bad of sold.slice(3, 6))
    await stage.shop.fault({
      vendor: "zoho-books",
      method: "GET",
      path: `/salesorders/${orderId(bad)}`,
      kind: "status",
      status: 500,
    });
  const { orders } = await stage.sync();
  expect(orders.counts).toMatchObject({ created: 9, waiting: 3 });
  expect((await stage.record("sell-orders", orderId(sold[4]))).retryAt).not.toBeNull();
});

test("a product that people deleted is not made again because an order refers to it, but by a retry", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const [product] = await stage.inOptiply("products");
  await stage.shop.remove("optiply/products", String(product?.id));
  await stage.shop.change("zoho-books/items", itemId(mug), { rate: 11 });
  await stage.sync();
  expect((await stage.record("products", itemId(mug))).code).toBe("target-gone");
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1 }])]);
  await stage.sync();
  expect(await stage.inOptiply("products")).toHaveLength(0);
  await retry(stage.mizan.desk, { record: itemId(mug), signal: stage.signal });
  await stage.sync();
  expect((await stage.inOptiply("products")).map(remoteId)).toEqual([itemId(mug)]);
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
});

test("a passing 404 of a gateway on an update doubles no product", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  await stage.shop.change("zoho-books/items", itemId(mug), { rate: 11 });
  await stage.shop.fault({ vendor: "optiply", method: "PATCH", kind: "status", status: 404, count: 1 });
  await stage.sync();
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1 }])]);
  await stage.sync({ settle: true });
  expect(await stage.inOptiply("products")).toHaveLength(1);
});

/** A shop whose second warehouse is chosen and then vanishes. */
async function withWarehouse(stage: Stage): Promise<{ places: readonly string[]; clock: string }> {
  await stage.shop.add("zoho-books/warehouses", [{ warehouse_name: "Second" }]);
  const places = (await stage.shop.all("zoho-books/warehouses")).map((place) => String(place.warehouse_id));
  const warehouses = places.map((warehouse_id, at) => ({
    warehouse_id,
    warehouse_available_for_sale_stock: at === 0 ? 6 : 40,
  }));
  const [clock] = await stage.shop.add("zoho-books/items", [
    { name: "Clock", sku: "CLOCK", rate: 48, track_inventory: true, warehouses },
  ]);
  await addShop(stage, { warehouseIds: places[1] });
  return { places, clock: itemId(clock) };
}

test("a chosen warehouse that is gone is never read as 0, whoever asks for the product", async () => {
  const stage = await openStage({ integration: false, switches: { "zoho-books": { stockIn: "details" } } });
  const { places, clock } = await withWarehouse(stage);
  await stage.sync();
  await stage.shop.remove("zoho-books/warehouses", places[1] ?? "");
  const left = [{ warehouse_id: places[0], warehouse_available_for_sale_stock: 6 }];
  await stage.shop.change("zoho-books/items", clock, { warehouses: left });
  await stage.sync({ flow: "products" });
  await retry(stage.mizan.desk, { record: clock, signal: stage.signal });
  const [lamp] = await stage.shop.add("zoho-books/items", [
    { name: "Lamp", sku: "LAMP", rate: 9, track_inventory: true, warehouses: left },
  ]);
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(lamp), quantity: 1 }])]);
  await stage.sync({ flow: "sell-orders" });
  expect((await stage.inOptiply("products")).map(({ skuCode, stockLevel }) => [skuCode, stockLevel])).toEqual([
    ["CLOCK", 40],
  ]);
});

test("a coupling that is set later brings the remote ids along", async () => {
  const stage = await openStage({ optiplySettings: { couplingId: undefined } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  await setIntegration(stage.mizan.desk, integrationName, { options: { couplingId } }, stage.signal);
  await stage.sync();
  expect((await stage.inOptiply("products")).map(remoteId)).toEqual([itemId(mug)]);
});

test("a plan that was cut short can be applied to its end, and names what moved meanwhile", async () => {
  const stage = await openStage({ options: { syncStock: false } });
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 40 }, (_, at) => item({ name: `Mug ${at}`, sku: `M${at}` })),
  );
  const made = await plan(stage.mizan.desk, { integration: integrationName, flow: "products", signal: stage.signal });
  const stop = new AbortController();
  await apply(stage.mizan.desk, {
    plan: made.plan,
    signal: stop.signal,
    onProgress: (_flow, { created }) => {
      if (created >= 10) stop.abort();
    },
  });
  const last = items.at(-1);
  await stage.shop.change("zoho-books/items", itemId(last), { available_for_sale_stock: 1 });
  const { flows } = await apply(stage.mizan.desk, { plan: made.plan, signal: stage.signal });
  expect(flows.flatMap(({ refused }) => refused)).toEqual([{ sourceId: itemId(last), label: `M39 Mug 39` }]);
  expect(await stage.inOptiply("products")).toHaveLength(39);
});

test("two like creates in doubt without a coupling are told apart or wait for a person; nothing fails or doubles", async () => {
  const stage = await openStage({ optiplySettings: { couplingId: undefined } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const same = () => order([{ item_id: itemId(mug), quantity: 1 }]);
  await stage.shop.add("zoho-books/salesorders", [same(), same()]);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut-after", count: 1 });
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/sellOrders", kind: "cut", count: 1 });
  const { orders } = await stage.sync({ flow: "sell-orders", settle: true });
  expect(orders.state).toBe("done");
  expect((await stage.inOptiply("sellOrders")).length).toBeLessThanOrEqual(2);
});

test("odd texts pass or are named, and stop no other record", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [
    item(),
    item({ name: "Nul\u0000cup", sku: "N\u0000" }),
    item({ name: "Half \ud83d", sku: "H" }),
  ]);
  const free = (name: string) => ({ name, quantity: 1, rate: 1 });
  const line = { item_id: itemId(mug), quantity: 1 };
  await stage.shop.add("zoho-books/salesorders", [
    order([line, free(`${"x".repeat(79)}😀`)]),
    order([line, free("nul \u0000 text")]),
    order([line, free("half \udc00")], { salesorder_number: "SO-\u0000-9" }),
    order([line]),
  ]);
  const { products, orders } = await stage.sync();
  expect(products.counts.created).toBe(3);
  expect(orders.counts.created).toBe(4);
});
