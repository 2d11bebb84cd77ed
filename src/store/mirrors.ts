/** Copies of vendors' lists (`migrations/0010-mirrors.sql`). */
import { sql } from "kysely";
import type { Mirror, MirroredRecord } from "../core/mirror.ts";
import { jsonText, storableText } from "./json-text.ts";
import type { Executor } from "./schema.ts";

const rowsOfStatement = 1_000;

/** The copy of one list of one connection. Its table is written in whole statements, so that it is never half of a list. */
export function storedMirror(database: Executor, connectionId: number, resource: string): Mirror {
  const own = { connection_id: connectionId, resource };
  const save = (executor: Executor, records: readonly MirroredRecord[]) => saveRecords(executor, own, records);
  return {
    state: async () => {
      const row = await database
        .selectFrom("mirror")
        .select(["read_until", "whole_at"])
        .where("connection_id", "=", connectionId)
        .where("resource", "=", resource)
        .executeTakeFirst();
      return row === undefined ? null : { readUntil: row.read_until.getTime(), wholeAt: row.whole_at.getTime() };
    },
    replace: (records, readUntil) =>
      database.transaction().execute(async (executor) => {
        const at = new Date(readUntil);
        await executor
          .insertInto("mirror")
          .values({ ...own, read_until: at, whole_at: at })
          .onConflict((conflict) =>
            conflict.columns(["connection_id", "resource"]).doUpdateSet({ read_until: at, whole_at: at }),
          )
          .execute();
        await executor
          .deleteFrom("mirrored_record")
          .where("connection_id", "=", connectionId)
          .where("resource", "=", resource)
          .execute();
        await save(executor, records);
      }),
    add: (records, readUntil) =>
      database.transaction().execute(async (executor) => {
        // By turns: a list that is replaced meanwhile is not mixed with what was known before.
        const held = await executor
          .selectFrom("mirror")
          .select("read_until")
          .where("connection_id", "=", connectionId)
          .where("resource", "=", resource)
          .forUpdate()
          .executeTakeFirst();
        if (held === undefined) return;
        await save(executor, records);
        if (readUntil === undefined) return;
        await executor
          .updateTable("mirror")
          .set({ read_until: sql`greatest(read_until, ${new Date(readUntil)})` })
          .where("connection_id", "=", connectionId)
          .where("resource", "=", resource)
          .execute();
      }),
    remove: async (id) => {
      await database
        .deleteFrom("mirrored_record")
        .where("connection_id", "=", connectionId)
        .where("resource", "=", resource)
        .where("id", "=", id)
        .execute();
    },
    find: async (keys) => {
      if (keys.length === 0) return [];
      return await database
        .selectFrom("mirrored_record")
        .select(["id", "keys", "row"])
        .where("connection_id", "=", connectionId)
        .where("resource", "=", resource)
        .where(sql<boolean>`keys && ${keys.map(storableText)}::text[]`)
        .orderBy(sql`length(id)`)
        .orderBy("id")
        .execute();
    },
  };
}

async function saveRecords(
  executor: Executor,
  own: { readonly connection_id: number; readonly resource: string },
  records: readonly MirroredRecord[],
): Promise<void> {
  // A row that comes twice counts as it came last.
  const rows = [...new Map(records.map((record) => [record.id, record])).values()].map(({ id, keys, row }) => ({
    ...own,
    id,
    keys: keys.map(storableText),
    row: jsonText(row),
  }));
  for (let at = 0; at < rows.length; at += rowsOfStatement)
    await executor
      .insertInto("mirrored_record")
      .values(rows.slice(at, at + rowsOfStatement))
      .onConflict((conflict) =>
        conflict
          .columns(["connection_id", "resource", "id"])
          .doUpdateSet((excluded) => ({ keys: excluded.ref("excluded.keys"), row: excluded.ref("excluded.row") })),
      )
      .execute();
}
