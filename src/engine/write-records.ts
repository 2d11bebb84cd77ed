/** intend → write → confirm → remember, in waves: one transaction between two waves stores answers and next intents. */

import { RetryLater } from "../core/errors.ts";
import type { WriteResult } from "../core/resources.ts";
import { pauseFlow } from "../store/flow-pauses.ts";
import {
  dropUnsent,
  intendNow,
  intentsOf,
  type SettledIntent,
  settleIntents,
  voidConfirmedCreate,
} from "../store/intents.ts";
import { findLinks, forgetDependants, type NewLink, removeLink, removeMirror, saveLinks } from "../store/links.ts";
import type { Executor } from "../store/schema.ts";
import {
  type Answer,
  intentAfter,
  linkAfter,
  outcomeOf,
  ownDeletion,
  postponedOutcome,
  type Sent,
  searchAt,
} from "./after-write.ts";
import { bounds } from "./bounds.ts";
import { type Settled, targetTitle } from "./decisions.ts";
import { type FlowRun, lockFlows, stopHere } from "./flow-run.ts";
import { holdBackPaused } from "./hold-back-paused.ts";
import { tellParents } from "./judge-parent.ts";
import { letGoOfVanished, linkedElsewhere } from "./linked-elsewhere.ts";
import type { ReadyWrite } from "./resolve-links.ts";
import { withGoods } from "./stock/bring-back.ts";
import { storeBusy } from "./store-busy.ts";
import { type OutcomeOf, storeOutcomes } from "./store-outcomes.ts";
import { tellCounterpart } from "./tell-counterpart.ts";
import { tellFollowers } from "./tell-followers.ts";

/**
 * Sends the writes of a page. Every answer is stored before the next wave leaves.
 * @returns what was held back because a document before it came out different
 * @throws what stopped the writing (a pause, a person, a bug), after everything that did happen is stored.
 */
export async function writeRecords(run: FlowRun, writes: readonly ReadyWrite[]): Promise<readonly Settled[]> {
  let answered: Sent[] = [];
  let size: number = run.target.oneAtATime ? 1 : bounds.wave.least;
  let silent = 0;
  let left = writes;
  const held: Settled[] = [];
  while (left.length > 0) {
    const wave = await prepared(run, left.slice(0, size), answered);
    left = left.slice(wave.length);
    const before = answered;
    const sending = await storeStep(run, async (executor) => {
      await storeAnswers(executor, run, before);
      return run.signal.aborted || before.some(isUnsent) ? [] : intend(executor, run, wave);
    });
    answered = [];
    failIfUnsent(before);
    // Asked to stop between the commit and the first request: nothing has left, so nothing is in doubt.
    if (run.signal.aborted) await forgetUnsent(run, sending);
    stopHere(run);
    const startedAt = run.bench.clock.now();
    answered = await send(run, sending);
    const sent = answered;
    await letGoOfVanished(run, sent).catch(async (error: unknown) => {
      // It reads at the source, which may fail: what the target did is stored all the same.
      await storeStep(run, (executor) => storeAnswers(executor, run, sent));
      throw error;
    });
    silent = answered.every(isSilent) ? silent + answered.length : 0;
    if (silent >= bounds.wave.silent) await stopSilent(run, answered, silent);
    if (answered.some(isDifferent)) {
      const going = await holdBackRest(run, answered, left);
      answered = [];
      held.push(...going.filter((one) => one.kind === "settled"));
      left = going.filter((one) => one.kind === "write");
    }
    if (!run.target.oneAtATime) size = nextSize(size, run.bench.clock.now() - startedAt);
  }
  await storeStep(run, (executor) => storeAnswers(executor, run, answered));
  failIfUnsent(answered);
  return held;
}

/** Nothing follows what a person must look at first, also of what was decided before it came (product.md, 1.2). */
async function holdBackRest(
  run: FlowRun,
  answered: readonly Sent[],
  left: readonly ReadyWrite[],
): Promise<readonly (ReadyWrite | Settled)[]> {
  await storeStep(run, (executor) => storeAnswers(executor, run, answered));
  failIfUnsent(answered);
  return holdBackPaused(run, left);
}

/** What a wave needs besides its records; where that cannot be had, the answers that came are stored all the same. */
async function prepared(run: FlowRun, wave: readonly ReadyWrite[], answered: Sent[]): Promise<readonly ReadyWrite[]> {
  try {
    return await Promise.all(wave.map((write) => withGoods(run, write)));
  } catch (error) {
    await storeStep(run, (executor) => storeAnswers(executor, run, answered));
    throw error;
  }
}

