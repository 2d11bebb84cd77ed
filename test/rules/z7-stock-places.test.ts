import { describe, expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { addShop, integrationName, itemId, only, openStage, type Stage } from "../stage.ts";

const stocks = async (stage: Stage) =>
  Object.fromEntries((await stage.inOptiply("products")).map(({ skuCode, stockLevel }) => [skuCode, stockLevel]));

const choose = (stage: Stage, options: Fields) =>
  setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);

/** An organisation with two places; stock is given place by place. */
async function openPlaces(kind: "warehouses" | "locations", switches: Fields) {
  const prefix = kind === "warehouses" ? "warehouse" : "location";
  const stage = await openStage({ integration: false, switches: { "zoho-books": switches } });
  await stage.shop.add(`zoho-books/${kind}`, [{ [`${prefix}_name`]: "Second" }]);
  const places = (await stage.shop.all(`zoho-books/${kind}`)).map((place) => String(place[`${prefix}_id`]));
  const at = (amounts: readonly unknown[], field = "available_for_sale_stock") => ({
    [kind]: amounts.map((amount, index) => ({ [`${prefix}_id`]: places[index], [`${prefix}_${field}`]: amount })),
  });
  const add = (items: Readonly<Record<string, Fields>>) =>
    stage.shop.add(
      "zoho-books/items",
      Object.entries(items).map(([sku, fields]) => ({ name: sku, sku, rate: 5, track_inventory: true, ...fields })),
    );
  return { stage, places, at, add, prefix };
}

describe.for([
  { kind: "warehouses", stockIn: "details" },
  { kind: "warehouses", stockIn: "list" },
  { kind: "locations", stockIn: "details" },
  { kind: "locations", stockIn: "list" },
] as const)("stock in $kind, told in the $stockIn", ({ kind, stockIn }) => {
  test("Z7: sums are made before the rounding, negatives are kept, and untracked items have none", async () => {
    const { stage, places, at, add } = await openPlaces(kind, { stockIn });
    await add({
      PLAIN: at([6, 5]),
      MIXED: at([6.5, -2.75]),
      HALVES: at([0.5, 0.5]),
      BELOW: at([-0.25, -0.5]),
      NEGATIVE: at([-7, 3]),
      EMPTY: at([0, 0]),
      TEXT: at(["4", "2.5"]),
      UNTRACKED: { ...at([9, 9]), track_inventory: false, item_type: "sales_and_purchases" },
      SERVICE: { product_type: "service", track_inventory: false, item_type: "sales" },
    });
    await addShop(stage);
    expect((await stage.sync()).products.counts).toEqual(only({ created: 9 }));
    const always = { UNTRACKED: 0, SERVICE: 0 };
    expect(await stocks(stage)).toEqual({
      ...{ PLAIN: 11, MIXED: 3, HALVES: 1, BELOW: -1, NEGATIVE: -4, EMPTY: 0, TEXT: 6 },
      ...always,
    });
    const unlimited = (await stage.inOptiply("products")).filter(({ unlimitedStock }) => unlimitedStock === true);
    expect(unlimited.map(({ skuCode }) => skuCode).sort()).toEqual(["SERVICE", "UNTRACKED"]);
    await choose(stage, { warehouseIds: places[1] });
    await stage.sync();
    expect(await stocks(stage)).toEqual({
      ...{ PLAIN: 5, MIXED: -3, HALVES: 0, BELOW: -1, NEGATIVE: 3, EMPTY: 0, TEXT: 2 },
      ...always,
    });
    await stage.resetCalls();
    await stage.sync();
    expect(await stage.writes()).toBe(0);
  });

  test("Z7: a stock at a chosen place that is no number, or missing, rejects the item and Optiply keeps the old one", async () => {
    const { stage, places, at, add } = await openPlaces(kind, { stockIn });
    const [good, ...others] = await add({
      GOOD: at([1, 2]),
      A: at([1, 3]),
      B: at([1, 4]),
      C: at([1, 5]),
      D: at([1, 6]),
      E: at([1, 7]),
    });
    await addShop(stage, { warehouseIds: places[1] });
    await stage.sync();
    const before = { GOOD: 2, A: 3, B: 4, C: 5, D: 6, E: 7 };
    expect(await stocks(stage)).toEqual(before);
    const wrong = ["", "many", true, [4]];
    for (const [index, amount] of wrong.entries())
      await stage.shop.change("zoho-books/items", itemId(others[index]), at([100, amount]));
    // The last one is kept at the first place only.
    await stage.shop.change("zoho-books/items", itemId(others[4]), at([100]));
    await stage.shop.change("zoho-books/items", itemId(good), at([100, 8]));
    expect((await stage.sync()).products.counts).toEqual(only({ updated: 1, rejected: 5 }));
    expect(await stocks(stage)).toEqual({ ...before, GOOD: 8 });
    const told = await Promise.all(others.map(async (one) => (await stage.record("products", itemId(one))).reason));
    expect(told[0]).toBe('available_for_sale_stock at Second is ""; allowed: a decimal number.');
    expect(told[1]).toContain("available_for_sale_stock at Second is ");
    for (const reason of told.slice(2, 4)) expect(reason).toContain("_available_for_sale_stock");
    expect(told[4]).toBe(`available_for_sale_stock at ${places[1]} is missing.`);
    for (const one of others) await stage.shop.change("zoho-books/items", itemId(one), at([0, 9]));
    await stage.sync();
    expect(await stocks(stage)).toEqual({ GOOD: 8, A: 9, B: 9, C: 9, D: 9, E: 9 });
  });

  test("Z7: stockField chooses the physical stock, place by place and in all", async () => {
    const { stage, places, at, add, prefix } = await openPlaces(kind, { stockIn });
    const physical = at([10, 20], "actual_available_for_sale_stock")[kind] ?? [];
    const both = (at([1, 2])[kind] ?? []).map((place, index) => ({ ...place, ...physical[index] }));
    expect(Object.keys(both[0] ?? {})).toContain(`${prefix}_available_for_sale_stock`);
    await add({ CLOCK: { [kind]: both } });
    await addShop(stage, { stockField: "actual_available_for_sale_stock" });
    await stage.sync();
    expect(await stocks(stage)).toEqual({ CLOCK: 30 });
    await choose(stage, { warehouseIds: places[1] });
    await stage.sync();
    expect(await stocks(stage)).toEqual({ CLOCK: 20 });
  });
});

