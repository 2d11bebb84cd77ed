/** Rule Z2: what an imported purchase order becomes in Optiply, field by field. */
import { expect, test } from "vitest";
import { only, remoteId } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

test("Z2: every field of the tables Buy orders and Buy order lines", async () => {
  const { stage, buy, mustBeThere, imported, idThere, potters, mug, plate } = await openBuying();
  const [bought = "", plain = "", later = ""] = await buy(
    {
      purchaseorder_number: "PO-7",
      date: "2026-03-05",
      expected_delivery_date: "2026-03-19",
      delivery_date: "2026-03-20",
      line_items: [
        { item_id: mug, quantity: 10, rate: 4 },
        { item_id: plate, quantity: 3, rate: 7.25 },
      ],
    },
    {},
    { delivery_date: "2026-03-21", expected_delivery_date: "" },
  );
  const report = await stage.sync({ flow: "buy-orders" });
  expect(report.of("buy-orders").counts).toEqual(only({ created: 3 }));
  const order = await mustBeThere(bought);
  expect(order).toMatchObject({
    supplierId: await idThere("suppliers", potters),
    placed: "2026-03-05T00:00:00Z",
    completed: null,
    expectedDeliveryDate: "2026-03-19T00:00:00Z",
    totalValue: "61.75",
    assembly: false,
    createdFromPublicApi: true,
    lines: ["Mug 10 40.00", "Plate 3 21.75"],
  });
  expect(remoteId(order)).toBe(bought);
  expect(await imported(bought)).toMatchObject({ label: "PO-7", outcome: "created", notes: [], targetId: order.id });
  expect((await mustBeThere(plain)).expectedDeliveryDate).toBeNull();
  expect((await mustBeThere(later)).expectedDeliveryDate).toBe("2026-03-21T00:00:00Z");
});

test("Z2: amounts of a foreign order are converted by its exchange rate and rounded half up, once", async () => {
  const { stage, buy, mustBeThere, mug, plate } = await openBuying();
  const usd = { currency_code: "USD" };
  const line = (quantity: number, rate: number | string, item_id = mug) => ({ item_id, quantity, rate });
  const [plain = "", half = "", merged = "", small = "", text = ""] = await buy(
    { ...usd, exchange_rate: 0.9, line_items: [line(10, 4)] },
    // 3 × 1.5 × 0.89 = 4.005, which a binary fraction would make 4.00.
    { ...usd, exchange_rate: 0.89, line_items: [line(3, 1.5)] },
    // 0.335 three times: rounded one by one it would be 1.02 in place of 1.01.
    { ...usd, exchange_rate: 0.5, line_items: [line(1, 0.67), line(1, 0.67), line(1, 0.67), line(1, 0.01, plate)] },
    { ...usd, exchange_rate: 0.000123, line_items: [line(1000, 81.3)] },
    { ...usd, exchange_rate: "1.085", total: "200.01", line_items: [line(1, "200.01")] },
  );
  await stage.sync({ flow: "buy-orders" });
  const sent = async (id: string) => {
    const { totalValue, lines } = await mustBeThere(id);
    return [totalValue, ...lines];
  };
  expect(await sent(plain)).toEqual(["36.00", "Mug 10 36.00"]);
  expect(await sent(half)).toEqual(["4.01", "Mug 3 4.01"]);
  expect(await sent(merged)).toEqual(["1.01", "Mug 3 1.01", "Plate 1 0.01"]);
  // 81300 × 0.000123 = 9.9999
  expect(await sent(small)).toEqual(["10.00", "Mug 1000 10.00"]);
  // 200.01 × 1.085 = 217.01085
  expect(await sent(text)).toEqual(["217.01", "Mug 1 217.01"]);
});

test("Z2: an order in the organisation's currency needs no rate; any other is rejected naming exchange_rate", async () => {
  const { stage, buy, there, imported } = await openBuying();
  const taken = [
    { currency_code: "EUR", exchange_rate: "" },
    { currency_code: "", exchange_rate: "" },
    { currency_code: "EUR", exchange_rate: 1 },
  ];
  const wrong = [
    { currency_code: "USD", exchange_rate: "", code: "field-missing", reason: "exchange_rate is missing." },
    ...[0, "0.00", -0.9].map((exchange_rate) => ({
      currency_code: "USD",
      exchange_rate,
      code: "field-invalid",
      reason: `exchange_rate is ${Number(exchange_rate)}; allowed: more than 0.`,
    })),
    {
      currency_code: "EUR",
      exchange_rate: -1,
      code: "field-invalid",
      reason: "exchange_rate is -1; allowed: more than 0.",
    },
    ...["about 1", { rate: 1 }, [1], true].map((exchange_rate) => ({
      currency_code: "USD",
      exchange_rate,
      code: "field-invalid",
      reason: `exchange_rate is ${JSON.stringify(exchange_rate)}; allowed: a decimal number.`,
    })),
  ];
  const ids = await buy(
    ...[...taken, ...wrong].map(({ currency_code, exchange_rate }) => ({ currency_code, exchange_rate })),
  );
  const report = await stage.sync({ flow: "buy-orders" });
  expect(report.of("buy-orders").counts).toEqual(only({ created: taken.length, rejected: wrong.length }));
  for (const id of ids.slice(0, taken.length)) expect((await there(id))?.totalValue).toBe("8.00");
  for (const [index, { code, reason }] of wrong.entries())
    expect(await imported(ids[taken.length + index] ?? "")).toMatchObject({ outcome: "rejected", code, reason });
  expect(await stage.inOptiply("buyOrders")).toHaveLength(taken.length);
});