/** Waves grow while the vendor answers fast, so that storing them costs little, and shrink when it is slow. */
function nextSize(size: number, tookMs: number): number {
  const { least, most, fastMs, slowMs } = bounds.wave;
  if (tookMs < fastMs) return Math.min(most, size * 2);
  return tookMs > slowMs ? Math.max(least, Math.floor(size / 2)) : size;
}

function isSilent({ answer }: Sent): boolean {
  return answer.kind === "in-doubt" || answer.kind === "postponed";
}

/**
 * So many writes without one answer mean that the vendor is down: what was sent is in doubt, and more would only be too.
 * @throws {RetryLater} after the last of them are stored
 */
async function stopSilent(run: FlowRun, wave: readonly Sent[], silent: number): Promise<never> {
  await storeStep(run, (executor) => storeAnswers(executor, run, wave));
  const after = new Date(run.bench.clock.now() + run.longestWorkMs);
  throw new RetryLater(after, `${targetTitle(run)} gave no answer to ${silent} writes in a row`);
}

async function storeStep<T>(run: FlowRun, step: (executor: Executor) => Promise<T>): Promise<T> {
  const result = await run.bench.store.database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    return step(executor);
  });
  await run.fence();
  return result;
}

/** Stores the intents of a wave as sent: they leave as soon as this is committed. */
async function intend(executor: Executor, run: FlowRun, wave: readonly ReadyWrite[]): Promise<Sent[]> {
  const now = new Date(run.bench.clock.now());
  const intended = await intendNow(
    executor,
    run.key,
    run.runId,
    wave.map((write) => ({
      sourceId: write.sourceId,
      label: write.label,
      notes: write.notes,
      sourceChangedAt: write.changedAt === 0 ? null : new Date(write.changedAt),
      kind: write.intent,
      payload: write.ready,
      mapped: write.mapped,
      fingerprint: write.fingerprint,
      targetId: write.link?.targetId ?? null,
    })),
    now,
  );
  const sending: Sent[] = [];
  for (const write of wave) {
    const intentId = intended.get(write.sourceId);
    if (intentId === undefined) await storeBusy(executor, run, write);
    else sending.push({ write, intentId, answer: { kind: "in-doubt", message: "not answered yet" } });
  }
  return sending;
}

async function send(run: FlowRun, wave: Sent[]): Promise<Sent[]> {
  await Promise.all(
    wave.map(async (sent) => {
      try {
        sent.answer = await sendOne(run, sent.write);
      } catch (error) {
        // A create that throws has not left: a pause, a missing person, a bug before the request.
        sent.answer = failedOne(sent.write, error);
      }
    }),
  );
  return wave;
}

/**
 * One write that failed again and again stops no other (law 4). An update may have been done and is sent anew later; a
 * create has not left, and its record is taken up again.
 */
function failedOne(write: ReadyWrite, error: unknown): Sent["answer"] {
  if (!(error instanceof RetryLater) || error.connectionRests) return { kind: "unsent", error };
  return write.intent === "create" ? { kind: "postponed", error } : { kind: "in-doubt", message: error.message };
}

async function sendOne(run: FlowRun, write: ReadyWrite): Promise<WriteResult> {
  if (write.intent === "create") return run.target.create(write.ready);
  if (write.link === null) throw new Error(`${write.intent} of ${write.sourceId} without a link`);
  const { targetId } = write.link;
  if (write.intent === "update") return run.target.update(targetId, write.ready);
  if (run.target.remove === undefined) throw new Error(`${run.target.name} has nothing that deletes`);
  // What is gone already is as deleted as it was to be.
  return run.target
    .remove(targetId)
    .then((result) => (result.kind === "missing" ? { kind: "done", id: targetId } : result));
}

function isUnsent({ answer }: Sent): boolean {
  return answer.kind === "unsent";
}

function isDifferent({ answer }: Sent): boolean {
  return answer.kind === "done" && answer.differs !== undefined;
}

async function forgetUnsent(run: FlowRun, wave: readonly Sent[]): Promise<void> {
  await dropUnsent(
    run.bench.store.database,
    wave.map(({ intentId }) => intentId),
  );
}

function failIfUnsent(wave: readonly Sent[]): void {
  for (const { answer } of wave) if (answer.kind === "unsent") throw answer.error;
}

