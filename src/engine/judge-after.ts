/** Linked records of a flow without updates that move at the source: who must settle it is told, and nothing is sent. */
import { canonicalJson } from "../core/fingerprint.ts";
import type { Reason } from "../core/reasons.ts";
import { findLinksUnder, type Link } from "../store/links.ts";
import { ordersTakenAgain } from "../store/orders-in-books.ts";
import { doubtsForPerson, keep, type Settled, settled, targetTitle, type Work, withVendor } from "./decisions.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";
import { isKept } from "./judge-parent.ts";

/** Why linked records are no longer as they were linked, by source id; judged by their rows alone. */
export async function findMoved(
  run: FlowRun,
  rows: ReadonlyMap<string, SourceRow>,
  links: ReadonlyMap<string, Link>,
): Promise<ReadonlyMap<string, Reason>> {
  const { after } = run.flow;
  if (after === undefined) return new Map();
  const { database } = run.bench.store;
  const linked = [...rows].filter(([id]) => links.has(id));
  const again = await ordersTakenAgain(
    database,
    run.key,
    linked.map(([id]) => id),
  );
  const reasonOf = (id: string, row: SourceRow, beside: readonly Readonly<Record<string, unknown>>[]) => {
    const kept = links.get(id)?.written?.kept;
    const shared = { takenAgain: again.has(id), settings: run.options as never };
    return after.when(row as never, { kept: isKept(kept) ? kept : null, beside, ...shared });
  };
  // Most rows are as they were: what stands beside them is looked up for the others only.
  const suspects = linked.filter(([id, row]) => again.has(id) || reasonOf(id, row, []) !== null);
  const key = { ...run.key, flow: after.beside };
  const beside = await findLinksUnder(
    database,
    key,
    suspects.map(([id]) => id),
  );
  const moved = new Map<string, Reason>();
  for (const [id, row] of suspects) {
    const written = (beside.get(id) ?? []).flatMap((link) => (link.written === null ? [] : [link.written]));
    const reason = reasonOf(id, row, written);
    const parameters = { id: links.get(id)?.targetId ?? "", other: targetTitle(run) };
    if (reason !== null)
      moved.set(id, withVendor(run, { ...reason, parameters: { ...reason.parameters, ...parameters } }));
  }
  return moved;
}

/** A linked record of a flow without updates: as it was, unless it moved or waits for a person already. */
export function judgeLinked(work: Work, moved: Reason | undefined, asked: boolean): Settled {
  const { stored } = work;
  const isOwed = stored?.outcome === "waiting" && doubtsForPerson.includes(stored.reason?.code);
  if (stored !== null && isOwed && !asked) return keep(work, stored);
  // A person has seen this very difference; another one is told, and so is this one after it was gone.
  const isSeen = moved !== undefined && canonicalJson(stored?.dismissed ?? null) === canonicalJson(moved);
  if (isSeen && !asked) return { ...settled(work, "unchanged", null), kept: true };
  return moved === undefined ? settled(work, "unchanged", null) : settled(work, "waiting", moved);
}
