/** Bundles are invoiced and counted as what they consist of, where the merchant says what that is (product.md, 1.1). */
import { expect, test } from "vitest";
import { setIntegration } from "../../src/operations/integrations.ts";
import { propose } from "../../src/operations/propose.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";
import { openRefundStage, refunded } from "./refund-stage.ts";

/** Two mugs and a cup at 77.77 in place of 134. */
async function fillShop({ salla }: Pick<ShopStage, "salla">): Promise<Fields> {
  const mug = await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 20, cost_price: "20" });
  const cup = await salla("products", { name: "Cup", sku: "CUP", price: "30", quantity: 20, cost_price: "12" });
  const components = [
    { product_id: mug.id, quantity: 2 },
    { product_id: cup.id, quantity: 1 },
  ];
  return salla("products", { name: "Tea set", sku: "SET", price: "77.77", type: "group_products", components });
}

const options = { bundles: "SET=MUG×2+CUP" };

async function mapped(given: { readonly bundles?: string } = options): Promise<ShopStage> {
  return openShopStage({ options: given, before: async (early) => void (await fillShop(early)) });
}

/** SKU, quantity and gross of each line of an order's invoice or credit note. */
async function linesOf(stage: ShopStage, documents: readonly Fields[]): Promise<string[][]> {
  const skus = new Map((await stage.inQoyod("products")).map(({ id, sku }) => [id, sku]));
  return documents.map(({ line_items }) =>
    (line_items as Fields[]).map((line) => `${Number(line.quantity)} ${skus.get(line.product_id)}`),
  );
}

test("a bundle becomes lines of its parts that come to its price, counts them, and its own quantity is never written", async () => {
  const stage = await mapped();
  await stage.salla("orders", { items: [{ sku: "SET", quantity: 3 }] });
  const order = await stage.salla("orders", {
    items: [{ sku: "SET", quantity: 2 }, { sku: "CUP" }],
    payment_method: "mada",
  });
  expect([await stage.offered("MUG"), await stage.offered("CUP")]).toEqual([10, 14]);
  await stage.act(order, "complete");
  await stage.sync();
  const invoices = await stage.inQoyod("invoices");
  expect(await linesOf(stage, invoices)).toEqual([["4 MUG", "2 CUP", "1 CUP"]]);
  expect(invoices.map(({ total }) => Number(total))).toEqual([185.54]);
  // 155.54 by 2 × 52 and 30, the halala that is missing to the part that lost more of one.
  const lines = invoices.flatMap(({ line_items }) => line_items as Fields[]);
  expect(lines.map(({ line_total }) => Number(line_total))).toEqual([120.72, 34.82, 30]);
  expect(lines.map(({ description }) => description)).toEqual(["Tea set", "Tea set", null]);
  // The order that is open holds six mugs and three cups.
  expect([await stage.held("MUG"), await stage.held("CUP")]).toEqual([16, 17]);
  const counted = (await stage.inQoyod("inventory_adjustments")).flatMap(({ line_items }) => line_items as Fields[]);
  expect(counted.map(({ actual_quantity }) => Number(actual_quantity))).toEqual([20, 20]);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku).sort()).toEqual(["CUP", "MUG"]);

  const products = new Map((await stage.inQoyod("products")).map(({ sku, id }) => [sku, id]));
  await stage.qoyod("bills", { line_items: [{ product_id: products.get("MUG"), quantity: 5, unit_price: "20" }] });
  await stage.sync();
  expect([await stage.offered("MUG"), await stage.offered("CUP")]).toEqual([15, 14]);
  expect([await stage.held("MUG"), await stage.offered("SET")]).toEqual([21, 0]);
  const levels = await stage.mizan.desk.store.pool.query("select sku from stock_level order by sku");
  expect(levels.rows).toEqual([{ sku: "CUP" }, { sku: "MUG" }]);
});

