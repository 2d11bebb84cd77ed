/** Orders that cannot be invoiced as they are: each gets its own reason in both languages, and the rest goes on. */
import { expect, test } from "vitest";
import { records } from "../../src/operations/records.ts";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const completed = { status: "completed" };
const money = (amount: number, currency = "SAR") => ({ amount, currency });

test("wrong quantities, currencies, amounts, bundles and deleted products: a reason each, and nothing is made for them", async () => {
  const stage = await openShopStage();
  const product = (sku: string, more: Fields = {}) =>
    stage.salla("products", { name: sku, sku, price: "50", quantity: 20, cost_price: "10", ...more });
  await product("MUG");
  const gone = await product("GONE");
  await product("SET", { type: "group_products" });
  await product("SERVICE", { type: "service" });
  await product("ENDLESS", { unlimited_quantity: true });
  await product("NO-COST", { cost_price: null });
  const line = (overrides: Fields): Fields => ({ items: [{ sku: "MUG", sandbox_overrides: overrides }] });
  const orders: readonly (readonly [code: string, words: string, order: Fields])[] = [
    ["field-invalid", "-1", line({ quantity: -1 })],
    ["field-invalid", "0.5", line({ quantity: 0.5 })],
    [
      "field-invalid",
      "is USD; allowed: SAR",
      line({ currency: "USD", amounts: { price_without_tax: money(43.48, "USD") } }),
    ],
    [
      "order-total-differs",
      "57.50",
      { items: [{ sku: "MUG" }], sandbox_overrides: { amounts: { total: money(57.5) } } },
    ],
    ["order-line-differs", "9.99", line({ amounts: { tax: { amount: money(9.99) } } })],
    ["bundle", "SET", { items: [{ sku: "SET" }], sandbox_oversell: true }],
    ["product-unknown", "GONE", { items: [{ sku: "MUG" }, { sku: "GONE" }] }],
    ["parent-missing", "cost of NO-COST", { items: [{ sku: "NO-COST" }] }],
  ];
  const placed: { readonly code: string; readonly words: string; readonly id: string }[] = [];
  for (const [code, words, order] of orders) {
    const { id } = await stage.salla("orders", { ...order, ...completed });
    placed.push({ code, words, id: String(id) });
  }
  await stage.shop.remove("salla/products", String(gone.id));
  const good = await stage.salla("orders", {
    items: [{ sku: "MUG" }, { sku: "SERVICE" }, { sku: "ENDLESS", quantity: 100 }],
    ...completed,
  });
  await stage.sync();

  const told = await stage.records("orders");
  const arabic = await records(stage.mizan.desk, {
    integration: integrationName,
    flow: "orders",
    most: 100,
    language: "ar",
  });
  for (const { code, words, id } of placed) {
    const record = told.find(({ sourceId }) => sourceId === id);
    expect([record?.code, record?.reason]).toEqual([code, expect.stringContaining(words)]);
    expect(["waiting", "rejected"]).toContain(record?.outcome);
    expect(record?.action, code).not.toBe("");
    const twin = arabic.find(({ sourceId }) => sourceId === id);
    expect(`${twin?.reason} ${twin?.action}`, code).toMatch(/[\u0600-\u06ff]/);
    expect(`${twin?.reason} ${twin?.action} ${record?.reason} ${record?.action}`).not.toMatch(/\{\w+\}/);
  }
  expect(told.find(({ sourceId }) => sourceId === String(good.id))).toMatchObject({ outcome: "created" });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  // Services and endless goods are neither tracked nor counted.
  const made = await stage.inQoyod("products");
  const tracked = (sku: string) => made.find((one) => one.sku === sku);
  expect(tracked("SERVICE")).toMatchObject({ type: "Service", track_quantity: false });
  expect(tracked("ENDLESS")).toMatchObject({ type: "Product", track_quantity: false });
  expect(tracked("MUG")).toMatchObject({ track_quantity: true });
  expect(made.some(({ sku }) => sku === "SET" || sku === "GONE")).toBe(false);
  const counts = (await stage.inQoyod("inventory_adjustments")).flatMap(({ line_items }) => line_items as Fields[]);
  expect(counts.map(({ product_id }) => product_id)).toEqual([tracked("MUG")?.id]);
});

test("a closed period refuses an invoice by name; a retry by hand goes on once it is open", async () => {
  const stage = await openShopStage({ options: { issueDate: "completed" } });
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 20, cost_price: "20" });
  const items = [{ sku: "MUG" }];
  await stage.salla("orders", { items, ...completed });
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);

  await stage.shop.switches({ qoyod: { closedBefore: "2100-01-01" } });
  const late = await stage.salla("orders", { items, ...completed });
  await stage.sync();
  const refused = await stage.record("orders", String(late.id));
  expect(refused).toMatchObject({ outcome: "rejected", code: "refused-by-target" });
  expect(refused.reason).toMatch(/closed|locked/i);
  await stage.shop.switches({ qoyod: { closedBefore: "" } });
  await stage.sync();
  expect(await stage.inQoyod("invoices"), "what was refused is not sent again by itself").toHaveLength(1);
  const record = `${integrationName}/orders/${String(late.id)}`;
  await retry(stage.mizan.desk, { record, signal: stage.signal });
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
});
