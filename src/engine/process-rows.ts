/** The pipeline for rows of one flow: judge, resolve links, write, remember. */

import { canonicalJson, fingerprint } from "../core/fingerprint.ts";
import type { Mapped } from "../core/mapping.ts";
import type { UnreadableRow } from "../core/resources.ts";
import { findLinks, type Link } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import { bounds } from "./bounds.ts";
import { checkChosen } from "./check-chosen.ts";
import {
  type Decision,
  keep,
  postponed,
  type RowPurpose,
  rejected,
  type Settled,
  settled,
  type Work,
} from "./decisions.ts";
import { type FlowRun, lockFlows, type PlannedWrite, type SourceRow, stopHere } from "./flow-run.ts";
import { holdBackPaused } from "./hold-back-paused.ts";
import { isGoneThere } from "./is-gone-there.ts";
import { judgeMissing, judgeRows } from "./judge-rows.ts";
import { namesThere } from "./names-there.ts";
import { type Read, readInFull } from "./read-in-full.ts";
import { type ReadyWrite, type Referred, resolveLinks } from "./resolve-links.ts";
import { aloneWithStock } from "./stock/alone-with-stock.ts";
import { returnsStock } from "./stock/bring-back.ts";
import { leaveOutExcluded } from "./stock/excluded-orders.ts";
import { judgeGoneOrders } from "./stock/gone-orders.ts";
import { holdBackShort } from "./stock/hold-back-short.ts";
import { needPastCounts } from "./stock/need-past-counts.ts";
import { takesStock } from "./stock/note-orders.ts";
import { storeSettled } from "./store-outcomes.ts";
import { writeRecords } from "./write-records.ts";

/** What happens in the transaction that stores the last outcomes of the rows, such as moving the cursor. */
type Finally = (executor: Executor) => Promise<void>;

/** Resolves the links of judged rows, writes what is to be written and stores what became of each. */
export async function finishRows(
  run: FlowRun,
  decisions: readonly Decision[],
  extra: { readonly settled?: readonly Settled[]; readonly finally?: Finally } = {},
): Promise<void> {
  stopHere(run);
  const left = await writeAndSettle(run, approvedOnly(run, decisions));
  const settledRows = [...left, ...(extra.settled ?? [])];
  for (const one of settledRows) {
    run.counts[one.outcome] += 1;
    if (one.reason?.code === "in-doubt") run.doubted.add(one.sourceId);
    const item = run.approved?.get(one.sourceId);
    // What an apply that was cut short has made already is as the plan says.
    if (item !== undefined && one.link?.fingerprint !== item.fingerprint) run.refuse(one);
  }
  if (run.plan !== null) return;
  // Often all of it was written, and every answer is stored.
  if (settledRows.length > 0 || extra.finally !== undefined)
    await run.bench.store.database.transaction().execute(async (executor) => {
      await lockFlows(executor, run);
      await storeSettled(executor, run, settledRows);
      await extra.finally?.(executor);
    });
  await run.fence();
}

/** Resolves and writes. @returns what needed no write. Invoices are written while nobody else works on the stock. */
async function writeAndSettle(run: FlowRun, decisions: readonly Decision[]): Promise<Settled[]> {
  const work = async () => {
    const inOrder = takesStock(run) === null ? decisions : oldestFirst(decisions);
    const included = await leaveOutExcluded(run, inOrder);
    const going = await needPastCounts(run, await holdBackPaused(run, included));
    const enough = await holdBackShort(run, going);
    const resolved = await resolveLinks(run, enough, referred);
    const writes = resolved.filter((one): one is ReadyWrite => one.kind === "write");
    const settledRows = resolved.filter((one): one is Settled => one.kind === "settled");
    if (run.plan === null) return [...settledRows, ...(await writeRecords(run, writes))];
    await planWrites(run, writes);
    return settledRows;
  };
  const movesStock = takesStock(run) !== null || returnsStock(run) !== null;
  const writesStock = movesStock && run.plan === null && decisions.some(({ kind }) => kind === "write");
  return writesStock ? aloneWithStock(run, work) : work();
}

