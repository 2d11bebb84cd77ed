import { InvalidInput } from "../core/errors.ts";
import type { ConnectionView, Flow } from "../core/flow.ts";
import { explain, type Language, type Reason, type ReasonCode } from "../core/reasons.ts";
import type { NamedRecord, SourceResource } from "../core/resources.ts";
import { rulesOf, type SourceRow } from "../engine/flow-run.ts";
import { runOptions } from "../engine/run-options.ts";
import { excludedReason } from "../engine/stock/excluded-orders.ts";
import { addEvents } from "../store/events.ts";
import { excludedOrders } from "../store/excluded-orders.ts";
import type { Integration } from "../store/integrations.ts";
import { findLinks } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import type { FlowKey } from "../store/schema.ts";
import { wantRecords } from "../store/wanted-records.ts";
import { connectionById, type Desk, flowsOf, integrationNamed, kindOf } from "./desk.ts";
import type { Fault } from "./fault.ts";
import { type FlowResult, flowResult } from "./flow-result.ts";
import { sync } from "./sync.ts";

/** Orders that may be sent in one go (rule S5). */
export const mostSent = 100;
/** Longest that a sender waits for a run of another process, or for a doubtful invoice. */
const longestWaitMs = 120_000;
/** Between two looks at a run that another process does: longer each time. */
const lookMs = { first: 200, longest: 2_000 } as const;

/** Which orders a person sends. */
export interface SendRequest {
  readonly integration: string;
  /** numbers or ids, as people have them */
  readonly orders: readonly string[];
  readonly language?: Language;
  readonly signal: AbortSignal;
}

/** What became of one order that was sent. */
export interface SentOrder {
  /** as it was given */
  readonly order: string;
  /** its id at the shop; null where it means no order, or two */
  readonly id: string | null;
  readonly label: string | null;
  /** `refused`: nothing was sent, and nothing will be by itself */
  readonly outcome: "invoiced" | "invoiced-already" | "waiting" | "rejected" | "refused";
  readonly invoiceId: string | null;
  readonly code: ReasonCode | null;
  readonly reason: string | null;
  readonly action: string | null;
}

/** One result for each order, in the order in which they were given. */
export interface SendResult {
  readonly orders: readonly SentOrder[];
  /** why the run was cut short, where it was: what still waits goes on later */
  readonly fault: Fault | null;
}

/** What a text means, before anything is sent. */
type Meant =
  | { readonly kind: "order"; readonly id: string; readonly label: string }
  | { readonly kind: "refused"; readonly id: string | null; readonly label: string | null; readonly reason: Reason };

/**
 * Sends orders to the books by hand, whatever their age, and waits for what becomes of them (rules S5, S10). An order has
 * one invoice however often it is sent: whoever sends it meanwhile waits for the same run.
 * @throws {InvalidInput} {NeedsPerson} {RetryLater} where the shop cannot be asked for the orders: nothing is sent then
 */
