import { expect, test } from "vitest";
import type { CallRequest, RawAnswer } from "../../core/connector.ts";
import { judgeAnswer, observeHeaders, scopeFor } from "./judge.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const read: CallRequest = { method: "GET", path: "/salesorders", repeat: "safe" };
const write: CallRequest = { method: "POST", path: "/purchaseorders", repeat: "never" };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body, text: body === undefined ? "" : JSON.stringify(body) };
}

test("code 0 with a success status is the only ok", () => {
  const body = { code: 0, message: "success", items: [] };
  expect(judgeAnswer(answer(200, body), read, now)).toEqual({ kind: "ok", body });
  expect(judgeAnswer(answer(200, { items: [] }), read, now).kind).toBe("broken");
  expect(judgeAnswer(answer(200, undefined), read, now).kind).toBe("broken");
  expect(judgeAnswer(answer(200, { code: 9, message: "no" }), read, now)).toEqual({
    kind: "refused",
    message: "HTTP 200, code 9: no",
  });
});

test("limits are told apart by Zoho's code, and wait as long as each lasts", () => {
  const limited = (code: number, headers = {}) =>
    judgeAnswer(answer(429, { code, message: "slow" }, headers), read, now);
  expect(limited(44)).toEqual({ kind: "limited", reason: "minute-quota", until: now + 60_000 });
  expect(limited(45, { "x-rate-limit-reset": "3600" })).toEqual({
    kind: "limited",
    reason: "day-quota",
    until: now + 3_600_000,
  });
  expect(limited(45)).toEqual({ kind: "limited", reason: "day-quota", until: now + 86_400_000 });
  expect(limited(1070)).toMatchObject({ kind: "limited", reason: "concurrency" });
  expect(judgeAnswer(answer(429, undefined), read, now)).toMatchObject({ kind: "limited", reason: "minute-quota" });
});

test("a missing scope is not an expired token, though both are 401", () => {
  expect(judgeAnswer(answer(401, { code: 57, message: "You are not authorized" }), read, now)).toMatchObject({
    kind: "needs-person",
    action: { code: "scope-missing", parameters: { scope: "ZohoBooks.salesorders.READ" } },
  });
  for (const body of [{ code: 14, message: "Invalid value passed for authtoken" }, undefined])
    expect(judgeAnswer(answer(401, body), read, now).kind).toBe("token-expired");
  expect(scopeFor(write)).toBe("ZohoBooks.purchaseorders.CREATE");
  expect(scopeFor({ method: "POST", path: "/purchaseorders/7/status/open" })).toBe("ZohoBooks.purchaseorders.CREATE");
  expect(scopeFor({ method: "GET", path: "/itemdetails" })).toBe("ZohoBooks.settings.READ");
});

test("a bare 400 is broken for a read and refused for a write", () => {
  expect(judgeAnswer(answer(400, undefined), read, now).kind).toBe("broken");
  expect(judgeAnswer(answer(400, undefined), write, now).kind).toBe("refused");
  expect(judgeAnswer(answer(400, { code: 2, message: "Invalid value" }), read, now).kind).toBe("refused");
});

test.each([
  [404, { code: 1002, message: "Sales Order does not exist." }, "missing"],
  [400, { code: 1002, message: "does not exist" }, "missing"],
  [500, undefined, "broken"],
  [502, { code: 1, message: "proxy" }, "broken"],
  [200, { code: 1000, message: "Internal Error" }, "broken"],
])("HTTP %i with %j is %s", (status, body, kind) => {
  expect(judgeAnswer(answer(status, body), read, now).kind).toBe(kind);
});

test("the quota headers are the day's; what is unreadable is left out", () => {
  const headers = { "x-rate-limit-limit": "1000", "x-rate-limit-remaining": "998", "x-rate-limit-reset": "60" };
  expect(observeHeaders(answer(200, {}, headers), now)).toEqual({
    dayLimit: 1000,
    dayRemaining: 998,
    dayResetsAt: now + 60_000,
  });
  expect(observeHeaders(answer(200, {}, { "x-rate-limit-limit": "many" }), now)).toEqual({});
});
