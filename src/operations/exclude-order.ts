import { explain, type Language } from "../core/reasons.ts";
import { countOutIds, countsKey, excludeOrder, includeOrder } from "../engine/stock/exclude-order.ts";
import type { Goods } from "../store/excluded-orders.ts";
import { findLinks } from "../store/links.ts";
import { findRecords } from "../store/records.ts";
import type { FlowKey } from "../store/schema.ts";
import type { Desk } from "./desk.ts";
import { type FlowResult, flowResult } from "./flow-result.ts";
import { withOrder } from "./order-hands.ts";
import { sync } from "./sync.ts";

/** An order that is never to become an invoice. */
export interface ExcludeRequest {
  readonly integration: string;
  /** its number or id */
  readonly order: string;
  /** `left`: its goods have left, and the books count them out; `kept`: they are offered again */
  readonly goods: Goods;
  readonly language?: Language;
  readonly signal: AbortSignal;
}

/** What became of the goods of one product that left. */
export interface CountedOut {
  /** its SKU and name */
  readonly product: string;
  /** true: the books are counted down */
  readonly done: boolean;
  readonly reason: string | null;
  readonly action: string | null;
}

/** What came of an exclusion. */
export interface ExcludedOrder {
  readonly id: string;
  readonly label: string;
  readonly goods: Goods;
  /** counted products of which units left; empty where nothing of the order was counted */
  readonly counts: readonly CountedOut[];
  readonly flows: readonly FlowResult[];
}

/**
 * Keeps an order from ever becoming an invoice, and counts down what left with it (product.md, 1.1). Saying it twice counts
 * once. @throws {InvalidInput} {NeedsPerson} {RetryLater}
 */
export async function excludeOrderByHand(desk: Desk, request: ExcludeRequest): Promise<ExcludedOrder> {
  const { integration, goods, signal, language = "en" } = request;
  const { id, label, flow, counts, countIds } = await withOrder(desk, request, async ({ run, ...order }) => {
    await excludeOrder(run, order, goods);
    return { ...order, flow: run.key.flow, counts: countsKey(run), countIds: await countOutIds(run, order.id) };
  });
  const reports = await sync(desk, { integration, flow, scope: "due", signal });
  const left = await countedOut(desk, counts, countIds, language);
  return { id, label, goods, counts: left, flows: reports.map(flowResult) };
}

/** Lets an excluded order flow again, as long as nothing of it was counted out. @throws {InvalidInput} */
export async function includeOrderAgain(
  desk: Desk,
  request: Pick<ExcludeRequest, "integration" | "order" | "signal">,
): Promise<Pick<ExcludedOrder, "id" | "label" | "flows">> {
  const { integration, signal } = request;
  const { id, label, flow } = await withOrder(desk, request, async ({ run, ...order }) => {
    await includeOrder(run, order);
    return { ...order, flow: run.key.flow };
  });
  const reports = await sync(desk, { integration, flow, scope: "due", signal });
  return { id, label, flows: reports.map(flowResult) };
}

async function countedOut(
  desk: Desk,
  counts: FlowKey,
  ids: readonly string[],
  language: Language,
): Promise<readonly CountedOut[]> {
  const records = await findRecords(desk.store.database, counts, ids);
  const done = await findLinks(desk.store.database, counts, ids);
  return [...records.values()].map(({ sourceId, label, reason }) => {
    const words = reason === null ? null : explain(reason, language);
    return {
      product: label,
      done: done.has(sourceId),
      reason: words?.sentence ?? null,
      action: words === null || words.action === "" ? null : words.action,
    };
  });
}
