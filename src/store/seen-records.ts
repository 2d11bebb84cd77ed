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
  /** how many there are in all; at most `missedMost` of them are named */
  readonly missed: number;
}

/** Ids named at once: as many as one pass settles by itself; the next pass names the next. */
const missedMost = 1_000;

/** Reasons of records that were settled as gone, or that are left out for good: they are not looked for any more. */
const settled = ["gone-at-source", "deleted-after-export", "completed-after-export"];

/**
 * Counts for each linked record how many complete passes in a row missed it.
 * @param pass.mirrored whether the flow has links that the flow running the other way has made
 * @param pass.met how many ids the pass has met: where the table holds another number, it lost some (it is not kept over a
 * crash of the database) and nothing is said.
 * @returns null where the table cannot be trusted
 */
export async function countMissed(
  executor: Executor,
  key: FlowKey,
  pass: { readonly runId: number; readonly met: number; readonly mirrored: boolean },
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
  // What the flow that runs the other way brought there is in none of its lists for sure.
  const own = pass.mirrored ? sql`not link.made_there` : sql`true`;
  const alive = sql`from link left join record using (integration_id, flow, source_id)
    where ${ofFlow} and ${own} and (record.reason_code = any(${settled}::text[])) is not true`;
  const { rows } = await sql<{ source_id: string }>`
    select link.source_id ${alive} and link.missed >= 2
    order by coalesce(record.reason_code = 'many-vanished', false), link.source_id limit ${missedMost}`.execute(
    executor,
  );
  const { rows: counted } = await sql<{ count: number }>`select count(*) ${alive}`.execute(executor);
  const { rows: gone } = await sql<{ count: number }>`select count(*) ${alive} and link.missed >= 2`.execute(executor);
  return {
    linked: Number(counted[0]?.count ?? 0),
    missed: Number(gone[0]?.count ?? 0),
    missedTwice: rows.map((row) => row.source_id),
  };
}
