/**
 * Rule Z5: a line that people change or add in Optiply after the export is told, whether or not Optiply moves the order
 * with its lines.
 */
import { expect, test } from "vitest";
import { retry } from "../../src/operations/retry.ts";
import type { Fields } from "../conformance/stand-in.ts";
import type { Stage } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

/** Changes are told by whole seconds; so the next one lies some seconds later. */
let moves = 0;
function later(): string {
  moves += 1;
  return new Date(Date.now() + moves * 5_000).toISOString();
}

/** An exported order whose id was written back, and that was looked at again after that. */
async function exported(switches: Fields) {
  const buying = await openBuying({ switches: { optiply: switches } });
  const { stage, place, sent } = buying;
  const [placed = ""] = await place();
  await stage.sync();
  await stage.sync({ flow: "buy-orders-export" });
  expect(await sent(placed)).toMatchObject({ code: null });
  await longAgo(stage);
  return { ...buying, placed };
}

/** What is known of the orders was read so long after their last change that only a further one has them read again. */
async function longAgo(stage: Stage): Promise<void> {
  await stage.mizan.desk.store.pool.query(
    "update record set updated_at = source_changed_at + interval '1 day' where flow = 'buy-orders-export'",
  );
}

const linesOf = async (stage: Stage, order: string) =>
  (await stage.inOptiply("buyOrderLines")).filter(({ buyOrderId }) => String(buyOrderId) === order);

async function changeLine(stage: Stage, order: string, quantity: number): Promise<void> {
  const [line] = await linesOf(stage, order);
  await stage.shop.change("optiply/buyOrderLines", String(line?.id), { quantity, updatedAt: later() });
}

test.for([
  { linesTouchOrder: false },
  { linesTouchOrder: true },
  { linesTouchOrder: false, updatedAtFilter: "ignored" },
  { linesTouchOrder: false, updatedAtFilter: "refused" },
])("Z5: a changed and an added line are told by themselves, and not sent (%o)", async (switches) => {
  const { stage, placed, sent, idThere, plate } = await exported(switches);
  const before = await stage.shop.all("zoho-books/purchaseorders");
  const pass = () => stage.sync({ flow: "buy-orders-export" });
  const [{ quantity } = {}] = await linesOf(stage, placed);
  await changeLine(stage, placed, 25);
  await pass();
  expect(await sent(placed)).toMatchObject({ code: "changed-after-export" });
  await changeLine(stage, placed, Number(quantity));
  await pass();
  expect(await sent(placed)).toMatchObject({ outcome: "unchanged", code: null });
  await longAgo(stage);
  const line = { buyOrderId: Number(placed), productId: await idThere("products", plate), quantity: 3 };
  await stage.shop.add("optiply/buyOrderLines", [{ ...line, subtotalValue: "12.00", updatedAt: later() }]);
  await pass();
  expect(await sent(placed)).toMatchObject({ code: "changed-after-export" });
  // It stays so when the change is no longer news to the list.
  stage.clock.jump(3_600_000);
  await longAgo(stage);
  for (let again = 0; again < 2; again += 1) await pass();
  expect(await sent(placed)).toMatchObject({ code: "changed-after-export" });
  expect(await stage.shop.all("zoho-books/purchaseorders")).toEqual(before);
});

test("Z5: a line that people delete in Optiply is told where its order moves with it, and by a retry where not", async () => {
  for (const linesTouchOrder of [true, false]) {
    const { stage, place, sent, idThere, mug, plate } = await openBuying({
      switches: { optiply: { linesTouchOrder } },
    });
    const orderLines = [
      { productId: await idThere("products", mug), quantity: 2, subtotalValue: "9.00" },
      { productId: await idThere("products", plate), quantity: 1, subtotalValue: "4.00" },
    ];
    const [placed = ""] = await place({ orderLines });
    await stage.sync();
    const [, second] = await linesOf(stage, placed);
    await stage.sync({ flow: "buy-orders-export" });
    if (!linesTouchOrder) await longAgo(stage);
    await stage.shop.remove("optiply/buyOrderLines", String(second?.id));
    await stage.sync({ flow: "buy-orders-export" });
    if (!linesTouchOrder) {
      expect(await sent(placed)).toMatchObject({ code: null });
      await retry(stage.mizan.desk, { record: `shop/buy-orders-export/${placed}`, signal: stage.signal });
    }
    expect(await sent(placed)).toMatchObject({ code: "changed-after-export" });
  }
});

test.for([{ linesTouchOrder: false }, { linesTouchOrder: true }])(
  "Z5: what the import writes of the lines is no change of people (%o)",
  async (switches) => {
    const buying = await openBuying({ switches: { optiply: switches }, options: { issuePurchaseOrders: true } });
    const { stage, place, exported: made, sent, plate } = buying;
    const [placed = ""] = await place();
    await stage.sync();
    await stage.sync({ flow: "buy-orders-export" });
    await longAgo(stage);
    const [order] = await made(placed);
    const [kept = {}] = (order?.line_items ?? []) as readonly Fields[];
    await stage.shop.change("zoho-books/purchaseorders", String(order?.purchaseorder_id), {
      line_items: [
        { item_id: kept.item_id, quantity: 6, rate: 7 },
        { item_id: plate, quantity: 2, rate: 1 },
      ],
      total: 44,
      last_modified_time: later(),
    });
    await stage.sync();
    expect((await linesOf(stage, placed)).map(({ quantity }) => quantity)).toEqual([6, 2]);
    for (let pass = 0; pass < 2; pass += 1) {
      await stage.sync({ flow: "buy-orders-export" });
      expect(await sent(placed)).toMatchObject({ code: null });
      await longAgo(stage);
    }
  },
);

test("Z5: an order whose lines come after it is exported once they are there", async () => {
  const { stage, place, exported: made, sent, idThere, mug } = await openBuying();
  const updatedAt = new Date(Date.now() - 3_600_000).toISOString();
  const [placed = ""] = await place({ orderLines: [], updatedAt });
  await stage.sync();
  expect(await sent(placed)).toMatchObject({
    outcome: "skipped",
    code: "no-lines",
    action: "Add its lines in Optiply; it is taken then.",
  });
  const line = { buyOrderId: Number(placed), productId: await idThere("products", mug), quantity: 2 };
  await stage.shop.add("optiply/buyOrderLines", [{ ...line, subtotalValue: "9.00" }]);
  await stage.sync({ flow: "buy-orders-export" });
  expect((await made(placed))[0]?.line_items).toMatchObject([{ item_id: mug, quantity: 2 }]);
});
