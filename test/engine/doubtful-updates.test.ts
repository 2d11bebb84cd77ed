/** Updates whose answer is lost: what the target holds is unknown, and nothing may count as unchanged before it is written anew. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { item, itemId, openStage, order, type Stage } from "../stage.ts";

const stocks = async (stage: Stage) => (await stage.inOptiply("products")).map(({ stockLevel }) => stockLevel);

test("a stock whose write was lost and that went back meanwhile is right in the end", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item({ available_for_sale_stock: 12 })]);
  await stage.sync();
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 5 });
  await stage.shop.fault({ vendor: "optiply", method: "PATCH", kind: "cut-after" });
  await stage.sync({ flow: "products" });
  expect(await stocks(stage)).toEqual([5]);
  await stage.calm();
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 12 });
  await stage.sync({ flow: "products", settle: true });
  expect(await stocks(stage)).toEqual([12]);
});

test("one update that Optiply never answers stops no other", async () => {
  const stage = await openStage();
  const items = await stage.shop.add("zoho-books/items", [item(), item({ name: "Cup", sku: "CUP" })]);
  await stage.sync();
  const [mug] = await stage.inOptiply("products");
  await stage.shop.fault({
    vendor: "optiply",
    method: "PATCH",
    path: `/products/${String(mug?.id)}`,
    kind: "status",
    status: 503,
  });
  for (const one of items) await stage.shop.change("zoho-books/items", itemId(one), { available_for_sale_stock: 3 });
  await stage.shop.add("zoho-books/salesorders", [order([{ item_id: itemId(items[1]), quantity: 1 }])]);
  const { products, orders } = await stage.sync();
  expect(products.counts).toMatchObject({ updated: 1, waiting: 1 });
  expect(orders.counts.created).toBe(1);
});

test("a process that died after it sent an update leaves no wrong stock behind", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item({ available_for_sale_stock: 12 })]);
  await stage.sync();
  const { database } = stage.mizan.desk.store;
  await sql`create table before as select * from link`.execute(database);
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 5 });
  await stage.sync({ flow: "products" });
  // The rows as they stood when the request had left and its answer was not stored yet.
  await sql`update link set fingerprint = before.fingerprint, written = before.written from before where before.source_id = link.source_id and before.flow = link.flow`.execute(
    database,
  );
  await sql`update intent set state = 'sent', payload = '{"stockLevel":5}', mapped = '{}' where kind = 'update'`.execute(
    database,
  );
  await stage.shop.change("zoho-books/items", itemId(mug), { available_for_sale_stock: 12 });
  await stage.sync({ flow: "products", settle: true });
  expect(await stocks(stage)).toEqual([12]);
});

test("a stop in the middle of updates leaves no wrong stock behind", async () => {
  const stage = await openStage();
  const items = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: 60 }, (_, at) => item({ name: `Mug ${at}`, sku: `M${at}`, available_for_sale_stock: 12 })),
  );
  await stage.sync();
  for (const one of items) await stage.shop.change("zoho-books/items", itemId(one), { available_for_sale_stock: 5 });
  await stage.shop.fault({ vendor: "optiply", method: "PATCH", kind: "slow", delayMs: 50 });
  const stop = new AbortController();
  const stopping = stage.sync({
    flow: "products",
    signal: stop.signal,
    onProgress: (_flow, { updated }) => {
      if (updated > 0) stop.abort();
    },
  });
  await stopping;
  await stage.calm();
  for (const one of items) await stage.shop.change("zoho-books/items", itemId(one), { available_for_sale_stock: 12 });
  await stage.sync({ flow: "products", settle: true });
  expect(new Set(await stocks(stage))).toEqual(new Set([12]));
});

test("what Optiply refuses is sent again when it changes or a person asks, and not every hour", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  await stage.shop.fault({ vendor: "optiply", method: "POST", path: "/products", kind: "status", status: 400 });
  await stage.sync({ flow: "products" });
  await stage.resetCalls();
  const { products } = await stage.sync({ flow: "products" });
  expect(await stage.writes()).toBe(0);
  expect(products.counts.rejected).toBe(1);
  await stage.calm();
  await stage.shop.change("zoho-books/items", itemId(mug), { rate: 11 });
  await stage.sync({ flow: "products" });
  expect(await stage.inOptiply("products")).toHaveLength(1);
});

test("a vendor that answers nothing stops the run after a wave, not after everything is in doubt", async () => {
  const stage = await openStage();
  const many = Array.from({ length: 200 }, (_, at) => item({ name: `Mug ${at}`, sku: `M${at}` }));
  await stage.shop.add("zoho-books/items", many);
  await stage.shop.fault({ vendor: "optiply", kind: "status", status: 503 });
  const { products } = await stage.sync({ flow: "products" });
  expect(products.state).toBe("stopped");
  expect(await stage.count("optiply", "POST")).toBeLessThan(40);
});
