import type { z } from "zod";
import type { Door, Facts } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { ReadResult, SourceResource } from "../../core/resources.ts";
import { countDays, readDays } from "./day-range.ts";
import { changedAt, readRecord } from "./fields.ts";
import { callRead, fieldsOf, type Listing } from "./list-page.ts";
import { type ListedModule, readChanged } from "./reading-plans.ts";

/** A module whose list has headers only, and whose documents are read one by one. */
export interface DocumentModule<Row, Document extends Row> extends ListedModule {
  readonly idField: keyof Row & string;
  /** the business day of a row as Zoho wrote it; missing where the module has none */
  readonly dayOf?: (row: Row) => string | undefined;
  readonly rowSchema: z.ZodType<Row>;
  readonly documentSchema: z.ZodType<Document>;
  /** the member of a detail answer that holds the document */
  readonly documentKey: string;
}

/** The source of one such module. */
export function documentSource<Row extends { last_modified_time?: string | undefined }, Document extends Row>(
  module: DocumentModule<Row, Document>,
  door: Door,
  facts: Facts,
): SourceResource<Row, Document> {
  const idOf = (row: Row) => String(row[module.idField]);
  const listing: Listing<Row> = {
    path: `/${module.name}`,
    key: module.name,
    query: module.query,
    idOf,
    changedAt,
    readRow: (value) => readRecord(module.rowSchema, module.idField, value),
  };
  return {
    name: module.name,
    idOf,
    changedAt,
    changedSince: (request) => readChanged(door, listing, module, facts, request),
    read: async (ids) =>
      new Map(await Promise.all(ids.map(async (id) => [id, await readDocument(module, door, id)] as const))),
    batch: 1,
    ...dayReading(module, listing, door),
  };
}

function dayReading<Row, Document extends Row>(
  { dayOf }: DocumentModule<Row, Document>,
  listing: Listing<Row>,
  door: Door,
): Pick<SourceResource<Row, Document>, "within" | "count"> {
  if (dayOf === undefined) return {};
  const dated = { ...listing, dayOf };
  return { within: (range) => readDays(door, dated, range), count: (range) => countDays(door, dated, range) };
}

async function readDocument<Row, Document extends Row>(
  module: DocumentModule<Row, Document>,
  door: Door,
  id: string,
): Promise<ReadResult<Document>> {
  const path = `/${module.name}/${encodeURIComponent(id)}`;
  const result = await callRead(door, { method: "GET", path, repeat: "safe" });
  if (result.kind === "missing") return { kind: "missing" };
  if (result.kind !== "ok") return { kind: "unreadable", rejection: failed(result.message) };
  const given = fieldsOf(result.body)[module.documentKey];
  // Zoho's OpenAPI file calls the document a list; on the wire it is an object.
  const value = Array.isArray(given) ? given[0] : given;
  const reading = readRecord(module.documentSchema, module.idField, value);
  if (reading.kind === "unreadable") return { kind: "unreadable", rejection: reading.unreadable.rejection };
  if (String(reading.row[module.idField]) !== id)
    return { kind: "unreadable", rejection: failed(`asked for ${id}, got ${String(reading.row[module.idField])}`) };
  return { kind: "found", record: reading.row };
}

function failed(message: string): RecordRejected {
  return new RecordRejected("vendor-error", { vendor: "Zoho Books", message });
}
