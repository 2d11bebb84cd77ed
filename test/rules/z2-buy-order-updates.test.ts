/** Rule Z2: what travels after an order was imported: total, expected day, lines, completion, and its undoing. */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import { only } from "../stage.ts";
import { inUtc, openBuying } from "./buy-order-stage.ts";

test("Z2: total, expected day and lines follow the order; nothing is written where nothing changed", async () => {
  const { stage, buy, change, mustBeThere, imported, mug, plate } = await openBuying();
  const [id = ""] = await buy({ expected_delivery_date: "2026-03-19" });
  await stage.sync({ flow: "buy-orders" });
  const made = await mustBeThere(id);
  const steps = [
    {
      changes: { expected_delivery_date: "2026-03-25" },
      writes: 1,
      holds: { expectedDeliveryDate: "2026-03-25T00:00:00Z" },
    },
    { changes: { total: 9.99 }, writes: 1, holds: { totalValue: "9.99" } },
    { changes: { date: "2026-03-04" }, writes: 1, holds: { placed: "2026-03-04T00:00:00Z" } },
    // A line changed (its quantity) and one added: the header, a PATCH and a POST.
    {
      changes: {
        line_items: [
          { item_id: mug, quantity: 5, rate: 4 },
          { item_id: plate, quantity: 1, rate: 7 },
        ],
      },
      writes: 3,
      holds: { totalValue: "27.00", lines: ["Mug 5 20.00", "Plate 1 7.00"] },
    },
    {
      changes: { line_items: [{ item_id: plate, quantity: 1, rate: 7 }] },
      writes: 2,
      holds: { totalValue: "7.00", lines: ["Plate 1 7.00"] },
    },
    // Another rate of exchange moves all amounts.
    {
      changes: { currency_code: "USD", exchange_rate: 0.5 },
      writes: 2,
      holds: { totalValue: "3.50", lines: ["Plate 1 3.50"] },
    },
    { changes: { notes: "Ring the bell", received_status: "received" }, writes: 0, holds: { lines: ["Plate 1 3.50"] } },
    { changes: { expected_delivery_date: "" }, writes: 0, holds: { expectedDeliveryDate: "2026-03-25T00:00:00Z" } },
  ];
  for (const { changes, writes, holds } of steps) {
    await change(id, changes);
    await stage.resetCalls();
    await stage.sync({ flow: "buy-orders" });
    expect(await mustBeThere(id), JSON.stringify(changes)).toMatchObject({ id: made.id, ...holds });
    expect(await stage.writes(), JSON.stringify(changes)).toBe(writes);
  }
  expect((await imported(id)).reason).toBeNull();
  await stage.resetCalls();
  const quiet = await stage.sync();
  expect(await stage.writes()).toBe(0);
  expect(quiet.of("buy-orders").counts.rejected).toBe(0);
});

test("Z2: Optiply's lines become exactly the order's, whatever people did to them there", async () => {
  const { stage, buy, change, mustBeThere, idThere, mug, plate } = await openBuying();
  const [id = ""] = await buy();
  await stage.sync({ flow: "buy-orders" });
  const made = await mustBeThere(id);
  const [line] = await stage.inOptiply("buyOrderLines");
  await stage.shop.change("optiply/buyOrderLines", String(line?.id), { quantity: 77 });
  const plates = {
    buyOrderId: Number(made.id),
    productId: await idThere("products", plate),
    quantity: 9,
    subtotalValue: 1,
  };
  await stage.shop.add("optiply/buyOrderLines", [plates]);
  expect((await mustBeThere(id)).lines).toEqual(["Mug 77 8.00", "Plate 9 1.00"]);
  await change(id, { line_items: [{ item_id: mug, quantity: 3, rate: 4 }] });
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(id)).lines).toEqual(["Mug 3 12.00"]);
});

test("Z2: completed is the moment of the closing that was seen, does not move later, and is cleared by a reopening", async () => {
  const { stage, buy, change, mustBeThere, imported } = await openBuying();
  const [id = ""] = await buy({ last_modified_time: "2026-03-05T10:00:00+0100" });
  await stage.sync({ flow: "buy-orders" });
  const changedAt = async () => {
    const found = (await stage.shop.all("zoho-books/purchaseorders")).find((one) => one.purchaseorder_id === id);
    return inUtc(found?.last_modified_time);
  };
  await change(id, { order_status: "closed", last_modified_time: new Date(Date.now() - 60_000).toISOString() });
  const closedAt = await changedAt();
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(id)).completed).toBe(closedAt);
  expect((await imported(id)).notes).toEqual([]);

  await change(id, { expected_delivery_date: "2026-04-01" });
  await stage.sync({ flow: "buy-orders" });
  expect(await mustBeThere(id)).toMatchObject({ completed: closedAt, expectedDeliveryDate: "2026-04-01T00:00:00Z" });

  await change(id, { order_status: "open" });
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(id)).completed).toBeNull();
  expect(await stage.writes()).toBe(1);
  await change(id, { expected_delivery_date: "2026-04-02" });
  await stage.sync({ flow: "buy-orders" });
  expect((await mustBeThere(id)).completed).toBeNull();

  await change(id, { order_status: "closed", last_modified_time: new Date(Date.now() + 2_000).toISOString() });
  await stage.sync({ flow: "buy-orders" });
  const again = (await mustBeThere(id)).completed;
  expect(again).toBe(await changedAt());
  expect(again).not.toBe(closedAt);
});

