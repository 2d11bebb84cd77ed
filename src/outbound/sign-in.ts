import { type Clock, later } from "../core/clock.ts";
import type { PlainRequest, RawAnswer, SignInRequest } from "../core/connector.ts";
import { NeedsPerson, RetryLater } from "../core/errors.ts";
import { allowedAddress } from "./allowed-address.ts";
import type { CallReport } from "./log.ts";
import { parseJson } from "./parse-json.ts";
import type { Transport } from "./transport.ts";
import { userAgent } from "./user-agent.ts";

/** When to sign in again after the accounts server could not be reached. */
const retryAfterMs = 30_000;

/** What signing in works with. */
interface SignInOptions {
  readonly vendor: string;
  readonly title: string;
  readonly allowedHosts: readonly string[];
  readonly transport: Transport;
  readonly clock: Clock;
  /** how long the answer may take, where somebody waits for it at a screen */
  readonly slowestAnswerMs?: number;
  readonly onCall?: (report: CallReport) => void;
}

/**
 * Makes the `send` that a connector signs in with: one POST to an allowed host, never repeated, because a token
 * request that got no answer may have used up a refresh token (architecture, law 8).
 * The returned function throws {NeedsPerson} host-changed for any other host or a redirect, {RetryLater} when no answer came.
 */
export function createSignInSend(
  options: SignInOptions,
): (request: SignInRequest | PlainRequest) => Promise<RawAnswer> {
  return async (request) => {
    const { vendor, title, allowedHosts, transport, clock, slowestAnswerMs, onCall } = options;
    const url = allowedAddress(request.url, allowedHosts, title);
    const query = "form" in request ? request.query : {};
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);

    const startedAt = performance.now();
    const outcome = await transport({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "POST",
      headers: headersOf(request),
      body: "form" in request ? new URLSearchParams(request.form).toString() : JSON.stringify(request.json),
      finish: true,
      signal: new AbortController().signal,
      ...(slowestAnswerMs === undefined ? {} : { slowestAnswerMs }),
    });
    const status = outcome.kind === "answer" ? outcome.status : null;
    onCall?.({ vendor, method: "POST", path: url.pathname, status, ms: performance.now() - startedAt, attempt: 1 });

    if (outcome.kind === "failed") {
      const message = `${title} did not answer the sign-in: ${outcome.message}`;
      throw new RetryLater(later(clock, retryAfterMs), message, { inDoubt: outcome.left });
    }
    if (outcome.status >= 300 && outcome.status < 400) throw redirected(title, outcome.headers.location, url);
    return { status: outcome.status, headers: outcome.headers, body: parseJson(outcome.text), text: outcome.text };
  };
}

function headersOf(request: SignInRequest | PlainRequest): Record<string, string> {
  const ours = { "user-agent": userAgent, accept: "application/json" };
  if ("json" in request) return { ...request.headers, ...ours, "content-type": "application/json" };
  const headers = { ...ours, "content-type": "application/x-www-form-urlencoded" };
  if (request.basic === undefined) return headers;
  const credentials = Buffer.from(`${request.basic.user}:${request.basic.password}`).toString("base64");
  return { ...headers, authorization: `Basic ${credentials}` };
}

function redirected(title: string, location: string | undefined, from: URL): NeedsPerson {
  const host = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from).host : "unknown";
  return new NeedsPerson(
    { code: "host-changed", parameters: { vendor: title, host } },
    `${title} answered the sign-in with a redirect to ${host}; redirects are not followed.`,
  );
}
