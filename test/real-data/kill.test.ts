/** The sync of the real orders, killed again and again: in the end each order stands in Optiply exactly once. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { integrationName, openStage, remoteId } from "../stage.ts";
import { readInvoices, retailFiles, whyAbsent } from "./retail-books.ts";

const kills = 30;
const command = join(import.meta.dirname, "..", "..", "src", "cli", "mizan.ts");

describe.skipIf(retailFiles.length === 0)(`killed syncs (skipped where ${whyAbsent})`, () => {
  it(`kill -9 at ${kills} random moments, then finish: each order exactly once`, async () => {
    const stage = await openStage({ optiplySettings: { concurrency: 16, longestWorkMs: 1000 } });
    await fetch(`${stage.shop.addresses.control}/import/online-retail`, {
      method: "POST",
      body: JSON.stringify({ paths: retailFiles }),
    });
    let inTheMiddle = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const child = startSync(stage.environment);
      const before = await stage.writes();
      // Every third is killed at any moment of its start; the others once they write.
      if (kill % 3 === 0) await sleep(Math.random() * 2_000);
      else {
        while (child.exitCode === null && (await stage.writes()) === before) await sleep(10);
        await sleep(Math.random() * 400);
      }
      child.kill("SIGKILL");
      await once(child, "exit");
      if ((await stage.writes()) > before) inTheMiddle += 1;
    }
    // A kill that never met a write would prove nothing.
    expect(inTheMiddle).toBeGreaterThan(kills / 3);
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const child = startSync(stage.environment);
      const [code] = (await once(child, "exit")) as [number];
      expect(code).toBe(0);
      if (await isSettled(stage)) break;
    }

    const { orders } = readInvoices(retailFiles);
    const taken = [...orders.values()].filter(({ lines }) => [...lines.values()].some(({ quantity }) => quantity > 0n));
    const ids = (await stage.inOptiply("sellOrders")).map(remoteId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(taken.length);
    const products = (await stage.inOptiply("products")).map(remoteId);
    expect(new Set(products).size).toBe(products.length);
  }, 600_000);
});

async function isSettled({ mizan }: Awaited<ReturnType<typeof openStage>>): Promise<boolean> {
  const open = await mizan.desk.store.database
    .selectFrom("intent")
    .select("id")
    .where("state", "in", ["sent", "in-doubt"])
    .execute();
  return open.length === 0;
}

function startSync(environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [command, "sync", integrationName, "--json"], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
