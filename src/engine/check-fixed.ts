import { RetryLater } from "../core/errors.ts";
import { LinkRequest } from "../core/mapping.ts";
import { findLinks } from "../store/links.ts";
import { type Decision, settled, targetTitle, type Write } from "./decisions.ts";
import type { FlowRun } from "./flow-run.ts";
import { replaced } from "./map-and-compare.ts";

/**
 * Before the first update of a record that was found at the target, or made there: what it refers to by a fixed reference
 * was never written by this flow, so the target is asked; where it cannot be asked now, the record waits. A fixed reference
 * is never sent in an update.
 */
export async function checkFixed(run: FlowRun, decision: Decision, asked: boolean): Promise<Decision> {
  const { fixed = [] } = run.flow;
  if (decision.kind !== "write" || decision.intent !== "update" || fixed.length === 0) return decision;
  const { link } = decision;
  if (link === null) return decision;
  try {
    const moved = link.written === null ? await fieldThatDiffers(run, decision, link.targetId) : null;
    if (moved !== null)
      return replaced(run, decision, { link, field: moved, notes: decision.notes, asked, successor: decision.mapped });
  } catch (error) {
    if (!(error instanceof RetryLater) || error.connectionRests) throw error;
    const parameters = { vendor: targetTitle(run), message: error.message };
    return settled(decision, "waiting", { code: "vendor-error", parameters });
  }
  const payload = Object.entries(decision.payload).filter(([field]) => !fixed.includes(field as never));
  return { ...decision, payload: Object.fromEntries(payload) };
}

/** The first fixed reference that names another record than the target does; null where the target does not say. */
async function fieldThatDiffers(run: FlowRun, { mapped }: Write, targetId: string): Promise<string | null> {
  const record = (await run.target.shown?.(targetId)) ?? null;
  if (record === null) return null;
  for (const field of run.flow.fixed ?? []) {
    const wanted = mapped[field];
    if (!(wanted instanceof LinkRequest)) continue;
    const links = await findLinks(run.bench.store.database, { ...run.key, flow: wanted.flow }, [wanted.id]);
    const linked = links.get(wanted.id)?.targetId;
    const present = record[field] ?? null;
    if (linked !== undefined && present !== null && String(present) !== linked) return field;
  }
  return null;
}
