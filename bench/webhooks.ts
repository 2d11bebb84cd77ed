/**
 * How long a vendor waits for the answer to a webhook, while what is announced is read and written beside it. Bar: the
 * 99th percentile at most 20 ms at 100 a second. `npm run bench -- bench/webhooks.ts [seconds] [per second] [connections]`;
 * the vendor is a process of its own; serving, jobs and the embedded database are as `mizan serve` has them.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../src/api/listen.ts";
import { flows, kindName } from "../src/jobs/fixtures/made-up-bench.ts";
import { startJobs } from "../src/jobs/start-jobs.ts";
import { webhooks } from "../src/operations/webhooks.ts";
import { saveConnection } from "../src/store/connections.ts";
import { ensureFlowStates } from "../src/store/flow-states.ts";
import { addIntegration } from "../src/store/integrations.ts";
import { openStore, type Store } from "../src/store/open-store.ts";
import { type MadeUpDoor, madeUpDoor } from "../test/webhooks/made-up-door.ts";
import { keepResult } from "./stage.ts";
import type { Load, LoadResult } from "./webhook-load.ts";

const [seconds = 300, perSecond = 100, connections = 50] = process.argv.slice(2).map(Number);
const warmUp = 200;

const home = await mkdtemp(join(tmpdir(), "mizan-bench-"));
const store = await openStore({ folder: join(home, "database") });
const child = fork(join(import.meta.dirname, "webhook-load.ts"));
const [vendorUrl] = (await once(child, "message")) as [string];
const door = madeUpDoor(store, vendorUrl, "bench");
const targets: Load["targets"][number][] = [];
for (let number = 0; number < connections; number += 1) targets.push(await makeShop(store, door, `shop-${number}`));
const jobs = await startJobs(door.desk, { flowsOf: () => flows, schedule: true });
const listener = await listen(door.desk, jobs, { host: "127.0.0.1", port: 0 });

child.send({ url: listener.url, targets, perSecond, seconds, warmUp } satisfies Load);
const [result] = (await once(child, "message")) as [LoadResult];
const { rows } = await store.pool.query("select count(*) as kept from webhook_delivery");
const [{ kept }] = rows as [{ kept: number }];
await listener.close();
await jobs.stop();
await store.close();
await rm(home, { recursive: true, force: true });

const sorted = result.milliseconds.toSorted((one, other) => one - other);
const at = (share: number) => Number((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(2));
await keepResult("webhooks", {
  what: "milliseconds from a webhook's time to its whole answer, kept on the disk before",
  bar: "p99 at most 20 ms at 100 a second, all answered 200 and kept",
  seconds,
  perSecond,
  connections,
  posted: sorted.length,
  answered200: result.statuses["200"] ?? 0,
  otherAnswers: sorted.length - (result.statuses["200"] ?? 0),
  lost: sorted.length + warmUp - kept,
  p50Ms: at(0.5),
  p90Ms: at(0.9),
  p99Ms: at(0.99),
  mostMs: at(1),
});

async function makeShop(store: Store, { desk }: MadeUpDoor, name: string): Promise<Load["targets"][number]> {
  const now = new Date();
  const secret = `signing-secret-of-${name}`;
  const settings = { shop: name, account: name, longestWorkMs: 500 };
  const secrets = { signingSecret: secret, refreshToken: "made-up" };
  const connection = { name, vendor: "made-up", settings, secrets, facts: {} };
  const id = await saveConnection(store.database, desk.seal, connection, now);
  const integrationId = await addIntegration(store.database, {
    name,
    kind: kindName,
    flavour: "all",
    sourceConnectionId: id,
    targetConnectionId: id,
    options: {},
    createdAt: now,
  });
  // No schedule: only what is announced is read.
  await ensureFlowStates(store.database, integrationId ?? 0, flows, new Date(now.getTime() + 360_000_000));
  const { path } = await webhooks(desk, name, { most: 1 });
  return { path, account: name, secret };
}
