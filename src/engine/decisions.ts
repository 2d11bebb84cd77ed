/** What may be decided for a record, and how the decisions are made. */
import type { Money } from "../core/decimal.ts";
import type { RecordRejected } from "../core/errors.ts";
import type { LinkRequest, Mapped } from "../core/mapping.ts";
import type { IntentKind, Outcome } from "../core/outcome.ts";
import { type Reason, type ReasonCode, waitsByItself } from "../core/reasons.ts";
import type { Link } from "../store/links.ts";
import type { StoredRecord } from "../store/records.ts";
import type { FlowRun } from "./flow-run.ts";

/** Why rows are looked at. */
export interface RowPurpose {
  /** another record refers to these and needs them */
  readonly referred: boolean;
  /** looked at again whatever is stored: due records, retries, plans that are applied */
  readonly forced: boolean;
  /** the record's own time has come, or a person asked: what was refused or deleted is tried once more */
  readonly asked: boolean;
  /** the rows are full records already */
  readonly full: boolean;
}

/** What is known of the record that another one belongs to. */
export interface Parent {
  readonly id: string;
  readonly label: string;
  readonly link: Link | null;
  /** it waits or was rejected, and may be linked yet */
  readonly owed: boolean;
}

/** A record on its way through the engine. */
export interface Work {
  readonly sourceId: string;
  readonly label: string;
  readonly changedAt: number;
  readonly link: Link | null;
  readonly stored: StoredRecord | null;
  /** what is known of the record that it belongs to, where its flow has parents */
  readonly parent?: Parent | undefined;
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
  /** why, where the outcome keeps it: a deletion, a record that is gone at its source */
  readonly reason: Reason | null;
  /** a deletion after which the record is made anew */
  readonly again: boolean;
  /** what must be linked first although it is not sent */
  readonly needs?: readonly LinkRequest[];
  /** the record that will be made then: nothing is deleted before all that it refers to is there */
  readonly successor?: Mapped;
}

export type Decision = Settled | Write;

/**
 * The target is deleted. `again`: the record is made anew afterwards; `asked`: what the target refused is sent once more,
 * as it is when the record has moved since.
 */
export function deletion(
  work: Work,
  reason: Reason | null,
  { again, asked, successor }: { readonly again: boolean; readonly asked: boolean; readonly successor?: Mapped },
): Decision {
  const { stored } = work;
  const wasRefused = stored?.refusedFingerprint === "";
  if (wasRefused && !asked && (stored.sourceChangedAt?.getTime() ?? 0) === work.changedAt) return keep(work, stored);
  const nothing = { payload: {}, mapped: {}, fingerprint: "", notes: [], amount: null };
  return { ...work, kind: "write", intent: "delete", ...nothing, reason, again, ...(successor ? { successor } : {}) };
}

/** Why a doubtful create waits for a person: its search goes on, and the reason stands until that is clear. */
export const doubtsForPerson: readonly (ReasonCode | undefined)[] = [
  "several-matches",
  "count-unclear",
  "document-differs",
];

/** An outcome without a write. */
export function settled(work: Work, outcome: Outcome, reason: Reason | null, notes: readonly Reason[] = []): Settled {
  return { ...work, kind: "settled", outcome, reason, notes, waitsFor: null, kept: false };
}

/** The stored outcome, as it stands. */
export function keep(work: Work, stored: StoredRecord): Settled {
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
export function withVendor(run: FlowRun, reason: Reason): Reason {
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
  const outcome = rejection.code === "vendor-error" || waitsByItself(rejection.code) ? "waiting" : "rejected";
  return settled(work, outcome, withVendor(run, rejection));
}

/** The target vendor's name as people write it. */
export function targetTitle(run: FlowRun): string {
  return run.bench.vendorTitle(run.flow.to.vendor);
}