test("Z2: lines are merged by item; headers, subtotals, free text and lines of no positive quantity are left out", async () => {
  const { stage, buy, there, mustBeThere, imported, mug, plate } = await openBuying();
  const [mixed = "", nothing = "", text = ""] = await buy(
    {
      line_items: [
        { line_item_category: "header", header_name: "For spring" },
        { item_id: mug, quantity: 1.25, rate: 4 },
        { item_id: plate, quantity: -2, rate: 7 },
        { line_item_category: "subtotal" },
        { item_id: mug, quantity: 1.25, rate: 3 },
        { name: "Pallets", quantity: 1, rate: 12 },
      ],
    },
    { line_items: [{ item_id: mug, quantity: 0, rate: 4 }] },
    { line_items: [{ name: "Freight", quantity: 1, rate: 90 }] },
  );
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(mixed)).lines).toEqual(["Mug 3 8.75"]);
  expect((await imported(mixed)).notes).toEqual([
    "Line 6 (Pallets) has no item and was left out.",
    `2 lines of item ${mug} were merged.`,
    `The quantity of item ${mug} was rounded from 2.5 to 3.`,
    `The lines of item ${plate} come to -2 and were left out.`,
  ]);
  for (const id of [nothing, text]) {
    expect(await imported(id)).toMatchObject({ outcome: "skipped", code: "no-lines-left" });
    expect(await there(id)).toBeNull();
  }
});

test("Z2: an order of 1,000 lines arrives whole, and a change of it too", async () => {
  const { stage, buy, change, mustBeThere } = await openBuying();
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 1_000 }, (_, number) => ({
      name: `Thing ${number}`,
      sku: `T${number}`,
      available_for_sale_stock: 1,
    })),
  );
  const line_items = items.map(({ item_id }, number) => ({ item_id, quantity: number + 1, rate: 0.01 }));
  const [large = ""] = await buy({ line_items });
  await stage.sync();
  const made = await mustBeThere(large);
  expect(made.lines).toHaveLength(1_000);
  expect(made.totalValue).toBe("5005.00");
  expect(made.lines).toContain("Thing 999 1000 10.00");
  await change(large, {
    line_items: line_items.slice(5).map((line) => ({ ...line, rate: line.quantity > 990 ? 1 : line.rate })),
  });
  await stage.sync({ flow: "buy-orders" });
  const changed = await mustBeThere(large);
  expect(changed.id).toBe(made.id);
  expect(changed.lines).toHaveLength(995);
  expect(changed.lines).toContain("Thing 999 1000 1000.00");
  expect(changed.lines).not.toContain("Thing 4 5 0.05");
});

test("Z2: drafts and orders in approval are left out until they are issued; billed ones are taken", async () => {
  const { stage, buy, change, there, mustBeThere, imported } = await openBuying();
  const [draft = "", pending = "", refused = "", billed = "", bare = ""] = await buy(
    { order_status: "draft" },
    { order_status: "pending_approval" },
    { order_status: "rejected" },
    { order_status: "open", billed_status: "billed" },
    { order_status: "", status: "draft" },
  );
  await stage.sync({ flow: "buy-orders" });
  for (const [id, status] of [
    [draft, "draft"],
    [pending, "pending_approval"],
    [refused, "rejected"],
    [bare, "draft"],
  ] as const) {
    expect(await there(id)).toBeNull();
    expect(await imported(id)).toMatchObject({
      outcome: "skipped",
      code: "draft-or-void",
      reason: `The order is ${status}.`,
    });
  }
  expect((await mustBeThere(billed)).completed).toBeNull();
  for (const id of [draft, pending]) await change(id, { order_status: "open" });
  await stage.sync({ flow: "buy-orders" });
  for (const id of [draft, pending]) expect((await mustBeThere(id)).lines).toEqual(["Mug 2 8.00"]);
  expect(await stage.inOptiply("buyOrders")).toHaveLength(3);
});

test("Z2: an order that is issued in the very second in which it was read as a draft is not lost", async () => {
  const { stage, buy, change, mustBeThere } = await openBuying();
  const last_modified_time = new Date().toISOString();
  const [id = ""] = await buy({ order_status: "draft", last_modified_time });
  await stage.sync({ flow: "buy-orders" });
  await change(id, { order_status: "open", last_modified_time });
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(id)).lines).toEqual(["Mug 2 8.00"]);
});

test("Z2: an order dated before ordersSince is left out; one that is known goes on being updated", async () => {
  const { stage, buy, change, there, mustBeThere, imported } = await openBuying({
    options: { ordersSince: "2026-03-01" },
  });
  const [old = "", first = ""] = await buy({ date: "2026-02-28" }, { date: "2026-03-01" });
  await stage.sync({ flow: "buy-orders" });
  expect(await there(old)).toBeNull();
  expect(await imported(old)).toMatchObject({
    outcome: "skipped",
    code: "before-orders-since",
    reason: "The order is dated 2026-02-28, before 2026-03-01.",
  });
  await change(first, { date: "2026-02-20", expected_delivery_date: "2026-03-09" });
  await stage.sync({ flow: "buy-orders" });
  expect(await mustBeThere(first)).toMatchObject({
    placed: "2026-02-20T00:00:00Z",
    expectedDeliveryDate: "2026-03-09T00:00:00Z",
  });
});
