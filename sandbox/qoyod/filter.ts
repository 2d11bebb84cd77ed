import { compare as compareDecimals } from "../decimal.ts";
import { textOf } from "../wire.ts";
import { type Company, keyField, type Row, rowsByKey, type TableName } from "./company.ts";
import { shownStatus } from "./documents.ts";
import { decimalOf } from "./fields.ts";

const predicates = ["not_eq", "eq", "cont", "start", "end", "gteq", "lteq", "gt", "lt", "in"] as const;
type Predicate = (typeof predicates)[number];

/** One `q[field_predicate]` that counts; those that Qoyod ignores are not among them. */
interface Filter {
  readonly field: string;
  readonly predicate: Predicate;
  readonly values: readonly string[];
}

/** What a listing looks like to a filter. */
export interface Filterable {
  readonly table: TableName;
  /** The fields that can be filtered and sorted by, besides the id and the moments. */
  readonly fields: readonly string[];
}

const nameFields = new Set(["name_ar", "name_en"]);
const contactFields = new Set(["phone_number", "email"]);
const numberFields = new Set(["buying_price", "selling_price", "total", "amount", "kind"]);

/** The rows that the query asks for, in its order (by id unless `q[s]` says otherwise). */
export function matchingRows(company: Company, list: Filterable, query: URLSearchParams): Row[] {
  const filters = readFilters(company, list, query);
  const isNever = (filter: Filter) => list.table === "accounts" && filter.field === "type" && filter.predicate === "eq";
  if (company.switches.accountTypeFilter === "nothing" && filters.some(isNever)) return [];
  const all = candidates(company, list, filters);
  const rows =
    filters.length === 0
      ? all
      : all.filter((row) => filters.every((filter) => passes(company, list.table, row, filter)));
  return sorted(company, list, rows, query.get("q[s]") ?? "");
}

/** Filters on fields or by predicates that Qoyod does not know are ignored, and so is an empty value. */
function readFilters(company: Company, list: Filterable, query: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  for (const name of new Set(query.keys())) {
    const inner = /^q\[(\w+)\](\[\])?$/.exec(name);
    if (inner === null) continue;
    const [, condition = "", isList] = inner;
    const predicate = predicates.find((one) => condition.endsWith(`_${one}`));
    const values = query.getAll(name).filter((value) => value.trim() !== "");
    if (predicate === undefined || values.length === 0) continue;
    if ((predicate === "in") !== (isList !== undefined)) continue;
    const field = condition.slice(0, -predicate.length - 1);
    if (!isHonoured(company, list, field)) continue;
    const compared = isMoment(field) ? values.map((value) => String(Date.parse(value))) : values;
    // A moment that cannot be read (a plus sign that became a space, for one) is ignored as an unknown filter is.
    if (!compared.includes("NaN")) filters.push({ field, predicate, values: compared });
  }
  return filters;
}

function isHonoured({ switches }: Company, { table, fields }: Filterable, field: string): boolean {
  const listed = (text: string) => text.split(",").map((part) => part.trim());
  if (listed(switches.ignoredFilters).includes(`${table}.${field}`)) return false;
  if (field === "updated_at") return listed(switches.updatedAtFilterOn).includes(table);
  if (nameFields.has(field) && switches.nameFilters === "ignored") return false;
  if (contactFields.has(field) && switches.contactFilters === "ignored") return false;
  return field === "id" || field === "created_at" || fields.includes(field);
}

/** Rows in the order of their ids, from the index where one reference or SKU is asked for. */
function candidates(company: Company, { table }: Filterable, filters: readonly Filter[]): Row[] {
  const { rows } = company.tables[table];
  const isNamed = ({ predicate }: Filter) => predicate === "eq" || predicate === "in";
  const byKey = filters.find((filter) => filter.field === keyField(table) && isNamed(filter));
  const byId = filters.find((filter) => filter.field === "id" && isNamed(filter));
  let named: Row[] | undefined;
  if (byKey !== undefined && company.switches.textFilters === "exact")
    named = [...new Set(byKey.values)].flatMap((value) => rowsByKey(company, table, value));
  else if (byId !== undefined) named = [...new Set(byId.values.map(Number))].flatMap((id) => rows.get(id) ?? []);
  return named?.sort((left, right) => left.id - right.id) ?? [...rows.values()];
}

function passes(company: Company, table: TableName, row: Row, { field, predicate, values }: Filter): boolean {
  const [first = ""] = values;
  const seen = seenValue(company, table, row, field);
  const loosely = company.switches.textFilters === "loose";
  const order = (value: string) => compared(field, seen, value, loosely);
  switch (predicate) {
    case "eq":
      return order(first) === 0;
    case "not_eq":
      return order(first) !== 0;
    case "in":
      return values.some((value) => order(value) === 0);
    case "gt":
      return order(first) > 0;
    case "gteq":
      return order(first) >= 0;
    case "lt":
      return order(first) < 0;
    case "lteq":
      return order(first) <= 0;
    case "cont":
      return seen.toLowerCase().includes(first.toLowerCase());
    case "start":
      return seen.toLowerCase().startsWith(first.toLowerCase());
    case "end":
      return seen.toLowerCase().endsWith(first.toLowerCase());
  }
}

function sorted(company: Company, list: Filterable, rows: Row[], order: string): Row[] {
  const [field = "", direction = "asc"] = order.trim().split(/\s+/);
  if (field === "" || !isHonoured(company, list, field)) return rows;
  const sign = direction.toLowerCase() === "desc" ? -1 : 1;
  const seen = new Map(rows.map((row) => [row, seenValue(company, list.table, row, field)]));
  // Sorting is stable, so equal values stay in the order of their ids.
  return rows.sort((left, right) => sign * compared(field, seen.get(left) ?? "", seen.get(right) ?? "", false));
}

/** A value as filters compare it: moments in milliseconds, the status as it reads, kinds of vouchers by their codes. */
function seenValue(company: Company, table: TableName, row: Row, field: string): string {
  if (field === "id") return String(row.id);
  if (field === "updated_at") return String(row.updatedMs);
  if (field === "created_at") return String(row.createdMs);
  if (field === "status" && row.fields.total !== undefined) return shownStatus(company, row);
  if (field === "kind" && table === "receipts") return row.fields.kind === "received" ? "0" : "1";
  return textOf(row.fields[field]);
}

/** Moments and numbers by their value, everything else as text: `007` is not `7` where it is a SKU. */
function compared(field: string, seen: string, asked: string, loosely: boolean): number {
  if (isMoment(field)) return Number(seen) - Number(asked);
  const [left, right] = isNumber(field) ? [decimalOf(seen), decimalOf(asked)] : [];
  if (left !== undefined && right !== undefined) return compareDecimals(left, right);
  const [one, other] = loosely ? [loose(seen), loose(asked)] : [seen, asked];
  return one === other ? 0 : one < other ? -1 : 1;
}

function loose(text: string): string {
  return text.trimEnd().toLowerCase();
}

function isNumber(field: string): boolean {
  return field === "id" || field.endsWith("_id") || numberFields.has(field);
}

function isMoment(field: string): boolean {
  return field === "updated_at" || field === "created_at";
}
