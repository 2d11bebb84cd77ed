/** The export survives everything: each buy order becomes one purchase order, whatever breaks and whoever dies. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { startJobs } from "../../src/jobs/start-jobs.ts";
import { flowsOf, integrationNamed } from "../../src/operations/desk.ts";
import { integrationName, type Stage } from "../stage.ts";
import {
  chosenSeed,
  dropAnswers,
  endHeartbeats,
  expectExported,
  exportFlows,
  exportInTrouble,
  finish,
  openExportShop,
} from "./export-shop.ts";

vi.setConfig({ testTimeout: 300_000 });

const slow = { "zoho-books": { latencyMs: 40 }, optiply: { latencyMs: 20 } };
const loop = { mode: "loop", flows: exportFlows } as const;

test("200 orders, 20 % of the answers cut after the work, two workers, 20 kills", async () => {
  const shop = await openExportShop(chosenSeed(), 200, { switches: slow });
  const { stage } = shop;
  await dropAnswers(shop, [{ kind: "cut-after" }]);
  const queue = await openQueue(stage);
  let looks = 0;
  const inTheMiddle = await exportInTrouble(shop, {
    processes: [{ mode: "work" }, { mode: "work" }],
    kills: 20,
    meanwhile: async () => {
      // The import is asked for less often: what the export released is queued by itself.
      if (looks % 10 === 0) await queue.ask("buy-orders-export");
      if (looks % 100 === 50) await queue.ask("buy-orders");
      looks += 1;
      await sleep(20);
    },
    afterKill: () => endHeartbeats(stage),
  });
  await queue.stop();
  await finish(shop);
  await expectExported(shop);
  // A kill after the last write would prove nothing.
  expect(inTheMiddle).toBeGreaterThan(10);
});

test.for([
  { name: "answers cut after the work", faults: [{ kind: "cut-after" }] },
  { name: "a 502 after the work", faults: [{ kind: "status-after", status: 502 }] },
  { name: "work that is done late", faults: [{ kind: "late", delayMs: 300 }], longestWorkMs: 1_000 },
  { name: "200 with a code of failure", faults: [{ kind: "nonzero-code", afterWork: true }] },
])("30 orders, $name, two processes at both flows by hand, 3 kills", async ({ faults, longestWorkMs = 100 }) => {
  const shop = await openExportShop(chosenSeed(), 30, { switches: slow, zohoSettings: { longestWorkMs } });
  await dropAnswers(shop, faults);
  await exportInTrouble(shop, { processes: [loop, loop], kills: 3 });
  await finish(shop);
  await expectExported(shop);
});

/** A process that queues runs and does none, as a machine that only serves the API. */
async function openQueue({ mizan: { desk } }: Stage) {
  const jobs = await startJobs(desk, { concurrency: 0, schedule: false, flowsOf: (one) => flowsOf(desk, one) });
  const { id: integrationId } = await integrationNamed(desk, integrationName);
  return {
    ask: (flow: string) => jobs.runNow({ integrationId, flow, scope: "full", trigger: "manual" }),
    stop: () => jobs.stop(),
  };
}
