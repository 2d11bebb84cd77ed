/** Writes without an answer: searched at the vendor, adopted or sent again, never repeated blindly (law 1). */
import { RetryLater } from "../core/errors.ts";
import { explain, type Reason } from "../core/reasons.ts";
import type { Found } from "../core/resources.ts";
import { pauseFlow } from "../store/flow-pauses.ts";
import { countEmptySearch, dueDoubtful, type Intent, searchLater, settleIntents } from "../store/intents.ts";
import { findLinkedTargets, forgetWritten, saveLinks } from "../store/links.ts";
import { findRecords, retryRecords } from "../store/records.ts";
import { isRunOf } from "../store/runs.ts";
import type { Executor } from "../store/schema.ts";
import { linkOf } from "./after-write.ts";
import { bounds } from "./bounds.ts";
import { targetTitle, type Work } from "./decisions.ts";
import { type FlowRun, lockFlows, stopHere } from "./flow-run.ts";
import { tellParents } from "./judge-parent.ts";
import { storeOutcomes } from "./store-outcomes.ts";
import { tellCounterpart } from "./tell-counterpart.ts";
import { tellFollowers } from "./tell-followers.ts";

/** Looks for every doubtful write of the flow whose time has come. */
export async function settleDoubtful(run: FlowRun): Promise<void> {
  const now = new Date(run.bench.clock.now());
  for (;;) {
    stopHere(run);
    const doubtful = await dueDoubtful(run.bench.store.database, run.key, now, bounds.doubtfulPage);
    if (doubtful.length === 0) return;
    await settleUpdates(
      run,
      doubtful.filter((intent) => intent.kind !== "create"),
    );
    await settleCreates(
      run,
      doubtful.filter((intent) => intent.kind === "create"),
    );
    await run.fence();
  }
}

/** An update sets absolute values: its record is simply compared and, where needed, sent again. */
async function settleUpdates(run: FlowRun, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const now = new Date(run.bench.clock.now());
  await run.bench.store.database.transaction().execute(async (executor) => {
    await settleIntents(
      executor,
      intents.map((intent) => ended(intent, "answer unknown; compared and sent again")),
      now,
    );
    // What the target holds is not known: nothing may count as unchanged before it was written once more.
    await forgetWritten(
      executor,
      run.key,
      intents.map(({ sourceId }) => sourceId),
    );
    await tryAgain(executor, run, intents, now);
  });
}

async function settleCreates(run: FlowRun, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return;
  const found = await search(run, intents);
  const everyId = [...found.values()].flatMap((one) => ("kind" in one ? [] : one));
  for (const intent of intents) {
    const matches = found.get(String(intent.id));
    if (matches === undefined) continue;
    // Looked up anew for each: the one before may have adopted what looks like this one too.
    const taken = await findLinkedTargets(run.bench.store.database, run.key, everyId);
    const isOurs = (id: string) => (taken.get(id) ?? intent.sourceId) === intent.sourceId;
    await run.bench.store.database.transaction().execute(async (executor) => {
      await lockFlows(executor, run);
      if ("kind" in matches) {
        await askPerson(executor, run, intent, matches.reason);
        const because = { reason: matches.reason, record: intent.label };
        if (matches.differs) await pauseFlow(executor, run.key, because, new Date(run.bench.clock.now()));
      } else await settleCreate(executor, run, intent, matches.filter(isOurs));
    });
  }
}

/**
 * Searches for all at once, and where that fails for each by itself: one that cannot be searched is looked for later and
 * stops no other (law 4). It has no entry then.
 */
async function search(run: FlowRun, intents: readonly Intent[]): Promise<ReadonlyMap<string, Found>> {
  const doubtful = intents.map((intent) => ({
    key: String(intent.id),
    payload: intent.payload,
    sentAt: (intent.sentAt ?? intent.createdAt).getTime(),
  }));
  try {
    // One alone is searched once: below.
    if (doubtful.length > 1) return await run.target.find(doubtful);
  } catch (error) {
    if (!(error instanceof RetryLater) || error.connectionRests) throw error;
  }
  const found = new Map<string, Found>();
  let failed = 0;
  for (const one of doubtful) {
    try {
      for (const [key, ids] of await run.target.find([one])) found.set(key, ids);
    } catch (error) {
      if (!(error instanceof RetryLater) || error.connectionRests) throw error;
      failed += 1;
      const next = new Date(run.bench.clock.now() + run.longestWorkMs);
      await searchLater(run.bench.store.database, Number(one.key), next);
      // Where none can be searched the vendor is down, and asking for the others is no use.
      if (failed >= bounds.failedReads && found.size === 0) throw error;
    }
  }
  return found;
}

