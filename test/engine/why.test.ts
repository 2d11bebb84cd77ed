import { expect, test } from "vitest";
import { why } from "../../src/operations/records.ts";
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