test("a bundle that is not mapped waits by name and goes on when it is; short parts make it wait", async () => {
  const stage = await mapped({});
  const order = await stage.salla("orders", { items: [{ sku: "SET" }], status: "completed" });
  await stage.sync();
  const waiting = await stage.record("orders", String(order.id));
  expect(waiting).toMatchObject({ outcome: "waiting", code: "bundle" });
  expect([waiting.reason, waiting.action]).toEqual([
    expect.stringContaining("Tea set"),
    expect.stringContaining("option bundles"),
  ]);
  const [set] = (await stage.inSalla("products")).filter(({ sku }) => sku === "SET");
  await setIntegration(
    stage.mizan.desk,
    integrationName,
    { options: { bundles: `${String(set?.id)}=MUG*2+CUP*1` } },
    stage.signal,
  );
  stage.clock.jump(3_600_000);
  await stage.sync();
  expect(await linesOf(stage, await stage.inQoyod("invoices"))).toEqual([["2 MUG", "1 CUP"]]);

  const [mug] = (await stage.inQoyod("products")).filter(({ sku }) => sku === "MUG");
  await stage.shop.change("qoyod/products", String(mug?.id), { stock: "3.0" });
  const short = await stage.salla("orders", { items: [{ sku: "SET", quantity: 2 }], status: "completed" });
  await stage.sync();
  expect(await stage.record("orders", String(short.id))).toMatchObject({ outcome: "waiting", code: "stock-short" });
});

test("orders that were open when their bundle is mapped hold its parts from then on", async () => {
  const stage = await mapped({});
  await stage.salla("orders", { items: [{ sku: "MUG" }, { sku: "CUP" }], status: "completed" });
  await stage.sync();
  const open = await stage.salla("orders", { items: [{ sku: "SET", quantity: 3 }] });
  expect(await stage.offered("MUG")).toBe(13);
  await stage.sync();
  // What changed lately is read again in every pass.
  const updated_at = { date: "2026-01-05 10:00:00.000000", timezone_type: 3, timezone: "Asia/Riyadh" };
  for (const { id } of await stage.inSalla("orders"))
    await stage.shop.change("salla/orders", String(id), { sandbox_overrides: { updated_at } });
  await setIntegration(stage.mizan.desk, integrationName, { options }, stage.signal);
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([19, 13]);
  expect([await stage.held("CUP"), await stage.offered("CUP")]).toEqual([19, 16]);
  await stage.shop.change("salla/orders", String(open.id), { sandbox_overrides: {} });
  await stage.act(open, "complete");
  await stage.sync();
  expect([await stage.held("MUG"), await stage.offered("MUG")]).toEqual([13, 13]);
});

test("bundles that are wrong are refused when they are saved, each by what is wrong with it", async () => {
  const stage = await mapped({});
  const { salla, mizan, signal } = stage;
  await salla("products", { name: "Box", sku: "BOX", price: "9", type: "group_products" });
  await salla("products", { name: "One twin", sku: "TWIN", price: "9" });
  await salla("products", { name: "Other twin", sku: "TWIN", price: "9" });
  const save = (bundles: unknown) => setIntegration(mizan.desk, integrationName, { options: { bundles } }, signal);
  const wrong: readonly (readonly [bundles: unknown, words: RegExp])[] = [
    ["SET", /bundles is "SET"; allowed: bundle=SKU×quantity.*"SET" is none/],
    ["SET=MUG×0", /that of MUG in SET is "0"/],
    ["SET=MUG×1.5", /that of MUG in SET is "1.5"/],
    ["SET=MUG×-1", /that of MUG in SET is "-1"/],
    ["SET=MUG×two", /that of MUG in SET is "two"/],
    ["SET=MUG×1001", /from 1 to 1000/],
    ["SET=MUG+CUP+MUG×2", /SET names MUG twice/],
    ["SET=MUG,SET=CUP", /SET is there twice/],
    ["SET=SET×2", /its own/],
    ["SET=MUG+NONE", /Salla has no product with the SKU NONE/],
    ["SET=MUG+TWIN", /2 products of Salla are named TWIN: .*Other twin.*One twin/],
    ["SET=MUG+BOX", /BOX is of the type group_products in Salla; allowed: a product that is no bundle/],
    ["CUP=MUG", /CUP is of the type product in Salla; allowed: a bundle/],
    ["LOST=MUG", /Salla has no product with the SKU LOST/],
  ];
  for (const [bundles, words] of wrong) await expect(save(bundles), String(bundles)).rejects.toThrow(words);
  const saved = await save([" SET = MUG * 2 + CUP"]);
  expect(saved.integration.options.bundles).toEqual(["SET=MUG×2+CUP×1"]);
});