async function settleCreate(executor: Executor, run: FlowRun, intent: Intent, ids: readonly string[]): Promise<void> {
  const now = new Date(run.bench.clock.now());
  const [only] = ids;
  if (only !== undefined && ids.length === 1) return adopt(executor, run, intent, only);
  if (ids.length > 1) {
    const parameters = { vendor: targetTitle(run), ids: ids.join(", ") };
    return askPerson(executor, run, intent, { code: "several-matches", parameters });
  }
  // The clocks of two processes may differ by more than the wait: each counts from a search of its own.
  const isOwn = intent.emptySearches > 0 && (await isRunOf(executor, intent.runId, run.bench.process));
  const since = isOwn ? intent.updatedAt.getTime() : now.getTime();
  const sentAt = (intent.sentAt ?? intent.createdAt).getTime();
  const isOld = now.getTime() >= sentAt + run.longestWorkMs + bounds.clocksDifferMs;
  const waited = now.getTime() >= (isOld ? sentAt : since) + run.longestWorkMs;
  if (!waited || intent.emptySearches + 1 < bounds.emptySearches) {
    const first = isOwn ? null : { runId: run.runId, now };
    return countEmptySearch(executor, intent.id, new Date(since + run.longestWorkMs), first);
  }
  await settleIntents(
    executor,
    [ended(intent, `not found in ${intent.emptySearches + 1} searches: it was not done`)],
    now,
  );
  await tryAgain(executor, run, [intent], now);
}

/** The vendor has it: the write is confirmed as if the answer had come. */
async function adopt(executor: Executor, run: FlowRun, intent: Intent, targetId: string): Promise<void> {
  const now = new Date(run.bench.clock.now());
  await settleIntents(
    executor,
    [
      {
        id: intent.id,
        state: "confirmed",
        targetId,
        message: "found at the target after no answer",
        nextSearchAt: null,
      },
    ],
    now,
  );
  // An export made it, also where the flow that runs the other way has met and linked it before.
  const made = run.flow.purpose === "export" ? { madeThere: false } : {};
  const link = { ...linkOf(run, intent, targetId), ...made };
  await saveLinks(executor, run.key, [link], now);
  await tellCounterpart(executor, run, [link], now);
  await tellFollowers(executor, run, [link], now);
  await tellParents(executor, run, [link], now);
  const work = await workOf(executor, run, intent);
  countAnew(run, intent);
  run.counts.created += 1;
  await storeOutcomes(executor, run, [
    {
      work,
      outcome: "created",
      reason: null,
      notes: intent.notes,
      waitsFor: null,
      event: "adopted",
      detail: { targetId },
      dueNow: link.fingerprint === "",
    },
  ]);
}

/** It is looked for again all the same: what a person changes at the target may make it clear. */
async function askPerson(executor: Executor, run: FlowRun, intent: Intent, reason: Reason): Promise<void> {
  const now = new Date(run.bench.clock.now());
  const later = new Date(now.getTime() + bounds.ambiguousSearchMs);
  await settleIntents(
    executor,
    [
      {
        id: intent.id,
        state: "in-doubt",
        targetId: null,
        message: explain(reason).sentence,
        nextSearchAt: later,
      },
    ],
    now,
  );
  const work = await workOf(executor, run, intent);
  await storeOutcomes(executor, run, [
    { work, outcome: "waiting", reason, notes: intent.notes, waitsFor: null, event: "waiting", detail: { reason } },
  ]);
}

/** The record was counted as waiting in this run; what it comes to now counts instead. */
function countAnew(run: FlowRun, intent: Intent): void {
  if (run.doubted.delete(intent.sourceId)) run.counts.waiting -= 1;
}

function ended(intent: Intent, message: string) {
  return { id: intent.id, state: "failed" as const, targetId: null, message, nextSearchAt: null };
}

/** Has the records read and judged anew; one whose process died before its outcome was stored gets a record first. */
async function tryAgain(executor: Executor, run: FlowRun, intents: readonly Intent[], now: Date): Promise<void> {
  const sourceIds = intents.map((intent) => intent.sourceId);
  const known = await findRecords(executor, run.key, sourceIds);
  const reason: Reason = { code: "in-doubt", parameters: { vendor: targetTitle(run) } };
  for (const intent of intents) {
    countAnew(run, intent);
    if (known.has(intent.sourceId)) continue;
    const work = await workOf(executor, run, intent);
    await storeOutcomes(executor, run, [
      {
        work,
        outcome: "waiting",
        reason,
        notes: intent.notes,
        waitsFor: null,
        event: "in-doubt",
        detail: { message: intent.message ?? "" },
      },
    ]);
  }
  await retryRecords(executor, { integrationId: run.key.integrationId, flow: run.key.flow, sourceIds }, now);
}

async function workOf(executor: Executor, run: FlowRun, intent: Intent): Promise<Work> {
  const records = await findRecords(executor, run.key, [intent.sourceId]);
  const stored = records.get(intent.sourceId) ?? null;
  return {
    sourceId: intent.sourceId,
    label: intent.label,
    changedAt: intent.sourceChangedAt?.getTime() ?? 0,
    link: null,
    stored,
  };
}
