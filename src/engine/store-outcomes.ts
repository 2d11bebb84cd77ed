/** remember: stores what became of records, their timeline and their links, and releases who waited for them. */
import { canonicalJson } from "../core/fingerprint.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Reason, ReasonCode } from "../core/reasons.ts";
import { releaseOvertaken, releaseWaiting } from "../store/due-records.ts";
import { addEvents, type RecordEvent } from "../store/events.ts";
import { saveLinks } from "../store/links.ts";
import {
  confirmOutcomes,
  findRecords,
  moveRecords,
  retryRecords,
  type StoredRecord,
  saveRecords,
} from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import { bounds } from "./bounds.ts";
import { doubtsForPerson, type Settled, type Work } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";
import { isSurelyRead, tellsChanges } from "./surely-read.ts";
import { tellFollowers } from "./tell-followers.ts";

/** An outcome with what the timeline shows of it. */
export interface OutcomeOf {
  readonly work: Work;
  readonly outcome: Outcome;
  readonly reason: Reason | null;
  readonly notes: readonly Reason[];
  readonly waitsFor: StoredRecord["waitsFor"];
  readonly event: RecordEvent["kind"];
  readonly detail: Readonly<Record<string, unknown>>;
  /** digest of the mapped record, where the target refused it */
  readonly refusedFingerprint?: string;
  /** the record is looked at again at once, because something of it is left to be written */
  readonly dueNow?: boolean;
  /** the record is looked at again after this, whatever its outcome */
  readonly retryInMs?: number;
}

/** Stores the outcomes of records that needed no write; records that stay as they were cost nothing. */
export async function storeSettled(executor: Executor, run: FlowRun, settled: readonly Settled[]): Promise<void> {
  const now = new Date(run.bench.clock.now());
  const relinked = settled.filter((one) => one.relink !== undefined);
  await saveLinks(
    executor,
    run.key,
    relinked.map((one) => ({
      sourceId: one.sourceId,
      targetId: one.link?.targetId ?? "",
      fingerprint: one.relink?.fingerprint ?? "",
      written: one.relink?.written ?? null,
    })),
    now,
  );
  const news = await stillJudged(
    executor,
    run,
    settled.filter((one) => !one.kept && isNews(one)),
    now,
  );
  // A document that came out different has been looked at: what follows it comes now.
  const accepted = news.filter(
    ({ outcome, stored }) => outcome === "unchanged" && stored?.reason?.code === "document-differs",
  );
  await tellFollowers(
    executor,
    run,
    accepted.flatMap(({ link }) => link ?? []),
    now,
  );
  // What moved and is as it was written was looked at: it is not read again before it moves once more.
  const { watch, reads, updates } = run.flow;
  if (watch !== undefined || (reads === "changed" && updates))
    await moveRecords(
      executor,
      run.key,
      settled.filter((one) => one.outcome === "unchanged" && moved(one, one.stored)),
    );
  const confirmed = settled.filter((one) => !one.kept && !isNews(one) && isReadAgain(run, one, now));
  await confirmOutcomes(
    executor,
    run.key,
    confirmed.map(({ sourceId }) => sourceId),
    now,
  );
  await storeOutcomes(
    executor,
    run,
    news.map((one) => ({
      work: one,
      outcome: one.outcome,
      reason: one.reason,
      notes: one.notes,
      waitsFor: one.waitsFor,
      event: one.outcome === "unchanged" ? "released" : (one.outcome as RecordEvent["kind"]),
      detail: one.reason === null ? {} : { reason: one.reason },
    })),
  );
}

/**
 * Those whose record still is what they were judged by. Where another run stored something since (a backfill beside the
 * regular run, an order that brought its product along), this judgement is void, and the record is looked at again.
 */
async function stillJudged(
  executor: Executor,
  run: FlowRun,
  news: readonly Settled[],
  now: Date,
): Promise<readonly Settled[]> {
  const ids = news.map(({ sourceId }) => sourceId);
  const records = await findRecords(executor, run.key, ids);
  const overtaken = news.filter(({ sourceId, stored }) => !isSame(stored, records.get(sourceId) ?? null));
  if (overtaken.length === 0) return news;
  // What was made and is never updated needs no second look.
  const open = overtaken.filter(({ sourceId }) => run.flow.updates || records.get(sourceId)?.outcome !== "created");
  if (open.length > 0)
    await retryRecords(executor, { ...run.key, sourceIds: open.map(({ sourceId }) => sourceId) }, now);
  return news.filter((one) => !overtaken.includes(one));
}

