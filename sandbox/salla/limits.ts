import type { WireRequest, WireResponse } from "../wire.ts";
import { failure, said } from "./envelope.ts";
import type { SallaSwitches } from "./switches.ts";

/** What a store has used of its leaky buckets. */
export interface Limits {
  minuteEndsMs: number;
  used: number;
  /** When the last request beyond the bucket was let through. */
  lastExtraMs: number;
  customersEndMs: number;
  customersUsed: number;
}

const CUSTOMER_MINUTES = 10;
const planLimits = { basic: 60, plus: 120, pro: 360, special: 720 } as const;

export function newLimits(): Limits {
  return { minuteEndsMs: 0, used: 0, lastExtraMs: 0, customersEndMs: 0, customersUsed: 0 };
}

/** Counts one request; the 429 when it is one too many. After the bucket is empty, one request a second still passes. */
export function overLimit(
  limits: Limits,
  switches: SallaSwitches,
  request: WireRequest,
  nowMs: number,
): WireResponse | undefined {
  const { perMinuteLimit, customersLimit, minuteMs } = switches;
  if (nowMs >= limits.minuteEndsMs) Object.assign(limits, { minuteEndsMs: nowMs + minuteMs, used: 0 });
  if (nowMs >= limits.customersEndMs)
    Object.assign(limits, { customersEndMs: nowMs + CUSTOMER_MINUTES * minuteMs, customersUsed: 0 });
  limits.used += 1;
  if (request.path.includes("/customers")) {
    limits.customersUsed += 1;
    if (customersLimit !== null && limits.customersUsed > customersLimit)
      return tooMany(switches, request, limits.customersEndMs - nowMs);
  }
  if (perMinuteLimit === null || limits.used <= perMinuteLimit) return undefined;
  const secondMs = Math.max(1, Math.floor(minuteMs / 60));
  if (nowMs - limits.lastExtraMs >= secondMs) {
    limits.lastExtraMs = nowMs;
    return undefined;
  }
  return tooMany(switches, request, limits.lastExtraMs + secondMs - nowMs);
}

/** `x-ratelimit-limit`, `-remaining` and `-reset` (seconds since 1970). */
export function limitHeaders(limits: Limits, switches: SallaSwitches): Record<string, string> {
  if (!switches.rateLimitHeaders) return {};
  const limit = switches.perMinuteLimit ?? planLimits[switches.plan];
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(Math.max(0, limit - limits.used)),
    "x-ratelimit-reset": String(Math.ceil(limits.minuteEndsMs / 1000)),
  };
}

/** The 429 of this stand-in; its body is a switch, because nobody has written one down. */
export function tooMany(switches: SallaSwitches, request: WireRequest, waitMs: number): WireResponse {
  const words = { ar: "عدد الطلبات كبير جداً", en: "Too many requests" };
  const headers = { "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))) };
  if (switches.tooManyBody === "empty") return { status: 429, headers, body: "" };
  if (switches.tooManyBody === "html")
    return { status: 429, headers: { ...headers, "content-type": "text/html" }, body: "<html><body>429</body></html>" };
  const answer = failure(switches, 429, "too_many_requests", said(request, words));
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
