import type { Fields, WireResponse } from "../wire.ts";
import type { Call } from "./call.ts";
import { success } from "./envelope.ts";

const DEFAULT_PER_PAGE = 15;

/** One page of rows with Salla's `pagination`; `per_page` above the most is cut to it. */
export function listPage<Row>(
  { shop, request }: Call,
  rows: readonly Row[],
  show: (row: Row) => Fields,
  most = shop.switches.perPageMax,
): WireResponse {
  const perPage = Math.min(most, wholeIn(request.query, "per_page", DEFAULT_PER_PAGE));
  const currentPage = wholeIn(request.query, "page", 1);
  const start = (currentPage - 1) * perPage;
  const data = rows.slice(start, start + perPage).map(show);
  const totalPages = Math.max(1, Math.ceil(rows.length / perPage));
  const link = (page: number) => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(page));
    return `http://${request.headers.host ?? "api.salla.dev"}${request.path}?${query}`;
  };
  const links = {
    ...(currentPage > 1 ? { previous: link(currentPage - 1) } : {}),
    ...(currentPage < totalPages ? { next: link(currentPage + 1) } : {}),
  };
  const bare = Object.keys(links).length === 0 && shop.switches.emptyLinks === "list";
  return success(200, data, {
    pagination: { count: data.length, total: rows.length, perPage, currentPage, totalPages, links: bare ? [] : links },
  });
}

/** A list parameter: `name[]=a&name[]=b`, `name[0]=a` or `name=a,b`; undefined when it is not there. */
export function listIn(query: URLSearchParams, name: string): string[] | undefined {
  const values = [...query].filter(([key]) => key === name || key.startsWith(`${name}[`)).map(([, value]) => value);
  const parts = values.flatMap((value) => value.split(",")).filter((value) => value !== "");
  return parts.length === 0 ? undefined : parts;
}

/** A whole number from 1 among the parameters; anything else is as if it were not there. */
function wholeIn(query: URLSearchParams, name: string, fallback: number): number {
  const value = Number(query.get(name) ?? fallback);
  return Number.isSafeInteger(value) && value >= 1 ? value : fallback;
}
