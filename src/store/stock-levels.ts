/** What shop and books were last seen to hold of each counted unit. Quantities are decimal text. */
import { sql } from "kysely";
import type { Executor } from "./schema.ts";

/** One counted unit at one location. */
export interface StockLevel {
  readonly unit: string;
  readonly location: string;
  readonly sku: string;
  readonly shopQuantity: string | null;
  readonly bookStock: string | null;
  /** what was last written to the shop, and when */
  readonly written: number | null;
  readonly writtenAt: Date | null;
}

/** What one side holds of a unit. */
export interface SeenStock {
  readonly unit: string;
  readonly location: string;
  readonly sku: string;
  /** null = it is not there */
  readonly quantity: string | null;
}

/** Keeps what one side was seen to hold. */
export async function saveStockSeen(
  executor: Executor,
  integrationId: number,
  side: "shop" | "books",
  seen: readonly SeenStock[],
  now: Date,
): Promise<void> {
  if (seen.length === 0) return;
  const [quantity, seenAt] = side === "shop" ? ["shop_quantity", "shop_seen_at"] : ["book_stock", "book_seen_at"];
  await sql`
    insert into stock_level (integration_id, unit, location, sku, ${sql.ref(quantity ?? "")}, ${sql.ref(seenAt ?? "")})
    select ${integrationId}, seen.unit, seen.location, seen.sku, seen.quantity, ${now}
    from unnest(
      ${seen.map(({ unit }) => unit)}::text[],
      ${seen.map(({ location }) => location)}::text[],
      ${seen.map(({ sku }) => sku)}::text[],
      ${seen.map((one) => one.quantity)}::numeric[]
    ) as seen (unit, location, sku, quantity)
    on conflict (integration_id, location, unit) do update set
      sku = excluded.sku,
      ${sql.ref(quantity ?? "")} = ${sql.ref(`excluded.${quantity ?? ""}`)},
      ${sql.ref(seenAt ?? "")} = ${sql.ref(`excluded.${seenAt ?? ""}`)}`.execute(executor);
}

/** Keeps what was written to the shop. */
export async function saveStockWritten(
  executor: Executor,
  integrationId: number,
  written: readonly { readonly unit: string; readonly location: string; readonly quantity: number }[],
  now: Date,
): Promise<void> {
  if (written.length === 0) return;
  await sql`
    update stock_level set written = done.quantity, written_at = ${now}
    from unnest(
      ${written.map(({ unit }) => unit)}::text[],
      ${written.map(({ location }) => location)}::text[],
      ${written.map(({ quantity }) => quantity)}::integer[]
    ) as done (unit, location, quantity)
    where stock_level.integration_id = ${integrationId}
      and stock_level.unit = done.unit and stock_level.location = done.location`.execute(executor);
}

/** The levels of some units at a location, by unit. */
export async function findStockLevels(
  executor: Executor,
  integrationId: number,
  location: string,
  units: readonly string[],
): Promise<Map<string, StockLevel>> {
  if (units.length === 0) return new Map();
  const rows = await levels(executor, integrationId, location).where("unit", "in", units).execute();
  return new Map(rows.map((row) => [row.unit, toLevel(row)]));
}

/** The levels at a location in the order of their units, a page at a time. */
export async function listStockLevels(
  executor: Executor,
  integrationId: number,
  location: string,
  page: { readonly after: string; readonly most: number },
): Promise<StockLevel[]> {
  const rows = await levels(executor, integrationId, location)
    .where("unit", ">", page.after)
    .orderBy("unit")
    .limit(page.most)
    .execute();
  return rows.map(toLevel);
}

function levels(executor: Executor, integrationId: number, location: string) {
  return executor
    .selectFrom("stock_level")
    .select(["unit", "location", "sku", "shop_quantity", "book_stock", "written", "written_at"])
    .where("integration_id", "=", integrationId)
    .where("location", "=", location);
}

interface LevelRow {
  readonly unit: string;
  readonly location: string;
  readonly sku: string;
  readonly shop_quantity: string | null;
  readonly book_stock: string | null;
  readonly written: number | null;
  readonly written_at: Date | null;
}

function toLevel(row: LevelRow): StockLevel {
  return {
    unit: row.unit,
    location: row.location,
    sku: row.sku,
    shopQuantity: row.shop_quantity,
    bookStock: row.book_stock,
    written: row.written,
    writtenAt: row.written_at,
  };
}
