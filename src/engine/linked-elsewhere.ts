/** Creates that found their record at the target, where it is linked with another source record already. */
import { findLinkedTargets, removeLink, removeMirror } from "../store/links.ts";
import { retryRecords } from "../store/records.ts";
import type { Executor } from "../store/schema.ts";
import type { LinkedElsewhere, Sent } from "./after-write.ts";
import { type FlowRun, lockFlows } from "./flow-run.ts";
import { readInFull } from "./read-in-full.ts";

/** The records that creates found at the target, where each belongs to one record alone. */
function foundThere(
  run: FlowRun,
  wave: readonly Sent[],
): readonly { readonly sourceId: string; readonly id: string }[] {
  if (run.flow.sharesTargets) return [];
  return wave.flatMap(({ write, answer }) =>
    answer.kind === "done" && answer.found ? [{ sourceId: write.sourceId, id: answer.id }] : [],
  );
}

/**
 * What a create found at the target may be linked with a record that its source no longer has: the wrong one of two, which
 * a person deleted. Its link is let go, so that the one that is left takes its place.
 */
export async function letGoOfVanished(run: FlowRun, wave: readonly Sent[]): Promise<void> {
  const found = foundThere(run, wave);
  if (found.length === 0) return;
  const { database } = run.bench.store;
  const taken = await findLinkedTargets(
    database,
    run.key,
    found.map(({ id }) => id),
  );
  const others = found.flatMap(({ sourceId, id }) =>
    (taken.get(id) ?? sourceId) === sourceId ? [] : (taken.get(id) ?? []),
  );
  const read = await readInFull(run, others);
  for (const other of others) {
    if (read.get(other)?.kind !== "missing") continue;
    await database.transaction().execute(async (executor) => {
      await lockFlows(executor, run);
      await removeLink(executor, run.key, other);
      if (run.counterpart !== null) await removeMirror(executor, run.counterpart, other);
      await retryRecords(executor, { ...run.key, sourceIds: [other] }, new Date(run.bench.clock.now()));
    });
  }
}

/** Records that a create found at the target, and that another source record is linked with already. */
export async function linkedElsewhere(
  executor: Executor,
  run: FlowRun,
  wave: readonly Sent[],
): Promise<ReadonlyMap<string, LinkedElsewhere>> {
  const found = foundThere(run, wave);
  const taken = await findLinkedTargets(
    executor,
    run.key,
    found.map(({ id }) => id),
  );
  const refused = new Map<string, LinkedElsewhere>();
  for (const { sourceId, id } of found) {
    const other = taken.get(id) ?? sourceId;
    // The first of two that found the same record in one wave has it.
    if (other === sourceId) taken.set(id, sourceId);
    else refused.set(sourceId, { kind: "linked-elsewhere", id, other, message: `${id} is linked with ${other}` });
  }
  return refused;
}
