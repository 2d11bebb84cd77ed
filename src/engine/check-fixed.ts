import { LinkRequest, type Mapped } from "../core/mapping.ts";
import { findLinks } from "../store/links.ts";
import type { Decision, Write } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";
import { replaced } from "./map-and-compare.ts";
import { readInFull } from "./read-in-full.ts";

/**
 * Before the first update of a record that was found at the target, or made there: what it refers to by a fixed reference
 * was never written by this flow, so the target is asked. A fixed reference is never sent in an update.
 */
export async function checkFixed(run: FlowRun, decision: Decision, asked: boolean): Promise<Decision> {
  const { fixed = [] } = run.flow;
  if (decision.kind !== "write" || decision.intent !== "update" || fixed.length === 0) return decision;
  const { link } = decision;
  if (link === null) return decision;
  const moved = link.written === null ? await fieldThatDiffers(run, decision, link.targetId) : null;
  if (moved !== null)
    return replaced(run, decision, { link, field: moved, notes: decision.notes, asked, successor: decision.mapped });
  const payload = Object.entries(decision.payload).filter(([field]) => !fixed.includes(field as never));
  return { ...decision, payload: Object.fromEntries(payload) };
}

/** The first fixed reference that names another record than the target does; null where that cannot be told. */
async function fieldThatDiffers(run: FlowRun, { mapped }: Write, targetId: string): Promise<string | null> {
  const there = run.counterpart === null ? null : run.sibling(run.counterpart.flow);
  if (there === null) return null;
  const read = (await readInFull(there, [targetId])).get(targetId);
  if (read?.kind !== "found") return null;
  const record = read.record as Mapped;
  for (const field of run.flow.fixed ?? []) {
    const wanted = mapped[field];
    if (!(wanted instanceof LinkRequest)) continue;
    const links = await findLinks(run.bench.store.database, { ...run.key, flow: wanted.flow }, [wanted.id]);
    const linked = links.get(wanted.id)?.targetId;
    if (linked !== undefined && record[field] !== undefined && String(record[field]) !== linked) return field;
  }
  return null;
}