export async function sendOrders(desk: Desk, request: SendRequest): Promise<SendResult> {
  const texts = textsOf(request.orders);
  const integration = await integrationNamed(desk, request.integration);
  const flow = flowOfOrders(desk, integration);
  if (flow === undefined)
    throw new InvalidInput("integration", `${integration.name} has no orders that can be sent by hand`);
  const key = { integrationId: integration.id, flow: flow.name };
  const meant = await withoutExcluded(desk, flow, key, await meaningsOf(desk, flow, { ...request, orders: texts }));
  const ids = [...new Set(meant.flatMap((one) => (one.kind === "order" ? [one.id] : [])))];
  const before = await findLinks(desk.store.database, key, ids);
  const labels = new Map(meant.flatMap((one) => (one.kind === "order" ? [[one.id, one.label] as const] : [])));
  const wanted = ids.filter((id) => !before.has(id));
  await want(desk, key, new Map(wanted.map((id) => [id, labels.get(id) ?? id])));
  const fault = wanted.length === 0 ? null : await runThem(desk, key, { ...request, ids: wanted });
  const links = await findLinks(desk.store.database, key, ids);
  const records = await findRecords(desk.store.database, key, ids);
  const vendor = desk.vendorTitle(flow.to.vendor);
  const orders = meant.map((one, at): SentOrder => {
    const order = texts[at] ?? "";
    const words = wordsOf(request.language ?? "en");
    if (one.kind === "refused") {
      const { id, label, reason } = one;
      return { order, id, label, outcome: "refused", invoiceId: null, ...words(reason) };
    }
    const { id, label } = one;
    const invoiceId = links.get(id)?.targetId ?? null;
    if (before.has(id))
      return {
        ...{ order, id, label, invoiceId },
        outcome: "invoiced-already",
        ...words({ code: "invoiced-already", parameters: { id: invoiceId ?? "", vendor } }),
      };
    const record = records.get(id);
    const reason = record?.reason ?? null;
    return { order, id, label, invoiceId, outcome: outcomeOf(record, invoiceId), ...words(reason) };
  });
  return { orders, fault };
}

/** The flow of an integration whose orders can be sent by hand; undefined where it has none. */
export function flowOfOrders(desk: Desk, integration: Integration): Flow | undefined {
  return flowsOf(desk, integration).find(({ stock }) => stock?.role === "takes");
}

/** The numbers in a text that people paste; blanks, commas or new lines part them. */
export function numbersIn(text: string): readonly string[] {
  return text.split(/[\s,;،]+/).filter((part) => part !== "");
}

/** @throws {InvalidInput} for none, or more than `mostSent` */
function textsOf(orders: readonly string[]): readonly string[] {
  const texts = orders.map((text) => text.trim()).filter((text) => text !== "");
  if (texts.length === 0) throw new InvalidInput("orders", `no order is named; allowed: 1 to ${mostSent}`);
  if (texts.length > mostSent)
    throw new InvalidInput("orders", `${texts.length} orders are named; allowed: 1 to ${mostSent} at once`);
  return texts;
}

/** Looks every text up at the shop: which order it means, and whether it may be sent at all. */
async function meaningsOf(desk: Desk, flow: Flow, request: SendRequest): Promise<Meant[]> {
  const integration = await integrationNamed(desk, request.integration);
  const source = await connectionById(desk, integration.sourceConnectionId);
  const target = await connectionById(desk, integration.targetConnectionId);
  const settings = runOptions(kindOf(desk, integration.kind), integration, { source, target });
  const given = { purpose: "person", signal: request.signal, overlay: {}, onCall: () => undefined } as const;
  const opened = await desk.openSession(source, given);
  try {
    const orders = opened.session.sources[flow.from.resource] as SourceResource<SourceRow> | undefined;
    const named = orders?.named;
    if (named === undefined) throw new Error(`${source.vendor} cannot be asked for ${flow.from.resource} by number`);
    const vendor = desk.vendorTitle(source.vendor);
    return await Promise.all(
      request.orders.map(async (text) => meaningOf(text, await named(text), { flow, settings, vendor })),
    );
  } finally {
    await opened.close();
  }
}

function meaningOf(
  text: string,
  found: readonly NamedRecord<SourceRow>[],
  { flow, settings, vendor }: { flow: Flow; settings: ConnectionView["settings"]; vendor: string },
): Meant {
  const [first, ...others] = found;
  const refused = (code: ReasonCode, parameters: Reason["parameters"]): Meant => ({
    ...{ kind: "refused", id: null, label: null },
    reason: { code, parameters: { vendor, order: text, ...parameters } },
  });
  if (first === undefined) return refused("no-such-order", {});
  if (others.length > 0)
    return refused("number-of-two", {
      orders: found.map(({ id, label, by }) => `${by} of ${label}, id ${id}`).join("; "),
    });
  const { id } = first;
  const rules = rulesOf(flow);
  const label = rules.label(first.row);
  const skipped = rules.skip(first.row, { settings, known: false, referred: false, wanted: true });
  if (skipped !== null) return { ...refused(skipped.code, skipped.parameters), id, label } as Meant;
  return { kind: "order", id, label };
}

