import { type Fields, textOf, type WireResponse } from "../wire.ts";
import { type Module, type Row, zoneOf } from "./books.ts";
import type { Call } from "./call.ts";
import { failure, invalidValue, success } from "./envelope.ts";
import { localDay, parseZohoTime } from "./local-time.ts";

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
  /** What a row must pass; undefined for a parameter that was not given. */
  readonly tests: readonly (RowTest | undefined)[];
  show(row: Row): Fields;
}

/** One condition on a row, made once for a request because a table has many rows. */
export type RowTest = (row: Row) => boolean;

const DEFAULT_PER_PAGE = 200;

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
  const rows = view(call, plan, modifiedMs, column);
  const from = (page - 1) * perPage;
  const shown = pageOf(rows, from, perPage, order).map((row) => plan.show(row));
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

/** The test of `date_start`, `date_end`, `date_before`, `date_after` where they are honoured, and of `created_date_start` and `…_end`. */
export function withinDates(call: Call, dateFilter: "honoured" | "ignored"): RowTest | undefined {
  const { query } = call.request;
  const zone = zoneOf(call.organization);
  const bounds: RowTest[] = [];
  const bound = (name: string, read: (row: Row) => string, holds: (value: string, limit: string) => boolean) => {
    const limit = query.get(name) ?? "";
    if (limit !== "") bounds.push((row) => holds(read(row), limit));
  };
  const date = ({ fields }: Row) => textOf(fields.date);
  const createdDay = ({ createdMs }: Row) => localDay(createdMs, zone);
  if (dateFilter === "honoured") {
    bound("date_start", date, (value, limit) => value >= limit);
    bound("date_end", date, (value, limit) => value <= limit);
    bound("date_after", date, (value, limit) => value > limit);
    bound("date_before", date, (value, limit) => value < limit);
  }
  bound("created_date_start", createdDay, (value, limit) => value >= limit);
  bound("created_date_end", createdDay, (value, limit) => value <= limit);
  return bounds.length === 0 ? undefined : (row) => bounds.every((holds) => holds(row));
}

/** The test that each of the named query parameters that is present equals the row's field. */
export function sameFields(call: Call, names: readonly string[]): RowTest | undefined {
  const wanted = names.flatMap((name) => {
    const value = call.request.query.get(name) ?? "";
    return value === "" ? [] : [{ name, value }];
  });
  if (wanted.length === 0) return undefined;
  return ({ fields }) => wanted.every(({ name, value }) => textOf(fields[name]) === value);
}

/** The test that a field equals the status of `filter_by`. */
export function sameStatus(status: string | undefined): RowTest | undefined {
  return status === undefined ? undefined : (row) => row.fields.status === status;
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

/** The rows that a query asks for, ascending. They are the same for every page of it, until a row or a switch changes. */
function view(call: Call, plan: ListPlan, modifiedMs: number | undefined, column: string): readonly Row[] {
  const { sorted } = call.organization.tables[plan.module];
  const asked = new URLSearchParams(call.request.query);
  for (const name of ["page", "per_page", "sort_order"]) asked.delete(name);
  const circumstances = Object.values(call.books.switches).join(" ");
  const question = `${call.request.path}?${asked} ${circumstances} ${zoneOf(call.organization)}`;
  const tests = [modifiedTest(plan, modifiedMs), ...plan.tests].filter((test) => test !== undefined);
  const order = { name: column, compare: (left: Row, right: Row) => compareRows(left, right, column) };
  return sorted.passing(question, order, tests.length === 0 ? undefined : (row) => tests.every((test) => test(row)));
}

/** One page of rows that stand ascending; a descending listing reads them from the end. */
function pageOf(rows: readonly Row[], from: number, perPage: number, order: "A" | "D"): readonly Row[] {
  if (order === "A") return rows.slice(from, from + perPage);
  const end = Math.max(0, rows.length - from);
  return rows.slice(Math.max(0, end - perPage), end).reverse();
}

function modifiedTest(plan: ListPlan, modifiedMs: number | undefined): RowTest | undefined {
  if (modifiedMs === undefined || plan.modifiedFilter === "ignored") return undefined;
  if (plan.modifiedFilter === "inclusive") return (row) => row.modifiedMs >= modifiedMs;
  if (plan.modifiedFilter === "exclusive") return (row) => row.modifiedMs > modifiedMs;
  return (row) => row.modifiedMs === modifiedMs;
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
