/** References to other records: each becomes the id at the target, or the record waits and says for whom. */

import { type LinkRequest, linkRequests, type Mapped, withLinks } from "../core/mapping.ts";
import { explain, type Reason, type ReasonParameters } from "../core/reasons.ts";
import { findLinkedTargets, findLinks } from "../store/links.ts";
import { findRecords, type StoredRecord } from "../store/records.ts";
import { type Decision, type Settled, settled, type Write } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";

/** A write whose references are ids of the target. */
export interface ReadyWrite extends Write {
  readonly ready: Mapped;
}

/** What is done with records of another flow that are referred to; handed in, because it runs the whole pipeline for them. */
export interface Referred {
  settle(sibling: FlowRun, sourceIds: readonly string[]): Promise<void>;
  /** decides for them and writes nothing yet */
  judge(sibling: FlowRun, sourceIds: readonly string[]): Promise<Judged>;
}

/** Records that are decided. */
interface Judged {
  /** those that cannot be linked now */
  readonly held: ReadonlySet<string>;
  /** writes those of the given ids, and stores why the held ones are */
  finish(ids: ReadonlySet<string>): Promise<void>;
}

/** Known ids, by the flow referred to and the way. */
type Known = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Resolves the references of all writes of a page with one look-up for each flow referred to. */
export async function resolveLinks(
  run: FlowRun,
  decisions: readonly Decision[],
  referred: Referred,
): Promise<(Settled | ReadyWrite)[]> {
  const judged = await judgeFirst(run, decisions, referred);
  const heldOf = (write: Write) =>
    requestsOf(write).find((request) => judged.get(groupOf(request))?.held.has(request.id)) ?? null;
  const wanted = wantedOf(decisions.filter((one) => one.kind === "write" && heldOf(one) === null));
  for (const [group, one] of judged) await one.finish(wanted.get(group)?.ids ?? new Set());
  const known = new Map<string, ReadonlyMap<string, string>>();
  for (const [group, { one, ids }] of wanted) {
    const sibling = siblingOf(run, one.flow);
    const settle = judged.has(group) ? null : referred.settle;
    const found =
      one.way === "there"
        ? await targetIds(run, sibling, [...ids], settle)
        : await findLinkedTargets(run.bench.store.database, sibling.key, [...ids]);
    known.set(group, found);
  }
  return Promise.all(
    decisions.map((decision) =>
      decision.kind === "write" ? resolve(run, decision, known, heldOf(decision)) : decision,
    ),
  );
}

/** Everything that writes refer to, by the flow and the way. */
type Wanted = ReadonlyMap<string, { readonly one: LinkRequest; readonly ids: Set<string> }>;

function wantedOf(decisions: readonly Decision[]): Wanted {
  const wanted = new Map<string, { readonly one: LinkRequest; readonly ids: Set<string> }>();
  for (const decision of decisions) {
    if (decision.kind !== "write") continue;
    for (const request of requestsOf(decision)) {
      const group = wanted.get(groupOf(request)) ?? { one: request, ids: new Set() };
      wanted.set(groupOf(request), group);
      group.ids.add(request.id);
    }
  }
  return wanted;
}

/**
 * An order is invoiced whole or not at all (rule S11), and what no transferred order carried is not made (rule S12): so all
 * that it refers to is decided before the first of it is written. Counts are taken last and need the products.
 */
async function judgeFirst(
  run: FlowRun,
  decisions: readonly Decision[],
  referred: Referred,
): Promise<ReadonlyMap<string, Judged>> {
  const judged = new Map<string, Judged>();
  if (run.flow.stock?.role !== "takes" || run.approved !== null) return judged;
  for (const [group, { one, ids }] of wantedOf(decisions)) {
    const sibling = siblingOf(run, one.flow);
    if (one.way !== "there" || !sibling.flow.whenReferredTo || sibling.flow.stock?.role === "counts") continue;
    const found = await linkedIds(sibling, [...ids]);
    const missing = [...ids].filter((id) => !found.has(id));
    if (missing.length > 0) judged.set(group, await referred.judge(sibling, missing));
  }
  return judged;
}