/** Orders that a person excluded are not sent, completed or not: that must be taken back first (product.md, 1.1). */
async function withoutExcluded(
  desk: Desk,
  flow: Flow,
  { integrationId }: FlowKey,
  meant: readonly Meant[],
): Promise<readonly Meant[]> {
  const ids = meant.flatMap(({ id }) => id ?? []);
  const excluded = await excludedOrders(desk.store.database, integrationId, ids);
  return meant.map((one) => {
    const goods = excluded.get(one.id ?? "");
    return goods === undefined
      ? one
      : { ...one, kind: "refused", reason: excludedReason(goods, desk.vendorTitle, flow) };
  });
}

async function want(desk: Desk, key: FlowKey, labels: ReadonlyMap<string, string>): Promise<void> {
  const now = new Date(desk.clock.now());
  await desk.store.database.transaction().execute(async (executor) => {
    const wanted = [...labels].map(([sourceId, label]) => ({ sourceId, label }));
    await wantRecords(executor, key, wanted, now);
    const events = wanted.map(({ sourceId }) => ({
      sourceId,
      at: now,
      kind: "retried" as const,
      detail: { by: "hand" },
    }));
    await addEvents(executor, key, null, events);
  });
}

/**
 * Has the wanted orders taken up: by a run of this process, or by the one that another process is doing.
 * @returns what cut the run short, where something did
 */
async function runThem(
  desk: Desk,
  key: FlowKey,
  { integration, signal, ids }: SendRequest & { readonly ids: readonly string[] },
): Promise<Fault | null> {
  const until = desk.clock.now() + longestWaitMs;
  for (let look: number = lookMs.first; ; look = Math.min(2 * look, lookMs.longest)) {
    const [report] = await sync(desk, { integration, flow: key.flow, scope: "due", signal });
    if (report === undefined) throw new Error(`no run of ${key.flow} was done`);
    const result = flowResult(report);
    const again = await nextLookAt(desk, key, { ids, result });
    const ended = result.state !== "held" && result.fault !== null;
    if (ended || again === null || again > until || signal.aborted)
      return result.state === "held" ? null : result.fault;
    await desk.clock.sleep(Math.max(look, again - desk.clock.now()), signal).catch(() => undefined);
  }
}

/** When to look again, in milliseconds since 1970; null where every order has its outcome. */
async function nextLookAt(
  desk: Desk,
  key: FlowKey,
  { ids, result }: { ids: readonly string[]; result: FlowResult },
): Promise<number | null> {
  const { database } = desk.store;
  const links = await findLinks(database, key, ids);
  const records = await findRecords(database, key, ids);
  const now = desk.clock.now();
  const open = ids.flatMap((id) => (links.has(id) ? [] : (records.get(id) ?? [])));
  if (open.some(({ retryAt }) => retryAt !== null && retryAt.getTime() <= now)) return now;
  const isInDoubt = open.some(({ reason }) => reason?.code === "in-doubt");
  return isInDoubt ? (result.searchAt?.getTime() ?? now) : null;
}

function outcomeOf(record: StoredRecord | undefined, invoiceId: string | null): SentOrder["outcome"] {
  if (invoiceId !== null) return "invoiced";
  if (record === undefined || record.outcome === "waiting") return "waiting";
  return record.outcome === "rejected" ? "rejected" : "refused";
}

function wordsOf(language: Language) {
  return (reason: Reason | null): Pick<SentOrder, "code" | "reason" | "action"> => {
    if (reason === null) return { code: null, reason: null, action: null };
    const { sentence, action } = explain(reason, language);
    return { code: reason.code, reason: sentence, action: action === "" ? null : action };
  };
}
