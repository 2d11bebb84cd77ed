import { sql } from "kysely";
import type { Executor } from "./schema.ts";

interface Line {
  readonly line: string;
}

/**
 * The tables as they stand in the database, as text: what `docs/schema.sql` shows. Read from the catalogue, so that it
 * is what the migrations really made.
 */
export async function describeSchema(executor: Executor): Promise<string> {
  const { rows: tables } = await sql<{ name: string; unlogged: boolean }>`
    select c.relname as name, c.relpersistence = 'u' as unlogged from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'migration' order by c.relname`.execute(executor);
  const parts: string[] = [];
  for (const { name, unlogged } of tables) parts.push(await describeTable(executor, name, unlogged));
  return `-- The tables of the newest migration, read back from the database by \`npm run generate\`.\n\n${parts.join("\n")}`;
}

async function describeTable(executor: Executor, table: string, unlogged: boolean): Promise<string> {
  const columns = await sql<Line>`
    select format('  %s %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      case when a.attidentity = 'a' then ' generated always as identity' else '' end,
      case when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) as line
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(executor);
  // PostgreSQL 18 lists not-null marks as constraints too; they stand at the columns already.
  const constraints = await sql<Line>`
    select '  ' || pg_get_constraintdef(oid) as line from pg_constraint
    where conrelid = ${table}::regclass and contype <> 'n' order by contype desc, conname`.execute(executor);
  const indexes = await sql<Line>`
    select replace(pg_get_indexdef(i.indexrelid), ' public.', ' ') || ';' as line from pg_index i
    join pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${table}::regclass and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    order by c.relname`.execute(executor);
  const body = [...columns.rows, ...constraints.rows].map(({ line }) => line).join(",\n");
  return [
    `create ${unlogged ? "unlogged " : ""}table ${table} (`,
    body,
    ");",
    ...indexes.rows.map(({ line }) => line.toLowerCase()),
    "",
  ].join("\n");
}
