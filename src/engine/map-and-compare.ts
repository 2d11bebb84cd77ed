/** map → compare: what a full record comes to, without writing anything. */
import { canonicalJson, fingerprint } from "../core/fingerprint.ts";
import { type Mapped, mapRecord } from "../core/mapping.ts";
import type { Reason } from "../core/reasons.ts";
import type { Link } from "../store/links.ts";
import {
  type Decision,
  deletion,
  keep,
  type RowPurpose,
  settled,
  targetTitle,
  type Work,
  withVendor,
} from "./decisions.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";
import { keptOfParent } from "./judge-parent.ts";
import { watchedPart } from "./judge-watched.ts";
import { openGoods } from "./stock/bring-back.ts";

/**
 * Maps a full record and compares it with what was last written.
 * @throws {RecordRejected} from the first row that cannot be read.
 */
export function mapAndCompare(run: FlowRun, work: Work, source: SourceRow, purpose: RowPurpose): Decision {
  const { flow } = run;
  const { link } = work;
  flow.required?.check(source as never, run.options as never);
  const map = (creating: boolean, before: Mapped | null) => {
    const madeThere = link?.madeThere ?? false;
    const now = run.bench.clock.now();
    const parentKept = keptOfParent(work.parent);
    const context = { settings: run.options as never, creating, before, madeThere, parentKept, now };
    return mapRecord(flow.rows as never, source, context);
  };
  const { mapped, notes } = map(link === null, link?.written ?? null);
  // A known record that has lost its last line goes on: its other fields, and that it has no line, still travel.
  const empty = link === null ? (flow.empty?.(mapped, notes) ?? null) : null;
  if (empty !== null) return settled(work, "skipped", withVendor(run, empty), notes);
  // The digest is taken of the updating form, so that a field that is sent only at creation is never compared.
  const lasting = link === null && flow.updates ? map(false, mapped).mapped : mapped;
  const digest = fingerprint(lasting);
  // What the target refused it would refuse again; a changed record or a person's retry gets a new answer.
  const offered = link === null ? fingerprint(mapped) : digest;
  if (work.stored !== null && work.stored.refusedFingerprint === offered && !purpose.asked)
    return keep(work, work.stored);
  const amount = flow.amount?.(source as never) ?? null;
  const kept = { ...lasting, ...watchedOf(run, link, source), ...keptOf(run, source) };
  const write = { mapped: kept, fingerprint: digest, notes, amount, reason: null, again: false };
  if (link === null) {
    const needs = flow.needs?.(source as never, run.options as never) ?? [];
    return { ...work, kind: "write", intent: "create", payload: mapped, ...write, needs };
  }
  if (link.fingerprint === digest) {
    const open = openGoods(run, { ...work, document: lasting, asked: purpose.asked });
    if (open === "looked at") return { ...work, kind: "write", intent: "update", payload: {}, ...write };
    return open === "kept" && work.stored !== null ? keep(work, work.stored) : settled(work, "unchanged", null, notes);
  }
  const moved = fixedFieldMoved(run, link, lasting);
  if (moved !== null) {
    const successor = map(true, null).mapped;
    return replaced(run, work, { link, field: moved, notes, asked: purpose.asked, successor });
  }
  const changes = link.fingerprint === "" ? lasting : differences(link.written, lasting);
  if (Object.keys(changes).length === 0)
    return { ...settled(work, "unchanged", null, notes), relink: { fingerprint: digest, written: kept } };
  return { ...work, kind: "write", intent: "update", payload: changes, ...write };
}

/** What is watched of a record is kept beside what was written, as it was when it was made. */
function watchedOf(run: FlowRun, link: Link | null, source: SourceRow): Mapped {
  if (run.flow.watch === undefined) return {};
  const watched = link === null ? watchedPart(run, source) : link.written?.watched;
  return watched === undefined ? {} : { watched };
}

/** What is kept of a record to judge its list rows by, once it is linked. */
function keptOf({ flow }: FlowRun, source: SourceRow): Mapped {
  return flow.after === undefined ? {} : { kept: flow.after.keeps(source as never) };
}

/** The first reference that differs from what was written although it cannot be changed. */
function fixedFieldMoved(run: FlowRun, { written }: Link, mapped: Mapped): string | null {
  const differs = (field: string) =>
    written?.[field] !== undefined && canonicalJson(written[field]) !== canonicalJson(mapped[field] ?? null);
  return run.flow.fixed?.find(differs) ?? null;
}

/** A record whose fixed reference moved is deleted and made anew; what people made there they must change. */
export function replaced(
  run: FlowRun,
  work: Work,
  moved: {
    readonly link: Link;
    readonly field: string;
    readonly notes: readonly Reason[];
    readonly asked: boolean;
    readonly successor: Mapped;
  },
): Decision {
  const { link, field, notes, asked, successor } = moved;
  if (!link.madeThere) return deletion(work, null, { again: true, asked, successor });
  const parameters = { vendor: targetTitle(run), id: link.targetId, field };
  return settled(work, "waiting", { code: "fixed-made-there", parameters }, notes);
}

/** The fields that are new or different; only these are sent. */
function differences(written: Mapped | null, mapped: Mapped): Mapped {
  if (written === null) return mapped;
  return Object.fromEntries(
    Object.entries(mapped).filter(([field, value]) => canonicalJson(value) !== canonicalJson(written[field] ?? null)),
  );
}
