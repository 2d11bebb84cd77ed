import { jsonText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** One entry of a record's timeline. */
export interface RecordEvent {
  readonly sourceId: string;
  readonly at: Date;
  readonly kind:
    | "created"
    | "updated"
    | "deleted"
    | "skipped"
    | "waiting"
    | "rejected"
    | "in-doubt"
    | "adopted"
    | "released"
    | "dismissed"
    | "retried";
  readonly detail: Readonly<Record<string, unknown>>;
}

export async function addEvents(
  executor: Executor,
  key: FlowKey,
  runId: number | null,
  events: readonly RecordEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await executor
    .insertInto("event")
    .values(
      events.map((event) => ({
        integration_id: key.integrationId,
        flow: key.flow,
        source_id: event.sourceId,
        run_id: runId,
        at: event.at,
        kind: event.kind,
        detail: jsonText(event.detail),
      })),
    )
    .execute();
}

/** The timeline of one record, oldest first. */
export async function eventsOf(
  executor: Executor,
  key: FlowKey,
  sourceId: string,
  most: number,
): Promise<{ at: Date; kind: string; runId: number | null; detail: Readonly<Record<string, unknown>> }[]> {
  const rows = await executor
    .selectFrom("event")
    .select(["at", "kind", "run_id", "detail"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .orderBy("id", "desc")
    .limit(most)
    .execute();
  return rows.reverse().map((row) => ({ at: row.at, kind: row.kind, runId: row.run_id, detail: row.detail }));
}
