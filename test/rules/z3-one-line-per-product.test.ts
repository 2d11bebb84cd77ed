import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { item, itemId, only, openStage, order, orderId, remoteId, type Stage } from "../stage.ts";

/** Sells the given lines as one order and says what became of it. */
async function sell(stage: Stage, lines: readonly Fields[], more: Fields = {}) {
  const [stored] = await stage.shop.add("zoho-books/salesorders", [order(lines, more)]);
  await stage.sync();
  const record = await stage.record("sell-orders", orderId(stored));
  const [lineRows, products] = [await stage.inOptiply("sellOrderLines"), await stage.inOptiply("products")];
  const name = new Map(products.map((product) => [String(product.id), product.name]));
  return {
    record,
    lines: lineRows
      .filter((line) => String(line.sellOrderId) === record.targetId)
      .map((line) => ({
        product: name.get(String(line.productId)),
        quantity: line.quantity,
        subtotal: line.subtotalValue,
      })),
  };
}

async function openWithItems(): Promise<{ stage: Stage; mug: string; lamp: string }> {
  const stage = await openStage();
  const items = await stage.shop.add("zoho-books/items", [item(), item({ name: "Lamp", sku: "LAMP", rate: 30 })]);
  const [mug = "", lamp = ""] = items.map(itemId);
  return { stage, mug, lamp };
}

test("Z3: lines of the same item are merged into one, at their own rates, with a note", async () => {
  const { stage, mug, lamp } = await openWithItems();
  const { record, lines } = await sell(stage, [
    { item_id: mug, quantity: 1, rate: 9.5 },
    { item_id: lamp, quantity: 2, rate: 30 },
    { item_id: mug, quantity: 4, rate: 1.11 },
  ]);
  expect(lines).toEqual([
    { product: "Mug", quantity: 5, subtotal: "13.94" },
    { product: "Lamp", quantity: 2, subtotal: "60.00" },
  ]);
  expect(record.notes).toEqual([`2 lines of item ${mug} were merged.`]);
});

test("Z3: header and subtotal rows are skipped without a note", async () => {
  const { stage, mug, lamp } = await openWithItems();
  const { record, lines } = await sell(stage, [
    { line_item_category: "header", header_name: "For the kitchen" },
    { item_id: mug, quantity: 1 },
    { line_item_category: "subtotal" },
    { item_id: lamp, quantity: 1 },
  ]);
  expect(lines.map(({ product }) => product)).toEqual(["Mug", "Lamp"]);
  expect(record).toMatchObject({ outcome: "created", notes: [] });
});

test("Z3: a free-text line is left out and noted with its text, and the order goes through", async () => {
  const { stage, mug } = await openWithItems();
  const { record, lines } = await sell(stage, [
    { item_id: mug, quantity: 1 },
    { name: "Thank-you card", quantity: 1, rate: 0.5 },
  ]);
  expect(lines).toEqual([{ product: "Mug", quantity: 1, subtotal: "9.50" }]);
  expect(record.outcome).toBe("created");
  expect(record.notes).toEqual(["Line 2 (Thank-you card) has no item and was left out."]);
});

test("Z3: lines of no positive quantity are left out with a note, after merging", async () => {
  const { stage, mug, lamp } = await openWithItems();
  const { record, lines } = await sell(stage, [
    { item_id: mug, quantity: 3 },
    { item_id: mug, quantity: -3 },
    { item_id: lamp, quantity: 4 },
    { item_id: lamp, quantity: -1 },
  ]);
  expect(lines).toEqual([{ product: "Lamp", quantity: 3, subtotal: "90.00" }]);
  expect(record.notes).toContain(`The lines of item ${mug} come to 0 and were left out.`);
});

test("Z3: an order with no line left is skipped, and says why", async () => {
  const { stage, mug } = await openWithItems();
  const { record } = await sell(stage, [
    { item_id: mug, quantity: -1 },
    { name: "Delivery", quantity: 1, rate: 6 },
  ]);
  expect(record).toMatchObject({ outcome: "skipped", code: "no-lines-left", targetId: null });
  expect(record.notes).toHaveLength(2);
  expect(await stage.inOptiply("sellOrders")).toEqual([]);
});

