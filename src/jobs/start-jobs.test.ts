import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { saveConnection, setNeedsPerson } from "../store/connections.ts";
import { ensureFlowStates, listFlowStates, scheduleFlow } from "../store/flow-states.ts";
import { addIntegration, updateIntegration } from "../store/integrations.ts";
import { openStore, type Store, type StoreLocation } from "../store/open-store.ts";
import { listRuns } from "../store/runs.ts";
import { flows, kindName, madeUpBench } from "./fixtures/made-up-bench.ts";
import { type MadeUpVendor, startMadeUpVendor } from "./fixtures/made-up-vendor.ts";
import { type Jobs, startJobs } from "./start-jobs.ts";

const hourMs = 3_600_000;
/** far enough away that no schedule interferes */
const notInThisTest = new Date(Date.now() + 10 * hourMs);

const server = process.env.MIZAN_TEST_DATABASE_URL;
const folder = mkdtempSync(join(tmpdir(), "mizan-jobs-"));
const places: [string, StoreLocation][] = [["the embedded database", { folder }]];
if (server !== undefined) places.push(["a server", { databaseUrl: server }]);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(places)("jobs on %s", (_, location) => {
  let store: Store;
  let vendor: MadeUpVendor;
  let made = 0;

  beforeAll(async () => {
    [store, vendor] = await Promise.all([openStore(location), startMadeUpVendor()]);
  });
  afterAll(async () => {
    await vendor.close();
    await store.close();
  });

  it("starts in several processes at once, on a new database too", async () => {
    const all = await Promise.all([start(), start(), startProcess(), startProcess()]);
    expect(all).toHaveLength(4);
    const shop = await makeShop({ items: 1 });
    await all[0].runNow(shop.wish("items"));
    await shop.done(1);
  });

  it("runs a flow when it is due, and its next time is on its grid", async () => {
    const shop = await makeShop({ items: 3 });
    const jobs = await start();
    const dueAt = new Date(Date.now() - 2.5 * hourMs);
    await scheduleFlow(store.database, shop.key("items"), { nextRunAt: dueAt });
    await shop.done(1);
    expect(shop.vendor.created).toEqual({ items: shop.vendor.rows.items });
    const [run] = await shop.runs();
    expect(run).toMatchObject({ flow: "items", trigger: "schedule", state: "done", counts: { created: 3 } });
    expect((await shop.nextRunAt("items")).getTime()).toBe(dueAt.getTime() + 3 * hourMs);
    await jobs.stop();
  });

  it("honours a wish that comes while the flow is active, once, after it", async () => {
    const shop = await makeShop({ items: 3 });
    shop.vendor.createMs = 300;
    const jobs = await start();
    expect(await jobs.runNow(shop.wish("items"))).toBe(true);
    await shop.listed(1);
    shop.vendor.rows.items?.push("late-1", "late-2");
    // The first of these is queued behind the active run, the others are the same wish.
    expect(await jobs.runNow(shop.wish("items"))).toBe(true);
    expect(await jobs.runNow(shop.wish("items"))).toBe(false);
    expect(await jobs.runNow(shop.wish("items"))).toBe(false);
    await shop.done(2);
    expect(shop.vendor.created.items).toEqual(shop.vendor.rows.items);
    expect(shop.vendor.listedAt).toHaveLength(2);
    expect(shop.overlaps()).toEqual([]);
  });

  it("does not let a queued run behind an active one hold up other integrations", async () => {
    const [slow, quick] = await Promise.all([makeShop({ items: 4 }), makeShop({ items: 1 })]);
    slow.vendor.createMs = 1_500;
    const jobs = await start();
    await jobs.runNow(slow.wish("items"));
    await slow.listed(1);
    await jobs.runNow(slow.wish("items"));
    await jobs.runNow(slow.wish("orders"));
    await jobs.runNow(quick.wish("items"));
    await quick.done(1);
    expect(slow.vendor.created.items?.length ?? 0).toBeLessThan(4);
  });

  it("never overlaps two runs of a flow, however many processes take part", async () => {
    const shops = await Promise.all([1, 2, 3].map(() => makeShop({ items: 2, orders: 2 })));
    const all = await Promise.all([start(1), start(1), startProcess(1), startProcess(1)]);
    for (let round = 0; round < 6; round += 1) {
      for (const shop of shops) {
        shop.vendor.createMs = 20;
        shop.vendor.rows.items?.push(`item-more-${round}`);
        shop.vendor.rows.orders?.push(`order-more-${round}`);
      }
      const wishes = shops.flatMap((shop) =>
        all
          .slice(0, 2)
          .flatMap((jobs) =>
            ["items", "orders"].flatMap((flow) => [
              jobs.runNow(shop.wish(flow)),
              jobs.runNow({ ...shop.wish(flow), scope: "due" }),
            ]),
          ),
      );
      await Promise.all(wishes);
      await Promise.all(shops.map((shop) => shop.listed(2 * round + 2)));
    }
    for (const shop of shops) {
      await vi.waitFor(() => expect(sorted(shop.vendor.created)).toEqual(sorted(shop.vendor.rows)), waiting);
      expect(shop.overlaps()).toEqual([]);
    }
    const runs = (await Promise.all(shops.map((shop) => shop.runs()))).flat();
    const sides = runs.map(({ process }) => process.replace(/-.*/, ""));
    expect(new Set(sides)).toEqual(new Set(["here", "there"]));
  });

  it("shares due flows between processes: each is run once", async () => {
    const shops = await Promise.all(Array.from({ length: 12 }, () => makeShop({ items: 1, orders: 1 })));
    await Promise.all([start(), start()]);
    const dueAt = new Date();
    for (const shop of shops)
      for (const flow of ["items", "orders"]) await scheduleFlow(store.database, shop.key(flow), { nextRunAt: dueAt });
    await Promise.all(shops.map((shop) => shop.done(2)));
    expect(shops.map((shop) => shop.vendor.listedAt.length)).toEqual(shops.map(() => 2));
  });

  it("runs the flows of an integration one after another, in the order of its table", async () => {
    const shops = await Promise.all(Array.from({ length: 3 }, () => makeShop({ items: 1, orders: 1 })));
    const dueAt = Date.now() - 1_000;
    for (const shop of shops) {
      shop.vendor.createMs = 50;
      await scheduleFlow(store.database, shop.key("orders"), { nextRunAt: new Date(dueAt) });
      await scheduleFlow(store.database, shop.key("items"), { nextRunAt: new Date(dueAt + 1) });
    }
    await start();
    for (const shop of shops) {
      await shop.done(2);
      const [second, first, ...more] = await shop.runs();
      expect([first?.flow, second?.flow, more.length]).toEqual(["items", "orders", 0]);
      expect(second?.startedAt.getTime()).toBeGreaterThanOrEqual(first?.endedAt?.getTime() ?? Number.NaN);
    }
  });

  it("Z5: does not let an export wait behind a long run of its integration, nor that run behind the export", async () => {
    const shop = await makeShop({ items: 12, orders: 1, parcels: 2 });
    shop.vendor.createMs = 400;
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await shop.listed(1);
    await jobs.runNow(shop.wish("orders"));
    await jobs.runNow(shop.wish("parcels"));
    await vi.waitFor(() => expect(shop.vendor.created.parcels).toHaveLength(2), waiting);
    // The sync goes on, and what it holds up waits still.
    expect(shop.vendor.created.items?.length ?? 0).toBeLessThan(12);
    expect(shop.vendor.created.orders).toBeUndefined();
    await shop.done(3);
    expect(sorted(shop.vendor.created)).toEqual(sorted(shop.vendor.rows));
    const [items, orders] = ["items", "orders"].map((flow) => spanOf(shop, flow));
    expect(orders?.first).toBeGreaterThanOrEqual(items?.last ?? Number.NaN);
    // The other way round: a sync begins while an export goes on.
    shop.vendor.rows.parcels?.push(...Array.from({ length: 12 }, (_, at) => `parcel-more-${at}`));
    shop.vendor.rows.items?.push("item-more");
    await jobs.runNow(shop.wish("parcels"));
    await vi.waitFor(() => expect(shop.vendor.created.parcels?.length).toBeGreaterThan(2), waiting);
    await jobs.runNow(shop.wish("items"));
    await vi.waitFor(() => expect(shop.vendor.created.items).toContain("item-more"), waiting);
    expect(shop.vendor.created.parcels?.length ?? 0).toBeLessThan(14);
    await vi.waitFor(() => expect(shop.vendor.created.parcels).toHaveLength(14), waiting);
  });

  it("runs the exports of an integration one after another, in the order of its table", async () => {
    const shops = await Promise.all(Array.from({ length: 2 }, () => makeShop({ parcels: 3, letters: 3 })));
    const dueAt = Date.now() - 1_000;
    for (const shop of shops) {
      shop.vendor.createMs = 60;
      await scheduleFlow(store.database, shop.key("letters"), { nextRunAt: new Date(dueAt) });
      await scheduleFlow(store.database, shop.key("parcels"), { nextRunAt: new Date(dueAt + 1) });
    }
    const jobs = await start();
    for (const shop of shops) {
      await shop.done(2);
      const [parcels, letters] = ["parcels", "letters"].map((flow) => spanOf(shop, flow));
      expect(letters?.first).toBeGreaterThanOrEqual(parcels?.last ?? Number.NaN);
      shop.vendor.rows.parcels?.push("parcel-more");
      await jobs.runNow(shop.wish("parcels"));
      await jobs.runNow({ ...shop.wish("parcels"), scope: "due" });
      await vi.waitFor(() => expect(shop.vendor.created.parcels).toContain("parcel-more"), waiting);
      await shop.done(4);
      expect(shop.overlaps()).toEqual([]);
    }
  });

  it("takes up the run of a killed process within 15 seconds", async () => {
    // A run that lives fills its process, began before the dead one and goes on for longer.
    const living = await makeShop({ items: 60 });
    living.vendor.createMs = 400;
    const busy = await start(1);
    await busy.runNow(living.wish("items"));
    await living.listed(1);
    const shop = await makeShop({ items: 30 });
    shop.vendor.createMs = 400;
    const { child } = await startProcess();
    await scheduleFlow(store.database, shop.key("items"), { nextRunAt: new Date() });
    await vi.waitFor(() => expect(shop.vendor.created.items?.length).toBeGreaterThan(2), waiting);
    await start();
    child.kill("SIGKILL");
    const killedAt = Date.now();
    shop.vendor.createMs = 0;
    await shop.listed(2);
    expect(Date.now() - killedAt).toBeLessThan(15_000);
    // The write that was under way is searched for and found, so nothing is there twice.
    await vi.waitFor(() => expect(shop.vendor.created.items).toHaveLength(30), waiting);
    expect(new Set(shop.vendor.created.items).size).toBe(30);
    expect(new Set((await shop.runs()).map(({ state }) => state))).toContain("abandoned");
    expect(await attempts(shop.id)).toBe(2);
    expect(await attempts(living.id)).toBe(1);
  });

  it("waits until the vendor says so, without counting it as a failure", async () => {
    const shop = await makeShop({ items: 1 });
    const until = new Date(Date.now() + 2_500);
    shop.vendor.refusals.push(until);
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await shop.done(1);
    const [first, second, ...more] = shop.vendor.listedAt;
    expect([first, second].every((at) => at !== undefined) && more.length === 0).toBe(true);
    expect(second).toBeGreaterThanOrEqual(until.getTime());
    expect((await shop.runs()).map(({ state }) => state)).toEqual(["done", "stopped"]);
  });

  it("brings a run that waits forward when somebody asks for it now", async () => {
    const shop = await makeShop({ items: 1 });
    shop.vendor.refusals.push(notInThisTest);
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await vi.waitFor(async () => expect((await shop.runs())[0]?.state).toBe("stopped"), waiting);
    await vi.waitFor(async () => expect(await jobs.runNow(shop.wish("items"))).toBe(true), waiting);
    await shop.done(1);
  });

  it("tries a failed run again with backoff", async () => {
    const shop = await makeShop({ items: 1 });
    shop.vendor.refusals.push(500, 500);
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await shop.done(1);
    const [first = 0, second = 0, third = 0] = shop.vendor.listedAt;
    expect(second - first).toBeGreaterThan(400);
    expect(third - second).toBeGreaterThan(900);
    expect((await shop.runs()).map(({ state }) => state)).toEqual(["done", "failed", "failed"]);
  });

  it("runs the orders again when the items that they waited for have come", async () => {
    const shop = await makeShop({ items: 2, orders: 2 });
    const jobs = await start();
    await jobs.runNow(shop.wish("orders"));
    await shop.done(1);
    expect(shop.vendor.created).toEqual({});
    await jobs.runNow(shop.wish("items"));
    await shop.done(3);
    expect(shop.vendor.created).toEqual(shop.vendor.rows);
    // The third run looked at what was due and did not list the shop again.
    expect(shop.vendor.listedAt).toHaveLength(2);
  });

  it("searches for a write without an answer when its time has come, and makes it again", async () => {
    const shop = await makeShop({ items: 3 });
    shop.vendor.lost.add("item-1");
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await vi.waitFor(() => expect(shop.vendor.created.items).toEqual(["item-0", "item-2", "item-1"]), waiting);
    expect(shop.vendor.listedAt).toHaveLength(1);
  });

  it("leaves a paused integration alone and runs it when it goes on", async () => {
    const shop = await makeShop({ items: 1 });
    await updateIntegration(store.database, shop.id, { paused: true });
    const dueAt = new Date(Date.now() - 1_000);
    await scheduleFlow(store.database, shop.key("items"), { nextRunAt: dueAt });
    const other = await makeShop({ items: 1 });
    await scheduleFlow(store.database, other.key("items"), { nextRunAt: new Date() });
    const jobs = await start();
    await jobs.runNow(shop.wish("orders"));
    // A later run of another integration shows that the looks and the fetches have passed the paused one by.
    await other.done(1);
    expect(await shop.runs()).toEqual([]);
    expect(await shop.nextRunAt("items")).toEqual(dueAt);
    await updateIntegration(store.database, shop.id, { paused: false });
    await shop.done(1);
  });

  it("stops a flow whose connection needs a person and runs it at once when that has passed", async () => {
    const shop = await makeShop({ items: 1 });
    shop.vendor.refusals.push(401);
    await start();
    const dueAt = new Date(Date.now() - 1_000);
    await scheduleFlow(store.database, shop.key("items"), { nextRunAt: dueAt });
    await shop.listed(1);
    await vi.waitFor(async () => expect(await shop.nextRunAt("items")).toEqual(dueAt), waiting);
    // The looks that find another flow due afterwards pass this one by.
    const other = await makeShop({ items: 1 });
    await scheduleFlow(store.database, other.key("items"), { nextRunAt: new Date() });
    await other.done(1);
    expect((await shop.runs()).map(({ state }) => state)).toEqual(["stopped"]);
    await setNeedsPerson(store.database, shop.connection, null);
    await shop.done(1);
    expect((await shop.nextRunAt("items")).getTime()).toBe(dueAt.getTime() + hourMs);
  });

  it("stops at a record boundary and leaves the rest to the next process", async () => {
    const shop = await makeShop({ items: 8 });
    shop.vendor.createMs = 400;
    const jobs = await start();
    await jobs.runNow(shop.wish("items"));
    await vi.waitFor(() => expect(shop.vendor.created.items?.length).toBe(2), waiting);
    await jobs.stop();
    const created = shop.vendor.created.items?.length ?? 0;
    expect(created).toBeLessThan(5);
    const [run] = await shop.runs();
    expect(run).toMatchObject({ state: "stopped", counts: { created } });
    shop.vendor.createMs = 0;
    await start();
    await shop.done(1);
    expect(shop.vendor.created.items).toEqual(shop.vendor.rows.items);
  });

  /** The first and the last call of the run of a flow, where there was one such run. */
  function spanOf(shop: Awaited<ReturnType<typeof makeShop>>, flow: string) {
    return [...shop.vendor.runs.values()].find(({ resource }) => resource === flow);
  }

  /** How often the job engine gave out the runs of an integration, at the most. */
  async function attempts(integrationId: number): Promise<number> {
    const { rows } = await sql<{ attempts: number }>`
      select max(retry_count) + 1 as attempts from pgboss.job where group_id = ${String(integrationId)}`.execute(
      store.database,
    );
    return rows[0]?.attempts ?? 0;
  }

  /** Jobs in this process; stopped when the test ends. */
  async function start(concurrency = 4): Promise<Jobs> {
    const bench = madeUpBench(store, vendor.url, `here-${++made}`, process.env.SAY === "1" ? console.error : undefined);
    const jobs = await startJobs(bench, { concurrency, flowsOf: () => flows, schedule: true });
    onTestFinished(() => jobs.stop());
    return jobs;
  }

  /** Jobs in a process of their own; stopped when the test ends. */
  async function startProcess(concurrency = 4): Promise<Jobs & { child: ChildProcess }> {
    const child = fork(join(import.meta.dirname, "fixtures/jobs-process.ts"), [
      JSON.stringify(location),
      vendor.url,
      `there-${++made}`,
      String(concurrency),
    ]);
    const ended = once(child, "exit");
    onTestFinished(async () => {
      if (child.connected) child.send("stop");
      await ended;
    });
    const early = ended.then(([code]) => Promise.reject(new Error(`the process ended with ${code} before it started`)));
    await Promise.race([once(child, "message"), early]);
    early.catch(() => undefined);
    return { child, runNow: () => Promise.resolve(false), takeUp: () => undefined, stop: () => Promise.resolve() };
  }

  async function makeShop(sizes: Record<string, number>) {
    const name = `shop-${process.pid}-${Date.now()}-${++made}`;
    const rows = Object.entries(sizes).map(([flow, size]) => [
      flow,
      Array.from({ length: size }, (_, at) => `${flow.slice(0, -1)}-${at}`),
    ]);
    Object.assign(vendor.shop(name).rows, Object.fromEntries(rows));
    const now = new Date();
    // The seal is never opened here: the made-up vendor has no secrets.
    const { seal } = madeUpBench(store, vendor.url, "setup");
    const settings = { shop: name, longestWorkMs: 500 };
    const connection = await saveConnection(
      store.database,
      seal,
      { name, vendor: "made-up", settings, secrets: {}, facts: {} },
      now,
    );
    const id = await addIntegration(store.database, {
      name,
      kind: kindName,
      flavour: "all",
      sourceConnectionId: connection,
      targetConnectionId: connection,
      options: {},
      createdAt: now,
    });
    if (id === null) throw new Error(`integration ${name} exists already`);
    onTestFinished(() => updateIntegration(store.database, id, { paused: true }));
    await ensureFlowStates(store.database, id, flows, notInThisTest);
    const shop = vendor.shop(name);
    const runs = () => listRuns(store.database, { integrationId: id, most: 100 });
    return {
      id,
      connection,
      vendor: shop,
      runs,
      key: (flow: string) => ({ integrationId: id, flow }),
      wish: (flow: string) => ({ integrationId: id, flow, scope: "full", trigger: "manual" }) as const,
      nextRunAt: async (flow: string) => {
        const states = await listFlowStates(store.database, id);
        return states.find((state) => state.flow === flow)?.nextRunAt ?? new Date(0);
      },
      /** resolves when so many runs are done and none goes on */
      done: (count: number) =>
        vi.waitFor(async () => {
          const states = (await runs()).map(({ state }) => state);
          expect(states).not.toContain("running");
          expect(states.filter((state) => state === "done").length).toBeGreaterThanOrEqual(count);
        }, waiting),
      /** resolves when the list was asked for so often */
      listed: (count: number) => vi.waitFor(() => expect(shop.listedAt.length).toBeGreaterThanOrEqual(count), waiting),
      /** pairs of runs that worked on the same resource at the same time */
      overlaps: () => {
        const spans = [...shop.runs.values()];
        return spans.flatMap((one, at) =>
          spans
            .slice(at + 1)
            .filter((two) => one.resource === two.resource && one.first < two.last && two.first < one.last),
        );
      },
    };
  }
});

function sorted(resources: Record<string, readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(resources).map(([resource, ids]) => [resource, ids.toSorted()]));
}

const waiting = { timeout: 120_000, interval: 20 };
