import { jsonResponse, type WireRequest, type WireResponse } from "../wire.ts";
import { foundNothing } from "./answers.ts";
import type { Company } from "./company.ts";
import { shownRow } from "./fields.ts";
import { matchingRows } from "./filter.ts";
import type { Resource } from "./resources.ts";

/** `GET /{resource}`: filters, sorting and paging as far as the resource honours them; nothing found is a 404. */
export function listRows(company: Company, resource: Resource, { query }: WireRequest): WireResponse {
  const { switches } = company;
  const matching = matchingRows(company, resource, query);
  const page = pageOf(company, resource, query);
  const rows = page === undefined ? matching : matching.slice(page.from, page.from + page.size);
  if (rows.length === 0 && switches.emptyList === "404" && resource.table !== "projects") return foundNothing(switches);
  const shown = rows.map((row) => shownRow(row, resource.shown(company, row)));
  const isPaged =
    switches.pagination === "everywhere" || (switches.pagination === "products" && resource.table === "products");
  const { total, size, current } = {
    total: matching.length,
    size: page?.size ?? matching.length,
    current: page?.number ?? 1,
  };
  const pagination = { totalPages: Math.max(1, Math.ceil(total / Math.max(1, size))), total, currentPage: current };
  return jsonResponse(200, { [listKey(company, resource)]: shown, ...(isPaged ? { pagination } : {}) });
}

function listKey({ switches }: Company, { table, listKey: key = table }: Resource): string {
  const isContact = table === "customers" || table === "vendors";
  return isContact && switches.contactsListKey === "contacts" ? "contacts" : key;
}

interface Page {
  readonly number: number;
  readonly size: number;
  readonly from: number;
}

/** The part that is asked for; undefined where all rows come back. `limit` is ignored. */
function pageOf({ switches }: Company, { table, paging }: Resource, query: URLSearchParams): Page | undefined {
  const { otherPaging, receiptsPaging, defaultPerPage, perPageMaximum } = switches;
  const how = table === "receipts" ? receiptsPaging : paging === "unknown" ? otherPaging : paging;
  if (how === "ignored") return undefined;
  const asked = positive(query.get("per_page")) ?? defaultPerPage ?? Number.POSITIVE_INFINITY;
  const size = Math.min(asked, perPageMaximum ?? Number.POSITIVE_INFINITY);
  const number = positive(query.get("page")) ?? 1;
  if (size === Number.POSITIVE_INFINITY) return undefined;
  return { number, size, from: (number - 1) * size };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
