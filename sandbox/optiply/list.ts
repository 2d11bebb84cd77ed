import type { WireRequest, WireResponse } from "../wire.ts";
import { document, errorDocument, resourceObject } from "./envelope.ts";
import { comparison, type Filter, isRefusal, passes, readFilters, readSort, type Sort } from "./filter.ts";
import { type ResourceName, resourceOf } from "./resources.ts";
import { type Row, rowsReferring, type Webshop } from "./webshop.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

/** `GET /{resource}` with `filter[…]`, `sort`, `page[limit]` and `page[offset]`. */
export function listRows(webshop: Webshop, name: ResourceName, request: WireRequest, base: string): WireResponse {
  const page = pageOf(webshop, request.query);
  if (isRefusal(page)) return errorDocument(400, page.refusal);
  const filters = readFilters(webshop, name, request.query);
  if (isRefusal(filters)) return errorDocument(400, filters.refusal);
  const sort = readSort(webshop, name, request.query.get("sort"));
  if (isRefusal(sort)) return errorDocument(400, sort.refusal);
  const rows = matching(webshop, name, request.query, filters, sort);
  const tooMany = webshop.switches.sellOrderLinesTimeoutAbove;
  if (name === "sellOrderLines" && tooMany !== null && rows.length > tooMany) {
    return {
      status: 504,
      headers: { "content-type": "text/html" },
      body: "<html><body>504 Gateway Time-out</body></html>",
    };
  }
  return document(200, {
    data: rows.slice(page.offset, page.offset + page.limit).map((row) => resourceObject(webshop, name, row, base)),
    links: pageLinks(request, `${base}/${name}`, page, rows.length),
    meta: { totalResourceCount: rows.length },
  });
}

interface Page {
  readonly limit: number;
  readonly offset: number;
}

function pageOf(webshop: Webshop, query: URLSearchParams): Page | { refusal: string } {
  const asked = query.get("page[limit]") ?? String(DEFAULT_LIMIT);
  const start = query.get("page[offset]") ?? "0";
  if (!/^\d+$/.test(asked) || Number(asked) === 0) return { refusal: `page[limit] cannot be ${asked}` };
  if (!/^\d+$/.test(start)) return { refusal: `page[offset] cannot be ${start}` };
  if (Number(asked) > MAX_LIMIT && webshop.switches.limitAbove100 === "refused") {
    return { refusal: `limit ${asked} exceeds the maximum of ${MAX_LIMIT}` };
  }
  const limit = Math.min(Number(asked), MAX_LIMIT);
  const offset = Number(start);
  return offset % limit === 0 ? { limit, offset } : { refusal: `offset ${offset} is not a multiple of limit ${limit}` };
}

/** Starts from the rows of one reference when a filter names it, because lines are many and orders' lines are few. */
function matching(
  webshop: Webshop,
  name: ResourceName,
  query: URLSearchParams,
  filters: readonly Filter[],
  sort: Sort,
): readonly Row[] {
  const compare = comparison(sort);
  const { createdFromPublicApi: origin } = webshop.switches;
  // Filters see what rows show.
  const seen = (row: Row) => (origin === "always-false" ? { ...row, createdFromPublicApi: false } : row);
  const test = (row: Row) => filters.every((filter) => passes(seen(row), filter));
  const byReference = filters.find(
    ({ attribute, operator, values }) =>
      operator === "EQ" && values.length === 1 && resourceOf(name).attributes[attribute]?.kind === "reference",
  );
  const wanted = byReference?.values[0];
  if (byReference !== undefined && typeof wanted === "number") {
    return [...rowsReferring(webshop, name, byReference.attribute, wanted)].filter(test).sort(compare);
  }
  const asked = new URLSearchParams([...query].filter(([key]) => key === "sort" || key.startsWith("filter")));
  const question = `${asked} ${Object.values(webshop.switches).join(" ")}`;
  const order = { name: query.get("sort") ?? "", compare };
  return webshop.tables[name].sorted.passing(question, order, filters.length === 0 ? undefined : test);
}

function pageLinks(request: WireRequest, url: string, { limit, offset }: Page, count: number): Record<string, string> {
  const link = (start: number) => {
    const query = new URLSearchParams(request.query);
    query.set("page[limit]", String(limit));
    query.set("page[offset]", String(start));
    return `${url}?${query}`;
  };
  const last = Math.max(0, Math.ceil(count / limit) - 1) * limit;
  return {
    first: link(0),
    ...(offset > 0 ? { prev: link(Math.max(0, offset - limit)) } : {}),
    ...(offset + limit < count ? { next: link(offset + limit) } : {}),
    last: link(last),
  };
}
