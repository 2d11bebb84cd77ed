/** References to other records: each becomes the id at the target, or the record waits and says for whom. */

import { type LinkRequest, linkRequests, type Mapped, withLinks } from "../core/mapping.ts";
import { explain, type ReasonParameters } from "../core/reasons.ts";
import { findLinks } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import type { FlowRun } from "./flow-run.ts";
import { type Decision, type Settled, settled, type Write } from "./judge-rows.ts";

/** A write whose references are ids of the target. */
export interface ReadyWrite extends Write {
  readonly ready: Mapped;
}

/** Settles records of another flow that are referred to; handed in, because it runs the whole pipeline for them. */
export type SettleReferred = (sibling: FlowRun, sourceIds: readonly string[]) => Promise<void>;

/** Resolves the references of all writes of a page with one look-up for each flow referred to. */
export async function resolveLinks(
  run: FlowRun,
  decisions: readonly Decision[],
  settleReferred: SettleReferred,
): Promise<(Settled | ReadyWrite)[]> {
  const wanted = new Map<string, Set<string>>();
  for (const decision of decisions) {
    if (decision.kind !== "write") continue;
    for (const request of linkRequests(decision.payload)) {
      const ids = wanted.get(request.flow) ?? new Set();
      wanted.set(request.flow, ids.add(request.sourceId));
    }
  }
  const known = new Map<string, ReadonlyMap<string, string>>();
  for (const [flow, ids] of wanted) known.set(flow, await targetIds(run, flow, [...ids], settleReferred));
  return Promise.all(
    decisions.map((decision) => (decision.kind === "write" ? resolve(run, decision, known) : decision)),
  );
}

/** The target ids of records of another flow; what is missing is settled first where that flow allows it. */
async function targetIds(
  run: FlowRun,
  flow: string,
  ids: readonly string[],
  settleReferred: SettleReferred,
): Promise<ReadonlyMap<string, string>> {
  const sibling = run.sibling(flow);
  if (sibling === null)
    throw new Error(`flow ${run.flow.name} refers to ${flow}, which is not a flow of this integration`);
  const found = await linkedIds(sibling, ids);
  const missing = ids.filter((id) => !found.has(id));
  // What an applied plan needs of other flows is in the plan itself, and was made before.
  if (missing.length === 0 || !sibling.flow.whenReferredTo || run.approved !== null) return found;
  await settleReferred(sibling, missing);
  return new Map([...found, ...(await linkedIds(sibling, missing))]);
}

async function linkedIds(sibling: FlowRun, ids: readonly string[]): Promise<Map<string, string>> {
  const links = await findLinks(sibling.bench.store.database, sibling.key, ids);
  const found = new Map([...links].map(([id, link]) => [id, link.targetId]));
  const planned = await sibling.plan?.planned(
    sibling.flow.name,
    ids.filter((id) => !found.has(id)),
  );
  for (const id of planned ?? []) found.set(id, "planned");
  return found;
}

async function resolve(
  run: FlowRun,
  write: Write,
  known: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Promise<Settled | ReadyWrite> {
  const idOf = (request: LinkRequest) => known.get(request.flow)?.get(request.sourceId);
  const missing = linkRequests(write.payload).find((request) => idOf(request) === undefined);
  if (missing === undefined) return { ...write, ready: withLinks(write.payload, (request) => idOf(request) ?? "") };
  const sibling = run.sibling(missing.flow);
  const records =
    sibling === null ? null : await findRecords(run.bench.store.database, sibling.key, [missing.sourceId]);
  const parent = records?.get(missing.sourceId);
  const label = parent === undefined ? missing.sourceId : `${parent.label} (${missing.sourceId})`;
  const parameters = { parent: `${missing.flow} ${label}`, ...whyMissing(run, parent) };
  return {
    ...settled(write, "waiting", { code: "parent-missing", parameters }, write.notes),
    waitsFor: { flow: missing.flow, sourceId: missing.sourceId },
  };
}

/** Why the parent is not linked and what a person can do about it, in both languages. */
function whyMissing(run: FlowRun, parent: StoredRecord | undefined): ReasonParameters {
  const reason = parent?.reason ?? null;
  if (reason === null) return { why: "it has not been read yet", "why.ar": "لم يُقرأ بعد", do: "", "do.ar": "" };
  const english = explain(reason);
  const arabic = explain(reason, "ar");
  const vendor = run.bench.vendorTitle(run.flow.from.vendor);
  // A record that is gone does not come by itself: somebody has to put it back or take the reference out.
  const gone = reason.code === "gone-at-source";
  return {
    why: english.sentence,
    "why.ar": arabic.sentence,
    do: gone ? `Put it back in ${vendor}, or take its line out.` : english.action,
    "do.ar": gone ? `أعده في ${vendor} أو احذف سطره.` : arabic.action,
  };
}
