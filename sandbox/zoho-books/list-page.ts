import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { type Module, type Row, type Table, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { failure, invalidValue, success } from "./envelope.ts";
import { parseZohoTime } from "./local-time.ts";

/** How one module is listed. */
interface ListPlan {
  readonly module: Module;
  /** The key of the rows in the answer, and the name in `page_context`. */
  readonly key: string;
  readonly reportName: string;
  readonly sortColumns: readonly string[];
  readonly defaultSort: readonly [column: string, order: "A" | "D"];
  readonly modifiedFilter: "inclusive" | "exclusive" | "equality" | "ignored";
  readonly sort: "honoured" | "order-replaced" | "ignored";
  readonly appliedFilter: string;
  matches(row: Row): boolean;
  show(row: Row): Fields;
}

const MAX_KEPT_VIEWS = 4;
const DEFAULT_PER_PAGE = 200;

/** Sorted and filtered rows of a table, kept until the table changes: a listing asks for the same view page by page. */
const keptViews = new WeakMap<Table, Map<string, { version: number; rows: Row[] }>>();

/** Answers one page with `page_context` and without a total. */
export function listPage(call: Call, plan: ListPlan): WireResponse {
  const { query } = call.request;
  const modified = query.get("last_modified_time");
  const modifiedMs = modified === null ? undefined : parseZohoTime(modified);
  if (modified !== null && modifiedMs === undefined) return invalidValue("last_modified_time");
  const perPage = perPageOf(call);
  if (perPage === undefined) return failure(400, 2, "Invalid value passed for per_page; at most 200 are allowed");
  const page = Math.max(1, Number.parseInt(query.get("page") ?? "1", 10) || 1);
  const [column, order] = sortOf(query, plan);
  const rows = view(call, plan, modifiedMs, column, order);
  const from = (page - 1) * perPage;
  const shown = rows.slice(from, from + perPage).map((row) => plan.show(row));
  return success({
    [plan.key]: shown,
    page_context: {
      page,
      per_page: perPage,
      has_more_page: from + perPage < rows.length,
      report_name: plan.reportName,
      applied_filter: plan.appliedFilter,
      custom_fields: [],
      sort_column: column,
      sort_order: order,
    },
  });
}

/** True when the row passes `date_start`, `date_end`, `date_before`, `date_after`, `created_date_start` and `…_end`. */
export function withinDates(call: Call, row: Row, createdDay: string): boolean {
  const { query } = call.request;
  const date = textOf(row.fields.date);
  const bound = (name: string, holds: (limit: string) => boolean) => {
    const limit = query.get(name);
    return limit === null || limit === "" || holds(limit);
  };
  return (
    bound("date_start", (limit) => date >= limit) &&
    bound("date_end", (limit) => date <= limit) &&
    bound("date_after", (limit) => date > limit) &&
    bound("date_before", (limit) => date < limit) &&
    bound("created_date_start", (limit) => createdDay >= limit) &&
    bound("created_date_end", (limit) => createdDay <= limit)
  );
}

/** True when each of the named query parameters that is present equals the row's field. */
export function sameFields(call: Call, row: Row, names: readonly string[]): boolean {
  return names.every((name) => {
    const wanted = call.request.query.get(name);
    return wanted === null || wanted === "" || textOf(row.fields[name]) === wanted;
  });
}

/** `Status.PartiallyInvoiced` → `partially_invoiced`; undefined when the parameter is absent or says all. */
export function filterStatus(call: Call): string | undefined {
  const given = call.request.query.get("filter_by")?.replace(/^Status\./, "");
  if (given === undefined || given === "" || given === "All") return undefined;
  const status = given.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  return status === "over_due" ? "overdue" : status === "on_hold" ? "onhold" : status;
}

/** A record's own `cf_*` fields, which Zoho flattens into list and detail alike. */
export function customFields(fields: Fields): Fields {
  const flattened: Fields = {};
  for (const name in fields) if (name.startsWith("cf_")) flattened[name] = fields[name];
  return flattened;
}

function perPageOf(call: Call): number | undefined {
  const asked = Number.parseInt(call.request.query.get("per_page") ?? "", 10);
  if (!(asked > 0)) return DEFAULT_PER_PAGE;
  if (asked <= DEFAULT_PER_PAGE || call.books.switches.perPageAbove200 === "honoured") return asked;
  return call.books.switches.perPageAbove200 === "capped" ? DEFAULT_PER_PAGE : undefined;
}

function sortOf(query: URLSearchParams, plan: ListPlan): readonly [string, "A" | "D"] {
  const [defaultColumn, defaultOrder] = plan.defaultSort;
  if (plan.sort === "ignored") return plan.defaultSort;
  const asked = query.get("sort_column");
  const column = asked !== null && plan.sortColumns.includes(asked) ? asked : defaultColumn;
  if (plan.sort === "order-replaced") return [column, "D"];
  const order = query.get("sort_order");
  if (order === "A" || order === "ascending") return [column, "A"];
  if (order === "D" || order === "descending") return [column, "D"];
  return [column, column === defaultColumn ? defaultOrder : "A"];
}

function view(
  call: Call,
  plan: ListPlan,
  modifiedMs: number | undefined,
  column: string,
  order: "A" | "D",
): readonly Row[] {
  const table = call.organization.tables[plan.module];
  const views = keptViews.get(table) ?? new Map<string, { version: number; rows: Row[] }>();
  keptViews.set(table, views);
  const asked = new URLSearchParams(call.request.query);
  for (const name of ["page", "per_page"]) asked.delete(name);
  const key = `${call.request.path}?${asked} ${plan.modifiedFilter} ${plan.sort} ${zoneOf(call.organization)}`;
  const kept = views.get(key);
  if (kept !== undefined && kept.version === table.version) return kept.rows;
  const rows = [...table.rows.values()].filter((row) => isModified(row, plan, modifiedMs) && plan.matches(row));
  const sign = order === "A" ? 1 : -1;
  rows.sort((left, right) => sign * compareRows(left, right, column));
  views.delete(key);
  views.set(key, { version: table.version, rows });
  if (views.size > MAX_KEPT_VIEWS) views.delete(views.keys().next().value ?? "");
  return rows;
}

function isModified(row: Row, plan: ListPlan, modifiedMs: number | undefined): boolean {
  if (modifiedMs === undefined || plan.modifiedFilter === "ignored") return true;
  if (plan.modifiedFilter === "inclusive") return row.modifiedMs >= modifiedMs;
  if (plan.modifiedFilter === "exclusive") return row.modifiedMs > modifiedMs;
  return row.modifiedMs === modifiedMs;
}

function compareRows(left: Row, right: Row, column: string): number {
  if (column === "last_modified_time") return left.modifiedMs - right.modifiedMs || compareIds(left, right);
  if (column === "created_time") return left.createdMs - right.createdMs || compareIds(left, right);
  const one = left.fields[column];
  const other = right.fields[column];
  if (typeof one === "number" && typeof other === "number") return one - other || compareIds(left, right);
  const oneText = textOf(one);
  const otherText = textOf(other);
  if (oneText === otherText) return compareIds(left, right);
  return oneText < otherText ? -1 : 1;
}

function compareIds(left: Row, right: Row): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
