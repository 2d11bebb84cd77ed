import { expect, onTestFinished, test } from "vitest";
import { type DueRecord, dueRecords, releaseOvertaken, releaseWaiting } from "../../src/store/due-records.ts";
import { addIntegration } from "../../src/store/integrations.ts";
import { saveLinks } from "../../src/store/links.ts";
import { openStore } from "../../src/store/open-store.ts";
import { findRecords, type StoredRecord, saveRecords } from "../../src/store/records.ts";
import type { Executor, FlowKey } from "../../src/store/schema.ts";
import { createTestDatabase } from "../test-database.ts";

const now = new Date("2026-03-05T12:00:00Z");
const earlier = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

async function openFlow(): Promise<{ database: Executor; orders: FlowKey; products: FlowKey }> {
  const { databaseUrl, drop } = await createTestDatabase();
  const store = await openStore({ databaseUrl });
  onTestFinished(async () => {
    await store.close();
    await drop();
  });
  const { database } = store;
  const values = { vendor: "made-up", settings: "{}", secrets: Buffer.alloc(1), facts: "{}", created_at: now };
  const added = await database
    .insertInto("connection")
    .values([
      { name: "one", ...values, needs_person: null, checked_at: null },
      { name: "other", ...values, needs_person: null, checked_at: null },
    ])
    .returning("id")
    .execute();
  const [source, target] = added.map(({ id }) => id);
  const integrationId = await addIntegration(database, {
    name: "shop",
    kind: "made-up",
    flavour: "simple",
    sourceConnectionId: source ?? 0,
    targetConnectionId: target ?? 0,
    options: {},
    createdAt: now,
  });
  const key = (flow: string) => ({ integrationId: integrationId ?? 0, flow });
  return { database, orders: key("orders"), products: key("products") };
}

function waiting(sourceId: string, given: Partial<StoredRecord> = {}): StoredRecord {
  return {
    sourceId,
    label: sourceId,
    outcome: "waiting",
    reason: null,
    notes: [],
    sourceChangedAt: null,
    waitsFor: null,
    retryAt: null,
    attempts: 1,
    refusedFingerprint: null,
    wantedAt: null,
    dismissed: null,
    updatedAt: new Date(0),
    ...given,
  };
}

test("due records come a page at a time, longest waiting first, each once, although they stay due", async () => {
  const { database, orders } = await openFlow();
  // Many at the same moment, as a changed option makes them.
  const records = Array.from({ length: 25 }, (_, number) => waiting(`r${number}`, { retryAt: earlier(number % 2) }));
  const notYet = [waiting("later", { retryAt: new Date(now.getTime() + 1) }), waiting("never")];
  await saveRecords(database, orders, null, [...records, ...notYet], now);
  const seen: DueRecord[] = [];
  for (let after: DueRecord | null = null; ; after = seen.at(-1) ?? null) {
    const page: DueRecord[] = await dueRecords(database, orders, now, { after, most: 7 });
    if (page.length === 0) break;
    seen.push(...page);
  }
  expect(seen.map(({ sourceId }) => sourceId).sort()).toEqual(records.map(({ sourceId }) => sourceId).sort());
  const moments = seen.map(({ retryAt }) => retryAt.getTime());
  expect(moments).toEqual([...moments].sort());
});

test("a linked parent releases those that wait for it, and no others", async () => {
  const { database, orders, products } = await openFlow();
  const waits = (sourceId: string, parent: string, flow = "products") =>
    waiting(sourceId, { waitsFor: { flow, sourceId: parent }, retryAt: new Date("2026-03-06T00:00:00Z") });
  await saveRecords(database, orders, null, [waits("a", "1"), waits("b", "2"), waits("c", "1", "suppliers")], now);
  expect(await releaseWaiting(database, products, ["1"], now)).toEqual(["orders"]);
  const found = await findRecords(database, orders, ["a", "b", "c"]);
  expect(found.get("a")).toMatchObject({ retryAt: now, waitsFor: null });
  for (const other of ["b", "c"]) expect(found.get(other)?.retryAt).not.toEqual(now);
});

test("a parent that was linked while its child was found waiting releases it too", async () => {
  const { database, orders, products } = await openFlow();
  await saveLinks(database, products, [{ sourceId: "1", targetId: "t1", fingerprint: "f", written: null }], now);
  const waits = (sourceId: string, parent: string) =>
    waiting(sourceId, { waitsFor: { flow: "products", sourceId: parent }, retryAt: new Date("2026-03-06T00:00:00Z") });
  await saveRecords(database, orders, null, [waits("a", "1"), waits("b", "2"), waits("c", "1")], now);
  await releaseOvertaken(database, orders, ["a", "b"], now);
  const found = await findRecords(database, orders, ["a", "b", "c"]);
  expect(found.get("a")).toMatchObject({ retryAt: now, waitsFor: null });
  expect(found.get("b")?.waitsFor).toEqual({ flow: "products", sourceId: "2" });
  // Only those that were just stored are looked at.
  expect(found.get("c")?.waitsFor).toEqual({ flow: "products", sourceId: "1" });
});
