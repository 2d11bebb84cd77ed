import { expect, test } from "vitest";
import type { CallRequest, RawAnswer } from "../../core/connector.ts";
import { judgeAnswer, observeHeaders } from "./judge.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const read: CallRequest = { method: "GET", path: "/orders", repeat: "safe" };
const bulk: CallRequest = { method: "POST", path: "/products/quantities/bulk", repeat: "never" };
const answer = (status: number, body?: unknown, headers: RawAnswer["headers"] = {}): RawAnswer => ({
  status,
  headers,
  body,
  text: body === undefined ? "<html>busy</html>" : JSON.stringify(body),
});
const error = (status: number, message: string, code: unknown = "Unauthorized", more = {}) =>
  answer(status, { status, success: false, error: { code, message, ...more } });

test("a missing scope is named, and comes with the status of a dead token", () => {
  const words = "The access token should have access to one of those scopes: products.read_write";
  expect(judgeAnswer(error(401, words), read, now)).toMatchObject({
    kind: "needs-person",
    action: { code: "scope-missing", parameters: { vendor: "Salla", scope: "products.read_write" } },
  });
});

test.each(["The User is not exists.", "عذرًا، حسابك غير مفعل"])("a user who is gone needs a person: %s", (words) => {
  expect(judgeAnswer(error(401, words), read, now)).toMatchObject({
    kind: "needs-person",
    action: { code: "account-inactive" },
  });
});

test.each([
  [error(401, "The access token is invalid"), "token-expired"],
  [answer(401, { error: "invalid_grant", error_description: "used" }), "token-expired"],
  [answer(401), "broken"],
  [error(404, "Not found", 404), "missing"],
  [error(404, "غير موجود", "error"), "missing"],
  [answer(404), "broken"],
  [error(410, "gone", "gone"), "missing"],
  [error(409, "conflict", 409), "conflict"],
  [error(400, "bad", "bad_request"), "refused"],
  [error(500, "server", "server_error"), "broken"],
  [answer(503), "broken"],
  [answer(200), "broken"],
  [answer(200, { status: 200, success: true, data: [] }), "ok"],
  [answer(201, { status: 201, success: true, data: {} }), "ok"],
  [answer(202, { status: 202, success: true }), "ok"],
  [answer(204), "ok"],
  [answer(200, { success: false, error: { message: "no" } }), "refused"],
])("%j is %s", (given, kind) => {
  expect(judgeAnswer(given, read, now).kind).toBe(kind);
});

test("the fields of a 422 come with their names, in Arabic as Salla sends them", () => {
  const refused = error(422, "alert.invalid_fields", "validation_failed", {
    fields: { "items.0.sku": ["الحقل مطلوب"] },
  });
  expect(judgeAnswer(refused, read, now)).toEqual({
    kind: "refused",
    message: "HTTP 422: alert.invalid_fields; items.0.sku: الحقل مطلوب",
  });
});

test("the rows of a refused bulk write reach the caller", () => {
  const body = { error: { message: "alert.invalid_fields", fields: { "products.0.quantity": ["must be 0"] } } };
  expect(judgeAnswer(answer(422, body), bulk, now)).toEqual({ kind: "ok", body });
});

test.each([
  [{ "retry-after": "7" }, 7_000],
  [{ "x-ratelimit-reset": String(now / 1000 + 30) }, 30_000],
  [{ "x-ratelimit-reset": String(now / 1000 - 30) }, 10_000],
  [{}, 10_000],
])("a 429 with %j waits %i ms", (headers, waitMs) => {
  for (const body of [undefined, {}])
    expect(judgeAnswer(answer(429, body, headers), read, now)).toEqual({
      kind: "limited",
      reason: "minute-quota",
      until: now + waitMs,
    });
});

test("a 403 is a rest for everybody, not a lost record", () => {
  expect(judgeAnswer(error(403, "forbidden", 403), read, now)).toMatchObject({
    kind: "limited",
    reason: "concurrency",
  });
});

test("the headers tell the minute; what cannot be read says nothing", () => {
  const reset = String(now / 1000 + 42);
  const headers = { "x-ratelimit-limit": "120", "x-ratelimit-remaining": "117", "x-ratelimit-reset": reset };
  expect(observeHeaders(answer(200, {}, headers), now)).toEqual({
    minuteLimit: 120,
    minuteRemaining: 117,
    minuteResetsAt: now + 42_000,
  });
  expect(observeHeaders(answer(200, {}, { "x-ratelimit-limit": "many", "x-ratelimit-reset": "0" }), now)).toEqual({});
});
