/** Takes up kept deliveries of webhooks: what they announce becomes due, and runs are queued. */
import type { Hint } from "../core/webhook.ts";
import type { Workbench } from "../engine/workbench.ts";
import { announceRecords } from "../store/announcements.ts";
import {
  type Connection,
  findConnection,
  findConnections,
  renewSecrets,
  setNeedsPerson,
} from "../store/connections.ts";
import { lockFlow } from "../store/flow-states.ts";
import { type Integration, integrationsOf } from "../store/integrations.ts";
import { findRecords } from "../store/records.ts";
import type { Executor, FlowKey } from "../store/schema.ts";
import {
  endDeliveries,
  handledSince,
  holdDueDeliveries,
  isOvertaken,
  type OpenDelivery,
  openChange,
  postponeDeliveries,
} from "../store/webhooks.ts";
import { bounds } from "./bounds.ts";
import type { RunSetting } from "./do-run.ts";

/** What is taken up: deliveries that announce records, or those that change their connection. */
type Kind = "hints" | "changes";

/**
 * Takes up what is due. The marks at the records, the queued runs and the end of the deliveries are one transaction, so
 * that a process may die anywhere: what is not handled is open, and any process takes it.
 * @returns how many deliveries were looked at; as many as asked for means that there may be more
 */
export async function takeDeliveries(setting: RunSetting, kind: Kind, most: number): Promise<number> {
  const { bench } = setting;
  try {
    return await takeTogether(setting, kind, most);
  } catch (error) {
    bench.log("warn", "webhooks could not be taken up", { deliveries: most, error: String(error) });
    if (most === 1) return putOff(bench, kind);
    // One of them is in the way of the others: each goes by itself.
    for (let at = 0; at < most; at += 1) if ((await takeDeliveries(setting, kind, 1)) === 0) return at;
    return most;
  }
}

function takeTogether(setting: RunSetting, kind: Kind, most: number): Promise<number> {
  const { bench } = setting;
  const now = new Date(bench.clock.now());
  return bench.store.database.transaction().execute(async (executor) => {
    const due = await holdDueDeliveries(executor, kind, now, most);
    if (due.length === 0) return 0;
    if (kind === "hints") await announce(setting, executor, await putOffReadJustNow(executor, due, now), now);
    else for (const delivery of due) await changeConnection(setting, executor, delivery, now);
    return due.length;
  });
}

/** The delivery in the way is tried again, ever more rarely, and given up when it is too old to be taken at all. */
async function putOff(bench: Workbench, kind: Kind): Promise<number> {
  const now = new Date(bench.clock.now());
  return bench.store.database.transaction().execute(async (executor) => {
    const [first] = await holdDueDeliveries(executor, kind, now, 1);
    if (first === undefined) return 0;
    const ageMs = now.getTime() - first.receivedAt.getTime();
    const pauseMs = Math.min(Math.max(ageMs, bounds.deliveryRetryMs), bounds.deliveryLongestRetryMs);
    if (ageMs >= bounds.deliveryTriedMs) await endDeliveries(executor, [first.id], "failed", now);
    else await postponeDeliveries(executor, [first.id], new Date(now.getTime() + pauseMs));
    return 1;
  });
}

/**
 * One order has several events within seconds. The first is taken up at once; what speaks only of records that were
 * announced just now waits until a pause is over, so that all of it is one more read. @returns the others
 */
async function putOffReadJustNow(
  executor: Executor,
  deliveries: readonly OpenDelivery[],
  now: Date,
): Promise<OpenDelivery[]> {
  const connections = [...new Set(deliveries.map(({ connectionId }) => connectionId))];
  const since = new Date(now.getTime() - bounds.sameRecordMs);
  const handled = new Map<string, Date>();
  for (const { connectionId, hint, at } of await handledSince(executor, connections, since))
    if (at <= now) handled.set(keyOf(connectionId, hint), at);
  const ready: OpenDelivery[] = [];
  for (const delivery of deliveries) {
    const times = delivery.hints.map((hint) => handled.get(keyOf(delivery.connectionId, hint)));
    const known = times.filter((at) => at !== undefined);
    if (known.length < times.length || known.length === 0) {
      ready.push(delivery);
      continue;
    }
    const last = Math.max(...known.map((at) => at.getTime()));
    await postponeDeliveries(executor, [delivery.id], new Date(last + bounds.sameRecordMs));
  }
  return ready;
}

function keyOf(connectionId: number, { resource, id }: Hint): string {
  return JSON.stringify([connectionId, resource, id]);
}

/** The records of one flow that are announced. */
interface Concerned {
  readonly key: FlowKey;
  readonly connection: Connection;
  readonly paused: boolean;
  readonly ids: Set<string>;
}

async function announce(
  setting: RunSetting,
  executor: Executor,
  deliveries: readonly OpenDelivery[],
  now: Date,
): Promise<void> {
  if (deliveries.length === 0) return;
  const { bench, queue } = setting;
  const readers = await readersOf(setting, executor, deliveries);
  const hears = await hearing(executor, readers, deliveries);
  const concerned = new Map<string, Concerned>();
  const ended = { announced: [] as number[], kept: [] as number[], unconcerned: [] as number[] };
  for (const { id, connectionId, hints } of deliveries) {
    const flows = hints.flatMap((hint) =>
      readers
        .filter((reader) => reader.connection.id === connectionId && hears(reader, hint))
        .map((reader) => ({ ...reader, sourceId: hint.id })),
    );
    for (const { key, connection, paused, sourceId } of flows) {
      const name = JSON.stringify(key);
      const one = concerned.get(name) ?? { key, connection, paused, ids: new Set() };
      one.ids.add(sourceId);
      concerned.set(name, one);
    }
    if (flows.length === 0) ended.unconcerned.push(id);
    else ended[flows.some(({ paused }) => !paused) ? "announced" : "kept"].push(id);
  }
  // By turns, always in one order, transactions that hold several flows cannot deadlock.
  const all = [...concerned.values()].sort((one, other) => compare(one.key, other.key));
  for (const { key, connection, ids } of all) {
    await lockFlow(executor, key);
    await announceRecords(executor, key, [...ids], { vendor: bench.vendorTitle(connection.vendor), now });
  }
  const wishes = all.filter(({ paused }) => !paused).map(({ key }) => wish(key, "due"));
  if (wishes.length > 0) await queue.wishInside(executor, wishes);
  for (const outcome of ["announced", "kept", "unconcerned"] as const)
    await endDeliveries(executor, ended[outcome], outcome, now);
}