async function storeAnswers(executor: Executor, run: FlowRun, wave: readonly Sent[]): Promise<void> {
  if (wave.length === 0) return;
  const now = new Date(run.bench.clock.now());
  const intents: SettledIntent[] = [];
  const links: NewLink[] = [];
  const outcomes: OutcomeOf[] = [];
  const unsent: number[] = [];
  const elsewhere = await linkedElsewhere(executor, run, wave);
  // A run that was taken over may hear late of a target in whose place another was made: that says nothing of the new one.
  const changed = wave.flatMap(({ write }) => (write.intent === "create" ? [] : [write.sourceId]));
  const present = await findLinks(executor, run.key, changed);
  for (const { write, intentId, answer: given } of wave) {
    const answer = elsewhere.get(write.sourceId) ?? given;
    if (answer.kind === "unsent") {
      // A create that throws has not left; an update is repeated by the door and may have been done all the same.
      if (write.intent === "create") unsent.push(intentId);
      else
        intents.push({
          id: intentId,
          state: "in-doubt",
          targetId: null,
          message: "it is not known whether it was done",
          nextSearchAt: searchAt(run, write, now),
        });
      continue;
    }
    if (answer.kind === "postponed") {
      unsent.push(intentId);
      run.counts.waiting += 1;
      outcomes.push(postponedOutcome(run, write, answer.error));
      continue;
    }
    intents.push({ id: intentId, ...intentAfter(run, write, answer, now) });
    if (write.intent !== "create" && present.get(write.sourceId)?.targetId !== write.link?.targetId) continue;
    if (answer.kind === "missing" || write.intent === "delete") await forgetTarget(executor, run, write, answer, now);
    else if (answer.kind === "done") links.push(linkAfter(run, write, answer));
    const came = (await isOwnDeletion(executor, run, write, answer))
      ? ownDeletion(write)
      : outcomeOf(run, write, answer);
    run.counts[came.outcome] += 1;
    if (came.outcome === "created" && write.stored?.outcome === "skipped" && run.broughtAlong !== null)
      run.broughtAlong.wasSkipped += 1;
    if (answer.kind === "in-doubt") run.doubted.add(write.sourceId);
    outcomes.push(came);
  }
  await dropUnsent(executor, unsent);
  await settleIntents(executor, intents, now);
  await saveLinks(executor, run.key, links, now);
  await tellCounterpart(executor, run, links, now);
  await storeOutcomes(executor, run, outcomes);
  const odd = new Set(wave.filter(isDifferent).map(({ write }) => write.sourceId));
  const agreed = links.filter(({ sourceId }) => !odd.has(sourceId));
  await tellFollowers(executor, run, agreed, now);
  await tellParents(executor, run, links, now);
  for (const { write, answer } of wave)
    if (answer.kind === "done" && answer.differs !== undefined)
      await pauseFlow(executor, run.key, { reason: answer.differs, record: write.label }, now);
  // Whoever refers to a record that was made again still names the one that is gone.
  for (const { write, answer } of wave)
    if (answer.kind === "done" && write.intent === "create" && write.stored?.reason?.code === "target-gone")
      await forgetDependants(executor, run.key, write.sourceId, now);
}

/** Whether an update found nothing because the last thing that was sent before it was a deletion, whose answer was lost. */
async function isOwnDeletion(executor: Executor, run: FlowRun, write: ReadyWrite, answer: Answer): Promise<boolean> {
  if (answer.kind !== "missing") return false;
  const intents = await intentsOf(executor, run.key, write.sourceId);
  return intents.findLast(({ kind }) => kind !== "update")?.kind === "delete";
}

/** The target is gone, or was deleted as asked: neither link nor intent stands in the way of a new one. */
async function forgetTarget(
  executor: Executor,
  run: FlowRun,
  write: ReadyWrite,
  answer: Answer,
  now: Date,
): Promise<void> {
  if (answer.kind !== "missing" && answer.kind !== "done") return;
  await removeLink(executor, run.key, write.sourceId);
  // An order that people placed and deleted there is for the flow that sent it to miss, and to tell (rule Z5).
  const toldByItsPasses = answer.kind === "missing" && write.link?.madeThere === true;
  if (run.counterpart !== null && !toldByItsPasses) await removeMirror(executor, run.counterpart, write.sourceId);
  await voidConfirmedCreate(executor, run.key, write.sourceId, now);
}
