/** Records that wait, records that are wrong, and targets that people delete: each says why, and none stops another. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { why } from "../../src/operations/why.ts";
import { item, itemId, only, openStage, order, orderId, remoteId } from "../stage.ts";

test("an order waits for a product that cannot be made, and goes on by itself once the item is corrected", async () => {
  const stage = await openStage();
  const [nameless, mug] = await stage.shop.add("zoho-books/items", [item({ name: "", sku: "NO-NAME" }), item()]);
  const [waiting, fine] = await stage.shop.add("zoho-books/salesorders", [
    order([
      { item_id: itemId(nameless), quantity: 1 },
      { item_id: itemId(mug), quantity: 1 },
    ]),
    order([{ item_id: itemId(mug), quantity: 1 }]),
  ]);
  const first = await stage.sync();
  expect(first.products.counts).toEqual(only({ created: 1, rejected: 1 }));
  expect(first.orders.counts).toEqual(only({ created: 1, waiting: 1 }));
  expect((await stage.inOptiply("sellOrders")).map(remoteId)).toEqual([orderId(fine)]);
  const record = await stage.record("sell-orders", orderId(waiting));
  expect(record).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(record.reason).toContain(`product NO-NAME (${itemId(nameless)})`);
  expect(record.reason).toContain("name is missing");
  await stage.shop.change("zoho-books/items", itemId(nameless), { name: "Tray" });
  const second = await stage.sync();
  expect(second.products.counts).toEqual(only({ created: 1, unchanged: 1 }));
  expect(second.orders.counts.created).toBe(1);
  expect(await stage.inOptiply("sellOrderLines")).toHaveLength(3);
  expect(await stage.record("sell-orders", orderId(waiting))).toMatchObject({ outcome: "created", code: null });
});

test("an order waits for an item that does not exist, and is released when it appears", async () => {
  const stage = await openStage();
  const item_id = "4608150000000777777";
  const [waiting] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id, name: "Gone", quantity: 1, rate: 5 }]),
  ]);
  expect((await stage.sync()).orders.counts).toEqual(only({ waiting: 1 }));
  expect(await stage.record("sell-orders", orderId(waiting))).toMatchObject({ code: "parent-missing" });
  await stage.sync();
  await stage.shop.add("zoho-books/items", [item({ item_id })]);
  expect((await stage.sync()).orders.counts.created).toBe(1);
  expect(await stage.inOptiply("sellOrderLines")).toHaveLength(1);
});

test("a waiting order is tried again by itself, ever more rarely, and by hand at once", async () => {
  const stage = await openStage();
  const [nameless] = await stage.shop.add("zoho-books/items", [item({ name: "" })]);
  // Changed long ago: what was changed in the last minutes is looked at once more by its row.
  const last_modified_time = new Date(Date.now() - 3_600_000).toISOString();
  const [waiting] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(nameless), quantity: 1 }], { last_modified_time }),
  ]);
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await stage.sync({ flow: "sell-orders" });
    const { retryAt } = await stage.record("sell-orders", orderId(waiting));
    const pause = (retryAt?.getTime() ?? 0) - stage.clock.now();
    pauses.push(Math.round(pause / 3_600_000));
    stage.clock.jump(pause + 1_000);
  }
  expect(pauses).toEqual([1, 2, 4, 8]);
  // Corrected, and asked for by hand: the retry settles the item and makes the order.
  await stage.shop.change("zoho-books/items", itemId(nameless), { name: "Tray" });
  await retry(stage.mizan.desk, { record: orderId(waiting), signal: stage.signal });
  expect(await stage.inOptiply("sellOrders")).toHaveLength(1);
});

test("one bad record never stops the others: each has its outcome and names its field", async () => {
  const stage = await openStage();
  const items = await stage.shop.add("zoho-books/items", [
    item({ sku: "GOOD-1" }),
    item({ name: "", sku: "NAMELESS" }),
    item({ sku: "STOCKLESS", track_inventory: true, available_for_sale_stock: "" }),
    item({ sku: "WORDS", rate: "nine" }),
    item({ sku: { odd: true }, name: "Broken schema" }),
    item({ sku: "GOOD-2" }),
  ]);
  const line = { item_id: itemId(items[0]), quantity: 1 };
  const sold = await stage.shop.add("zoho-books/salesorders", [
    order([line], { date: "2010" }),
    order([line], { total: "a lot" }),
    order([{ ...line, quantity: "two" }]),
    order([{ ...line, rate: "" }]),
    order([line], { status: { odd: true } }),
    order([line]),
    order([{ item_id: "4608150000000999999", quantity: 1, rate: 1 }]),
  ]);
  const { products, orders } = await stage.sync();
  expect(products.counts).toEqual(only({ created: 2, rejected: 4 }));
  expect(orders.counts).toEqual(only({ created: 1, rejected: 5, waiting: 1 }));
  const reasons = async (flow: string, records: typeof items, idOf: typeof itemId) =>
    Promise.all(records.map(async (one) => (await stage.record(flow, idOf(one))).reason));
  expect(await reasons("products", items, itemId)).toEqual([
    null,
    "name is missing.",
    'available_for_sale_stock is ""; allowed: a decimal number.',
    'rate is "nine"; allowed: a decimal number.',
    expect.stringMatching(/^sku is \{"odd":true\}; allowed: a text/),
    null,
  ]);
  expect(await reasons("sell-orders", sold, orderId)).toEqual([
    'date is "2010"; allowed: a day YYYY-MM-DD.',
    'total is "a lot"; allowed: a decimal number.',
    'line_items[0].quantity is "two"; allowed: a decimal number.',
    "line_items[0].rate is missing.",
    expect.stringMatching(/^status is \{"odd":true\}; allowed: a text/),
    null,
    expect.stringContaining("Waits for the product 4608150000000999999"),
  ]);
  // Corrected at the source, each goes through with the next sync.
  for (const id of sold.slice(0, 5).map(orderId)) {
    const right = { date: "2026-03-05", total: 9.5, status: "closed", line_items: [line] };
    await stage.shop.change("zoho-books/salesorders", id, {
      ...right,
      last_modified_time: new Date(Date.now() + 2_000).toISOString(),
    });
  }
  expect((await stage.sync()).orders.counts).toMatchObject({ created: 5, rejected: 0 });
});

test("ids of 19 digits stay what they are, next to each other", async () => {
  const stage = await openStage();
  // As binary numbers these two would be the same.
  const ids = ["9007199254740993001", "9007199254740993002"];
  await stage.shop.add(
    "zoho-books/items",
    ids.map((item_id) => item({ item_id, sku: item_id.slice(-3) })),
  );
  await stage.sync();
  const made = await stage.inOptiply("products");
  expect(made.map((row) => [row.skuCode, remoteId(row)])).toEqual(ids.map((id) => [id.slice(-3), id]));
});

test("an order whose detail cannot be delivered waits, and the others go on", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const sold = await stage.shop.add(
    "zoho-books/salesorders",
    [1, 2, 3].map(() => order([{ item_id: itemId(mug), quantity: 1 }])),
  );
  const bad = orderId(sold[1]);
  await stage.shop.fault({ vendor: "zoho-books", path: `/salesorders/${bad}`, kind: "status", status: 500 });
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 2, waiting: 1 }));
  expect(await stage.record("sell-orders", bad)).toMatchObject({ code: "vendor-error" });
  await stage.calm();
  stage.clock.jump(3_700_000);
  expect((await stage.sync()).orders.counts.created).toBe(1);
});

test("an order that Optiply refuses is rejected with its words, and the others go on", async () => {
  const stage = await openStage();
  const [mug, lamp] = await stage.shop.add("zoho-books/items", [item(), item({ sku: "LAMP" })]);
  await stage.sync();
  const product = (await stage.inOptiply("products")).find(({ skuCode }) => skuCode === "MUG");
  await stage.shop.remove("optiply/products", String(product?.id));
  const [wrong] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(mug), quantity: 1 }]),
    order([{ item_id: itemId(lamp), quantity: 1 }]),
  ]);
  const { orders } = await stage.sync({ flow: "sell-orders" });
  expect(orders.counts).toEqual(only({ created: 1, rejected: 1 }));
  const record = await stage.record("sell-orders", orderId(wrong));
  expect(record.code).toBe("refused-by-target");
  expect(record.reason).toContain(String(product?.id));
});

test("a product that people deleted in Optiply stays deleted until somebody says retry", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const [before] = await stage.inOptiply("products");
  await stage.shop.remove("optiply/products", String(before?.id));
  await stage.shop.change("zoho-books/items", itemId(mug), { rate: 11 });
  expect((await stage.sync()).products.counts).toEqual(only({ rejected: 1 }));
  expect(await stage.record("products", "MUG")).toMatchObject({ code: "target-gone", targetId: null });
  await stage.resetCalls();
  expect((await stage.sync()).products.counts).toEqual(only({ rejected: 1 }));
  expect(await stage.writes()).toBe(0);
  const { marked } = await retry(stage.mizan.desk, { record: itemId(mug), signal: stage.signal });
  expect(marked).toBe(1);
  const [after] = await stage.inOptiply("products");
  expect(after).toMatchObject({ price: "11.00", skuCode: "MUG" });
  expect(await stage.record("products", "MUG")).toMatchObject({ outcome: "created", targetId: after?.id, code: null });
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.writes()).toBe(0);
});

test("an update names the fields that it changed, and sends nothing else", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.sync();
  const [product] = await stage.inOptiply("products");
  // Everything that Mizan does not send now was changed by people meanwhile.
  const byHand = { skuCode: "HAND", stockLevel: 999, status: "disabled", unlimitedStock: true };
  await stage.shop.change("optiply/products", String(product?.id), byHand);
  await stage.shop.change("zoho-books/items", itemId(mug), { rate: 11, name: "Big mug" });
  await stage.sync();
  expect(await stage.inOptiply("products")).toMatchObject([{ ...byHand, price: "11.00", name: "Big mug" }]);
  const { timeline } = await why(stage.mizan.desk, itemId(mug));
  expect(timeline.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^updated: fields name, price;/));
});
