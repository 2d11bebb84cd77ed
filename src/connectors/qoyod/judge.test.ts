import { expect, test } from "vitest";
import type { CallRequest, RawAnswer } from "../../core/connector.ts";
import { judgeAnswer, messageOf } from "./judge.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const post: CallRequest = { method: "POST", path: "/invoices", repeat: "never" };

function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body, text: body === undefined ? "" : JSON.stringify(body) };
}

function plain(status: number, text: string): RawAnswer {
  return { status, headers: {}, body: undefined, text };
}

test.each([
  [200, { invoice: { id: 7 } }, "ok"],
  [201, { id: 7 }, "ok"],
  [200, { error: { message: "no", code: "X" }, status: "error" }, "refused"],
  [200, undefined, "broken"],
  [200, "done", "broken"],
  [400, { errors: [] }, "refused"],
  [401, { errors: ["Unauthorized"] }, "needs-person"],
  [404, { message: "We looked everywhere but found nothing" }, "missing"],
  [404, undefined, "missing"],
  [408, undefined, "broken"],
  [422, { errors: { reference: ["has already been taken"] } }, "refused"],
  [500, { errors: [] }, "broken"],
  [503, undefined, "broken"],
])("HTTP %i with %j is %s", (status, body, kind) => {
  expect(judgeAnswer(answer(status, body), post, now).kind).toBe(kind);
});

test.each([403, 404, 422, 502, 200])("a web page with HTTP %i says nothing of the record", (status) => {
  expect(judgeAnswer(plain(status, "<!DOCTYPE html><title>Just a moment"), post, now)).toMatchObject({
    kind: "broken",
    message: `HTTP ${status}: a web page`,
  });
});

test("a redirect is a matter for a person, by the host it names", () => {
  const to = (location: string) => judgeAnswer(answer(307, undefined, { location }), post, now);
  const action = { code: "host-changed", parameters: { vendor: "Qoyod", host: "legacy.qoyod.com" } };
  expect(to("https://legacy.qoyod.com/api/2.0/invoices")).toMatchObject({ kind: "needs-person", action });
  expect(to("/2.0/invoices")).toMatchObject({ action: { parameters: { host: "another path" } } });
});

test("a deletion is answered in plain words", () => {
  const request = { ...post, method: "DELETE" } as const;
  expect(judgeAnswer(plain(200, "Invoice destroyed successfully"), request, now)).toEqual({ kind: "ok", body: null });
  expect(judgeAnswer(plain(404, "not here"), request, now).kind).toBe("missing");
});

test.each([
  [{}, 60_000],
  [{ "retry-after": "3" }, 3_000],
  [{ "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "soon" }, 60_000],
])("a 429 with %j waits %i ms", (headers, waitMs) => {
  expect(judgeAnswer(answer(429, undefined, headers), post, now)).toMatchObject({
    kind: "limited",
    until: now + waitMs,
  });
});

test.each([
  [{ errors: ["this contact 12 is not active", "second"] }, "this contact 12 is not active; second"],
  [
    { errors: { account: ["Can't be blank"], tax_id: ["Please select taxes"] } },
    "account: Can't be blank; tax_id: Please select taxes",
  ],
  [{ error: { message: "no such key", code: "K" }, status: "error" }, "no such key"],
  [{ error: "gone" }, "gone"],
  [{ message: "found nothing" }, "found nothing"],
  [{ errors: [], message: "said beside" }, "said beside"],
])("the words of %j", (body, words) => {
  expect(messageOf(answer(422, body))).toBe(words);
});

test("plain words are taken as they are, and nothing is said where there are none", () => {
  expect(messageOf(plain(500, " Bill cannot be deleted "))).toBe("Bill cannot be deleted");
  expect(messageOf(plain(500, ""))).toBe("no message");
});