function isSame(judged: StoredRecord | null, record: StoredRecord | null): boolean {
  return (
    canonicalJson(judged && { ...judged, updatedAt: null }) === canonicalJson(record && { ...record, updatedAt: null })
  );
}

/** Whether a record's outcome differs from what is stored. */
function isNews(one: Settled): boolean {
  const { stored } = one;
  // What the counterpart brought there has its record in the other flow.
  if (stored === null) return one.outcome !== "unchanged" || one.link?.madeThere !== true;
  if (stored.retryAt !== null) return true;
  if (one.outcome === "unchanged") return stored.reason !== null || stored.dismissed !== null;
  return (
    stored.outcome !== one.outcome || canonicalJson(stored.reason) !== canonicalJson(one.reason) || moved(one, stored)
  );
}

/**
 * Whether a record that was stored too soon after its change was now read behind the second of it: from now on its row
 * says enough, and it is not read in full again in every run.
 */
function isReadAgain(run: FlowRun, { changedAt, link, stored }: Work, now: Date): boolean {
  const { flow } = run;
  if (!tellsChanges(run) || stored === null || changedAt === 0) return false;
  if (link !== null && !flow.updates) return false;
  return !isSurelyRead(run, stored.updatedAt, changedAt) && isSurelyRead(run, now, changedAt);
}

/** Whether the source changed since; without this an unchanged record would be read in full again and again. */
function moved(work: Work, stored: StoredRecord | null): boolean {
  return work.changedAt !== 0 && stored !== null && stored.sourceChangedAt?.getTime() !== work.changedAt;
}

/** Stores outcomes as records and events. */
export async function storeOutcomes(executor: Executor, run: FlowRun, outcomes: readonly OutcomeOf[]): Promise<void> {
  if (outcomes.length === 0) return;
  const now = new Date(run.bench.clock.now());
  const records = outcomes.map(({ work, outcome, reason, notes, waitsFor, refusedFingerprint, dueNow, retryInMs }) => {
    const attempts = outcome === "waiting" ? (work.stored?.attempts ?? 0) + 1 : 0;
    return {
      sourceId: work.sourceId,
      label: work.label,
      outcome,
      reason,
      notes,
      sourceChangedAt: work.changedAt === 0 ? null : new Date(work.changedAt),
      waitsFor,
      retryAt: dueNow ? now : retryInMs === undefined ? retryAt(run, outcome, reason, attempts) : later(run, retryInMs),
      attempts,
      refusedFingerprint: refusedFingerprint ?? null,
    };
  });
  await saveRecords(executor, run.key, run.runId, records, now);
  const events = outcomes.map(({ work, event, detail }) => ({ sourceId: work.sourceId, at: now, kind: event, detail }));
  await addEvents(executor, run.key, run.runId, events);
  const waiting = records.filter(({ waitsFor }) => waitsFor !== null);
  await releaseOvertaken(
    executor,
    run.key,
    waiting.map(({ sourceId }) => sourceId),
    now,
  );
  const linked = outcomes.filter(({ outcome }) => outcome === "created" || outcome === "updated");
  await releaseWaiting(
    executor,
    run.key,
    linked.map(({ work }) => work.sourceId),
    now,
  );
}

function later(run: FlowRun, afterMs: number): Date {
  return new Date(run.bench.clock.now() + afterMs);
}

/** What a person must decide, and what is settled by a search of its own: nothing changes by trying again. */
const notRetried: readonly (ReasonCode | undefined)[] = [
  "in-doubt",
  ...doubtsForPerson,
  "reference-unclear",
  "many-vanished",
  "cancelled-made-there",
  "fixed-made-there",
  "changed-after-export",
  "deleted-after-export",
  "gone-but-linked",
  "undone-without-credit",
  "undone-after-invoice",
  "edited-after-invoice",
  "taken-again-after-credit",
  "goods-not-returned",
  "order-gone",
  "order-gone-unread",
];

/** Waiting records are tried again by themselves, ever more rarely; doubtful ones are settled by their search. */
function retryAt(run: FlowRun, outcome: Outcome, reason: Reason | null, attempts: number): Date | null {
  if (outcome !== "waiting" || notRetried.includes(reason?.code)) return null;
  // The run that holds the write is at it now, so the next look is worth its call.
  if (reason?.code === "write-in-progress") return new Date(run.bench.clock.now());
  const pauseMs = Math.min(bounds.firstRetryMs * 2 ** Math.min(attempts - 1, 10), bounds.longestRetryMs);
  return new Date(run.bench.clock.now() + pauseMs);
}
