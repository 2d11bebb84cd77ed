/** read → map → compare: decides for each row of a page what is to be done, without writing anything. */
import type { ReadResult } from "../core/connector.ts";
import type { Money } from "../core/decimal.ts";
import { RecordRejected, RetryLater } from "../core/errors.ts";
import { canonicalJson, fingerprint } from "../core/fingerprint.ts";
import { type Mapped, mapRecord } from "../core/mapping.ts";
import type { IntentKind, Outcome } from "../core/outcome.ts";
import type { Reason } from "../core/reasons.ts";
import { findOpenIntents } from "../store/intents.ts";
import { findLinks, type Link } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import { bounds } from "./bounds.ts";
import { type FlowRun, rulesOf, type SourceRow } from "./flow-run.ts";

/** Why rows are looked at. */
export interface RowPurpose {
  /** another record refers to these and needs them */
  readonly referred: boolean;
  /** looked at again whatever is stored: due records, retries, plans that are applied */
  readonly forced: boolean;
  /** the rows are full records already */
  readonly full: boolean;
}

/** A record on its way through the engine. */
export interface Work {
  readonly sourceId: string;
  readonly label: string;
  readonly changedAt: number;
  readonly link: Link | null;
  readonly stored: StoredRecord | null;
}

/** Nothing is written to the target: the outcome and why. */
export interface Settled extends Work {
  readonly kind: "settled";
  readonly outcome: Outcome;
  readonly reason: Reason | null;
  readonly notes: readonly Reason[];
  readonly waitsFor: StoredRecord["waitsFor"];
  /** the stored record stays as it is */
  readonly kept: boolean;
  /** the digest is new although nothing needs to be sent */
  readonly relink?: { readonly fingerprint: string; readonly written: Mapped | null };
}

/** A write that is to be intended. */
export interface Write extends Work {
  readonly kind: "write";
  readonly intent: IntentKind;
  /** what is sent, before links are resolved */
  readonly payload: Mapped;
  /** the whole record as it stands after the write, for the link */
  readonly mapped: Mapped;
  readonly fingerprint: string;
  readonly notes: readonly Reason[];
  /** what the record amounts to, where its flow has amounts */
  readonly amount: Money | null;
}

export type Decision = Settled | Write;

/** Decides for the rows of a page, reading in full what needs it. Order is kept; doubled rows are dropped. */
export async function judgeRows(run: FlowRun, page: readonly SourceRow[], purpose: RowPurpose): Promise<Decision[]> {
  const rows = new Map(page.map((row) => [run.source.idOf(row as never), row]));
  const ids = [...rows.keys()];
  const database = run.bench.store.database;
  const [links, records, intents] = await Promise.all([
    findLinks(database, run.key, ids),
    findRecords(database, run.key, ids),
    findOpenIntents(database, run.key, ids),
  ]);
  const rules = rulesOf(run.flow);
  const decisions = new Map<string, Decision | null>();
  const toRead: Work[] = [];
  for (const [sourceId, row] of rows) {
    const work: Work = {
      sourceId,
      label: rules.label(row),
      changedAt: run.source.changedAt(row as never),
      link: links.get(sourceId) ?? null,
      stored: records.get(sourceId) ?? null,
    };
    const early = judgeRow(run, work, row, purpose, intents.has(sourceId));
    if (early === null && !purpose.full && rules.needsDetail(row, skipContext(run, work, purpose))) toRead.push(work);
    decisions.set(sourceId, early ?? (toRead.at(-1) === work ? null : judgeSource(run, work, row, purpose)));
  }
  const read = await readInFull(
    run,
    toRead.map((work) => work.sourceId),
  );
  for (const work of toRead) {
    const result = read.get(work.sourceId) ?? { kind: "missing" };
    decisions.set(work.sourceId, judgeRead(run, work, result, purpose));
  }
  return [...decisions.values()].filter((decision) => decision !== null);
}

