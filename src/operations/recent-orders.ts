import { explain, type Language } from "../core/reasons.ts";
import type { Integration } from "../store/integrations.ts";
import { findLinks } from "../store/links.ts";
import { recentRecords } from "../store/recent-records.ts";
import { findRecords } from "../store/records.ts";
import type { Desk } from "./desk.ts";
import { flowOfOrders } from "./send-orders.ts";

/** Orders that are shown at once. */
const mostShown = 50;

/** An order of the shop with what became of it. */
export interface RecentOrder {
  /** its number, as people know it */
  readonly order: string;
  readonly id: string;
  /** `left`: it is none to be invoiced, or not yet */
  readonly state: "invoiced" | "waiting" | "rejected" | "left";
  readonly invoiceId: string | null;
  readonly reason: string | null;
  readonly action: string | null;
  readonly updatedAt: Date;
}

/** The latest orders of an integration, by their numbers. */
export async function recentOrders(desk: Desk, integration: Integration, language: Language): Promise<RecentOrder[]> {
  const flow = flowOfOrders(desk, integration);
  if (flow === undefined) return [];
  const { database } = desk.store;
  const key = { integrationId: integration.id, flow: flow.name };
  const ids = await recentRecords(database, key, mostShown);
  const [records, links] = await Promise.all([findRecords(database, key, ids), findLinks(database, key, ids)]);
  return ids.flatMap((id) => {
    const record = records.get(id);
    if (record === undefined) return [];
    const { sentence, action } = record.reason === null ? {} : explain(record.reason, language);
    const { label, outcome, updatedAt } = record;
    const state =
      outcome === "waiting" || outcome === "rejected" ? outcome : outcome === "skipped" ? "left" : "invoiced";
    const invoiceId = links.get(id)?.targetId ?? null;
    return [{ order: label, id, state, invoiceId, reason: sentence ?? null, action: action || null, updatedAt }];
  });
}