test("Z3: an order without any line is skipped", async () => {
  const { stage } = await openWithItems();
  const { record } = await sell(stage, [], { total: 0 });
  expect(record).toMatchObject({ outcome: "skipped", code: "no-lines", notes: [] });
  expect(record.action).toBe("Add its lines in Zoho Books; it is taken then.");
});

test.for([
  { quantities: [2.5], whole: 3, subtotal: "23.75" },
  { quantities: [2.4999], whole: 2, subtotal: "23.75" },
  { quantities: [0.2], whole: 1, subtotal: "1.90" },
  { quantities: [0.0001], whole: 1, subtotal: "0.00" },
  // Summed first and rounded then: 1.25 + 1.25 is 2.5 and not 1 + 1.
  { quantities: [1.25, 1.25], whole: 3, subtotal: "23.75" },
])("Z3: quantities $quantities are sold as $whole, with a note", async ({ quantities, whole, subtotal }) => {
  const { stage, mug } = await openWithItems();
  const { record, lines } = await sell(
    stage,
    quantities.map((quantity) => ({ item_id: mug, quantity })),
  );
  expect(lines).toEqual([{ product: "Mug", quantity: whole, subtotal }]);
  expect(record.notes.at(-1)).toMatch(new RegExp(`^The quantity of item ${mug} was rounded from .* to ${whole}\\.$`));
});

test("Z3: subtotals are exact: rate × quantity of each line, summed, rounded once", async () => {
  const { stage, mug, lamp } = await openWithItems();
  const { lines } = await sell(stage, [
    // In binary fractions 1.005 × 3 comes to 3.0149999, which would be 3.01.
    { item_id: mug, quantity: 3, rate: 1.005 },
    // Rounded line by line, 0.125 × 1 three times would come to 0.39.
    ...[1, 2, 3].map(() => ({ item_id: lamp, quantity: 1, rate: 0.125 })),
  ]);
  expect(lines.map(({ subtotal }) => subtotal)).toEqual(["3.02", "0.38"]);
});

test("Z3: the total is Zoho's own, to the cent, whatever the lines come to", async () => {
  const { stage, mug } = await openWithItems();
  await sell(stage, [{ item_id: mug, quantity: 2 }], { total: 17.34 });
  expect((await stage.inOptiply("sellOrders")).map(({ totalValue }) => totalValue)).toEqual(["17.34"]);
});

test("Z3: a line whose quantity is empty rejects the order by the field's name, and the next one goes on", async () => {
  const { stage, mug } = await openWithItems();
  const [wrong, right] = await stage.shop.add("zoho-books/salesorders", [
    order([
      { item_id: mug, quantity: 1 },
      { item_id: mug, quantity: "" },
    ]),
    order([{ item_id: mug, quantity: 1 }]),
  ]);
  const { orders } = await stage.sync();
  expect(orders.counts).toEqual(only({ created: 1, rejected: 1 }));
  expect(await stage.record("sell-orders", orderId(wrong))).toMatchObject({
    code: "field-missing",
    reason: "line_items[1].quantity is missing.",
  });
  expect((await stage.inOptiply("sellOrders")).map(remoteId)).toEqual([orderId(right)]);
});

test("Z3: 700 lines of one order arrive in one order", async () => {
  const { stage } = await openWithItems();
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 350 }, (_, number) => item({ name: `Thing ${number}`, sku: `T-${number}`, rate: 0.07 })),
  );
  const { record, lines } = await sell(
    stage,
    Array.from({ length: 700 }, (_, number) => ({ item_id: itemId(items[number % 350]), quantity: 1 + (number % 7) })),
  );
  expect(record.outcome).toBe("created");
  expect(lines).toHaveLength(350);
  expect(lines.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBe(2_800);
});
