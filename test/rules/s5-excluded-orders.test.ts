import { expect, test } from "vitest";
import { excludeAnswer, includeAnswer } from "../../src/api/shop-contract.ts";
import { judgeRows } from "../../src/engine/judge-rows.ts";
import { finishRows } from "../../src/engine/process-rows.ts";
import { excludeOrderByHand, includeOrderAgain } from "../../src/operations/exclude-order.ts";
import { withOrder } from "../../src/operations/order-hands.ts";
import { retry } from "../../src/operations/retry.ts";
import { sendOrders } from "../../src/operations/send-orders.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

/** A shop whose ten mugs were counted by an order of three: seven are left. */
async function countedStage(options: ShopStageOptions = {}) {
  const stage = await openShopStage(options);
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  const first = await place(stage, 3);
  await stage.act(first, "complete");
  await stage.sync();
  return { stage, first };
}

const place = (stage: ShopStage, quantity: number, sku = "MUG") =>
  stage.salla("orders", { items: [{ sku, quantity }], paid: true });

function hands({ mizan, signal }: ShopStage) {
  const given = ({ reference_id }: Fields) => ({
    integration: integrationName,
    order: String(reference_id),
    signal,
  });
  return {
    exclude: (order: Fields, goods: "left" | "kept") => excludeOrderByHand(mizan.desk, { ...given(order), goods }),
    include: (order: Fields) => includeOrderAgain(mizan.desk, given(order)),
  };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function stocks(stage: ShopStage) {
  return { held: await stage.held("MUG"), offered: await stage.offered("MUG") };
}

test("1.1: an excluded order whose goods are kept is never invoiced, and they are offered again", async () => {
  const { stage } = await countedStage();
  const { exclude, include } = hands(stage);
  const order = await place(stage, 2);
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 7, offered: 5 });

  const excluded = excludeAnswer.parse(plain(await exclude(order, "kept")));
  expect(excluded).toMatchObject({ id: String(order.id), goods: "kept", counts: [] });
  await exclude(order, "kept");
  await expect(exclude(order, "left")).rejects.toThrow("is excluded with its goods kept");
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 7, offered: 7 });

  // Completed afterwards: by a pass, a retry or by hand, nothing comes of it.
  await stage.act(order, "complete");
  await stage.sync();
  const record = `${integrationName}/orders/${String(order.id)}`;
  await retry(stage.mizan.desk, { record, signal: stage.signal });
  expect(await stage.record("orders", String(order.reference_id))).toMatchObject({
    outcome: "skipped",
    code: "order-excluded",
  });
  const request = { integration: integrationName, orders: [String(order.reference_id)], signal: stage.signal };
  const [sent] = (await sendOrders(stage.mizan.desk, request)).orders;
  expect(sent).toMatchObject({ outcome: "refused", code: "order-excluded", invoiceId: null });
  expect(sent?.action).toContain("mizan exclude-order --undo");
  expect(await stage.inQoyod("invoices")).toHaveLength(1);

  includeAnswer.parse(plain(await include(order)));
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  await expect(include(order)).rejects.toThrow("is not excluded");
  await expect(exclude(order, "kept")).rejects.toThrow(/was invoiced as \d+ in Qoyod/);
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 5, offered: 5 });
});

test("1.1: goods that left are counted down once, and come back when the order is taken back", async () => {
  const { stage } = await countedStage();
  const { exclude, include } = hands(stage);
  const order = await place(stage, 2);
  await stage.act(order, "status", { slug: "delivered" });
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 7, offered: 5 });

  const excluded = excludeAnswer.parse(plain(await exclude(order, "left")));
  expect(excluded.counts).toEqual([{ product: "MUG Mug", done: true, reason: null, action: null }]);
  await exclude(order, "left");
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 5, offered: 5 });
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(2);
  await expect(include(order)).rejects.toThrow("were counted out of Qoyod (MUG Mug); it stays excluded");

  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  await stage.act(order, "cancel");
  await stage.sync();
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 7, offered: 7 });
});

