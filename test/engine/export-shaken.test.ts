/** The export beside everything else that may go on: other runs, people, clocks that differ, a database that dies. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../../src/core/config.ts";
import { type Mizan, openMizan } from "../../src/main.ts";
import { apply, plan } from "../../src/operations/plan.ts";
import { retry } from "../../src/operations/retry.ts";
import { sync } from "../../src/operations/sync.ts";
import { systemClock } from "../../src/outbound/system-clock.ts";
import { integrationName, type Stage } from "../stage.ts";
import {
  chosenSeed,
  dropAnswers,
  expectExported,
  exportFlows,
  exportInTrouble,
  finish,
  kill,
  openExportShop,
  startProcess,
} from "./export-shop.ts";

vi.setConfig({ testTimeout: 300_000 });

const slow = { "zoho-books": { latencyMs: 40 }, optiply: { latencyMs: 20 } };
const loop = { mode: "loop", flows: exportFlows } as const;
const cutAfter = [{ kind: "cut-after" }];

test("plans and applies of exports beside two processes that export", async () => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow });
  const { desk } = shop.stage.mizan;
  const { signal } = shop.stage;
  await dropAnswers(shop, cutAfter);
  let applied = 0;
  await exportInTrouble(shop, {
    processes: [loop, loop],
    kills: 3,
    meanwhile: async () => {
      const { plan: id } = await plan(desk, { integration: integrationName, flow: "buy-orders-export", signal });
      const report = await apply(desk, { plan: id, signal }).catch((error: unknown) => error);
      if (!(report instanceof Error)) applied += 1;
      else expect(report.message).toMatch(/anything-else/);
    },
  });
  expect(applied).toBeGreaterThan(0);
  await finish(shop);
  await expectExported(shop);
});

test("a person who retries everything all the time", async () => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow });
  const { desk } = shop.stage.mizan;
  await dropAnswers(shop, cutAfter);
  await exportInTrouble(shop, {
    processes: [loop, loop],
    kills: 3,
    meanwhile: async () => {
      await retry(desk, { integration: integrationName, signal: shop.stage.signal });
      await sleep(50);
    },
  });
  await finish(shop);
  await expectExported(shop);
});

test("orders that are issued, with the answers to that cut too", async () => {
  const options = { issuePurchaseOrders: true };
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow, options });
  await dropAnswers(shop, cutAfter);
  await exportInTrouble(shop, { processes: [loop, loop], kills: 3 });
  await finish(shop);
  await expectExported(shop, { issued: true });
});

test("orders with the planner's prices", async () => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow, options: { exportPrices: true } });
  await dropAnswers(shop, cutAfter);
  await exportInTrouble(shop, { processes: [loop, loop], kills: 3 });
  await finish(shop);
  await expectExported(shop, { priced: true });
});

test("a process whose clock is 30 minutes ahead", async () => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow, zohoSettings: { longestWorkMs: 5_000 } });
  await dropAnswers(shop, [{ kind: "late", delayMs: 3_000 }]);
  await exportInTrouble(shop, { processes: [loop, { ...loop, aheadMs: 30 * 60_000 }], kills: 3 });
  await finish(shop);
  await expectExported(shop);
});

test("a doubtful create is not given up by a process whose clock is ahead while the work may still be done", async () => {
  const shop = await openExportShop(chosenSeed(), 5, { zohoSettings: { longestWorkMs: 6_000 } });
  const { stage } = shop;
  const ahead = await anotherAhead(stage, 30 * 60_000);
  await stage.shop.fault({
    vendor: "zoho-books",
    method: "POST",
    path: "/purchaseorders",
    kind: "late",
    delayMs: 3_000,
  });
  await stage.sync({ flow: "buy-orders-export" });
  await stage.calm();
  for (const one of [ahead, stage.mizan, ahead])
    await sync(one.desk, { integration: integrationName, flow: "buy-orders-export", signal: stage.signal });
  // The work that was lost is done by now, and whoever searches finds it.
  await sleep(4_000);
  await finish(shop, ahead);
  await expectExported(shop);
});

test("a process that stood still between its search and its create, and wakes when another has taken over, creates nothing", async () => {
  const shop = await openExportShop(chosenSeed(), 5);
  const { stage } = shop;
  const searches = { vendor: "zoho-books", method: "GET", path: "/purchaseorders", kind: "slow", delayMs: 1_500 };
  await stage.shop.fault({ ...searches, afterWork: true, count: 5 });
  const child = startProcess(stage, { mode: "loop", flows: ["buy-orders-export"] });
  const intended = () => stage.mizan.desk.store.pool.query("select from intent where state = 'sent'");
  while ((await intended()).rowCount !== 5) await sleep(20);
  child.kill("SIGSTOP");
  // Longer than a lease, as a machine that sleeps, so that its run goes to another.
  await sleep(11_000);
  await finish(shop);
  child.kill("SIGCONT");
  await sleep(2_000);
  await kill(child);
  await expectExported(shop);
});

async function anotherAhead(stage: Stage, aheadMs: number): Promise<Mizan> {
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const mizan = await openMizan(readConfig(stage.environment), { clock, random: () => 0 });
  onTestFinished(() => mizan.close());
  return mizan;
}

test("the database that Mizan brings along is killed again and again", async () => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow, embedded: true });
  await dropAnswers(shop, cutAfter);
  const file = join(shop.stage.environment.MIZAN_HOME ?? "", "database", "postgres", "postmaster.pid");
  let deaths = 0;
  await exportInTrouble(shop, {
    processes: [loop, loop],
    kills: 3,
    meanwhile: () => sleep(20),
    afterKill: async () => {
      // The one that was killed before may not be up again yet.
      while (!(await killServer(file))) await sleep(50);
      deaths += 1;
    },
  });
  expect(deaths).toBe(3);
  await finish(shop);
  await expectExported(shop);
});

/** Kills the server that a file of its folder names. @returns whether it was alive */
async function killServer(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch(() => "");
  const id = Number(text.split("\n")[0]);
  try {
    return id > 0 && process.kill(id, "SIGKILL");
  } catch {
    return false;
  }
}