/** What was completed first is served first (product.md, 1), whatever the order of the list; of one moment the lower number. */
function oldestFirst(decisions: readonly Decision[]): readonly Decision[] {
  return decisions.toSorted(
    (one, other) =>
      one.changedAt - other.changedAt ||
      one.label.length - other.label.length ||
      (one.label < other.label ? -1 : Number(one.label > other.label)),
  );
}

/** Reads records by id, in groups, and takes them through the pipeline; the missing ones get their outcome too. */
export async function processIds(
  run: FlowRun,
  sourceIds: readonly string[],
  why: Pick<RowPurpose, "referred" | "asked">,
): Promise<void> {
  const groupSize = Math.max(run.source.batch, bounds.readsTogether);
  for (let at = 0; at < sourceIds.length; at += groupSize) {
    stopHere(run);
    await finishRows(run, await judgeIds(run, sourceIds.slice(at, at + groupSize), why));
  }
}

/** Reads records by id and decides for each. */
async function judgeIds(
  run: FlowRun,
  ids: readonly string[],
  why: Pick<RowPurpose, "referred" | "asked">,
): Promise<Decision[]> {
  const read = await readInFull(run, ids);
  const rows: SourceRow[] = [];
  const others: Unread[] = [];
  for (const id of ids) {
    const result = read.get(id) ?? ({ kind: "missing" } as const);
    if (result.kind === "found") rows.push(result.record);
    else others.push([id, result]);
  }
  const unread = await settleUnread(run, others, why.asked);
  return [...(await judgeRows(run, rows, { ...why, forced: true, full: true })), ...unread];
}

/** An id with why there is no record of it. */
type Unread = readonly [
  string,
  (
    | Exclude<Read, { kind: "found" }>
    /** complete passes missed it together with many others */
    | { readonly kind: "vanished"; readonly count: number; readonly linked: number }
  ),
];

/** What becomes of records that are gone or cannot be read. */
export async function settleUnread(run: FlowRun, others: readonly Unread[], asked = false): Promise<Decision[]> {
  if (others.length === 0) return [];
  const { database } = run.bench.store;
  const ids = others.map(([id]) => id);
  const stored = await findRecords(database, run.key, ids);
  const links = await findLinks(database, run.key, ids);
  if (asked) await letGoOfBoth(run, others, links);
  const nameOf = await namesThere(run, links.values());
  const works = new Map(ids.map((id) => [id, unreadWork(id, { stored, links })]));
  const missing = others.flatMap(([id, { kind }]) => (kind === "missing" ? (works.get(id) ?? []) : []));
  const gone = await judgeGoneOrders(run, missing, asked);
  return others.map(([sourceId, result]) => {
    const work = works.get(sourceId) ?? unreadWork(sourceId, { stored, links });
    const record = work.stored;
    if (result.kind === "unreadable") return rejected(run, work, result.rejection);
    if (result.kind === "later") return postponed(run, work, result.error);
    if (result.kind === "missing") return gone.get(sourceId) ?? judgeMissing(run, work, nameOf, asked);
    if (record?.reason?.code === "many-vanished") return keep(work, record);
    const vendor = run.bench.vendorTitle(run.flow.from.vendor);
    const parameters = { vendor, count: String(result.count), linked: String(result.linked) };
    return settled(work, "waiting", { code: "many-vanished", parameters });
  });
}

/** A record of which only what is stored is known. */
function unreadWork(
  sourceId: string,
  known: { readonly stored: ReadonlyMap<string, StoredRecord>; readonly links: ReadonlyMap<string, Link> },
): Work {
  const stored = known.stored.get(sourceId) ?? null;
  const changedAt = stored?.sourceChangedAt?.getTime() ?? 0;
  return { sourceId, label: stored?.label ?? sourceId, changedAt, link: known.links.get(sourceId) ?? null, stored };
}

