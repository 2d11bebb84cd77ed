/**
 * From a webhook of a completed order to its invoice, over many connections, with vendors that answer in 20 ms. Bar: what is not
 * a vendor's time is at most 50 ms at the 99th percentile at 10 orders a second over 50 connections.
 * `npm run bench -- bench/webhook-to-invoice.ts [seconds] [per second] [connections]`; the vendors are a process of their own;
 * serving, jobs and the embedded database are as `mizan serve` has them.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { qoyodCredentials } from "../sandbox/qoyod/credentials.ts";
import { sallaCredentials } from "../sandbox/salla/credentials.ts";
import { wantedEvents } from "../src/connectors/salla/webhooks.ts";
import { readConfig } from "../src/core/config.ts";
import { openMizan, startServing } from "../src/main.ts";
import { connect } from "../src/operations/connect.ts";
import { addIntegration, setIntegration } from "../src/operations/integrations.ts";
import { webhooks } from "../src/operations/webhooks.ts";
import type { Load, LoadResult, ShopAddresses } from "./invoice-load.ts";
import { keepResult } from "./stage.ts";
import { companyOptions } from "./weeks-shop.ts";

const [seconds = 120, perSecond = 10, connections = 50] = process.argv.slice(2).map(Number);
const warmUp = 8;
/** Longer than the benchmark: only what is told by webhook is read. */
const weekMinutes = 10_080;

const home = await mkdtemp(join(tmpdir(), "mizan-bench-"));
const child = fork(join(import.meta.dirname, "invoice-load.ts"));
child.send(connections);
const [shops] = (await once(child, "message")) as [readonly ShopAddresses[]];
const mizan = await openMizan(readConfig({ MIZAN_HOME: home, MIZAN_PUBLIC_URL: "http://127.0.0.1:1" }), {
  log: (level, message, fields) => {
    if (level === "error" || level === "warn") console.error(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  },
});
const { desk } = mizan;
const { signal } = new AbortController();
const paths: string[] = [];
for (const [at, addresses] of shops.entries()) paths.push(await link(`shop-${at + 1}`, addresses));
const serving = await startServing(mizan, { host: "127.0.0.1", port: 0 });
while (await isBusy()) await sleep(200);

const webhookUrls = paths.map((path) => serving.url + path);
child.send({ webhookUrls, events: wantedEvents, perSecond, warmUp, seconds } satisfies Load);
const [{ orders }] = (await once(child, "message")) as [LoadResult];
await serving.close();
await mizan.close();
await rm(home, { recursive: true, force: true });

const done = orders.flatMap(({ wholeMs, ownMs, calls }) =>
  wholeMs === null || ownMs === null ? [] : [{ wholeMs, ownMs, calls }],
);
const at = (part: "wholeMs" | "ownMs" | "calls", share: number) => {
  const sorted = done.map((one) => one[part]).toSorted((one, other) => one - other);
  return Number((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1));
};
await keepResult("webhook-to-invoice", {
  what: "milliseconds from the moment a webhook of a completed order leaves Salla until its invoice is stored in Qoyod, the calls that are with a vendor (20 ms each) taken off",
  bar: "p99 of Mizan's own part at most 50 ms at 10 orders a second over 50 connections, every order with one invoice",
  seconds,
  perSecond,
  connections,
  orders: orders.length,
  withoutInvoice: orders.length - done.length,
  callsMedian: at("calls", 0.5),
  ownP50Ms: at("ownMs", 0.5),
  ownP90Ms: at("ownMs", 0.9),
  ownP99Ms: at("ownMs", 0.99),
  wholeP50Ms: at("wholeMs", 0.5),
  wholeP99Ms: at("wholeMs", 0.99),
});

/** Connects a shop with its books. @returns the path at which Mizan takes its webhooks */
async function link(name: string, { salla, accounts, qoyod }: ShopAddresses): Promise<string> {
  const { clientId, clientSecret, refreshToken, webhookSecret } = sallaCredentials;
  const secrets = { clientId, clientSecret, refreshToken, webhookSecret };
  // A minute so short that no quota is what is measured.
  const wide = { minuteMs: 10, concurrency: 8 };
  const shop = { name: `${name}-salla`, vendor: "salla", settings: { apiUrl: salla, accountsUrl: accounts, ...wide } };
  await connect(desk, { ...shop, secrets }, signal);
  const settings = { apiUrl: `${qoyod}/2.0`, ...wide };
  await connect(desk, { name: `${name}-qoyod`, vendor: "qoyod", settings, secrets: { ...qoyodCredentials } }, signal);
  const ends = { kind: "salla-qoyod", flavour: "standard", source: `${name}-salla`, target: `${name}-qoyod` };
  await addIntegration(desk, { name, ...ends, options: companyOptions }, signal);
  const everyMinutes = Object.fromEntries(["orders", "refunds", "stock"].map((flow) => [flow, weekMinutes]));
  await setIntegration(desk, name, { everyMinutes }, signal);
  return (await webhooks(desk, `${name}-salla`, { most: 1 })).path;
}

async function isBusy(): Promise<boolean> {
  const { rows } = await desk.store.pool.query(`select 1 from flow_state where next_run_at <= now()
    union all select 1 from run where state = 'running' limit 1`);
  return rows.length > 0;
}
