import type { CallRequest, Judgement, RawAnswer } from "../../core/connector.ts";

/** How long a 429 without `Retry-After` is waited out; the vendor publishes nothing. */
const limitedMs = 10_000;
/** A longer `Retry-After` than a day is a mistake of the answer. */
const maximumWaitMs = 86_400_000;
/** Spring Security's words for client credentials that nobody knows; the same call will never succeed. */
const unknownClient = "UserDetailsService returned null";

/** What an answer of Optiply means; its errors are defensive reading, no verbatim body is known (README, "Errors"). */
export function judgeAnswer(answer: RawAnswer, request: CallRequest, now: number): Judgement {
  const { status, body } = answer;
  const message = `HTTP ${status}: ${messageOf(answer)}`;
  if (status === 429)
    return { kind: "limited", reason: "minute-quota", until: now + (retryAfterMs(answer, now) ?? limitedMs) };
  if (isUnknownClient(answer) || status === 403) {
    const parameters = { vendor: "Optiply", message };
    return { kind: "needs-person", action: { code: "credentials-refused", parameters }, message };
  }
  if (status === 401) return { kind: "token-expired", message };
  // A 404 that is no JSON comes from something in between, and says nothing of the record.
  if (status === 404) return { kind: body === undefined ? "broken" : "missing", message };
  if (status === 409) return { kind: "conflict", message };
  if (status === 408 || status >= 500) return { kind: "broken", message };
  if (status >= 400) return { kind: "refused", message };
  if (status < 200 || status >= 300) return { kind: "broken", message };
  if (request.method === "DELETE" && status === 204) return { kind: "ok", body: null };
  const isDocument = body !== null && typeof body === "object" && "data" in body;
  return isDocument ? { kind: "ok", body } : { kind: "broken", message: `HTTP ${status} without a readable document` };
}

/** The client itself is unknown, which no new token changes. */
function isUnknownClient({ text }: RawAnswer): boolean {
  return text.includes(unknownClient);
}

/**
 * The words of an error: `errors[].meta.message`, then `.detail`, then `.message`, then a top-level `message` or
 * `error`, in that order, as Optiply's own writer reads them.
 */
export function messageOf({ body, text }: RawAnswer): string {
  const top = fieldsOf(body);
  const errors = Array.isArray(top.errors) ? top.errors.map(fieldsOf) : [];
  const said = [
    ...errors.map((error) => fieldsOf(error.meta).message),
    ...errors.map((error) => error.detail),
    ...errors.map((error) => error.message),
    top.message,
    top.error_description,
    top.error,
    ...errors.map((error) => error.title),
  ].find((words) => typeof words === "string" && words !== "");
  return (typeof said === "string" ? said : text.trim() || "no message").slice(0, 500);
}

function retryAfterMs({ headers }: RawAnswer, now: number): number | null {
  const value = headers["retry-after"]?.trim() ?? "";
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return waitMs >= 0 && waitMs <= maximumWaitMs ? waitMs : null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? { ...value } : {};
}
