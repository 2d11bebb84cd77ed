import { sql } from "kysely";
import { jsonText } from "./json-text.ts";
import type { Executor, FlowKey } from "./schema.ts";

/** Source id ↔ target id of one record, with what was last written. */
export interface Link {
  readonly sourceId: string;
  readonly targetId: string;
  /** empty = what the target holds is not known: the whole record is written once more */
  readonly fingerprint: string;
  readonly written: Readonly<Record<string, unknown>> | null;
  /** the record was first made at the target, by people */
  readonly madeThere: boolean;
  /** complete passes in a row that did not find the record at its source */
  readonly missed: number;
}

/** A link as a confirmed write makes it. */
export type NewLink = Omit<Link, "madeThere" | "missed"> & {
  /** left out: as it is known, else false */
  readonly madeThere?: boolean;
  /** true: other records of the flow may be linked with the same target */
  readonly shared?: boolean;
};

/** The links of the given records, by source id. */
export async function findLinks(
  executor: Executor,
  key: FlowKey,
  sourceIds: readonly string[],
): Promise<Map<string, Link>> {
  if (sourceIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select(["source_id", "target_id", "fingerprint", "written", "made_there", "missed"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
  return new Map(
    rows.map((row) => [
      row.source_id,
      {
        sourceId: row.source_id,
        targetId: row.target_id,
        fingerprint: row.fingerprint,
        written: row.written,
        madeThere: row.made_there,
        missed: row.missed,
      },
    ]),
  );
}

/** The links whose source ids begin with one of the given ids and a dash, by that id. */
export async function findLinksUnder(
  executor: Executor,
  key: FlowKey,
  ids: readonly string[],
): Promise<Map<string, Link[]>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select("source_id")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where(sql<string>`split_part(source_id, '-', 1)`, "in", ids)
    .execute();
  const links = await findLinks(
    executor,
    key,
    rows.map((row) => row.source_id),
  );
  return Map.groupBy(links.values(), ({ sourceId }) => sourceId.split("-")[0] ?? "");
}

/** The source ids that the given target ids are linked to, by target id; of a shared target one of them. */
export async function findLinkedTargets(
  executor: Executor,
  key: FlowKey,
  targetIds: readonly string[],
): Promise<Map<string, string>> {
  if (targetIds.length === 0) return new Map();
  const rows = await executor
    .selectFrom("link")
    .select(["source_id", "target_id"])
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("target_id", "in", targetIds)
    .execute();
  return new Map(rows.map((row) => [row.target_id, row.source_id]));
}

/** Makes or renews links after confirmed writes. Who made the record first is kept as it was where the link does not say. */
export async function saveLinks(executor: Executor, key: FlowKey, links: readonly NewLink[], now: Date): Promise<void> {
  const isTold = ({ madeThere }: NewLink) => madeThere !== undefined;
  await renewLinks(executor, key, { links: links.filter(isTold), withMaker: true }, now);
  await renewLinks(executor, key, { links: links.filter((link) => !isTold(link)), withMaker: false }, now);
}

async function renewLinks(
  executor: Executor,
  key: FlowKey,
  { links, withMaker }: { readonly links: readonly NewLink[]; readonly withMaker: boolean },
  now: Date,
): Promise<void> {
  if (links.length === 0) return;
  await executor
    .insertInto("link")
    .values(links.map((link) => linkRow(key, link, now)))
    .onConflict((conflict) =>
      conflict.columns(["integration_id", "flow", "source_id"]).doUpdateSet((excluded) => ({
        ...(withMaker ? { made_there: excluded.ref("excluded.made_there") } : {}),
        target_id: excluded.ref("excluded.target_id"),
        fingerprint: excluded.ref("excluded.fingerprint"),
        written: excluded.ref("excluded.written"),
        written_at: excluded.ref("excluded.written_at"),
      })),
    )
    .execute();
}

/** Makes links of records that are not linked yet; where either of the two is, nothing changes. @returns how many */
export async function saveNewLinks(
  executor: Executor,
  key: FlowKey,
  links: readonly NewLink[],
  now: Date,
): Promise<number> {
  if (links.length === 0) return 0;
  const result = await executor
    .insertInto("link")
    .values(links.map((link) => linkRow(key, link, now)))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0n);
}

/** Makes the links of the flow that runs the other way; where one of the two records is linked there already, nothing changes. */
export async function mirrorLinks(
  executor: Executor,
  counterpart: FlowKey,
  links: readonly Pick<Link, "sourceId" | "targetId">[],
  now: Date,
): Promise<void> {
  const mirrored = links.map(({ sourceId, targetId }) => ({
    sourceId: targetId,
    targetId: sourceId,
    fingerprint: "",
    written: null,
    madeThere: true,
  }));
  await saveNewLinks(executor, counterpart, mirrored, now);
}

function linkRow(key: FlowKey, link: NewLink, now: Date) {
  return {
    integration_id: key.integrationId,
    flow: key.flow,
    source_id: link.sourceId,
    target_id: link.targetId,
    fingerprint: link.fingerprint,
    written: link.written === null ? null : jsonText(link.written),
    linked_at: now,
    written_at: now,
    made_there: link.madeThere ?? false,
    shared_by: link.shared ? link.sourceId : "",
  };
}

/** Forgets the links of the flow that runs the other way, because their source record was deleted. */
export async function removeMirror(executor: Executor, counterpart: FlowKey, sourceId: string): Promise<void> {
  await executor
    .deleteFrom("link")
    .where("integration_id", "=", counterpart.integrationId)
    .where("flow", "=", counterpart.flow)
    .where("target_id", "=", sourceId)
    .execute();
}

/** Forgets a link whose target is gone, so that the record can be made again. */
export async function removeLink(executor: Executor, key: FlowKey, sourceId: string): Promise<void> {
  await executor
    .deleteFrom("link")
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "=", sourceId)
    .execute();
}

/**
 * Has the records written once in full that refer to a record which was made again under another id. @returns how many
 */
export async function forgetDependants(
  executor: Executor,
  parent: FlowKey,
  sourceId: string,
  now: Date,
): Promise<number> {
  const reference = jsonText({ flow: parent.flow, id: sourceId });
  const { rows } = await sql<{ flow: string; source_id: string }>`
    update link set fingerprint = ''
    where integration_id = ${parent.integrationId} and flow <> ${parent.flow} and written is not null
      and jsonb_path_exists(written, '$.** ? (@.linked == $flow && @.sourceId == $id)', ${reference}::jsonb)
    returning flow, source_id`.execute(executor);
  for (const row of rows)
    await executor
      .updateTable("record")
      .set({ retry_at: now })
      .where("integration_id", "=", parent.integrationId)
      .where("flow", "=", row.flow)
      .where("source_id", "=", row.source_id)
      .execute();
  return rows.length;
}

/** What the targets of records hold is not known any more: the next comparison sends everything. */
export async function forgetWritten(executor: Executor, key: FlowKey, sourceIds: readonly string[]): Promise<void> {
  if (sourceIds.length === 0) return;
  await executor
    .updateTable("link")
    .set({ fingerprint: "" })
    .where("integration_id", "=", key.integrationId)
    .where("flow", "=", key.flow)
    .where("source_id", "in", sourceIds)
    .execute();
}
