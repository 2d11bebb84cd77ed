/** Which records the running pass of a flow has met, so that a complete one can tell what disappeared (law 6). */
import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

/** Forgets what the pass before has met. */
export async function forgetSeen(executor: Executor, key: FlowKey): Promise<void> {
  await executor
    .deleteFrom("seen_record")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .execute();
}

/** Keeps the ids of a page. @returns how many of them are new. */
export async function markSeen(
  executor: Executor,
  key: FlowKey,
  runId: number,
  sourceIds: readonly string[],
): Promise<number> {
  if (sourceIds.length === 0) return 0;
  const { numAffectedRows } = await sql`
    insert into seen_record (integration_id, flow, source_id, run_id)
    select ${key.integrationId}, ${key.flow}, id, ${runId} from unnest(${[...new Set(sourceIds)]}::text[]) as id
    on conflict do nothing`.execute(executor);
  return Number(numAffectedRows ?? 0n);
}

/** What a complete pass says of the linked records of a flow. */
export interface Vanished {
  /** linked records, without those that were settled as gone before or are left out by a rule */
  readonly linked: number;
  /** source ids that this pass and the one before it did not find, and that were not settled as gone yet */
  readonly missedTwice: readonly string[];
}

/**
 * Counts for each linked record how many complete passes in a row missed it.
 * @param pass.met how many ids the pass has met: where the table holds another number, it lost some (it is not kept over a
 * crash of the database) and nothing is said.
 * @returns null where the table cannot be trusted
 */
export async function countMissed(
  executor: Executor,
  key: FlowKey,
  pass: { readonly runId: number; readonly met: number },
): Promise<Vanished | null> {
  const { runId, met } = pass;
  const kept = await executor
    .selectFrom("seen_record")
    .select(sql<number>`count(*)`.as("count"))
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("run_id", "=", runId)
    .executeTakeFirstOrThrow();
  if (Number(kept.count) !== met) return null;
  const seen = sql<boolean>`exists (select from seen_record s where s.integration_id = link.integration_id and s.flow = link.flow and s.source_id = link.source_id)`;
  const ofFlow = sql<boolean>`link.integration_id = ${key.integrationId} and link.flow = ${key.flow}`;
  await sql`update link set missed = 0 where ${ofFlow} and missed > 0 and ${seen}`.execute(executor);
  await sql`update link set missed = least(missed + 1, 1000) where ${ofFlow} and not ${seen}`.execute(executor);
  // Settled are what a rule leaves out, what is gone and needed no write, and what was just written because it is gone.
  const alive = sql`from link left join record using (integration_id, flow, source_id)
    where ${ofFlow} and record.outcome is distinct from 'skipped' and record.reason_code is distinct from 'gone-at-source'`;
  const { rows } = await sql<{ source_id: string }>`
    select link.source_id ${alive} and link.missed >= 2 order by link.source_id`.execute(executor);
  const { rows: counted } = await sql<{ count: number }>`select count(*) ${alive}`.execute(executor);
  return { linked: Number(counted[0]?.count ?? 0), missedTwice: rows.map((row) => row.source_id) };
}
