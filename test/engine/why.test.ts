import { expect, test } from "vitest";
import { stories, why } from "../../src/operations/why.ts";
import { item, itemId, openStage, order, orderId } from "../stage.ts";

test("a record is found by SKU, by name, by order number and by the ids of both sides", async () => {
  const stage = await openStage();
  const { desk } = stage.mizan;
  const [mug] = await stage.shop.add("zoho-books/items", [
    item({ sku: "MUG-7", name: "Blue mug 100%" }),
    item({ sku: "MUG-77", name: "Cup" }),
  ]);
  const [sold] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(mug), quantity: 1 }], { salesorder_number: "SO-7" }),
  ]);
  await stage.sync();
  const product = await stage.record("products", itemId(mug));
  for (const reference of [
    "MUG-7",
    "mug-7",
    "Blue mug 100%",
    itemId(mug),
    String(product.targetId),
    `shop/products/${itemId(mug)}`,
  ])
    expect((await why(desk, reference)).sourceId, reference).toBe(itemId(mug));
  expect((await why(desk, "SO-7")).sourceId).toBe(orderId(sold));
  await expect(why(desk, "MUG")).rejects.toThrow(/there is no record "MUG"/);
});

test("a waiting order says in both languages what it waits for and what a person can do", async () => {
  const stage = await openStage();
  const [nameless] = await stage.shop.add("zoho-books/items", [item({ name: "", sku: "N" })]);
  const [sold] = await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(nameless), quantity: 1 }])]);
  await stage.sync();
  const english = await why(stage.mizan.desk, orderId(sold));
  expect(english.action).toMatch(/^Fill name in Zoho Books\. It goes on by itself/);
  const arabic = await why(stage.mizan.desk, orderId(sold), "ar");
  expect(arabic.reason).toContain("الحقل");
  expect(arabic.reason).not.toContain("missing");
});

test("a word that fits several records tells the story of each; too many are named", async () => {
  const stage = await openStage();
  const { desk } = stage.mizan;
  const items = await stage.shop.add("zoho-books/items", [
    item({ sku: "VASE", name: "Vase, white" }),
    item({ sku: "VASE-2", name: "VASE" }),
  ]);
  await stage.sync();
  const told = await stories(desk, "VASE");
  expect(told.map(({ sourceId }) => sourceId).sort()).toEqual(items.map(itemId).sort());
  for (const story of told) {
    expect(story).toEqual(await why(desk, `shop/products/${story.sourceId}`));
    expect(story.timeline.map(({ what }) => what).join("\n")).toContain("create confirmed");
  }
  await expect(why(desk, "VASE")).rejects.toThrow(/"VASE" fits 2 records; name one of them: shop\/products\/\d+, shop/);

  const same = Array.from({ length: 10 }, (_, index) => item({ sku: `V-${index}`, name: "VASE" }));
  await stage.shop.add("zoho-books/items", same);
  await stage.sync();
  await expect(stories(desk, "VASE")).rejects.toThrow(
    /fits 12 records; name one of them: (shop\/products\/\d+, ){10}…$/,
  );
});
