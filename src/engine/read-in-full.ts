/** Full records by id, a bounded number at a time. */

import { RetryLater } from "../core/errors.ts";
import type { ReadResult } from "../core/resources.ts";
import { bounds } from "./bounds.ts";
import type { FlowRun, SourceRow } from "./flow-run.ts";

/** What reading one record in full came to. */
export type Read = ReadResult<SourceRow> | { readonly kind: "later"; readonly error: RetryLater };

/**
 * Reads records in full, in groups. A group that fails for now gives its records the result `later`, so that one record
 * that the vendor cannot deliver does not stop the others. Where several fail and none comes, the rest is not asked.
 * @throws {RetryLater} when the connection rests
 */
export async function readInFull(run: FlowRun, ids: readonly string[]): Promise<Map<string, Read>> {
  const groups: string[][] = [];
  for (let at = 0; at < ids.length; at += run.source.batch) groups.push(ids.slice(at, at + run.source.batch));
  const found = new Map<string, Read>();
  let next = 0;
  let came = 0;
  const failures: RetryLater[] = [];
  const readGroup = async (group: string[]) => {
    const failure = failures[0];
    if (failure !== undefined && came === 0 && failures.length >= bounds.failedReads)
      return postponeGroup(group, failure);
    try {
      for (const [id, result] of await run.source.read(group)) found.set(id, result as Read);
      came += 1;
    } catch (error) {
      if (!(error instanceof RetryLater) || error.connectionRests) throw error;
      failures.push(error);
      postponeGroup(group, error);
    }
  };
  const postponeGroup = (group: readonly string[], error: RetryLater) => {
    for (const id of group) found.set(id, { kind: "later", error });
  };
  const reader = async () => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) await readGroup(group);
  };
  // All readers come to rest before an error goes up, so that no call is left running behind a run that has ended.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(bounds.readsTogether, groups.length) }, reader));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return found;
}
