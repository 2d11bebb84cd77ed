/** A stage for tests of the webhooks: a real database in a folder, a made-up vendor, and the door over real HTTP. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Api } from "../../src/api/api.ts";
import { listen } from "../../src/api/listen.ts";
import { flows, kindName } from "../../src/jobs/fixtures/made-up-bench.ts";
import { type MadeUpVendor, startMadeUpVendor } from "../../src/jobs/fixtures/made-up-vendor.ts";
import { openRunQueue } from "../../src/jobs/run-queue.ts";
import { type Jobs, startJobs } from "../../src/jobs/start-jobs.ts";
import { webhooks } from "../../src/operations/webhooks.ts";
import { connectionSecrets, findConnection, saveConnection } from "../../src/store/connections.ts";
import { ensureFlowStates } from "../../src/store/flow-states.ts";
import { addIntegration, updateIntegration } from "../../src/store/integrations.ts";
import { openStore, type Store, type StoreLocation } from "../../src/store/open-store.ts";
import { findRecords } from "../../src/store/records.ts";
import { listRuns } from "../../src/store/runs.ts";
import { type MadeUpDoor, madeUpDoor, signatureHeader, signatureOf } from "./made-up-door.ts";

/** far enough away that no schedule interferes */
const notInThisTest = new Date(Date.now() + 36_000_000);
/** the jobs that the door of this process wakes, once they are started */
let woken: Pick<Jobs, "takeUp"> | null = null;
const wakes: Api["jobs"] = { runNow: () => Promise.resolve(false), takeUp: () => woken?.takeUp() };

/** What all tests of a file share. */
export interface WebhookStage extends MadeUpDoor {
  readonly store: Store;
  readonly location: StoreLocation;
  readonly folder: string;
  readonly vendor: MadeUpVendor;
  /** everything that was logged */
  readonly logged: readonly string[];
  /** the door of this process; what is kept there waits until jobs are started */
  readonly url: string;
  close(): Promise<void>;
}

export async function openWebhookStage(): Promise<WebhookStage> {
  const folder = mkdtempSync(join(tmpdir(), "mizan-webhooks-"));
  const location = { folder: join(folder, "database") };
  const [store, vendor] = await Promise.all([openStore(location), startMadeUpVendor()]);
  const logged: string[] = [];
  const door = madeUpDoor(store, vendor.url, "here", (line) => logged.push(line));
  const listener = await listen(door.desk, wakes, { host: "127.0.0.1", port: 0 });
  return {
    ...door,
    store,
    location,
    folder,
    vendor,
    logged,
    url: listener.url,
    close: async () => {
      await listener.close();
      await vendor.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Jobs that take up what the door kept; stopped when the test ends. */
export async function startStageJobs({ desk }: WebhookStage): Promise<Jobs> {
  const jobs = await startJobs(desk, { flowsOf: () => flows, schedule: true });
  woken = jobs;
  onTestFinished(async () => {
    woken = null;
    await jobs.stop();
  });
  return jobs;
}

/** What takes deliveries up by hand, one look at a time. */
export async function openTaking({ desk }: WebhookStage) {
  const queue = await openRunQueue(desk, () => undefined);
  onTestFinished(() => queue.close());
  return { bench: desk, queue, flowsOf: () => flows };
}

/** What the vendor posts. */
export interface Posted {
  readonly event?: string;
  readonly account?: string;
  readonly at?: number | null;
  readonly items?: readonly string[];
  readonly [more: string]: unknown;
}

let made = 0;

/** One merchant of the made-up vendor, with a connection and an integration of its own. */
export async function makeMerchant({ store, vendor, desk, url }: WebhookStage) {
  const name = `merchant-${++made}`;
  const signingSecret = `signing-secret-of-${name}`;
  const account = `account-of-${name}`;
  const now = new Date();
  const connectionId = await saveConnection(
    store.database,
    desk.seal,
    {
      name,
      vendor: "made-up",
      settings: { shop: name, account, longestWorkMs: 500 },
      secrets: { signingSecret, refreshToken: `refresh-token-of-${name}` },
      facts: {},
    },
    now,
  );
  const id = await addIntegration(store.database, {
    name,
    kind: kindName,
    flavour: "all",
    sourceConnectionId: connectionId,
    targetConnectionId: connectionId,
    options: {},
    createdAt: now,
  });
  if (id === null) throw new Error(`integration ${name} exists already`);
  onTestFinished(() => updateIntegration(store.database, id, { paused: true }));
  await ensureFlowStates(store.database, id, flows, notInThisTest);
  const key = { integrationId: id, flow: "items" };
  const { path } = await webhooks(desk, name, { most: 1 });
  const bodyOf = (given: Posted) =>
    JSON.stringify({ event: "item.updated", account, at: Date.now(), items: [`item-of-${name}`], ...given });
  const postRaw = (
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
    to: string = url + path,
  ): Promise<Response> =>
    fetch(to, {
      method: "POST",
      body: typeof body === "string" ? body : new Uint8Array(body),
      headers: {
        "content-type": "application/json",
        // A connection on which a body was refused unread is not used again.
        connection: "close",
        [signatureHeader]: signatureOf(body, signingSecret),
        ...headers,
      },
    });
  return {
    name,
    id,
    connectionId,
    account,
    signingSecret,
    key,
    path,
    shop: vendor.shop(name),
    bodyOf,
    postRaw,
    post: (given: Posted = {}) => postRaw(bodyOf(given)),
    deliveries: async () => (await webhooks(desk, name, { most: 100 })).deliveries,
    record: async (sourceId: string) => (await findRecords(store.database, key, [sourceId])).get(sourceId) ?? null,
    runs: () => listRuns(store.database, { integrationId: id, most: 100 }),
    secrets: () => connectionSecrets(store.database, desk.seal, connectionId),
    connection: () => findConnection(store.database, { id: connectionId }),
    pause: (paused: boolean) => updateIntegration(store.database, id, { paused }),
  };
}

export type Merchant = Awaited<ReturnType<typeof makeMerchant>>;
