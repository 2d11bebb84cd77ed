import { sql } from "kysely";
import type { Executor, FlowKey } from "./schema.ts";

/** The source ids of the records of a flow whose labels are numbers that rise with time, the highest first. */
export async function recentRecords(executor: Executor, key: FlowKey, most: number): Promise<string[]> {
  const rows = await executor
    .selectFrom("record")
    .select("source_id")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .orderBy(sql`length(label)`, "desc")
    .orderBy(sql`label collate "C"`, "desc")
    .limit(most)
    .execute();
  return rows.map(({ source_id }) => source_id);
}
