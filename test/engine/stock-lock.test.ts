/** The lock on the stock of an integration (product.md, 1.1): it costs the work no connection, its wait ends, its loss is seen. */
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { stockSpace, takeStockLock } from "../../src/store/stock-lock.ts";
import { openShopStage } from "../salla-qoyod-stage.ts";
import { createTestDatabase } from "../test-database.ts";

const { signal } = new AbortController();

async function openOne(poolSize: number): Promise<Store> {
  const { databaseUrl, drop } = await createTestDatabase();
  const store = await openStore({ databaseUrl }, { poolSize });
  onTestFinished(async () => {
    await store.close();
    await drop();
  });
  return store;
}

/** The processes of the server that hold a lock on stock in this database; other tests work beside it on the same server. */
async function holders({ database }: Pick<Store, "database">): Promise<number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_locks join pg_database on pg_database.oid = pg_locks.database
    where datname = current_database() and locktype = 'advisory' and classid = ${stockSpace} and granted`.execute(
    database,
  );
  return rows.map(({ pid }) => pid);
}

test("more integrations at once than there are connections work under their locks, each by turns with itself", async () => {
  const store = await openOne(1);
  const working = new Set<number>();
  let most = 0;
  const work = async (integrationId: number) => {
    const lock = await takeStockLock(store, integrationId, { signal, looks: 600 });
    if (lock === null) throw new Error(`no lock for ${integrationId}`);
    expect(working.has(integrationId)).toBe(false);
    working.add(integrationId);
    most = Math.max(most, working.size);
    for (let step = 0; step < 5; step += 1) await sql`select pg_sleep(0.01)`.execute(store.database);
    working.delete(integrationId);
    await lock.release();
  };
  const integrations = Array.from({ length: 24 }, (_, at) => at % 12);
  await Promise.all(integrations.map(work));
  expect(most).toBeGreaterThan(1);
  expect(await holders(store)).toEqual([]);
});

test("who waits for the stock is told when it stays held, and hears that the run is to stop", async () => {
  const store = await openOne(2);
  const first = await takeStockLock(store, 1, { signal, looks: 1 });
  expect(await takeStockLock(store, 1, { signal, looks: 1 })).toBeNull();
  const over = new AbortController();
  const waiting = takeStockLock(store, 1, { signal: over.signal, looks: 600 });
  over.abort(new Error("asked to stop"));
  await expect(waiting).rejects.toThrow("asked to stop");
  await first?.release();
  const second = await takeStockLock(store, 1, { signal, looks: 1 });
  expect(second).not.toBeNull();
  await second?.release();
});

test("a run that loses its lock sends nothing more, and the next one makes the rest", async () => {
  const stage = await openShopStage();
  const { store } = stage.mizan.desk;
  await stage.salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
  const one = { items: [{ sku: "MUG", quantity: 1 }], status: "completed" };
  await stage.shop.add("salla/orders", [one, one, one]);
  // The first answer leaves room for the loss before the second is sent.
  await stage.shop.fault({
    vendor: "qoyod",
    kind: "slow",
    method: "POST",
    path: "/invoices",
    delayMs: 3_000,
    count: 1,
  });
  const syncing = stage.sync({ flow: "orders" });
  const isSent = () =>
    store.database
      .selectFrom("intent")
      .select("id")
      .where("flow", "=", "orders")
      .where("state", "=", "sent")
      .executeTakeFirst();
  while ((await isSent()) === undefined) await sleep(20);
  for (const pid of await holders(store)) await sql`select pg_terminate_backend(${pid})`.execute(store.database);
  expect((await syncing).of("orders")).toMatchObject({
    state: "stopped",
    message: "the connection to the database was lost",
  });
  expect(await stage.inQoyod("invoices")).toHaveLength(1);
  await stage.sync({ settle: true });
  stage.clock.jump(3_600_000);
  await stage.sync({ settle: true });
  expect(await stage.inQoyod("invoices")).toHaveLength(3);
});
