/** Records that are to be looked at again: those whose time has come, and those whose parents have arrived. */
import type { Executor, FlowKey } from "./schema.ts";

/** A record whose time to be tried again has come. */
export interface DueRecord {
  readonly sourceId: string;
  readonly retryAt: Date;
}

/** Records whose time to be tried again has come, longest waiting first, a page at a time. */
export async function dueRecords(
  executor: Executor,
  key: FlowKey,
  now: Date,
  page: { readonly after: DueRecord | null; readonly most: number },
): Promise<DueRecord[]> {
  const { after, most } = page;
  let query = executor
    .selectFrom("record")
    .select(["source_id", "retry_at"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("retry_at", "<=", now)
    .orderBy("retry_at")
    .orderBy("source_id")
    .limit(most);
  if (after !== null)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("retry_at", "source_id"), ">", tuple(after.retryAt, after.sourceId)),
    );
  const rows = await query.execute();
  return rows.map((row) => ({ sourceId: row.source_id, retryAt: row.retry_at ?? now }));
}

const noLongerWaiting = { waits_for_flow: null, waits_for_source_id: null, waits_for_target_id: null };

/**
 * Lets records go on that waited for the given parents, by either of the two ids of their links: call it after the links
 * are stored. @returns the flows that now have due records. */
export async function releaseWaiting(
  executor: Executor,
  parent: FlowKey,
  parentIds: readonly string[],
  now: Date,
): Promise<string[]> {
  if (parentIds.length === 0) return [];
  const released = (executor: Executor) =>
    executor
      .updateTable("record")
      .set({ retry_at: now, ...noLongerWaiting })
      .where("integration_id", "=", parent.integrationId)
      .where("waits_for_flow", "=", parent.flow)
      .returning("flow");
  // Two statements, because each has an index of its own.
  const bySource = await released(executor).where("waits_for_source_id", "in", parentIds).execute();
  const byTarget = await released(executor)
    .where("waits_for_target_id", "in", (where) =>
      where
        .selectFrom("link")
        .select("link.target_id")
        .where("link.integration_id", "=", parent.integrationId)
        .where("link.flow", "=", parent.flow)
        .where("link.source_id", "in", parentIds),
    )
    .execute();
  return [...new Set([...bySource, ...byTarget].map((row) => row.flow))];
}

/**
 * Lets the given records go on whose parents were linked while they were found waiting: the release that came with the
 * link could not see them yet.
 */
export async function releaseOvertaken(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
  now: Date,
): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .updateTable("record")
    .set({ retry_at: now, ...noLongerWaiting })
    .where("record.integration_id", "=", key.integrationId)
    .where("record.flow", "=", key.flow)
    .where("record.source_id", "in", sourceIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("link")
          .select("link.source_id")
          .whereRef("link.integration_id", "=", "record.integration_id")
          .whereRef("link.flow", "=", "record.waits_for_flow")
          .where(({ or, eb }) =>
            or([
              eb("link.source_id", "=", eb.ref("record.waits_for_source_id")),
              eb("link.target_id", "=", eb.ref("record.waits_for_target_id")),
            ]),
          ),
      ),
    )
    .execute();
}
