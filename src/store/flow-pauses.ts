/** Flows in which nothing is made by itself until a person has looked. */
import type { Reason } from "../core/reasons.ts";
import { jsonText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** Why nothing is made by itself in this flow; null = it goes on. */
export async function pausedByPerson(executor: Executor, key: FlowKey): Promise<Reason | null> {
  const row = await executor
    .selectFrom("flow_state")
    .select("needs_person")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .executeTakeFirst();
  return row?.needs_person ?? null;
}

/** Pauses a flow because of a record. The first reason stays, with its moment as the parameter `at`. */
export async function pauseFlow(
  executor: Executor,
  key: FlowKey,
  { reason, record }: { readonly reason: Reason; readonly record: string },
  now: Date,
): Promise<void> {
  const parameters = { ...reason.parameters, record, at: now.toISOString() };
  await executor
    .updateTable("flow_state")
    .set({ needs_person: jsonText({ ...reason, parameters }) })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("needs_person", "is", null)
    .execute();
}

/** A person has looked: every flow of the integration goes on. @returns the flows that were paused */
export async function letFlowsGoOn(executor: Executor, integrationId: number): Promise<string[]> {
  const rows = await executor
    .updateTable("flow_state")
    .set({ needs_person: null })
    .where("integration_id", "=", integrationId)
    .where("needs_person", "is not", null)
    .returning("flow")
    .execute();
  return rows.map((row) => row.flow);
}
