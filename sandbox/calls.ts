import type { FaultKind } from "./faults.ts";
import type { Fields, WireAnswer, WireRequest } from "./wire.ts";

const LOG_LENGTH = 1000;
const secretParameters = ["client_secret", "refresh_token", "code", "token", "password", "access_token"];

/** Counts every call that vendors receive, and keeps the last of them. */
export interface Calls {
  record(vendor: string, request: WireRequest, answer: WireAnswer, atMs: number, fault: FaultKind | undefined): void;
  /** `{vendor, method, path, status, count}`; ids in the path are `{id}`, status 0 is a connection that was cut. */
  counts(): Fields[];
  /** The last calls, newest last: `{vendor, method, url, status, at, fault}`. */
  log(last: number): Fields[];
  reset(): void;
}

export function createCalls(): Calls {
  const counts = new Map<string, { vendor: string; method: string; path: string; status: number; count: number }>();
  let log: Fields[] = [];
  return {
    record: (vendor, request, answer, atMs, fault) => {
      const { method } = request;
      const path = request.path
        .split("/")
        .map((part) => (/^\d+$|^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(part) ? "{id}" : part))
        .join("/");
      const status = answer === "cut" ? 0 : answer.status;
      const key = `${vendor} ${method} ${path} ${status}`;
      const row = counts.get(key) ?? { vendor, method, path, status, count: 0 };
      counts.set(key, row);
      row.count += 1;
      log.push({
        vendor,
        method,
        url: blankedUrl(request),
        status,
        at: new Date(atMs).toISOString(),
        fault: fault ?? null,
      });
      // Cut in halves, so that a long run does not move the whole list with each call.
      if (log.length > 2 * LOG_LENGTH) log = log.slice(-LOG_LENGTH);
    },
    counts: () => [...counts.values()].map((row) => ({ ...row })),
    log: (last) => log.slice(-Math.min(last, LOG_LENGTH)),
    reset: () => {
      counts.clear();
      log = [];
    },
  };
}

function blankedUrl({ path, query }: WireRequest): string {
  const shown = new URLSearchParams(query);
  for (const name of secretParameters) if (shown.has(name)) shown.set(name, "***");
  return shown.size === 0 ? path : `${path}?${shown}`;
}