/** What is gone at both sides is nobody's to clear up any more; looked for when a person asks. */
async function letGoOfBoth(run: FlowRun, others: readonly Unread[], links: Map<string, Link>): Promise<void> {
  for (const [id, { kind }] of others) {
    const link = kind === "missing" ? links.get(id) : undefined;
    if (link !== undefined && (await isGoneThere(run, link.targetId))) links.delete(id);
  }
}

/** Rows of a list that could not be read: each is a rejected record of its own. */
export async function settleUnreadable(run: FlowRun, unreadable: readonly UnreadableRow[]): Promise<Settled[]> {
  // A row without even an id is known by the digest of what is wrong with it, so that it is counted once and not hidden.
  const named = unreadable.map((row) => ({
    ...row,
    id: row.id ?? `unreadable-${fingerprint(row.rejection.parameters).slice(0, 12)}`,
  }));
  const stored = await findRecords(
    run.bench.store.database,
    run.key,
    named.map((row) => row.id),
  );
  return named.map((row) => {
    const record = stored.get(row.id) ?? null;
    const work = { sourceId: row.id, label: record?.label ?? row.id, changedAt: 0, link: null, stored: record };
    return rejected(run, work, row.rejection);
  });
}

const becauseReferred = { referred: true, asked: false } as const;

/** Records of another flow that are settled because a record of this one refers to them (rule Z4). */
const referred: Referred = {
  settle: async (sibling, sourceIds) => {
    await checkChosen(sibling);
    await processIds(sibling, sourceIds, becauseReferred);
  },
  judge: async (sibling, sourceIds) => {
    await checkChosen(sibling);
    const decisions = await judgeIds(sibling, sourceIds, becauseReferred);
    const isHeld = (one: Decision) => one.kind === "settled" && one.link === null;
    return {
      held: new Set(decisions.filter(isHeld).map(({ sourceId }) => sourceId)),
      finish: (ids) =>
        finishRows(
          sibling,
          decisions.filter((one) => isHeld(one) || ids.has(one.sourceId)),
        ),
    };
  },
};

async function planWrites(run: FlowRun, writes: readonly ReadyWrite[]): Promise<void> {
  for (const write of writes) run.counts[write.intent === "create" ? "created" : "updated"] += 1;
  await run.plan?.add(
    run.flow.name,
    writes.map((write) => planItem(run, write)),
  );
}

function planItem(run: FlowRun, write: ReadyWrite): PlannedWrite {
  return {
    flow: run.flow.name,
    sourceId: write.sourceId,
    label: write.label,
    kind: write.intent,
    fingerprint: write.fingerprint,
    mapped: write.successor ?? write.payload,
    amount: write.amount,
  };
}

/** What the target gets of a record, for comparison: fields that only tell how it was read differ from time to time. */
function sentPart({ flow }: FlowRun, mapped: Mapped): string {
  const internal = flow.internal ?? [];
  return canonicalJson(
    Object.fromEntries(Object.entries(mapped).filter(([field]) => !internal.includes(field as never))),
  );
}

/**
 * When a plan is applied: exactly its writes are made; whatever differs from it by now is refused by name, before its
 * references are looked at, so that it brings no other record along.
 */
function approvedOnly(run: FlowRun, decisions: readonly Decision[]): readonly Decision[] {
  const { approved } = run;
  if (approved === null) return decisions;
  return decisions.filter((write) => {
    if (write.kind === "settled") return true;
    const item = approved.get(write.sourceId);
    const same = item !== undefined && sentPart(run, item.mapped) === sentPart(run, write.successor ?? write.payload);
    if (same && item.kind === write.intent) return true;
    run.counts.rejected += 1;
    run.refuse(write);
    return false;
  });
}
