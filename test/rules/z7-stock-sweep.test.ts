import { describe, expect, test } from "vitest";
import { NeedsPerson } from "../../src/core/errors.ts";
import { setIntegration } from "../../src/operations/integrations.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { addShop, integrationName, item, itemId, only, openStage, order, type Stage } from "../stage.ts";

const stocks = async (stage: Stage) =>
  Object.fromEntries((await stage.inOptiply("products")).map(({ skuCode, stockLevel }) => [skuCode, stockLevel]));

describe.for(["details", "list-totals", "list"])("stock in %s", (stockIn) => {
  const switches = { "zoho-books": { stockIn } };

  test("Z7: a stock movement travels although the item's modification time stands still", async () => {
    const stage = await openStage({ switches });
    const [mug] = await stage.shop.add("zoho-books/items", [item(), item({ sku: "LAMP" })]);
    await stage.sync();
    const [before] = await stage.shop.all("zoho-books/items");
    await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 3 });
    const [after] = await stage.shop.all("zoho-books/items");
    expect(after?.last_modified_time).toBe(before?.last_modified_time);
    await stage.resetCalls();
    const { products } = await stage.sync({ flow: "products" });
    expect(products.counts).toEqual(only({ updated: 1, unchanged: 1 }));
    expect(await stocks(stage)).toEqual({ MUG: 3, LAMP: 12 });
    expect(await stage.writes()).toBe(1);
  });

  test("Z7: untracked goods and services need no stock, and cost no call for it", async () => {
    const stage = await openStage({ switches });
    await stage.shop.add("zoho-books/items", [
      { name: "Gift wrap", sku: "WRAP", rate: 1.5 },
      { name: "Engraving", sku: "ENGRAVE", rate: 12, product_type: "service" },
      { name: "Pattern", sku: "PATTERN", rate: 5, product_type: "digital_service" },
    ]);
    await stage.sync();
    const rows = await stage.inOptiply("products");
    expect(
      rows.map(({ skuCode, stockLevel, unlimitedStock, status }) => [skuCode, stockLevel, unlimitedStock, status]),
    ).toEqual([
      ["WRAP", 0, true, "enabled"],
      ["ENGRAVE", 0, true, "disabled"],
      ["PATTERN", 0, true, "disabled"],
    ]);
    expect((await stage.calls("zoho-books")).map(({ path }) => path)).not.toContain("/books/v3/itemdetails");
  });

  test("Z7: negative stock is kept, fractions are rounded down, and an empty stock is never taken as 0", async () => {
    const stage = await openStage({ switches });
    await stage.shop.add("zoho-books/items", [
      item({ sku: "NEGATIVE", available_for_sale_stock: -7 }),
      item({ sku: "FRACTION", available_for_sale_stock: 12.75 }),
      item({ sku: "BELOW", available_for_sale_stock: -0.5 }),
      item({ sku: "EMPTY", available_for_sale_stock: "", track_inventory: true }),
      item({ sku: "ZERO", available_for_sale_stock: 0 }),
    ]);
    const { products } = await stage.sync();
    expect(await stocks(stage)).toEqual({ NEGATIVE: -7, FRACTION: 12, BELOW: -1, ZERO: 0 });
    expect(products.counts).toEqual(only({ created: 4, rejected: 1 }));
    expect(await stage.record("products", "EMPTY")).toMatchObject({
      outcome: "rejected",
      code: "field-invalid",
      reason: 'available_for_sale_stock is ""; allowed: a decimal number.',
    });
  });
});

test("Z7: only the field that differs is written", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  // A person changes the name in Optiply; a stock movement must not undo it.
  const [product] = await stage.inOptiply("products");
  await stage.shop.change("optiply/products", String(product?.id), { name: "Mug, renamed by hand" });
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 4 });
  await stage.sync();
  expect(await stage.inOptiply("products")).toMatchObject([{ name: "Mug, renamed by hand", stockLevel: 4 }]);
});

test("Z7: two items that move by less than a whole unit write nothing", async () => {
  const stage = await openStage();
  const [linen] = await stage.shop.add("zoho-books/items", [item({ available_for_sale_stock: 12.75 })]);
  await stage.sync();
  await stage.resetCalls();
  await stage.shop.change("zoho-books/items", itemId(linen), { available_for_sale_stock: 12.25 });
  expect((await stage.sync()).products.counts).toEqual(only({ unchanged: 1 }));
  expect(await stage.writes()).toBe(0);
});