/** What a write refers to, and then what must be linked besides. */
function requestsOf(write: Write): readonly LinkRequest[] {
  return [...linkRequests(write.successor ?? write.payload), ...(write.needs ?? [])];
}

function groupOf({ way, flow }: LinkRequest): string {
  return `${way} ${flow}`;
}

function siblingOf(run: FlowRun, flow: string): FlowRun {
  const sibling = run.sibling(flow);
  if (sibling !== null) return sibling;
  throw new Error(`flow ${run.flow.name} refers to ${flow}, which is not a flow of this integration`);
}

/** The target ids of records of another flow; what is missing is settled first where that flow allows it. */
async function targetIds(
  run: FlowRun,
  sibling: FlowRun,
  ids: readonly string[],
  settle: Referred["settle"] | null,
): Promise<ReadonlyMap<string, string>> {
  const found = await linkedIds(sibling, ids);
  const missing = ids.filter((id) => !found.has(id));
  // What an applied plan needs of other flows is in the plan itself, and was made before.
  if (missing.length === 0 || !sibling.flow.whenReferredTo || run.approved !== null || settle === null) return found;
  await settle(sibling, missing);
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
  known: Known,
  held: LinkRequest | null,
): Promise<Settled | ReadyWrite> {
  const idOf = (request: LinkRequest) => known.get(groupOf(request))?.get(request.id);
  const missing = held ?? requestsOf(write).find((request) => idOf(request) === undefined);
  if (missing === undefined) return { ...write, ready: withLinks(write.payload, (request) => idOf(request) ?? "") };
  const { flow, id } = missing;
  if (missing.way === "back") {
    return {
      ...settled(write, "waiting", await whyUnlinked(run, missing), write.notes),
      waitsFor: { flow, targetId: id },
    };
  }
  const sibling = siblingOf(run, flow);
  const parent = (await findRecords(run.bench.store.database, sibling.key, [id])).get(id);
  const parameters = { ...named("parent", sibling, id, parent?.label ?? null), ...whyMissing(run, parent) };
  return {
    ...settled(write, "waiting", { code: "parent-missing", parameters }, write.notes),
    waitsFor: { flow, sourceId: id },
  };
}

/**
 * Names the record of the flow's own vendor that nothing is linked to, such as a supplier that people made there; or that
 * carries the id of one that is linked with another record.
 */
async function whyUnlinked(run: FlowRun, { flow, id }: LinkRequest): Promise<Reason> {
  const sibling = siblingOf(run, flow);
  const { from, to } = sibling.flow;
  const nameOf = async (one: string) => (await run.from.nameOf?.(to.resource, one)) ?? null;
  const parameters = {
    ...named("record", sibling, id, await nameOf(id)),
    vendor: run.bench.vendorTitle(to.vendor),
    other: run.bench.vendorTitle(from.vendor),
  };
  const carried = (await run.from.remoteIdsOf?.(to.resource, id)) ?? [];
  const [held] = (await findLinks(run.bench.store.database, sibling.key, carried)).values();
  if (held === undefined || held.targetId === id) return { code: "not-linked-back", parameters };
  const holder = named("holder", sibling, held.targetId, await nameOf(held.targetId));
  return { code: "linked-with-twin", parameters: { ...parameters, ...holder, id: held.sourceId } };
}

/** A record in a sentence, such as "the supplier Potters (5900301)", in both languages. */
function named(parameter: string, { flow }: FlowRun, id: string, name: string | null): ReasonParameters {
  const label = name === null || name === "" || name === id ? id : `${name} (${id})`;
  return { [parameter]: `${flow.one.en} ${label}`, [`${parameter}.ar`]: `${flow.one.ar} ${label}` };
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
    do: gone ? `Put it back in ${vendor}, or take out what refers to it.` : english.action,
    "do.ar": gone ? `أعده في ${vendor} أو احذف ما يشير إليه.` : arabic.action,
  };
}
