/** read → judge: decides for each row of a page what is to be done, without writing anything. */
import { RecordRejected } from "../core/errors.ts";
import { fingerprint } from "../core/fingerprint.ts";
import type { Mapped } from "../core/mapping.ts";
import type { Reason } from "../core/reasons.ts";
import { findOpenIntents } from "../store/intents.ts";
import { findLinks, type Link } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import { bounds } from "./bounds.ts";
import { checkFixed } from "./check-fixed.ts";
import {
  type Decision,
  deletion,
  doubtsForPerson,
  keep,
  type Parent,
  postponed,
  type RowPurpose,
  rejected,
  settled,
  targetTitle,
  type Work,
  withVendor,
} from "./decisions.ts";
import { type FlowRun, rulesOf, type SourceRow } from "./flow-run.ts";
import { forgetGone, targetGone } from "./forget-gone.ts";
import { isGoneThere } from "./is-gone-there.ts";
import { findMoved, judgeLinked } from "./judge-after.ts";
import { findParents, judgeMovedParent, judgeOrphan } from "./judge-parent.ts";
import { changeOf, isToBeWatched, judgeWatched } from "./judge-watched.ts";
import { mapAndCompare } from "./map-and-compare.ts";
import { type Read, readInFull } from "./read-in-full.ts";
import { findExcluded } from "./stock/excluded-orders.ts";
import { noteFullOrders } from "./stock/note-orders.ts";
import { isSurelyRead, tellsChanges } from "./surely-read.ts";

/** Decides for the rows of a page, reading in full what needs it. Order is kept; doubled rows are dropped. */
export async function judgeRows(run: FlowRun, page: readonly SourceRow[], purpose: RowPurpose): Promise<Decision[]> {
  const rows = rowsById(run, page);
  if (purpose.full) await rememberFull(run, [...rows.values()]);
  const known = await findKnown(run, rows);
  await letGoOfDeleted(run, rows, { ...known, asked: purpose.asked });
  const gone = purpose.asked ? await forgetGone(run, known.links) : new Map<string, string>();
  const rules = rulesOf(run.flow);
  const decisions = new Map<string, Decision | null>();
  const toRead: Work[] = [];
  for (const [sourceId, row] of rows) {
    const work = workOf(run, sourceId, row, known);
    const was = gone.get(sourceId);
    const early = was === undefined ? judgeRow(run, work, row, purpose, known) : targetGone(run, work, was);
    const needsDetail = rules.needsDetail(row, skipContext(run, work, purpose)) || isToBeWatched(run, work);
    if (early === null && !purpose.full && needsDetail) toRead.push(work);
    decisions.set(sourceId, early ?? (toRead.at(-1) === work ? null : await judgeSource(run, work, row, purpose)));
  }
  const read = await readInFull(
    run,
    toRead.map((work) => work.sourceId),
  );
  await rememberFull(
    run,
    [...read.values()].flatMap((result) => (result.kind === "found" ? [result.record] : [])),
  );
  for (const work of toRead) {
    const result = read.get(work.sourceId) ?? { kind: "missing" };
    decisions.set(work.sourceId, await judgeRead(run, work, result, purpose));
  }
  return [...decisions.values()].filter((decision) => decision !== null);
}

/**
 * Keeps what full records tell besides their own outcome: what orders hold back, and the records themselves for the flows
 * that follow over them; bounded, because a backlog may be long.
 */
async function rememberFull(run: FlowRun, records: readonly SourceRow[]): Promise<void> {
  await noteFullOrders(run, records);
  if (run.flow.followedBy === undefined) return;
  for (const record of records) run.recent.set(run.source.idOf(record as never), record);
  for (const id of run.recent.keys()) {
    if (run.recent.size <= bounds.recentRecords) return;
    run.recent.delete(id);
  }
}

/** How many rows of a page would be read or written, by what is stored of them; no call is made. */
export async function countDue(run: FlowRun, page: readonly SourceRow[], purpose: RowPurpose): Promise<number> {
  const rows = rowsById(run, page);
  const known = await findKnown(run, rows);
  const isDue = ([sourceId, row]: [string, SourceRow]) => {
    const work = workOf(run, sourceId, row, known);
    const early = judgeRow(run, work, row, purpose, known);
    return early === null || early.kind === "write";
  };
  return [...rows].filter(isDue).length;
}

function rowsById(run: FlowRun, page: readonly SourceRow[]): Map<string, SourceRow> {
  return new Map(page.map((row) => [run.source.idOf(row as never), row]));
}

/** What is stored of the rows of a page. */
interface Known {
  readonly links: Map<string, Link>;
  readonly records: ReadonlyMap<string, StoredRecord>;
  readonly intents: { has(sourceId: string): boolean };
  readonly parents: ReadonlyMap<string, Parent>;
  /** linked records that moved in a flow without updates */
  readonly moved: ReadonlyMap<string, Reason>;
  /** why orders are left out that a person excluded */
  readonly excluded: ReadonlyMap<string, Reason>;
}