/** What can be said before the record is read in full; null when nothing can. */
function judgeRow(run: FlowRun, work: Work, row: SourceRow, purpose: RowPurpose, open: boolean): Settled | null {
  const { flow } = run;
  // What a person must decide keeps saying so, until it is decided.
  if (open && work.stored?.reason?.code === "several-matches") return keep(work, work.stored);
  if (open) return settled(work, "waiting", { code: "in-doubt", parameters: { vendor: targetTitle(run) } });
  if (work.link !== null && !flow.updates) return settled(work, "unchanged", null);
  const skipped = rulesOf(flow).skip(row, skipContext(run, work, purpose));
  if (skipped !== null) return settled(work, "skipped", withVendor(run, skipped));
  // A target that people deleted is made again only when a person says so, not because an order refers to it.
  if (!isAsked(purpose) && work.link === null && work.stored?.reason?.code === "target-gone")
    return keep(work, work.stored);
  if (purpose.forced || work.stored === null || work.link !== null) return null;
  const same = work.changedAt !== 0 && work.stored.sourceChangedAt?.getTime() === work.changedAt;
  const ended =
    work.stored.outcome === "skipped" || work.stored.outcome === "waiting" || work.stored.outcome === "rejected";
  return flow.reads === "changed" && same && ended && !purpose.referred ? keep(work, work.stored) : null;
}

function judgeRead(run: FlowRun, work: Work, result: Read, purpose: RowPurpose): Decision {
  if (result.kind === "later") return postponed(run, work, result.error);
  if (result.kind === "unreadable") return rejected(run, work, result.rejection);
  if (result.kind === "missing" && work.link === null) {
    // It was in the list a moment ago: a copy of the vendor that is behind must not lose it. Its retry says whether it is gone.
    return postponed(run, work, new Error("it is in the list, but not found by its id"));
  }
  if (result.kind === "missing") {
    const gone: Reason = {
      code: "gone-at-source",
      parameters: { vendor: run.bench.vendorTitle(run.flow.from.vendor) },
    };
    return work.link === null ? settled(work, "skipped", gone) : settled(work, "unchanged", null);
  }
  return judgeSource(
    run,
    { ...work, changedAt: run.source.changedAt(result.record as never) || work.changedAt },
    result.record,
    purpose,
  );
}

/** Whether the record's own time has come, and not only another record refers to it. */
function isAsked(purpose: RowPurpose): boolean {
  return purpose.forced && !purpose.referred;
}

/** Maps a full record and compares it with what was last written. */
function judgeSource(run: FlowRun, work: Work, source: SourceRow, purpose: RowPurpose): Decision {
  const skipped = rulesOf(run.flow).skipRead(source, skipContext(run, work, purpose));
  if (skipped !== null) return settled(work, "skipped", withVendor(run, skipped));
  try {
    return mapAndCompare(run, work, source, purpose);
  } catch (error) {
    if (error instanceof RecordRejected) return rejected(run, work, error);
    throw error;
  }
}

function mapAndCompare(run: FlowRun, work: Work, source: SourceRow, purpose: RowPurpose): Decision {
  const { flow } = run;
  const map = (creating: boolean) =>
    mapRecord(flow.rows as never, source, { settings: run.options as never, creating });
  const creation = map(work.link === null);
  const empty = flow.empty?.(creation.mapped) ?? null;
  if (empty !== null) return settled(work, "skipped", empty, creation.notes);
  // The digest is taken of the updating form, so that a field that is sent only at creation is never compared.
  const lasting = work.link === null && flow.updates ? map(false).mapped : creation.mapped;
  const digest = fingerprint(lasting);
  // What the target refused it would refuse again; a changed record or a person's retry gets a new answer.
  if (work.stored !== null && work.stored.refusedFingerprint === digest && !isAsked(purpose))
    return keep(work, work.stored);
  const amount = flow.amount?.(source as never) ?? null;
  if (work.link === null) {
    return {
      ...work,
      kind: "write",
      intent: "create",
      payload: creation.mapped,
      mapped: lasting,
      fingerprint: digest,
      notes: creation.notes,
      amount,
    };
  }
  if (work.link.fingerprint === digest) return settled(work, "unchanged", null, creation.notes);
  const changes = differences(work.link.written, lasting);
  if (Object.keys(changes).length === 0)
    return { ...settled(work, "unchanged", null, creation.notes), relink: { fingerprint: digest, written: lasting } };
  return {
    ...work,
    kind: "write",
    intent: "update",
    payload: changes,
    mapped: lasting,
    fingerprint: digest,
    notes: creation.notes,
    amount,
  };
}

