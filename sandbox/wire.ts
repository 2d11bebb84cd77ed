/** One request as a stand-in vendor sees it, whichever way it travelled (HTTP, or a function call in a simulation). */
export interface WireRequest {
  readonly method: string;
  /** The path without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One complete answer. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a caller gets: an answer, or a connection that is cut before any byte of one. */
export type WireAnswer = WireResponse | "cut";

/** Time as an argument: real in the sandbox process, simulated elsewhere. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(durationMs: number): Promise<void>;
}

/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** How long a vendor holds a request, before and after its work; a held request counts as being in process. */
export interface Pause {
  readonly beforeMs: number;
  readonly afterMs: number;
}

export const noPause: Pause = { beforeMs: 0, afterMs: 0 };

/** The fields of a record, in the vendor's own names. */
export type Fields = Record<string, unknown>;

/** Builds an answer with a JSON body. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json;charset=UTF-8", ...headers },
    body: JSON.stringify(value),
  };
}

/** Tells a JSON object from arrays, null and plain values. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as text when it is text or a number, else "". */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