test("set-up proposes what Salla's own products tell of their parts, and names those that do not tell", async () => {
  const stage = await mapped({});
  await stage.salla("products", { name: "Box", sku: "BOX", price: "9", type: "group_products" });
  const pair = { kind: "salla-qoyod", source: "salla", target: "qoyod", signal: stage.signal };
  const { options: proposed } = await propose(stage.mizan.desk, pair);
  const bundles = proposed.find(({ option }) => option === "bundles");
  expect(bundles).toMatchObject({ value: "SET=MUG×2+CUP×1", needed: false });
  expect(bundles?.why).toContain("BOX Box");
});

test("a part that is gone or not alone with its SKU makes the order wait by name, and nothing is made for it", async () => {
  const stage = await mapped();
  const order = await stage.salla("orders", { items: [{ sku: "SET" }], status: "completed" });
  await stage.salla("products", { name: "Other cup", sku: "CUP", price: "9" });
  await stage.sync();
  const shared = await stage.record("orders", String(order.id));
  expect(shared).toMatchObject({ outcome: "waiting", code: "sku-shared" });
  expect(shared.reason).toMatch(/CUP .*Other cup/);
  for (const { id, sku } of await stage.inSalla("products"))
    if (sku === "CUP") await stage.shop.remove("salla/products", String(id));
  stage.clock.jump(3_600_000);
  await stage.sync();
  const gone = await stage.record("orders", String(order.id));
  expect(gone).toMatchObject({ outcome: "waiting", code: "product-unknown" });
  expect(gone.reason).toContain("CUP (Tea set)");
  expect([await stage.inQoyod("invoices"), await stage.inQoyod("products")]).toEqual([[], []]);
});

test("refunds of a bundle take its parts as they were invoiced, whatever they cost by then", async () => {
  const stage = await openRefundStage();
  const products = await stage.inSalla("products");
  const idOf = (sku: string) => products.find((one) => one.sku === sku)?.id;
  const components = [
    { product_id: idOf("MUG"), quantity: 2 },
    { product_id: idOf("BOOK"), quantity: 1 },
  ];
  await stage.salla("products", { name: "Gift", sku: "GIFT", price: "99.99", type: "group_products", components });
  await setIntegration(stage.mizan.desk, integrationName, { options: { bundles: "GIFT=MUG×2+BOOK" } }, stage.signal);
  const order = await stage.completed({
    items: [{ sku: "GIFT", quantity: 3 }, { sku: "MUG" }],
    coupon: { code: "SEVEN", percent: "7" },
  });
  await stage.sync();
  expect([await stage.held("MUG"), await stage.held("BOOK")]).toEqual([3, 7]);

  await stage.shop.change("salla/products", String(idOf("BOOK")), { price: "300" });
  await setIntegration(stage.mizan.desk, integrationName, { options: { bundles: "GIFT=MUG" } }, stage.signal);
  await stage.giveBack(order, [0, 1]);
  await stage.sync();
  expect(await stage.credited()).toEqual(await refunded(stage));
  await stage.giveBack(order, [0, 2], [1, 1]);
  await stage.sync();
  expect(await stage.credited()).toEqual(await refunded(stage));
  expect((await linesOf(stage, await stage.inQoyod("credit_notes"))).map((lines) => lines.length)).toEqual([2, 3]);
  expect([await stage.held("MUG"), await stage.held("BOOK"), await stage.due(order)]).toEqual([10, 10, 0]);
  expect((await stage.records("refunds")).map(({ code }) => code)).toEqual([null, null]);
});
