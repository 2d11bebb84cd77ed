/** Records that belong to one of another flow, such as refunds to their orders. */
import type { Mapped } from "../core/mapping.ts";
import { findLinks } from "../store/links.ts";
import { findRecords, retryRecords } from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import { type Parent, type Settled, settled, targetTitle, type Work, withVendor } from "./decisions.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";

/** The parents of rows, by the rows' ids; none for flows without. */
export async function findParents(
  run: FlowRun,
  rows: ReadonlyMap<string, SourceRow>,
): Promise<ReadonlyMap<string, Parent>> {
  const { parent } = run.flow;
  if (parent === undefined || rows.size === 0) return new Map();
  const { database } = run.bench.store;
  const key = { ...run.key, flow: parent.flow };
  const idOf = new Map([...rows].map(([sourceId, row]) => [sourceId, parent.id(row as never)]));
  const ids = [...new Set(idOf.values())];
  const [links, records] = await Promise.all([findLinks(database, key, ids), findRecords(database, key, ids)]);
  return new Map(
    [...idOf].map(([sourceId, id]) => {
      const record = records.get(id);
      const owed = record?.outcome === "waiting" || record?.outcome === "rejected";
      return [sourceId, { id, label: record?.label ?? id, link: links.get(id) ?? null, owed }];
    }),
  );
}

/**
 * A record whose parent is not linked: nothing is read for it, and it goes on by itself when the parent is. It waits where
 * the parent does, and is left out where the parent is.
 */
export function judgeOrphan(run: FlowRun, work: Work, parent: Parent | undefined): Settled | null {
  const rule = run.flow.parent;
  if (rule === undefined || parent === undefined || work.link !== null) return null;
  if (parent.link !== null) return null;
  const reason = withVendor(run, { code: rule.code, parameters: { order: parent.label } });
  const outcome = parent.owed ? "waiting" : "skipped";
  return { ...settled(work, outcome, reason), waitsFor: { flow: rule.flow, sourceId: parent.id } };
}

/** A new record waits where its parent is no longer what was linked: what it says is of something else. */
export function judgeMovedParent(
  run: FlowRun,
  work: Work,
  source: SourceRow,
  parent: Parent | undefined,
): Settled | null {
  const moved = run.flow.parent?.moved;
  const kept = keptOfParent(parent);
  if (moved === undefined || parent === undefined || work.link !== null || kept === null) return null;
  const parameters = moved.when(source as never, kept);
  if (parameters === null) return null;
  const told = { ...parameters, id: parent.link?.targetId ?? "", other: targetTitle(run) };
  return settled(work, "waiting", withVendor(run, { code: moved.code, parameters: told }));
}

/** What was kept of a record's parent when that was linked. */
export function keptOfParent(parent: Parent | undefined): Mapped | null {
  const kept = parent?.link?.written?.kept;
  return isKept(kept) ? kept : null;
}

/** What is kept of a linked record for later. */
export function isKept(kept: unknown): kept is Readonly<Record<string, unknown>> {
  return typeof kept === "object" && kept !== null;
}

/** Parents that wait for records such as the written ones are looked at again. */
export async function tellParents(
  executor: Executor,
  run: FlowRun,
  written: readonly { readonly sourceId: string }[],
  now: Date,
): Promise<void> {
  const { parent } = run.flow;
  if (parent === undefined || written.length === 0) return;
  const after = run.sibling(parent.flow)?.flow.after;
  if (after === undefined) return;
  const sourceIds = written.map(({ sourceId }) => sourceId.split("-")[0] ?? "");
  const key = { integrationId: run.key.integrationId, flow: parent.flow };
  await retryRecords(executor, { ...key, sourceIds, outcomes: ["waiting"], codes: after.codes }, now);
}
