import type { CallRequest, Judgement, RawAnswer } from "../../core/connector.ts";
import { fieldsOf } from "./fields.ts";

/** How long a 429 without `Retry-After` is waited out: the rest of Qoyod's minute at the most. */
const limitedMs = 60_000;
/** A longer `Retry-After` than a day is a mistake of the answer. */
const maximumWaitMs = 86_400_000;
const messageLength = 500;

/** What an answer of Qoyod means (README, "Answers"). */
export function judgeAnswer(answer: RawAnswer, request: CallRequest, now: number): Judgement {
  const { status, body } = answer;
  const message = `HTTP ${status}: ${messageOf(answer)}`;
  if (status === 429)
    return { kind: "limited", reason: "minute-quota", until: now + (retryAfterMs(answer, now) ?? limitedMs) };
  if (status === 401) {
    const action = { code: "credentials-refused", parameters: { vendor: "Qoyod", message } } as const;
    return { kind: "needs-person", action, message };
  }
  if (status >= 300 && status < 400) {
    const host = hostOf(answer);
    const action = { code: "host-changed", parameters: { vendor: "Qoyod", host } } as const;
    return { kind: "needs-person", action, message: `HTTP ${status} to ${host}; redirects are not followed` };
  }
  // A page for people comes from something in between, and says nothing of the record.
  if (isPage(answer) || status === 408 || status >= 500 || status < 200) return { kind: "broken", message };
  if (status === 404) return { kind: "missing", message };
  if (status >= 400) return { kind: "refused", message };
  // A deletion is answered in plain words.
  if (request.method === "DELETE") return { kind: "ok", body: body ?? null };
  if (body === null || typeof body !== "object")
    return { kind: "broken", message: `HTTP ${status} without a readable document` };
  return isError(body) ? { kind: "refused", message } : { kind: "ok", body };
}

/**
 * The words of an error in any of the shapes that are known: `errors` as a list or by field, `error` with a message or as a
 * text, `message`, else the plain text.
 */
export function messageOf(answer: RawAnswer): string {
  if (isPage(answer)) return "a web page";
  const { errors, error, message } = fieldsOf(answer.body);
  const said = [
    wordsOf(errors),
    wordsOf(fieldsOf(error).message),
    wordsOf(error),
    wordsOf(message),
    answer.text.trim(),
  ];
  return (said.find((words) => words !== "") ?? "no message").slice(0, messageLength);
}

function wordsOf(value: unknown): string {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(wordsOf).filter(isFilled).join("; ");
  return Object.entries(fieldsOf(value))
    .map(([field, words]) => [field, wordsOf(words)] as const)
    .filter(([, words]) => words !== "")
    .map(([field, words]) => `${field}: ${words}`)
    .join("; ");
}

function isFilled(words: string): boolean {
  return words !== "";
}

/** The newer portal's error, which may come with a success status. */
function isError(body: object): boolean {
  return "status" in body && body.status === "error" && "error" in body;
}

function isPage({ body, text }: RawAnswer): boolean {
  return body === undefined && /^\s*</.test(text);
}

function hostOf({ headers }: RawAnswer): string {
  const location = headers.location ?? "";
  return URL.canParse(location) ? new URL(location).host : location === "" ? "nowhere" : "another path";
}

function retryAfterMs({ headers }: RawAnswer, now: number): number | null {
  const value = headers["retry-after"]?.trim() ?? "";
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return waitMs >= 0 && waitMs <= maximumWaitMs ? waitMs : null;
}
