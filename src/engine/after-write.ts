/** What an answer of the target makes of the intent, the link and the record. */

import type { RetryLater } from "../core/errors.ts";
import { fingerprint } from "../core/fingerprint.ts";
import type { Mapped } from "../core/mapping.ts";
import type { Reason } from "../core/reasons.ts";
import type { WriteDone, WriteResult } from "../core/resources.ts";
import type { SettledIntent } from "../store/intents.ts";
import type { NewLink } from "../store/links.ts";
import { targetTitle } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";
import type { ReadyWrite } from "./resolve-links.ts";
import type { OutcomeOf } from "./store-outcomes.ts";

/** A create found a record that belongs to another one. */
export interface LinkedElsewhere {
  readonly kind: "linked-elsewhere";
  readonly id: string;
  readonly other: string;
  readonly message: string;
}

/** What a write came to. */
export type Answer = WriteResult | LinkedElsewhere;

/** One write of a wave with its stored intent and, later, its answer. */
export interface Sent {
  readonly write: ReadyWrite;
  readonly intentId: number;
  answer: WriteResult | { readonly kind: "unsent"; readonly error: unknown } | Postponed;
}

/** A create that could not be made for now, such as one whose search failed: nothing has left, and the others go on. */
interface Postponed {
  readonly kind: "postponed";
  readonly error: RetryLater;
}

/** What becomes of the intent of a write. */
export function intentAfter(run: FlowRun, write: ReadyWrite, answer: Answer, now: Date): Omit<SettledIntent, "id"> {
  switch (answer.kind) {
    case "done":
      return { state: "confirmed", targetId: answer.id, message: null, nextSearchAt: null };
    case "in-doubt":
      return { state: "in-doubt", targetId: null, message: answer.message, nextSearchAt: searchAt(run, write, now) };
    case "several":
      return {
        state: "failed",
        targetId: null,
        message: `several matches: ${answer.ids.join(", ")}`,
        nextSearchAt: null,
      };
    case "later":
      return { state: "failed", targetId: null, message: answer.reason.code, nextSearchAt: null };
    default:
      return { state: "failed", targetId: null, message: answer.message, nextSearchAt: null };
  }
}

/**
 * A create is looked for at once. An update cannot be looked for: it is sent anew once the lost one can no longer land
 * after it.
 */
export function searchAt(run: FlowRun, write: ReadyWrite, now: Date): Date {
  return write.intent === "create" ? now : new Date(now.getTime() + run.longestWorkMs);
}

/** The link that a confirmed write makes. */
export function linkOf(
  run: FlowRun,
  write: { sourceId: string; fingerprint: string; mapped: Mapped },
  targetId: string,
): NewLink {
  // What a count was made of is nowhere else: the books cannot be asked for it.
  const whole = run.flow.updates || run.flow.stock?.role === "counts";
  const written = whole ? write.mapped : keptAlone(run, write.mapped);
  // A create that does not do all that was asked is followed by an update of the whole record.
  const fingerprint = isUnfinished(run, write) ? "" : write.fingerprint;
  return {
    ...{ sourceId: write.sourceId, targetId, fingerprint, written },
    ...(run.flow.sharesTargets ? { shared: true } : {}),
  };
}

/** Of a record that is never updated, what its later list rows are judged by. */
function keptAlone({ flow }: FlowRun, { kept }: Mapped): Mapped | null {
  return flow.after === undefined || kept === undefined ? null : { kept };
}

/** Whether something of the record is left for an update. */
function isUnfinished(run: FlowRun, { mapped }: { mapped: Mapped }): boolean {
  return run.target.inSteps === true && run.flow.updates && Object.keys(mapped).some((field) => field !== "watched");
}

/** The link after a create or an update that was done. */
export function linkAfter(run: FlowRun, write: ReadyWrite, answer: WriteDone): NewLink {
  if (write.intent === "create") {
    const link = linkOf(run, write, answer.id);
    // What a record holds that was found there is not known.
    if (!answer.found || run.flow.stock?.role === "counts") return { ...link, madeThere: false };
    return {
      ...link,
      fingerprint: "",
      written: keptAlone(run, write.mapped),
      ...(answer.madeThere === true ? { madeThere: true } : {}),
    };
  }
  const link = { ...linkOf(run, write, answer.id), fingerprint: write.fingerprint };
  const kept = answer.kept ?? [];
  if (kept.length === 0) return link;
  const before = kept.map((field) => [field, write.link?.written?.[field] ?? null]);
  return { ...link, fingerprint: "", written: { ...write.mapped, ...Object.fromEntries(before) } };
}

