import type { BudgetObservation } from "../../core/budget.ts";
import type { CallRequest, Judgement, RawAnswer } from "../../core/connector.ts";

/** A blocked organisation is left alone for at least a minute; the vendor does not say how long it lasts. */
const minuteBlockMs = 60_000;
/** After 1070 the next call waits this long; the door spreads waiting calls. */
const inProcessWaitMs = 1_000;
/** Where a spent day comes without a header, the vendor's midnight is at the most this far. */
const dayMs = 86_400_000;

/** Which scope a path needs, most specific first (Zoho's OpenAPI files). */
const scopes: readonly (readonly [prefix: string, module: string])[] = [
  ["/contacts", "contacts"],
  ["/vendors", "contacts"],
  ["/salesorders", "salesorders"],
  ["/purchaseorders", "purchaseorders"],
  ["/", "settings"],
];
const operations = { GET: "READ", POST: "CREATE", PUT: "UPDATE", PATCH: "UPDATE", DELETE: "DELETE" } as const;

/**
 * What an answer of Zoho Books means: its own code counts before the HTTP status, because a failure may come with 200
 * and a missing scope with the status of an expired token (Books errors page; README, "Answers").
 */
export function judgeAnswer(answer: RawAnswer, request: CallRequest, now: number): Judgement {
  const { status, body } = answer;
  const code = codeOf(body);
  const message = messageOf(answer, code);
  if (code === 44) return { kind: "limited", reason: "minute-quota", until: now + minuteBlockMs };
  if (code === 45) return { kind: "limited", reason: "day-quota", until: dayResetsAt(answer, now) ?? now + dayMs };
  if (code === 1070) return { kind: "limited", reason: "concurrency", until: now + inProcessWaitMs };
  if (status === 429) return { kind: "limited", reason: "minute-quota", until: now + minuteBlockMs };
  if (code === 57) {
    const parameters = { vendor: "Zoho Books", scope: scopeFor(request) };
    return { kind: "needs-person", action: { code: "scope-missing", parameters }, message };
  }
  if (status === 401) return { kind: "token-expired", message };
  if (status >= 500 || code === 1000) return { kind: "broken", message };
  // A 404 without Zoho's own code comes from something in between, and says nothing of the record.
  if (code === 1002 || (status === 404 && code !== null)) return { kind: "missing", message };
  if (status === 404) return { kind: "broken", message };
  if (status >= 200 && status < 300) {
    if (code === 0) return { kind: "ok", body };
    return { kind: code === null ? "broken" : "refused", message };
  }
  // Zoho answers reads with a bare 400 in passing; a write that got one was not taken.
  if (code === null && request.method === "GET") return { kind: "broken", message };
  return { kind: "refused", message };
}

/** What the quota headers say; they are the daily limit, its rest, and seconds until the organisation's midnight. */
export function observeHeaders(answer: RawAnswer, now: number): BudgetObservation {
  const dayLimit = wholeHeader(answer, "x-rate-limit-limit");
  const dayRemaining = wholeHeader(answer, "x-rate-limit-remaining");
  const resetsAt = dayResetsAt(answer, now);
  return {
    ...(dayLimit === null ? {} : { dayLimit }),
    ...(dayRemaining === null ? {} : { dayRemaining }),
    ...(resetsAt === null ? {} : { dayResetsAt: resetsAt }),
  };
}

/** The scope without which a call is answered with code 57, such as `ZohoBooks.salesorders.READ`. */
export function scopeFor({ path, method }: Pick<CallRequest, "path" | "method">): string {
  const module = scopes.find(([prefix]) => path.startsWith(prefix))?.[1] ?? "settings";
  return `ZohoBooks.${module}.${operations[method]}`;
}

function codeOf(body: unknown): number | null {
  if (body === null || typeof body !== "object" || !("code" in body)) return null;
  const code = typeof body.code === "string" && /^\d{1,9}$/.test(body.code) ? Number(body.code) : body.code;
  return typeof code === "number" ? code : null;
}

function messageOf({ status, body }: RawAnswer, code: number | null): string {
  const said = body !== null && typeof body === "object" && "message" in body ? body.message : undefined;
  const words = typeof said === "string" && said !== "" ? said.slice(0, 500) : "no readable message";
  return `HTTP ${status}, ${code === null ? "no code" : `code ${code}`}: ${words}`;
}

function dayResetsAt(answer: RawAnswer, now: number): number | null {
  const seconds = wholeHeader(answer, "x-rate-limit-reset");
  return seconds === null ? null : now + seconds * 1000;
}

function wholeHeader({ headers }: RawAnswer, name: string): number | null {
  const value = headers[name]?.trim() ?? "";
  return /^\d{1,12}$/.test(value) ? Number(value) : null;
}
