import type { BudgetObservation } from "../../core/budget.ts";
import type { CallRequest, Judgement, RawAnswer } from "../../core/connector.ts";
import { fieldsOf } from "./fields.ts";
import { bulkPath } from "./shop-stock.ts";

/** How long a 429 without `Retry-After` and without a reset is waited out: the bucket gives one call a second then. */
const limitedMs = 10_000;
/** A longer `Retry-After` than a day is a mistake of the answer. */
const maximumWaitMs = 86_400_000;
/** Salla blocks for a while who made too many errors (responses page, 403); how long is not said. */
const blockedMs = 300_000;
/** Of an answer's words, this much is kept. */
const wordsMax = 500;

/**
 * What an answer of Salla means. The HTTP status decides; `error.code` is a number here and a text there and decides
 * nothing (salla.md 2.2; README, "Answers").
 */
export function judgeAnswer(answer: RawAnswer, request: CallRequest, now: number): Judgement {
  const { status, body } = answer;
  const message = `HTTP ${status}: ${messageOf(answer)}`;
  // What comes from something in between, such as a page of HTML, says nothing of the record or the credentials.
  const isSallas = body !== undefined && body !== null && typeof body === "object";
  if (status === 429)
    return { kind: "limited", reason: "minute-quota", until: now + (waitMs(answer, now) ?? limitedMs) };
  if (status >= 500 || status === 408) return { kind: "broken", message };
  if (status >= 200 && status < 300) return judgeSuccess(answer, message);
  if (!isSallas) return { kind: "broken", message };
  if (status === 401) return judgeUnauthorized(answer, message);
  if (status === 403)
    return { kind: "limited", reason: "concurrency", until: now + (waitMs(answer, now) ?? blockedMs) };
  if (status === 404 || status === 410) return { kind: "missing", message };
  if (status === 409) return { kind: "conflict", message };
  // The rows of a refused bulk write are told by their places, which only the caller can name.
  if (status === 422 && request.path === bulkPath) return { kind: "ok", body };
  return status >= 400 ? { kind: "refused", message } : { kind: "broken", message };
}

function judgeSuccess({ status, body }: RawAnswer, message: string): Judgement {
  if (status === 204) return { kind: "ok", body: {} };
  if (body === undefined || body === null || typeof body !== "object") return { kind: "broken", message };
  const { success } = fieldsOf(body);
  return success === false ? { kind: "refused", message } : { kind: "ok", body };
}

/** The three kinds of 401 have one shape, so that the words must tell them apart (salla.md 2.2). */
function judgeUnauthorized(answer: RawAnswer, message: string): Judgement {
  const words = messageOf(answer);
  const scopes = /scopes?\s*:\s*([a-z_.,\s]+)/i.exec(words)?.[1];
  if (scopes !== undefined || /one of those scopes/i.test(words)) {
    const parameters = { vendor: "Salla", scope: (scopes ?? words).trim().replace(/[,\s]+$/, "") };
    return { kind: "needs-person", action: { code: "scope-missing", parameters }, message };
  }
  if (/user is not exists|user does not exist|حسابك غير مفعل|غير مفعّل/i.test(words)) {
    const parameters = { vendor: "Salla", message };
    return { kind: "needs-person", action: { code: "account-inactive", parameters }, message };
  }
  return { kind: "token-expired", message };
}

/** What the headers say of the store's minute: its limit, what is left of it, and when it starts again. */
export function observeHeaders(answer: RawAnswer, now: number): BudgetObservation {
  const minuteLimit = wholeHeader(answer, "x-ratelimit-limit");
  const minuteRemaining = wholeHeader(answer, "x-ratelimit-remaining");
  const resetsAt = resetOf(answer, now);
  return {
    ...(minuteLimit === null || minuteLimit === 0 ? {} : { minuteLimit }),
    ...(minuteRemaining === null ? {} : { minuteRemaining }),
    ...(resetsAt === null ? {} : { minuteResetsAt: resetsAt }),
  };
}

/** The words of an error; of a refused field its name and its own words, which are Arabic as a rule. */
export function messageOf({ body, text }: RawAnswer): string {
  const top = fieldsOf(body);
  const error = fieldsOf(top.error);
  const fields = Object.entries(fieldsOf(error.fields)).map(([name, words]) => `${name}: ${[words].flat().join(" ")}`);
  const actions = Array.isArray(error.actions) ? error.actions.map((action) => JSON.stringify(action)) : [];
  const said = [error.message, top.error_description, top.message, top.error].find(
    (words) => typeof words === "string" && words !== "",
  );
  const parts = [...(typeof said === "string" ? [said] : []), ...fields, ...actions];
  const words = parts.length === 0 ? text.trim() || "no message" : parts.join("; ");
  return words.slice(0, wordsMax).toWellFormed();
}

function waitMs(answer: RawAnswer, now: number): number | null {
  const value = answer.headers["retry-after"]?.trim() ?? "";
  const asked = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  if (asked >= 0 && asked <= maximumWaitMs) return asked;
  const resetsAt = resetOf(answer, now);
  return resetsAt === null ? null : resetsAt - now;
}

/** `X-RateLimit-Reset` is a UTC moment in seconds; one that is past or far away says nothing. */
function resetOf(answer: RawAnswer, now: number): number | null {
  const seconds = wholeHeader(answer, "x-ratelimit-reset");
  const resetsAt = seconds === null ? null : seconds * 1000;
  return resetsAt !== null && resetsAt > now && resetsAt - now <= maximumWaitMs ? resetsAt : null;
}

function wholeHeader({ headers }: RawAnswer, name: string): number | null {
  const value = headers[name]?.trim() ?? "";
  return /^\d{1,12}$/.test(value) ? Number(value) : null;
}