/** What becomes of the record of a write. */
export function outcomeOf(run: FlowRun, write: ReadyWrite, answer: Answer): OutcomeOf {
  const vendor = targetTitle(run);
  switch (answer.kind) {
    case "done":
      return doneOutcome(run, write, answer);
    case "in-doubt": {
      const reason: Reason = { code: "in-doubt", parameters: { vendor } };
      return outcome(write, "waiting", reason, "in-doubt", { message: answer.message });
    }
    case "later":
      return outcome(write, "waiting", answer.reason, "waiting", { reason: answer.reason });
    case "several": {
      const ids = answer.ids.join(", ");
      const { from, to } = run.flow;
      const holder = run.bench.vendorTitle((answer.referenceAt === "source" ? from : to).vendor);
      const code = answer.referenceAt === undefined || answer.ids.length > 1 ? "several-matches" : "reference-unclear";
      const reason: Reason = { code, parameters: { vendor, ids, holder } };
      return outcome(write, "waiting", reason, "waiting", { reason });
    }
    case "missing": {
      const reason: Reason = { code: "target-gone", parameters: { vendor, id: write.link?.targetId ?? "" } };
      return outcome(write, "rejected", reason, "rejected", { reason });
    }
    case "linked-elsewhere": {
      const from = run.bench.vendorTitle(run.flow.from.vendor);
      const parameters = { vendor, id: answer.id, other: answer.other, from };
      const reason: Reason = { code: "linked-elsewhere", parameters };
      return refusedOutcome(write, reason);
    }
    default:
      return refusedOutcome(write, { code: "refused-by-target", parameters: { vendor, message: answer.message } });
  }
}

/** What was refused is not sent again before it changes or a person asks. */
function refusedOutcome(write: ReadyWrite, reason: Reason): OutcomeOf {
  return {
    ...outcome(write, "rejected", reason, "rejected", { reason }),
    // Of a create all that was sent counts, fields that are sent only then included.
    refusedFingerprint: write.intent === "create" ? fingerprint(write.payload) : write.fingerprint,
  };
}

function doneOutcome(run: FlowRun, write: ReadyWrite, answer: WriteDone): OutcomeOf {
  const targetId = answer.id;
  if (write.intent === "delete") {
    const deleted = outcome(write, "updated", write.reason, "deleted", { targetId });
    return { ...deleted, dueNow: write.again };
  }
  if (write.intent === "create") {
    const created = outcome(write, "created", null, answer.found ? "adopted" : "created", { targetId });
    const notes = [...write.notes, ...(answer.notes ?? [])];
    // It stays linked, so that no second one is made; what differs is for a person to settle.
    if (answer.differs !== undefined) return { ...created, notes, outcome: "waiting", reason: answer.differs };
    return { ...created, notes, dueNow: run.flow.updates && (answer.found === true || isUnfinished(run, write)) };
  }
  const [field] = answer.kept ?? [];
  if (field !== undefined)
    return refusedOutcome(write, { code: "not-cleared", parameters: { vendor: targetTitle(run), field } });
  if (answer.asks !== undefined) {
    const { code, parameters } = answer.asks;
    const reason: Reason = { code, parameters: { vendor: targetTitle(run), ...parameters } };
    return outcome(write, "waiting", reason, "waiting", { reason });
  }
  return outcome(write, "updated", write.reason, "updated", { targetId, fields: Object.keys(write.payload) });
}

/** A create that could not be made for now: the record waits and is taken up again by itself. */
export function postponedOutcome(run: FlowRun, write: ReadyWrite, error: Error): OutcomeOf {
  const reason: Reason = { code: "vendor-error", parameters: { vendor: targetTitle(run), message: error.message } };
  return outcome(write, "waiting", reason, "waiting", { reason });
}

/** What was written to had been deleted, by a deletion of ours whose answer was lost: it is looked at again at once. */
export function ownDeletion(write: ReadyWrite): OutcomeOf {
  const targetId = write.link?.targetId ?? "";
  return { ...outcome(write, "updated", null, "deleted", { targetId }), dueNow: true };
}

/** An outcome with its event. */
export function outcome(
  write: ReadyWrite,
  what: OutcomeOf["outcome"],
  reason: Reason | null,
  event: OutcomeOf["event"],
  detail: OutcomeOf["detail"],
): OutcomeOf {
  return { work: write, outcome: what, reason, notes: write.notes, waitsFor: null, event, detail };
}
