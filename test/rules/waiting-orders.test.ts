/** Orders that wait for stock: which of them goes on, and when (product.md, 1 and 1.1). */
import { expect, test } from "vitest";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage } from "../salla-qoyod-stage.ts";

const minuteMs = 60_000;
const completed = { status: "completed" };
const product = (sku: string, quantity = 500) => ({ name: sku, sku, price: "50", quantity, cost_price: "10" });
const line = (sku: string, quantity: number): Fields => ({ sku, quantity });

/** A stage in which the products of these SKUs are counted, and the books hold so much of each. */
async function countedStage(stock: Readonly<Record<string, number>>): Promise<ShopStage> {
  const stage = await openShopStage();
  for (const sku of Object.keys(stock)) await stage.salla("products", product(sku));
  const items = Object.keys(stock).map((sku) => line(sku, 1));
  await stage.salla("orders", { items, ...completed });
  await stage.sync();
  for (const [sku, held] of Object.entries(stock)) await hold(stage, sku, held);
  return stage;
}

async function hold(stage: ShopStage, sku: string, held: number): Promise<void> {
  const one = (await stage.inQoyod("products")).find((each) => each.sku === sku);
  await stage.shop.change("qoyod/products", String(one?.id), { stock: `${held}.0` });
}

/** Orders that were completed one second after the other, the first one first. */
async function inTurn(stage: ShopStage, orders: readonly Fields[]): Promise<readonly Fields[]> {
  const first = stage.clock.now() + 1_000;
  const rows = orders.map((order, at) => ({
    ...order,
    ...completed,
    sandbox_oversell: true,
    date: new Date(first + at * 1_000).toISOString(),
  }));
  stage.clock.jump(minuteMs);
  return stage.shop.add("salla/orders", rows);
}

/** Which of these orders have an invoice, by their place, in the order of the invoices. */
async function invoiced(stage: ShopStage, orders: readonly Fields[]): Promise<number[]> {
  const texts = (await stage.inQoyod("invoices")).map(({ description }) => String(description));
  return texts.flatMap((text) =>
    orders.flatMap(({ id }, index) => (text.includes(`order ${String(id)}.`) ? [index] : [])),
  );
}

test("an order that waits for one product leaves another of its products to the next order", async () => {
  const stage = await countedStage({ A: 5, B: 0 });
  await stage.salla("products", product("NEW 1"));
  await stage.salla("products", product("NEW 2"));
  const orders = await inTurn(stage, [
    { items: [line("A", 4), line("B", 1), line("NEW 1", 1)] },
    { items: [line("A", 4), line("NEW 2", 1)] },
  ]);
  await stage.sync();
  expect(await invoiced(stage, orders)).toEqual([1]);
  expect(await stage.record("orders", String(orders[0]?.id))).toMatchObject({
    outcome: "waiting",
    code: "stock-short",
  });
});

test("what an order whose products are all known will take is not promised to one of another product", async () => {
  const stage = await countedStage({ A: 5 });
  await stage.salla("products", product("NEW"));
  const customers = (await stage.inQoyod("customers")).length;
  const buyer = await stage.salla("customers", { first_name: "Huda", mobile: "501112223", mobile_code: "+966" });
  const orders = await inTurn(stage, [
    { items: [line("A", 4)] },
    { items: [line("A", 4), line("NEW", 1)], customer_id: buyer.id },
  ]);
  await stage.sync();
  expect(await invoiced(stage, orders)).toEqual([0]);
  // A failure before "contact" leaves Qoyod untouched.
  expect(await stage.inQoyod("customers")).toHaveLength(customers);
  expect((await stage.inQoyod("products")).map(({ sku }) => sku)).not.toContain("NEW");
});

test("of orders that wait for the same product those that were completed first are served, whatever their ids", async () => {
  const stage = await countedStage({ A: 0 });
  const orders = await inTurn(
    stage,
    Array.from({ length: 20 }, () => ({ items: [line("A", 1)] })),
  );
  await stage.sync();
  expect(await invoiced(stage, orders)).toEqual([]);
  await hold(stage, "A", 10);
  await stage.sync({ flow: "stock" });
  await stage.sync({ flow: "orders", scope: "due" });
  expect(await invoiced(stage, orders)).toEqual(Array.from({ length: 10 }, (_, at) => at));
});

test("orders that were completed in the same second are served by their numbers", async () => {
  const stage = await countedStage({ A: 3 });
  const date = new Date(stage.clock.now() + 1_000).toISOString();
  stage.clock.jump(minuteMs);
  const one = { items: [line("A", 1)], date, ...completed };
  const orders = await stage.shop.add(
    "salla/orders",
    Array.from({ length: 6 }, () => one),
  );
  await stage.sync();
  expect(await invoiced(stage, orders)).toEqual([0, 1, 2]);
});

test("a purchase that the reading back of a quantity sees first wakes the order that waits for it", async () => {
  const stage = await countedStage({ A: 2 });
  await stage.sync({ flow: "stock" });
  const orders = await inTurn(stage, [{ items: [line("A", 5)] }]);
  await stage.sync({ flow: "orders" });
  expect(await stage.record("orders", String(orders[0]?.id))).toMatchObject({ code: "stock-short" });
  await hold(stage, "A", 9);
  stage.clock.jump(2 * minuteMs);
  await stage.sync({ flow: "stock", scope: "due" });
  await stage.sync({ flow: "stock" });
  await stage.sync({ flow: "orders", scope: "due" });
  expect(await invoiced(stage, orders)).toEqual([0]);
});

test("a purchase after sales that nobody has listed yet wakes the order that waits, although there is less than before", async () => {
  const stage = await countedStage({ A: 10 });
  await stage.sync({ flow: "stock" });
  const orders = await inTurn(stage, [{ items: [line("A", 8)] }, { items: [line("A", 5)] }]);
  await stage.sync({ flow: "orders" });
  expect(await invoiced(stage, orders)).toEqual([0]);
  await hold(stage, "A", 7);
  await stage.sync({ flow: "stock" });
  await stage.sync({ flow: "orders", scope: "due" });
  expect(await invoiced(stage, orders)).toEqual([0, 1]);
  // One that waits still is not asked about again in each pass.
  const [short] = await inTurn(stage, [{ items: [line("A", 6)] }]);
  await stage.sync({ flow: "orders" });
  const asked = async () => (await stage.record("orders", String(short?.id))).retryAt;
  const before = await asked();
  await stage.sync({ flow: "stock" });
  expect(await asked()).toEqual(before);
});
