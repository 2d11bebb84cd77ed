import { Agent, type Dispatcher } from "undici";

/** How long the network may take; all in milliseconds of real time. */
interface Timeouts {
  readonly connectMs: number;
  /** from the request to the answer's head */
  readonly headersMs: number;
  /** between two pieces of the answer's body */
  readonly bodyMs: number;
  /** for all of it, so that an answer that drips is bounded too */
  readonly wholeMs: number;
}

export const defaultTimeouts: Timeouts = { connectMs: 10_000, headersMs: 60_000, bodyMs: 60_000, wholeMs: 180_000 };

/** The largest answer that is read; a vendor's page of 200 records is below 2 MB. */
const answerMaxBytes = 32 * 1024 * 1024;

/** One HTTP request to an address that was found allowed. */
export interface HttpRequest {
  readonly origin: string;
  /** path and query */
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** true: once it has left, the request is awaited although the signal aborts */
  readonly finish: boolean;
  readonly signal: AbortSignal;
  /** how long the answer's head may take, where this vendor is slower than the transport's timeout */
  readonly slowestAnswerMs?: number;
}

/** What came of it on the network. `left` = the vendor may have received something. */
export type HttpOutcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** names in lower case */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  | { readonly kind: "failed"; readonly left: boolean; readonly message: string };

/**
 * Sends one request and reads its answer whole; follows no redirect and repeats nothing.
 * Rejects only with the reason of the aborted signal.
 */
export type Transport = (request: HttpRequest) => Promise<HttpOutcome>;

/** A transport with its own connections, which are kept alive between requests. */
export function createTransport(timeouts: Timeouts): { send: Transport; close(): Promise<void> } {
  const agent = new Agent({
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    allowH2: false,
    pipelining: 1,
  });
  return { send: (request) => sendOnce(agent, request, timeouts.wholeMs), close: () => agent.destroy() };
}

let sharedTransport: Transport | null = null;

/** The transport of this process, with the default timeouts. Its idle connections do not keep the process alive. */
export const defaultTransport: Transport = (request) => {
  sharedTransport ??= createTransport(defaultTimeouts).send;
  return sharedTransport(request);
};

function sendOnce(agent: Dispatcher, request: HttpRequest, wholeMs: number): Promise<HttpOutcome> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let left = false;
    let status = 0;
    let headers: Readonly<Record<string, string>> = {};
    let stopped: Error | null = null;
    let size = 0;
    const chunks: Buffer[] = [];

    const stop = (reason: Error) => {
      stopped ??= reason;
      controller?.abort(reason);
    };
    const onAbort = () => {
      if (left && request.finish) return;
      stop(new Error("stopped"));
      reject(signal.reason);
      release();
    };
    const deadline = setTimeout(() => {
      stop(new Error(`no complete answer within ${wholeMs} ms`));
      settle({ kind: "failed", left, message: `no complete answer within ${wholeMs} ms` });
    }, wholeMs);
    const release = () => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", onAbort);
    };
    const settle = (outcome: HttpOutcome) => {
      release();
      resolve(outcome);
    };

    if (signal.aborted) {
      clearTimeout(deadline);
      reject(signal.reason);
      return;
    }
    signal.addEventListener("abort", onAbort);
    agent.dispatch(
      { ...wireOf(request) },
      {
        // Called right before the request is written to its connection: what fails earlier never left.
        onRequestStart(started) {
          controller = started;
          if (stopped === null) left = true;
          else started.abort(stopped);
        },
        onResponseStart(_, code, received) {
          status = code;
          headers = joinHeaders(received);
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          if (size > answerMaxBytes) stop(new Error(`the answer is larger than ${answerMaxBytes} bytes`));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          settle({
            kind: "answer",
            status,
            headers,
            text: Buffer.concat(chunks).toString("utf8").replaceAll("\0", "\uFFFD"),
          });
        },
        onResponseError(_, error) {
          if (isOurMistake(error)) {
            release();
            reject(error);
          } else {
            settle({ kind: "failed", left, message: describe(stopped ?? error) });
          }
        },
      },
    );
  });
}

function wireOf(request: HttpRequest): Dispatcher.DispatchOptions {
  const { origin, path, method, headers, body, slowestAnswerMs } = request;
  return { origin, path, method, headers, body, ...(slowestAnswerMs && { headersTimeout: slowestAnswerMs }) };
}

function joinHeaders(received: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
  }
  return headers;
}

/** A request that could not even be written down, such as a line break in a header. */
function isOurMistake(error: Error): boolean {
  return "code" in error && error.code === "UND_ERR_INVALID_ARG";
}

function describe(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? `${error.code}: ` : "";
  // A failed connection over several addresses carries its reasons inside.
  const reasons = error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join("; ") : "";
  return `${code}${error.message || reasons}`;
}
