/** How kept deliveries become due records and queued runs, one look at a time, with a clock that stands still. */
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bounds } from "../../src/jobs/bounds.ts";
import { takeDeliveries } from "../../src/jobs/take-deliveries.ts";
import { createRateBound } from "../../src/operations/rate-bound.ts";
import { announcedRecords, announceRecords, settleAnnounced } from "../../src/store/announcements.ts";
import { rotateAddress, webhookAddress } from "../../src/store/webhook-addresses.ts";
import { clearDeliveries, endDeliveries } from "../../src/store/webhooks.ts";
import { type Merchant, makeMerchant, openTaking, openWebhookStage, type WebhookStage } from "./webhook-stage.ts";

let stage: WebhookStage;
let now: number;
beforeAll(async () => {
  stage = await openWebhookStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  // A while after whatever earlier tests kept.
  now = Date.now() + 60_000;
  await stage.store.pool.query("delete from webhook_delivery");
});

/** Looks once for what is due at the present moment of the test. */
async function openHand() {
  const setting = await openTaking(stage);
  const still = { ...setting, bench: { ...setting.bench, clock: { ...setting.bench.clock, now: () => now } } };
  return (most: number = bounds.deliveriesTogether) => takeDeliveries(still, "hints", most);
}

async function queued({ id }: Merchant): Promise<string[]> {
  const { rows } = await sql<{ flow: string; scope: string }>`
    select data ->> 'flow' as flow, data ->> 'scope' as scope from pgboss.job
    where (data ->> 'integrationId')::int = ${id} and state = 'created' order by 1`.execute(stage.store.database);
  return rows.map(({ flow, scope }) => `${flow} ${scope}`);
}

const outcomes = async (merchant: Merchant) => (await merchant.deliveries()).map(({ outcome }) => outcome);

test("ten events of one order are one mark and one queued run", async () => {
  const merchant = await makeMerchant(stage);
  for (let number = 0; number < 10; number += 1) await merchant.post({ event: `item.event-${number}`, items: ["pot"] });
  const take = await openHand();
  expect(await take()).toBe(10);
  expect(await queued(merchant)).toEqual(["items due"]);
  expect(await outcomes(merchant)).toEqual(Array(10).fill("announced"));
  const announced = await announcedRecords(stage.store.database, merchant.key, new Date(now), { after: null, most: 9 });
  expect(announced).toEqual([{ sourceId: "pot", at: new Date(now) }]);
  expect(await take()).toBe(0);
});

test("further events of an order that was taken up just now wait for the end of a pause, together", async () => {
  const merchant = await makeMerchant(stage);
  const take = await openHand();
  await merchant.post({ event: "item.first", items: ["pan"] });
  await take();
  now += 10;
  for (const event of ["item.second", "item.third"]) await merchant.post({ event, items: ["pan"] });
  await merchant.post({ event: "item.fourth", items: ["pan", "lid"] });
  expect(await take()).toBe(3);
  // The fourth speaks of another record too, which was not read just now.
  expect(await outcomes(merchant)).toEqual(["announced", null, null, "announced"]);
  now += 10;
  expect(await take()).toBe(0);
  now += bounds.sameRecordMs;
  expect(await take()).toBe(2);
  expect(await outcomes(merchant)).toEqual(Array(4).fill("announced"));
});

test("a delivery that cannot be taken up does not stop the others, and is given up in the end", async () => {
  const [good, bad] = [await makeMerchant(stage), await makeMerchant(stage)];
  await bad.post({ items: ["cursed"] });
  for (const id of ["one", "two"]) await good.post({ event: `item.${id}`, items: [id] });
  await stage.store.pool.query(`alter table record add constraint cursed check (source_id <> 'cursed') not valid`);
  try {
    const take = await openHand();
    expect(await take()).toBe(3);
    expect(await outcomes(good)).toEqual(["announced", "announced"]);
    expect(await outcomes(bad)).toEqual([null]);
    expect(await take()).toBe(0);
    now += bounds.deliveryTriedMs;
    expect(await take(1)).toBe(1);
    expect(await outcomes(bad)).toEqual(["failed"]);
  } finally {
    await stage.store.pool.query("alter table record drop constraint cursed");
  }
});