test("1.1: the books are never counted below 0: both numbers are named and nothing is decided", async () => {
  const { stage } = await countedStage();
  const { exclude } = hands(stage);
  const order = await place(stage, 4);
  await stage.sync();
  const [product] = await stage.inQoyod("products");
  await stage.shop.change("qoyod/products", String(product?.id), { stock: "3.0" });
  await expect(exclude(order, "left")).rejects.toThrow("Qoyod holds 3 of MUG where 4 left");
  expect(await stage.held("MUG")).toBe(3);
  await stage.shop.change("qoyod/products", String(product?.id), { stock: "7.0" });
  const canceled = await place(stage, 1);
  await stage.act(canceled, "cancel");
  await expect(exclude(canceled, "left")).rejects.toThrow(
    "is canceled, so that Salla has its goods; say that they are kept",
  );
  await stage.act(order, "complete");
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
});

test("1.1: what left before its product was counted is in no count, what was kept is", async () => {
  const stage = await openShopStage();
  const { exclude, include } = hands(stage);
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" });
  const [left, kept, counting] = [await place(stage, 2), await place(stage, 1), await place(stage, 3)];
  expect((await exclude(left, "left")).counts).toEqual([]);
  await exclude(kept, "kept");
  await stage.act(counting, "complete");
  await stage.sync();
  // Salla offered 4 before: 3 of the invoice and 1 that was kept were counted with them.
  expect(await stocks(stage)).toEqual({ held: 5, offered: 5 });

  // Included again and completed, the goods that left are counted in before their invoice takes them.
  await include(left);
  await stage.act(left, "complete");
  await stage.sync();
  await stage.sync();
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  expect(await stocks(stage)).toEqual({ held: 5, offered: 5 });
});

test("1.1: an order that was judged before it was excluded is not invoiced after it", async () => {
  const { stage } = await countedStage();
  const order = await place(stage, 2);
  await stage.act(order, "complete");
  const given = { integration: integrationName, order: String(order.id), signal: stage.signal };
  await withOrder(stage.mizan.desk, given, async ({ run, id }) => {
    const read = (await run.source.read([id])).get(id);
    if (read?.kind !== "found") throw new Error(`order ${id} is not there`);
    const decisions = await judgeRows(run, [read.record], { referred: false, forced: true, asked: false, full: true });
    expect(decisions).toMatchObject([{ kind: "write", intent: "create" }]);
    await hands(stage).exclude(order, "kept");
    await finishRows(run, decisions);
  });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  expect(await stage.record("orders", String(order.id))).toMatchObject({ outcome: "skipped", code: "order-excluded" });
});

test("1.1: a count whose answer is lost and exclusions at the same moment count down once; units stay reserved until then", async () => {
  const { stage } = await countedStage();
  const { exclude, include } = hands(stage);
  const order = await place(stage, 2);
  await stage.sync();
  const path = "/inventory_adjustments";
  await stage.shop.fault({ vendor: "qoyod", method: "POST", path, kind: "cut-after", count: 1 });
  const answers = await Promise.all(Array.from({ length: 4 }, () => exclude(order, "left")));
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([String(order.id)]));
  await stage.sync();
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 5, offered: 5 });
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(2);
  expect((await exclude(order, "left")).counts).toEqual([
    { product: "MUG Mug", done: true, reason: null, action: null },
  ]);
  expect(await stage.held("MUG")).toBe(5);

  // Refused by Qoyod, it waits: what left is not offered, and the order may be included again.
  const other = await place(stage, 1);
  await stage.sync();
  await stage.shop.switches({ qoyod: { counts: "refused" } });
  expect((await exclude(other, "left")).counts).toMatchObject([{ product: "MUG Mug", done: false }]);
  await stage.sync({ flow: "stock", scope: "due" });
  expect(await stocks(stage)).toEqual({ held: 5, offered: 4 });
  await include(other);
  await stage.act(other, "complete");
  await stage.sync();
  await stage.sync();
  expect(await stocks(stage)).toEqual({ held: 4, offered: 4 });
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
});
