import type { WireResponse } from "../wire.ts";
import { failure } from "./envelope.ts";
import { nextMidnight } from "./local-time.ts";
import type { ZohoBooksSwitches } from "./switches.ts";

/** What one organisation has used of its limits. */
export interface Limits {
  /** Arrival times of the calls of the running minute, oldest first. */
  minuteMs: number[];
  blockedUntilMs: number;
  usedToday: number;
  dayEndsMs: number;
  inProcess: number;
}

export function newLimits(): Limits {
  return { minuteMs: [], blockedUntilMs: 0, usedToday: 0, dayEndsMs: 0, inProcess: 0 };
}

/**
 * Counts one call and says whether it is over a limit (Zoho Books introduction, limits).
 * A call that is refused still counts, as Zoho's do.
 * @returns the 429 answer, or undefined when the call may go on.
 */
export function overLimit(
  limits: Limits,
  switches: ZohoBooksSwitches,
  zone: string,
  nowMs: number,
): WireResponse | undefined {
  if (nowMs >= limits.dayEndsMs) {
    limits.usedToday = 0;
    limits.dayEndsMs = switches.dayMs === null ? nextMidnight(nowMs, zone) : nowMs + switches.dayMs;
  }
  limits.usedToday += 1;
  if (nowMs < limits.blockedUntilMs) return limitAnswer(44, switches);
  if (overMinute(limits, switches, nowMs)) {
    limits.blockedUntilMs = nowMs + switches.blockMs;
    return limitAnswer(44, switches);
  }
  if (switches.perDayLimit !== null && limits.usedToday > switches.perDayLimit) return limitAnswer(45, switches);
  if (switches.concurrentLimit !== null && limits.inProcess >= switches.concurrentLimit) {
    return limitAnswer(1070, switches);
  }
  return undefined;
}

/** The three bodies of a 429; none carries `Retry-After`. */
export function limitAnswer(code: 44 | 45 | 1070, switches: ZohoBooksSwitches): WireResponse {
  const limit = switches.perDayLimit ?? switches.headerDailyLimit ?? 1000;
  const messages = {
    44: "For security reasons your organization has been blocked as it have exceeded the maximum number of requests per minute that can originate from an organization.",
    45: `The API call for this organization has exceeded the maximum call rate limit of ${limit}.`,
    1070: "You have reached the maximum number of in process requests allowed. Kindly try again after some time.",
  };
  return failure(429, code, messages[code]);
}

/** `x-rate-limit-limit` (per DAY), `-remaining`, and `-reset` in seconds. */
export function limitHeaders(
  limits: Limits,
  switches: ZohoBooksSwitches,
  zone: string,
  nowMs: number,
): Record<string, string> {
  if (!switches.rateLimitHeaders) return {};
  const limit = switches.headerDailyLimit ?? switches.perDayLimit ?? 10_000;
  const endsMs = limits.dayEndsMs > nowMs ? limits.dayEndsMs : nextMidnight(nowMs, zone);
  return {
    "x-rate-limit-limit": String(limit),
    "x-rate-limit-remaining": String(Math.max(0, limit - limits.usedToday)),
    "x-rate-limit-reset": String(Math.ceil((endsMs - nowMs) / 1000)),
  };
}

function overMinute(limits: Limits, switches: ZohoBooksSwitches, nowMs: number): boolean {
  if (switches.perMinuteLimit === null) return false;
  const start =
    switches.minuteWindow === "sliding"
      ? nowMs - switches.minuteMs
      : Math.floor(nowMs / switches.minuteMs) * switches.minuteMs - 1;
  limits.minuteMs = limits.minuteMs.filter((at) => at > start);
  limits.minuteMs.push(nowMs);
  return limits.minuteMs.length > switches.perMinuteLimit;
}