describe.for([
  { kind: "warehouses", prefix: "warehouse" },
  { kind: "locations", prefix: "location" },
])("stock per place in $kind", ({ kind, prefix }) => {
  const open = async (stockIn: string) => {
    const stage = await openStage({ integration: false, switches: { "zoho-books": { stockIn } } });
    await stage.shop.add(`zoho-books/${kind}`, [{ [`${prefix}_name`]: "Second" }]);
    const places = (await stage.shop.all(`zoho-books/${kind}`)).map((place) => String(place[`${prefix}_id`]));
    const stock = (amounts: readonly unknown[]) =>
      amounts.map((amount, at) => ({ [`${prefix}_id`]: places[at], [`${prefix}_available_for_sale_stock`]: amount }));
    const items = await stage.shop.add("zoho-books/items", [
      { name: "Clock", sku: "CLOCK", rate: 48, track_inventory: true, [kind]: stock([6.5, -2]) },
    ]);
    return { stage, places, stock, clock: itemId(items[0]) };
  };

  test.for(["details", "list-totals", "list"])(
    "Z7: all places count, or only the chosen ones (%s)",
    async (stockIn) => {
      const { stage, places, stock, clock } = await open(stockIn);
      const choose = (warehouseIds: unknown) =>
        setIntegration(stage.mizan.desk, integrationName, { options: { warehouseIds } }, stage.signal);
      await addShop(stage);
      await stage.sync();
      expect(await stocks(stage)).toEqual({ CLOCK: 4 });
      await choose(` ${places[1]} ,`);
      await stage.sync();
      expect(await stocks(stage)).toEqual({ CLOCK: -2 });
      await stage.shop.change("zoho-books/items", clock, { [kind]: stock([100, 5]) });
      await stage.sync();
      expect(await stocks(stage)).toEqual({ CLOCK: 5 });
      await choose(places);
      await stage.sync();
      expect(await stocks(stage)).toEqual({ CLOCK: 105 });
    },
  );

  test("Z7: a chosen place that disappears needs a person and is never taken as 0", async () => {
    const { stage, places } = await open("details");
    await addShop(stage, { warehouseIds: places.join(",") });
    await stage.sync();
    await stage.shop.remove(`zoho-books/${kind}`, places[1] ?? "");
    await stage.resetCalls();
    const { products } = await stage.sync();
    expect(products.error).toBeInstanceOf(NeedsPerson);
    expect(products.message).toContain(places[1]);
    expect(await stocks(stage)).toEqual({ CLOCK: 4 });
    expect(await stage.writes()).toBe(0);
    await setIntegration(stage.mizan.desk, integrationName, { options: { warehouseIds: places[0] } }, stage.signal);
    await stage.sync();
    expect(await stocks(stage)).toEqual({ CLOCK: 6 });
  });

  test("Z7: an empty stock at a chosen place rejects the item by the place's name", async () => {
    const { stage, stock, places, clock } = await open("details");
    await addShop(stage, { warehouseIds: places[1] });
    await stage.shop.change("zoho-books/items", clock, { [kind]: stock([1, ""]) });
    await stage.sync();
    expect(await stage.record("products", "CLOCK")).toMatchObject({
      outcome: "rejected",
      reason: 'available_for_sale_stock at Second is ""; allowed: a decimal number.',
    });
  });
});

test("Z7: syncStock false sends the real stock once, at creation, and never again; true sends it again", async () => {
  const stage = await openStage({ options: { syncStock: "false" } });
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  expect(await stocks(stage)).toEqual({ MUG: 12 });
  const change = (changes: Fields) => stage.shop.change("zoho-books/items", itemId(mug), changes);
  await change({ available_for_sale_stock: 3 });
  await stage.resetCalls();
  expect((await stage.sync()).products.counts).toEqual(only({ unchanged: 1 }));
  expect(await stage.writes()).toBe(0);
  await change({ rate: 11, available_for_sale_stock: 2 });
  expect((await stage.sync()).products.counts).toEqual(only({ updated: 1 }));
  expect(await stage.inOptiply("products")).toMatchObject([{ price: "11.00", stockLevel: 12 }]);
  expect(await stage.count("zoho-books", "GET")).toBeGreaterThan(0);
  await setIntegration(stage.mizan.desk, integrationName, { options: { syncStock: true } }, stage.signal);
  expect((await stage.sync()).products.counts).toEqual(only({ updated: 1 }));
  expect(await stocks(stage)).toEqual({ MUG: 2 });
});

test("Z7: with syncStock false known items are not read in full", async () => {
  const stage = await openStage({ options: { syncStock: false } });
  await stage.shop.add("zoho-books/items", [item(), item({ sku: "LAMP" })]);
  await stage.sync();
  await stage.resetCalls();
  await stage.sync();
  expect((await stage.calls("zoho-books")).map(({ path }) => path)).not.toContain("/books/v3/itemdetails");
});

test("Z7: an order does not wait for stock: it refers to a product whose stock moves meanwhile", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: "" });
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(mug), quantity: 1 }])]);
  const { products, orders } = await stage.sync();
  expect(products.counts).toEqual(only({ rejected: 1 }));
  expect(orders.counts).toEqual(only({ created: 1 }));
  expect(await stocks(stage)).toEqual({ MUG: 12 });
});