async function findKnown(run: FlowRun, rows: ReadonlyMap<string, SourceRow>): Promise<Known> {
  const { bench, key } = run;
  const { database } = bench.store;
  const ids = [...rows.keys()];
  const [links, records, intents] = await Promise.all([
    findLinks(database, key, ids),
    findRecords(database, key, ids),
    findOpenIntents(database, key, ids),
  ]);
  const [parents, moved, excluded] = await Promise.all([
    findParents(run, rows),
    findMoved(run, rows, links),
    findExcluded(run, ids),
  ]);
  return { links, records, intents, parents, moved, excluded };
}

function workOf(run: FlowRun, sourceId: string, row: SourceRow, { links, records, parents }: Known): Work {
  return {
    sourceId,
    label: rulesOf(run.flow).label(row),
    changedAt: changeOf(run, row, records.get(sourceId) ?? null),
    link: links.get(sourceId) ?? null,
    stored: records.get(sourceId) ?? null,
    parent: parents.get(sourceId),
  };
}

/**
 * What people made at the target and must delete there themselves (rules Z2, Z6) may be deleted already: then it is no
 * longer theirs. Looked for when that is said for the first time, and when a person asks.
 */
async function letGoOfDeleted(
  run: FlowRun,
  rows: ReadonlyMap<string, SourceRow>,
  known: Pick<Known, "links" | "records"> & { readonly asked: boolean },
): Promise<void> {
  const mayBeGone = [...known.links.values()].filter(({ sourceId, madeThere }) => {
    const row = rows.get(sourceId);
    const code = known.records.get(sourceId)?.reason?.code;
    if (!madeThere || row === undefined) return false;
    if (code === "cancelled-made-there" || code === "fixed-made-there") return known.asked;
    return rulesOf(run.flow).remove(row) !== null;
  });
  for (const link of mayBeGone)
    if (await isGoneThere(run, link.targetId)) known.links.set(link.sourceId, { ...link, madeThere: false });
}

/** What can be said before the record is read in full; null when nothing can. */
function judgeRow(run: FlowRun, work: Work, row: SourceRow, purpose: RowPurpose, known: Known): Decision | null {
  const { flow } = run;
  const open = known.intents.has(work.sourceId);
  // What a person must decide keeps saying so, until it is decided.
  if (open && work.stored !== null && doubtsForPerson.includes(work.stored.reason?.code))
    return keep(work, work.stored);
  if (open) return settled(work, "waiting", { code: "in-doubt", parameters: { vendor: targetTitle(run) } });
  // A document that came out different says so until a person has looked and retries it.
  const differs = work.link !== null && work.stored?.reason?.code === "document-differs" && !purpose.asked;
  if (differs && work.stored !== null) return keep(work, work.stored);
  if (work.link !== null && !flow.updates) return judgeLinked(work, known.moved.get(work.sourceId), purpose.asked);
  const excluded = known.excluded.get(work.sourceId);
  if (excluded !== undefined) return settled(work, "skipped", excluded);
  const orphan = judgeOrphan(run, work, work.parent);
  if (orphan !== null) return orphan;
  const removal = work.link === null ? null : judgeRemoval(run, work, work.link, row, purpose);
  if (removal !== null) return removal;
  const skipped = rulesOf(flow).skip(row, skipContext(run, work, purpose));
  if (skipped !== null) return settled(work, "skipped", withVendor(run, skipped));
  if (!purpose.asked && work.link === null && work.stored !== null && isForPerson(work, work.stored))
    return keep(work, work.stored);
  if (purpose.forced || work.stored === null || wasTooOld(run, work.stored)) return null;
  const { code } = work.stored.reason ?? {};
  const told = flow.watch !== undefined && (code === flow.watch.code || code === "gone-but-linked");
  if (told && work.link !== null && !isToBeWatched(run, work)) return keep(work, work.stored);
  const same = work.changedAt !== 0 && work.stored.sourceChangedAt?.getTime() === work.changedAt;
  if (!tellsChanges(run) || !same || purpose.referred) return null;
  if (!isSurelyRead(run, work.stored.updatedAt, work.changedAt) || work.link?.fingerprint === "") return null;
  const ended =
    work.stored.outcome === "skipped" || work.stored.outcome === "waiting" || work.stored.outcome === "rejected";
  if (work.link === null && !ended) return null;
  return ended ? keep(work, work.stored) : settled(work, "unchanged", null);
}

/** Skipped for its day, and its row no longer is: a backfill reaches further back, or the first day was changed. */
function wasTooOld({ flow }: FlowRun, { outcome, reason }: StoredRecord): boolean {
  const { notBefore } = flow;
  if (outcome !== "skipped" || notBefore === undefined) return false;
  return flow.skip.some(({ code, options }) => code === reason?.code && options?.includes(notBefore));
}

