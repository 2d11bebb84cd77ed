import { type Selectable, sql } from "kysely";
import type { IntentKind } from "../core/outcome.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { Executor, PlanItemTable } from "./schema.ts";

/** A write that a plan names. */
export interface PlanItem {
  readonly flow: string;
  readonly sourceId: string;
  readonly label: string;
  readonly kind: IntentKind;
  readonly fingerprint: string;
  readonly mapped: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly id: number;
  readonly integrationId: number;
  readonly flows: readonly string[];
  readonly summary: Readonly<Record<string, unknown>>;
  readonly state: "making" | "ready" | "applied" | "failed";
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
}

export async function addPlan(
  executor: Executor,
  integrationId: number,
  flows: readonly string[],
  now: Date,
): Promise<number> {
  const { id } = await executor
    .insertInto("plan")
    .values({
      integration_id: integrationId,
      flows: jsonText(flows),
      summary: "{}",
      state: "making",
      created_at: now,
      applied_at: null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** Adds writes to a plan. @returns those that it did not name yet: a list may show a record twice. */
export async function addPlanItems<Item extends PlanItem>(
  executor: Executor,
  planId: number,
  items: readonly Item[],
): Promise<readonly Item[]> {
  if (items.length === 0) return [];
  const rows = await executor
    .insertInto("plan_item")
    .values(
      items.map((item) => ({
        plan_id: planId,
        flow: item.flow,
        source_id: item.sourceId,
        label: storableText(item.label),
        kind: item.kind,
        fingerprint: item.fingerprint,
        mapped: jsonText(item.mapped),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning(["flow", "source_id"])
    .execute();
  const added = new Set(rows.map((row) => `${row.flow}/${row.source_id}`));
  return items.filter((item) => added.has(`${item.flow}/${item.sourceId}`));
}

/** Which of the records are in the plan. */
export async function plannedIds(
  executor: Executor,
  planId: number,
  flow: string,
  sourceIds: readonly string[],
): Promise<Set<string>> {
  if (sourceIds.length === 0) return new Set();
  const rows = await executor
    .selectFrom("plan_item")
    .select("source_id")
    .where("plan_id", "=", planId)
    .where("flow", "=", flow)
    .where("source_id", "in", sourceIds)
    .execute();
  return new Set(rows.map((row) => row.source_id));
}

export async function updatePlan(
  executor: Executor,
  id: number,
  change: { state?: Plan["state"]; summary?: Readonly<Record<string, unknown>>; appliedAt?: Date },
): Promise<void> {
  await executor
    .updateTable("plan")
    .set({
      ...(change.state === undefined ? {} : { state: change.state }),
      ...(change.summary === undefined ? {} : { summary: jsonText(change.summary) }),
      ...(change.appliedAt === undefined ? {} : { applied_at: change.appliedAt }),
    })
    .where("id", "=", id)
    .execute();
}

export async function findPlan(executor: Executor, id: number): Promise<Plan | null> {
  const row = await executor.selectFrom("plan").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    integrationId: row.integration_id,
    flows: row.flows,
    summary: row.summary,
    state: row.state,
    createdAt: row.created_at,
    appliedAt: row.applied_at,
  };
}

/** A deletion that carries a record: that record is made anew afterwards. */
const makesAnew = sql<boolean>`kind = 'delete' and mapped <> '{}'`;

/** How many writes of each kind a plan names, by flow; `again`: deletions after which the record is made anew. */
export async function countPlanItems(
  executor: Executor,
  planId: number,
): Promise<{ flow: string; kind: IntentKind; again: boolean; count: number }[]> {
  const rows = await executor
    .selectFrom("plan_item")
    .select(["flow", "kind", makesAnew.as("again"), ({ fn }) => fn.countAll().as("count")])
    .where("plan_id", "=", planId)
    .groupBy(["flow", "kind", "again"])
    .execute();
  return rows.map(({ count, ...one }) => ({ ...one, count: Number(count) }));
}

/** The items of one flow that a person looks at first: deletions, then the others in their order. */
export async function firstPlanItems(
  executor: Executor,
  planId: number,
  flow: string,
  most: number,
): Promise<(PlanItem & { again: boolean })[]> {
  const rows = await executor
    .selectFrom("plan_item")
    .selectAll()
    .select(makesAnew.as("again"))
    .where("plan_id", "=", planId)
    .where("flow", "=", flow)
    .orderBy(sql`kind <> 'delete'`)
    .orderBy("position")
    .limit(most)
    .execute();
  return rows.map((row) => ({ ...itemOf(row), again: row.again }));
}

/** The items of one flow of a plan in their order, a page at a time. */
export async function planItems(
  executor: Executor,
  planId: number,
  page: { flow: string; after: number; most: number },
): Promise<{ items: (PlanItem & { position: number })[]; last: number }> {
  const rows = await executor
    .selectFrom("plan_item")
    .selectAll()
    .where("plan_id", "=", planId)
    .where("flow", "=", page.flow)
    .where("position", ">", page.after)
    .orderBy("position")
    .limit(page.most)
    .execute();
  const items = rows.map((row) => ({ position: row.position, ...itemOf(row) }));
  return { items, last: items.at(-1)?.position ?? page.after };
}

function itemOf(row: Selectable<PlanItemTable>): PlanItem {
  return {
    flow: row.flow,
    sourceId: row.source_id,
    label: row.label,
    kind: row.kind,
    fingerprint: row.fingerprint,
    mapped: row.mapped,
  };
}