test("a record that is announced again while it is read keeps the later mark", async () => {
  const merchant = await makeMerchant(stage);
  const { database } = stage.store;
  const [first, second] = [new Date(now), new Date(now - 5)];
  await announceRecords(database, merchant.key, ["a", "b"], { vendor: "Made-up", now: first });
  const all = { after: null, most: 10 };
  const read = await announcedRecords(database, merchant.key, first, all);
  expect(read.map(({ sourceId }) => sourceId)).toEqual(["a", "b"]);
  // By the clock of another machine, which is behind.
  await announceRecords(database, merchant.key, ["b"], { vendor: "Made-up", now: second });
  await settleAnnounced(database, merchant.key, read, ["a", "b"]);
  expect(await announcedRecords(database, merchant.key, first, all)).toEqual([{ sourceId: "b", at: second }]);
  expect(await merchant.record("b")).toMatchObject({ reason: { code: "announced" } });
});

test("announced records come a page at a time", async () => {
  const merchant = await makeMerchant(stage);
  const { database } = stage.store;
  await announceRecords(database, merchant.key, ["c", "a", "b"], { vendor: "Made-up", now: new Date(now) });
  const first = await announcedRecords(database, merchant.key, new Date(now), { after: null, most: 2 });
  const after = first.at(-1) ?? null;
  const second = await announcedRecords(database, merchant.key, new Date(now), { after, most: 2 });
  expect([...first, ...second].map(({ sourceId }) => sourceId)).toEqual(["a", "b", "c"]);
});

test("old deliveries are forgotten, and those beyond the newest; changes of a connection only by age", async () => {
  const merchant = await makeMerchant(stage);
  const { database, pool } = stage.store;
  for (let number = 0; number < 6; number += 1) await merchant.post({ event: `item.event-${number}` });
  const { rows } = await pool.query("select id from webhook_delivery order by id");
  const ids = rows.map(({ id }: { id: number }) => id);
  await endDeliveries(database, ids.slice(0, 1), "authorised", new Date(now));
  await endDeliveries(database, ids.slice(1, 5), "announced", new Date(now));
  const longAgo = new Date(now - bounds.deliveryKeptMs);
  expect(await clearDeliveries(database, { receivedBefore: longAgo, mostOfConnection: 2 })).toBe(2);
  expect(await outcomes(merchant)).toEqual([null, "announced", "announced", "authorised"]);
  expect(await clearDeliveries(database, { receivedBefore: new Date(now), mostOfConnection: 2 })).toBe(3);
  expect(await outcomes(merchant)).toEqual([null]);
});

test("an address is made once, stays, and is replaced when that is asked for", async () => {
  const { connectionId, path } = await makeMerchant(stage);
  const { database } = stage.store;
  const address = () => webhookAddress(database, stage.desk.seal, connectionId, new Date(now));
  const tokens = (await Promise.all(Array.from({ length: 5 }, address))).map(({ token }) => token);
  expect(new Set(tokens.map((token) => `/v1/webhooks/${token}`))).toEqual(new Set([path]));
  await rotateAddress(database, stage.desk.seal, connectionId, new Date(now));
  expect((await address()).token).not.toBe(tokens[0]);
  await stage.store.pool.query("delete from webhook_address where connection_id = $1", [connectionId]);
  const made = await Promise.all(Array.from({ length: 5 }, address));
  expect(new Set(made.map(({ token }) => token)).size).toBe(1);
});

test("a bound counts in windows, each connection by itself", () => {
  let at = 0;
  const clock = { now: () => at, sleep: () => Promise.resolve() };
  const rate = createRateBound({ most: 2, windowMs: 1_000 }, clock);
  expect([1, 1, 1, 2].map((of) => rate.take(of))).toEqual([true, true, false, true]);
  at = 999;
  expect(rate.take(1)).toBe(false);
  at = 1_000;
  expect([1, 1, 1].map((of) => rate.take(of))).toEqual([true, true, false]);
});
