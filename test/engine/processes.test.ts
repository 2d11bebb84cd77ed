/** Several processes on one installation, and processes that die: nothing is lost, nothing is doubled. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { sync } from "../../src/operations/sync.ts";
import type { Fields } from "../conformance/stand-in.ts";
import {
  doubled,
  integrationName,
  item,
  itemId,
  only,
  openStage,
  order,
  orderId,
  remoteId,
  type Stage,
  syncedOf,
} from "../stage.ts";

async function fill(
  stage: Stage,
  items: number,
  orders: number,
): Promise<{ items: readonly Fields[]; orders: readonly Fields[] }> {
  const made = await stage.shop.add(
    "zoho-books/items",
    Array.from({ length: items }, (_, number) => item({ name: `Thing ${number}`, sku: `T${number}` })),
  );
  const sold = Array.from({ length: orders }, (_, number) =>
    order([{ item_id: itemId(made[number % items]), quantity: 1 + (number % 5) }], {
      last_modified_time: new Date(Date.now() - number * 1_000).toISOString(),
    }),
  );
  return { items: made, orders: await stage.shop.add("zoho-books/salesorders", sold) };
}

async function expectExactlyOnce(
  stage: Stage,
  given: { items: readonly Fields[]; orders: readonly Fields[] },
): Promise<void> {
  const [products, orders] = [await stage.inOptiply("products"), await stage.inOptiply("sellOrders")];
  expect(doubled(products)).toEqual([]);
  expect(doubled(orders)).toEqual([]);
  expect(products.map(remoteId).sort()).toEqual(given.items.map(itemId).sort());
  expect(orders.map(remoteId).sort()).toEqual(given.orders.map(orderId).sort());
  for (const { outcome, code } of await stage.records()) {
    // What another process wrote meanwhile was found unchanged afterwards.
    expect(["created", "unchanged"]).toContain(outcome);
    expect(code).toBeNull();
  }
}

test("two processes sync the same integration at once: one holds it, the other says so, nothing is doubled", async () => {
  const stage = await openStage({ switches: { optiply: { latencyMs: 20 } } });
  const given = await fill(stage, 5, 60);
  const other = await stage.openAnother();
  const run = (mizan: typeof other) => sync(mizan.desk, { integration: integrationName, signal: stage.signal });
  const both = await Promise.all([run(stage.mizan), run(other)]);
  const states = both.flatMap((reports) => reports.map(({ flow, state }) => `${flow} ${state}`));
  expect(states).toContain("products held");
  expect(states.filter((state) => state === "products done").length).toBeGreaterThanOrEqual(1);
  const held = both.flat().find(({ state }) => state === "held");
  expect(held?.heldBy?.process).toBeTruthy();
  expect(held?.counts).toEqual(only({}));
  await stage.sync();
  await expectExactlyOnce(stage, given);
});

test("two flows settle the same products at the same moment: each product is made once, each order has its lines", async () => {
  const stage = await openStage({ switches: { optiply: { latencyMs: 30 } } });
  const given = await fill(stage, 40, 80);
  const other = await stage.openAnother();
  const [orders, products] = await Promise.all([
    stage.sync({ flow: "sell-orders" }),
    sync(other.desk, { integration: integrationName, flow: "products", signal: stage.signal }).then(syncedOf),
  ]);
  expect([orders.orders, products.products].map(({ state, message }) => [state, message])).toEqual([
    ["done", null],
    ["done", null],
  ]);
  expect(await stage.inOptiply("products")).toHaveLength(40);
  // Whoever came second waits for the first and goes on with the next run, without a person and without an hour's pause.
  await stage.sync();
  await stage.sync();
  await expectExactlyOnce(stage, given);
  expect(await stage.inOptiply("sellOrderLines")).toHaveLength(80);
});

test("kill -9 at random moments of a sync, then finish: each order is there exactly once", async () => {
  const stage = await openStage({ switches: { optiply: { latencyMs: 5 } } });
  const given = await fill(stage, 30, 150);
  for (let kill = 1; kill <= 3; kill += 1) {
    const child = startSync(stage);
    const ended = once(child, "exit");
    await opened(child);
    // From early in the products to the middle of the orders: anywhere in the next thirty writes.
    const goal = (await stage.writes()) + Math.ceil(Math.random() * 30);
    while ((await stage.writes()) < goal && child.exitCode === null) await stage.calls();
    expect(child.exitCode, "the process was killed at work").toBeNull();
    child.kill("SIGKILL");
    await ended;
    await stage.endLeases();
  }
  const { orders } = await stage.sync({ settle: true });
  expect(orders.state).toBe("done");
  await stage.sync({ settle: true });
  await expectExactlyOnce(stage, given);
});

test("a process that lost its run to another writes nothing more", async () => {
  const stage = await openStage();
  const given = await fill(stage, 3, 800);
  await stage.sync({ flow: "products" });
  // The second wave of writes is still under way when the run is taken, however slow the machine is.
  await stage.shop.fault({
    vendor: "optiply",
    method: "POST",
    path: "/sellOrders",
    kind: "slow",
    delayMs: 2_000,
    afterCalls: 40,
    count: 100,
  });
  const { pool } = stage.mizan.desk.store;
  let taken = false;
  const first = await stage.sync({
    flow: "sell-orders",
    onProgress: (_flow, counts) => {
      if (taken || counts.created === 0) return;
      taken = true;
      // As another process does when the lease has run out.
      void pool.query("update run set state = 'abandoned' where state = 'running'");
      stage.clock.jump(4_000);
    },
  });
  expect(first.orders.state).toBe("abandoned");
  const made = (await stage.inOptiply("sellOrders")).length;
  expect(made).toBeLessThan(800);
  await stage.sync({ settle: true });
  await stage.sync({ settle: true });
  await expectExactlyOnce(stage, given);
});

function startSync(stage: Stage): ChildProcess {
  const script = new URL("sync-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, integrationName], {
    env: { PATH: process.env.PATH, ...stage.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** Resolves when the process has opened its database and is about to sync. */
async function opened(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error("the process has no output");
  await once(child.stdout, "data");
}