/** A flow that reads a resource of a connection. */
interface Reader {
  readonly key: FlowKey;
  readonly connection: Connection;
  readonly resource: string;
  readonly paused: boolean;
  /** its records come by those that refer to them, so that it hears only of what it knows */
  readonly referred: boolean;
}

/** Which readers a hint concerns. A payment of an order that nobody has invoiced is no record yet, and none that waits. */
async function hearing(
  executor: Executor,
  readers: readonly Reader[],
  deliveries: readonly OpenDelivery[],
): Promise<(reader: Reader, hint: Hint) => boolean> {
  const known = new Map<Reader, ReadonlyMap<string, unknown>>();
  for (const reader of readers.filter(({ referred }) => referred)) {
    const hints = deliveries.flatMap(({ connectionId, hints: own }) =>
      connectionId === reader.connection.id ? own : [],
    );
    const ids = hints.flatMap(({ resource, id }) => (resource === reader.resource ? [id] : []));
    known.set(reader, await findRecords(executor, reader.key, [...new Set(ids)]));
  }
  return (reader, { resource, id }) =>
    reader.resource === resource && (!reader.referred || known.get(reader)?.has(id) === true);
}

async function readersOf(
  setting: RunSetting,
  executor: Executor,
  deliveries: readonly OpenDelivery[],
): Promise<Reader[]> {
  const ids = [...new Set(deliveries.map(({ connectionId }) => connectionId))];
  const connections = await findConnections(executor, ids);
  const integrations = await integrationsOf(executor, ids);
  return integrations.flatMap((integration) =>
    sidesOf(integration).flatMap((id) => {
      const connection = connections.get(id);
      if (connection === undefined) return [];
      return setting
        .flowsOf(integration)
        .filter(({ from }) => from.vendor === connection.vendor)
        .map(({ name, from, reads }) => ({
          key: { integrationId: integration.id, flow: name },
          connection,
          resource: from.resource,
          paused: integration.paused,
          referred: reads === "referred",
        }));
    }),
  );
}

function sidesOf({ sourceConnectionId, targetConnectionId }: Integration): number[] {
  return [...new Set([sourceConnectionId, targetConnectionId])];
}

/** New secrets that the vendor sent, or the end of the access: whichever happened later holds. */
async function changeConnection(
  setting: RunSetting,
  executor: Executor,
  delivery: OpenDelivery,
  now: Date,
): Promise<void> {
  const { bench } = setting;
  const { id, connectionId, event, account } = delivery;
  const connection = await findConnection(executor, { id: connectionId });
  if (delivery.change === null || connection === null) return;
  if (await isOvertaken(executor, delivery)) return endDeliveries(executor, [id], "overtaken", now);
  const change = openChange(bench.seal, delivery.change);
  const facts = bench.factsOfAccount(connection.vendor, account);
  const own = bench.accountOf(connection);
  // While nobody knew the account, the door let any pass; the first that authorises is the connection's own.
  const isOthers = own === null ? facts !== null && change.kind === "revoked" : own !== account;
  if (isOthers) {
    bench.log("warn", "a webhook of another account was left aside", { connection: connection.name, event });
    return endDeliveries(executor, [id], "unconcerned", now);
  }
  if (change.kind === "revoked") {
    const parameters = { vendor: bench.vendorTitle(connection.vendor), event };
    await setNeedsPerson(executor, connectionId, { code: "access-revoked", parameters });
    bench.log("warn", "connection needs a person", { connection: connection.name, code: "access-revoked" });
    return endDeliveries(executor, [id], "revoked", now);
  }
  await renewSecrets(executor, bench.seal, connectionId, change.secrets, own === null ? (facts ?? {}) : {});
  await queueFlowsOf(setting, executor, connectionId);
  bench.log("info", "the vendor sent new secrets", { connection: connection.name });
  await endDeliveries(executor, [id], "authorised", now);
}

/** What stopped for the want of an authorisation goes on, in the order of each integration's table. */
async function queueFlowsOf(setting: RunSetting, executor: Executor, connectionId: number): Promise<void> {
  for (const integration of await integrationsOf(executor, [connectionId])) {
    if (integration.paused) continue;
    const keys = setting.flowsOf(integration).map(({ name }) => ({ integrationId: integration.id, flow: name }));
    for (const key of keys.toSorted(compare)) await lockFlow(executor, key);
    const wishes = keys.map((key) => wish(key, "full"));
    if (wishes.length > 0) await setting.queue.wishInside(executor, wishes);
  }
}

function wish(key: FlowKey, scope: "due" | "full") {
  return { ...key, scope, trigger: "webhook" as const, dueAt: null, at: null };
}

function compare(one: FlowKey, other: FlowKey): number {
  return one.integrationId - other.integrationId || (one.flow < other.flow ? -1 : one.flow > other.flow ? 1 : 0);
}