test("Z7: an organisation that moves from warehouses to locations keeps its stocks, and a choice that no longer fits changes none", async () => {
  const { stage, places, at, add } = await openPlaces("warehouses", { stockIn: "details" });
  await add({ CLOCK: at([6, -2]), VASE: at([3, 4]) });
  await addShop(stage);
  await stage.sync();
  expect(await stocks(stage)).toEqual({ CLOCK: 4, VASE: 7 });
  await stage.shop.switches({ "zoho-books": { stockShape: "locations" } });
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
  // The same ids in the other shape still count; where the item tells no place at all, its stock is unknown.
  await choose(stage, { warehouseIds: places[1] });
  await stage.sync();
  expect(await stocks(stage)).toEqual({ CLOCK: -2, VASE: 4 });
  await stage.shop.switches({ "zoho-books": { stockShape: "none" } });
  const { products } = await stage.sync();
  expect(products.counts).toEqual(only({ rejected: 2 }));
  expect(await stocks(stage)).toEqual({ CLOCK: -2, VASE: 4 });
});

test.for(["details", "list"])(
  "Z7: an item that Zoho stops tracking is unlimited, and counted again when it is tracked (%s)",
  async (stockIn) => {
    const { stage, at, add } = await openPlaces("warehouses", { stockIn });
    const [clock] = await add({ CLOCK: at([6, 1]) });
    await addShop(stage);
    await stage.sync();
    const change = (fields: Fields) => stage.shop.change("zoho-books/items", itemId(clock), fields);
    await change({ track_inventory: false, item_type: "sales_and_purchases" });
    expect((await stage.sync()).products.counts).toEqual(only({ updated: 1 }));
    expect(await stage.inOptiply("products")).toMatchObject([{ unlimitedStock: true, stockLevel: 0 }]);
    await change({ track_inventory: true, item_type: "inventory" });
    await stage.sync();
    expect(await stage.inOptiply("products")).toMatchObject([{ unlimitedStock: false, stockLevel: 7 }]);
  },
);
