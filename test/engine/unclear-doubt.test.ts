/** Law 1 for what cannot be searched: it is settled by state, and a state that tells nothing waits for a person. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Reason } from "../../src/core/reasons.ts";
import type { Found } from "../../src/core/resources.ts";
import { runFlow } from "../../src/engine/run-flow.ts";
import type { Workbench } from "../../src/engine/workbench.ts";
import { flows, kindName, madeUpBench } from "../../src/jobs/fixtures/made-up-bench.ts";
import { type MadeUpVendor, startMadeUpVendor } from "../../src/jobs/fixtures/made-up-vendor.ts";
import { saveConnection } from "../../src/store/connections.ts";
import { ensureFlowStates } from "../../src/store/flow-states.ts";
import { addIntegration, findIntegration } from "../../src/store/integrations.ts";
import { searchNow } from "../../src/store/intents.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { findRecords } from "../../src/store/records.ts";
import { createTestDatabase } from "../test-database.ts";

const item = "item-0";
const parameters = { vendor: "made-up", product: "LAMP", held: "24", before: "3", counted: "25" };
const reason: Reason = { code: "count-unclear", parameters };

let store: Store;
let vendor: MadeUpVendor;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  [store, vendor] = await Promise.all([openStore({ databaseUrl: database.databaseUrl }), startMadeUpVendor()]);
});
afterAll(async () => {
  await vendor.close();
  await store.close();
  await drop();
});

/** A shop with one item whose create is lost; `state` is what the search says. */
async function lostCreate(name: string) {
  const shop = vendor.shop(name);
  Object.assign(shop.rows, { items: [item] });
  shop.lost.add(item);
  let state: Found = [];
  let aheadMs = 0;
  const made = madeUpBench(store, vendor.url, name);
  const bench: Workbench = {
    ...made,
    clock: { ...made.clock, now: () => Date.now() + aheadMs },
    openSession: async (connection, options) => {
      const open = await made.openSession(connection, options);
      const { items } = open.session.targets;
      if (items === undefined) throw new Error("the made-up vendor has no items");
      const find = async (doubtful: readonly { key: string }[]) => new Map(doubtful.map(({ key }) => [key, state]));
      return { ...open, session: { ...open.session, targets: { items: { ...items, find } } } };
    },
  };
  const now = new Date();
  const settings = { shop: name, longestWorkMs: 100 };
  const connection = { name, vendor: "made-up", settings, secrets: {}, facts: {} };
  const connectionId = await saveConnection(store.database, bench.seal, connection, now);
  const id = await addIntegration(store.database, {
    name,
    kind: kindName,
    flavour: "all",
    sourceConnectionId: connectionId,
    targetConnectionId: connectionId,
    options: {},
    createdAt: now,
  });
  const integration = await findIntegration(store.database, { name });
  const flow = flows.find((one) => one.name === "items");
  if (id === null || integration === null || flow === undefined) throw new Error(`integration ${name} was not made`);
  await ensureFlowStates(store.database, id, flows, new Date(Date.now() + 3_600_000));
  const key = { integrationId: id, flow: "items" };
  return {
    shop,
    /** one run, an hour later, in which the search says this */
    run: async (says: Found) => {
      state = says;
      aheadMs += 3_600_000;
      await searchNow(store.database, key, new Date(bench.clock.now()));
      const { signal } = new AbortController();
      const report = await runFlow(bench, { integration, flow, trigger: "manual", scope: "full", signal });
      expect(report).toMatchObject({ state: "done", error: null });
      const record = (await findRecords(store.database, key, [item])).get(item);
      return { outcome: record?.outcome, reason: record?.reason ?? null };
    },
  };
}

test("what cannot be told waits for a person with its reason, and is adopted once the state is clear", async () => {
  const { shop, run } = await lostCreate("adopted");
  expect(await run([])).toMatchObject({ outcome: "waiting", reason: { code: "in-doubt" } });
  for (let again = 0; again < 2; again += 1)
    expect(await run({ kind: "unclear", reason })).toEqual({ outcome: "waiting", reason });
  expect(await run([item])).toEqual({ outcome: "created", reason: null });
  expect(shop.created.items ?? []).toEqual([]);
});

test("it is sent again once the state says twice that it was not done", async () => {
  const { shop, run } = await lostCreate("sent-again");
  await run([]);
  shop.lost.clear();
  expect(await run({ kind: "unclear", reason })).toEqual({ outcome: "waiting", reason });
  expect(shop.created.items ?? []).toEqual([]);
  await run([]);
  expect(await run([])).toEqual({ outcome: "created", reason: null });
  expect(shop.created.items).toEqual([item]);
});