/** The fields that are new or different; only these are sent. */
function differences(written: Mapped | null, mapped: Mapped): Mapped {
  if (written === null) return mapped;
  return Object.fromEntries(
    Object.entries(mapped).filter(([field, value]) => canonicalJson(value) !== canonicalJson(written[field] ?? null)),
  );
}

/** What reading one record in full came to. */
export type Read = ReadResult<SourceRow> | { readonly kind: "later"; readonly error: RetryLater };

/**
 * Reads records in full, in groups. A group that fails for now gives its records the result `later`, so that one record
 * that the vendor cannot deliver does not stop the others. Where several fail and none comes, the rest is not asked.
 * @throws {RetryLater} when the connection rests
 */
export async function readInFull(run: FlowRun, ids: readonly string[]): Promise<Map<string, Read>> {
  const groups: string[][] = [];
  for (let at = 0; at < ids.length; at += run.source.batch) groups.push(ids.slice(at, at + run.source.batch));
  const found = new Map<string, Read>();
  let next = 0;
  let came = 0;
  const failures: RetryLater[] = [];
  const readGroup = async (group: string[]) => {
    const failure = failures[0];
    if (failure !== undefined && came === 0 && failures.length >= bounds.failedReads)
      return postponeGroup(group, failure);
    try {
      for (const [id, result] of await run.source.read(group)) found.set(id, result as Read);
      came += 1;
    } catch (error) {
      if (!(error instanceof RetryLater) || error.connectionRests) throw error;
      failures.push(error);
      postponeGroup(group, error);
    }
  };
  const postponeGroup = (group: readonly string[], error: RetryLater) => {
    for (const id of group) found.set(id, { kind: "later", error });
  };
  const reader = async () => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) await readGroup(group);
  };
  // All readers come to rest before an error goes up, so that no call is left running behind a run that has ended.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(bounds.readsTogether, groups.length) }, reader));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return found;
}

function skipContext(run: FlowRun, work: Work, purpose: RowPurpose) {
  return { settings: run.options, known: work.link !== null, referred: purpose.referred };
}

/** An outcome without a write. */
export function settled(work: Work, outcome: Outcome, reason: Reason | null, notes: readonly Reason[] = []): Settled {
  return { ...work, kind: "settled", outcome, reason, notes, waitsFor: null, kept: false };
}

function keep(work: Work, stored: StoredRecord): Settled {
  return {
    ...work,
    kind: "settled",
    outcome: stored.outcome,
    reason: stored.reason,
    notes: stored.notes,
    waitsFor: stored.waitsFor,
    kept: true,
  };
}

/** Names the source vendor in a reason whose rule does not know it. */
function withVendor(run: FlowRun, reason: Reason): Reason {
  return {
    code: reason.code,
    parameters: { vendor: run.bench.vendorTitle(run.flow.from.vendor), ...reason.parameters },
  };
}

/** The outcome of a record that its vendor could not deliver for now. */
export function postponed(run: FlowRun, work: Work, error: Error): Settled {
  return settled(work, "waiting", withVendor(run, { code: "vendor-error", parameters: { message: error.message } }));
}

/** The outcome of a record that is wrong in itself; what is wrong is corrected at its source. */
export function rejected(run: FlowRun, work: Work, rejection: RecordRejected): Settled {
  // What the vendor did not deliver says nothing of the record: it is tried again by itself.
  const outcome = rejection.code === "vendor-error" ? "waiting" : "rejected";
  return settled(work, outcome, withVendor(run, rejection));
}

/** The target vendor's name as people write it. */
export function targetTitle(run: FlowRun): string {
  return run.bench.vendorTitle(run.flow.to.vendor);
}