/**
 * What a person decides is not tried again because an order refers to it or a pass comes along: a target that people
 * deleted, and matches that may be the record, unless it has changed since.
 */
function isForPerson({ changedAt }: Work, { reason, sourceChangedAt }: StoredRecord): boolean {
  if (reason?.code === "target-gone") return true;
  const unclear = reason?.code === "several-matches" || reason?.code === "reference-unclear";
  return unclear && changedAt !== 0 && sourceChangedAt?.getTime() === changedAt;
}

/** The deletion of a linked record's target, where the source says so; what people made there they must delete (rule Z6). */
function judgeRemoval(run: FlowRun, work: Work, link: Link, row: SourceRow, { asked }: RowPurpose): Decision | null {
  const reason = rulesOf(run.flow).remove(row);
  if (reason === null) return null;
  if (!link.madeThere) return deletion(work, withVendor(run, reason), { again: false, asked });
  const parameters = { vendor: targetTitle(run), id: link.targetId };
  return settled(work, "waiting", { code: "cancelled-made-there", parameters });
}

/** What becomes of a record that its source no longer has. `asked`: what the target refused is sent once more. */
export function judgeMissing(run: FlowRun, work: Work, nameOf: (link: Link) => string, asked: boolean): Decision {
  const { link } = work;
  const vendor = run.bench.vendorTitle(run.flow.from.vendor);
  if (link === null) return settled(work, "skipped", { code: "gone-at-source", parameters: { vendor } });
  const parameters = { vendor, other: targetTitle(run), id: nameOf(link) };
  const gone: Reason = { code: run.flow.gone?.code ?? "gone-at-source", parameters };
  if (run.flow.gone === undefined) return settled(work, "waiting", { code: "gone-but-linked", parameters });
  // Not found by its id, but complete passes have met it: that is for them to say.
  if (link.missed < 2) return postponed(run, work, new Error("it was not found by its id"));
  const changes: Mapped = run.flow.gone.changes;
  const mapped = { ...link.written, ...changes };
  const digest = fingerprint(mapped);
  // Where nothing is written for it, what becomes of the target is a person's to decide.
  if (Object.keys(changes).length === 0) return settled(work, "waiting", gone);
  if (link.fingerprint === digest) return settled(work, "skipped", gone);
  if (!asked && work.stored?.refusedFingerprint === digest) return keep(work, work.stored);
  const write = { payload: changes, mapped, fingerprint: digest, notes: [], amount: null, reason: gone, again: false };
  return { ...work, kind: "write", intent: "update", ...write };
}

async function judgeRead(run: FlowRun, work: Work, result: Read, purpose: RowPurpose): Promise<Decision> {
  if (result.kind === "later") return postponed(run, work, result.error);
  if (result.kind === "unreadable") return rejected(run, work, result.rejection);
  if (result.kind === "missing" && work.link === null) {
    // It was in the list a moment ago: a copy of the vendor that is behind must not lose it. Its retry says whether it is gone.
    return postponed(run, work, new Error("it is in the list, but not found by its id"));
  }
  if (result.kind === "missing") return settled(work, "unchanged", null);
  const changedAt = changeOf(run, result.record, work.stored) || work.changedAt;
  return judgeSource(run, { ...work, changedAt }, result.record, { ...purpose, full: true });
}

/** Maps a full record and compares it with what was last written. */
async function judgeSource(run: FlowRun, work: Work, source: SourceRow, purpose: RowPurpose): Promise<Decision> {
  // Judged again on the full record, which may be newer than the row.
  const removal = work.link === null ? null : judgeRemoval(run, work, work.link, source, purpose);
  if (removal !== null) return removal;
  const skipped = rulesOf(run.flow).skipRead(source, skipContext(run, work, purpose));
  if (skipped !== null) return settled(work, "skipped", withVendor(run, skipped));
  const moved = judgeMovedParent(run, work, source, work.parent);
  if (moved !== null) return moved;
  try {
    const watched = purpose.full ? await judgeWatched(run, work, source, purpose.asked) : null;
    return watched ?? (await checkFixed(run, mapAndCompare(run, work, source, purpose), purpose.asked));
  } catch (error) {
    if (error instanceof RecordRejected) return rejected(run, work, error);
    throw error;
  }
}

function skipContext(run: FlowRun, work: Work, purpose: RowPurpose) {
  // What was only announced was never taken up.
  const isNew = work.stored?.reason?.code === "announced";
  const isOwed = !isNew && (work.stored?.outcome === "waiting" || work.stored?.outcome === "rejected");
  return {
    settings: isOwed ? run.optionsOfOwed : run.options,
    known: work.link !== null,
    referred: purpose.referred,
    wanted: work.stored?.wantedAt != null,
  };
}
