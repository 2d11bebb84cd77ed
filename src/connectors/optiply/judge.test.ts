import { expect, test } from "vitest";
import type { CallRequest, RawAnswer } from "../../core/connector.ts";
import { judgeAnswer, messageOf } from "./judge.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const post: CallRequest = { method: "POST", path: "/products", repeat: "never" };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body, text: body === undefined ? "" : JSON.stringify(body) };
}

test.each([
  [201, { data: { id: "1" } }, "ok"],
  [200, { message: "fine" }, "broken"],
  [201, undefined, "broken"],
  [301, undefined, "broken"],
  [400, { errors: [] }, "refused"],
  [401, { error: "invalid_token" }, "token-expired"],
  [403, { errors: [] }, "needs-person"],
  [404, undefined, "broken"],
  [404, { errors: [] }, "missing"],
  [408, undefined, "broken"],
  [409, undefined, "conflict"],
  [422, undefined, "refused"],
  [500, { errors: [{ detail: "nan" }] }, "broken"],
  [504, undefined, "broken"],
])("HTTP %i with %j is %s", (status, body, kind) => {
  expect(judgeAnswer(answer(status, body), post, now).kind).toBe(kind);
});

test("unknown client credentials need a person, not another token", () => {
  const body = { error_description: "UserDetailsService returned null, which is an interface contract violation" };
  expect(judgeAnswer(answer(401, body), post, now)).toMatchObject({
    kind: "needs-person",
    action: { code: "credentials-refused" },
  });
});

test.each([
  [{}, 10_000],
  [{ "retry-after": "3" }, 3_000],
  [{ "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "soon" }, 10_000],
])("a 429 with %j waits %i ms", (headers, waitMs) => {
  expect(judgeAnswer(answer(429, undefined, headers), post, now)).toMatchObject({
    kind: "limited",
    until: now + waitMs,
  });
});

test("the words of an error are looked for in the order of Optiply's own writer", () => {
  const error = { meta: { message: "meta" }, detail: "detail", message: "own" };
  expect(messageOf(answer(400, { errors: [error], message: "top" }))).toBe("meta");
  expect(messageOf(answer(400, { errors: [{ ...error, meta: {} }] }))).toBe("detail");
  expect(messageOf(answer(400, { errors: [{ message: "own" }], message: "top" }))).toBe("own");
  expect(messageOf(answer(400, { message: "top" }))).toBe("top");
  expect(messageOf({ ...answer(400, undefined), text: "<html>" })).toBe("<html>");
});