test("Z2: an order that was closed when first seen gets an estimate, by receipts and bills, the expected day, or its date", async () => {
  const { stage, buy, change, mustBeThere, imported } = await openBuying();
  const closed = { order_status: "closed", date: "2026-03-01", expected_delivery_date: "2026-03-09" };
  const cases = [
    {
      given: {
        ...closed,
        purchasereceives: [{ date: "2026-03-07" }, { receive_date: "2026-03-12", date: "2026-03-30" }],
        bills: [{ date: "2026-03-11" }],
      },
      day: "2026-03-12",
      from: "the latest receipt or bill",
    },
    {
      given: { ...closed, bills: [{ date: "2026-03-20" }, { date: "2026-03-14" }] },
      day: "2026-03-20",
      from: "the latest receipt or bill",
    },
    { given: { ...closed, bills: [], purchasereceives: [] }, day: "2026-03-09", from: "expected_delivery_date" },
    { given: { ...closed, expected_delivery_date: "" }, day: "2026-03-01", from: "date" },
  ];
  const ids = await buy(...cases.map(({ given }) => given));
  await stage.sync({ flow: "buy-orders" });
  for (const [index, { day, from }] of cases.entries()) {
    const id = ids[index] ?? "";
    expect((await mustBeThere(id)).completed).toBe(`${day}T00:00:00Z`);
    expect((await imported(id)).notes).toEqual([
      `It was completed already when it was first seen; ${day} is the day of ${from}.`,
    ]);
  }
  // A later bill or a new expected day does not move it.
  for (const id of ids) await change(id, { bills: [{ date: "2026-05-01" }], expected_delivery_date: "2026-05-02" });
  await stage.sync({ flow: "buy-orders" });
  for (const [index, { day }] of cases.entries())
    expect(await mustBeThere(ids[index] ?? "")).toMatchObject({
      completed: `${day}T00:00:00Z`,
      expectedDeliveryDate: "2026-05-02T00:00:00Z",
    });
});

test.for(["ignored", "refused"])(
  "Z2: where null is %s, a reopened order is listed, written once, and goes on",
  async (nullOnPatch) => {
    const { stage, buy, change, mustBeThere, imported } = await openBuying({ switches: { optiply: { nullOnPatch } } });
    const [id = ""] = await buy();
    await stage.sync({ flow: "buy-orders" });
    await change(id, { order_status: "closed" });
    await stage.sync({ flow: "buy-orders" });
    const { completed } = await mustBeThere(id);
    expect(completed).not.toBeNull();

    await change(id, { order_status: "open", expected_delivery_date: "2026-04-01" });
    await stage.sync({ flow: "buy-orders" });
    const listed = {
      outcome: "rejected",
      code: "not-cleared",
      reason: "Optiply does not clear completed, which is empty at the source.",
    };
    expect(await imported(id)).toMatchObject(listed);
    expect(await mustBeThere(id)).toMatchObject({ completed, expectedDeliveryDate: "2026-04-01T00:00:00Z" });
    await stage.resetCalls();
    for (const hours of [1, 1, 24]) {
      stage.clock.jump(hours * 3_600_000);
      await stage.sync({ flow: "buy-orders" });
    }
    expect(await stage.writes()).toBe(0);

    await change(id, { expected_delivery_date: "2026-04-02" });
    await stage.sync({ flow: "buy-orders" });
    expect((await mustBeThere(id)).expectedDeliveryDate).toBe("2026-04-02T00:00:00Z");
    expect(await imported(id)).toMatchObject(listed);

    // A person clears it in Optiply and retries: then it is as it should be.
    await stage.shop.change("optiply/buyOrders", String((await imported(id)).targetId), { completed: null });
    await retry(stage.mizan.desk, { record: `shop/buy-orders/${id}`, signal: stage.signal });
    expect((await mustBeThere(id)).completed).toBeNull();
    if (nullOnPatch === "ignored") expect(await imported(id)).toMatchObject({ outcome: "updated", reason: null });

    const closedAt = new Date(Date.now() + 2_000).toISOString();
    await change(id, { order_status: "closed", last_modified_time: closedAt });
    await stage.sync({ flow: "buy-orders" });
    expect((await mustBeThere(id)).completed).not.toBeNull();
    expect(await imported(id)).toMatchObject({ outcome: "updated", reason: null });
    await stage.resetCalls();
    const quiet = await stage.sync({ flow: "buy-orders" });
    expect(quiet.of("buy-orders").counts).toEqual(only({ unchanged: 1 }));
    expect(await stage.writes()).toBe(0);
  },
);
