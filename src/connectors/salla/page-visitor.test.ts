import { expect, test } from "vitest";
import type { PlainRequest, RawAnswer } from "../../core/connector.ts";
import { sallaPages } from "./page-visitor.ts";
import { sallaSettings } from "./settings.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => now, sleep: async () => undefined };
const settings = sallaSettings.parse({});

const asked: PlainRequest[] = [];
const visitorOf = (status: number, body: unknown) =>
  sallaPages.visitorOf({ settings, app: "1830000001", token: "em_tok_1", clock }, async (request) => {
    asked.push(request);
    return { status, headers: {}, body, text: "" } satisfies RawAnswer;
  });
const vouching = (data: unknown) => ({ status: 200, success: true, data });

test("Salla is asked in the app's name, and what it says holds until the end that it says", async () => {
  const iso = await visitorOf(200, vouching({ merchant_id: 13, user_id: 7, exp: "2026-03-01T13:00:00Z" }));
  expect(iso).toEqual({ account: "13", until: now + 3_600_000 });
  const seconds = await visitorOf(200, vouching({ merchant_id: "13", exp: (now + 60_000) / 1000 }));
  expect(seconds).toEqual({ account: "13", until: now + 60_000 });
  expect(asked[0]).toEqual({
    url: "https://api.salla.dev/exchange-authority/v1/introspect",
    headers: { "s-source": "1830000001" },
    json: { token: "em_tok_1" },
  });
});

test.each([
  [401, { status: 401, success: false, error: { message: "The token is invalid" } }],
  [422, { status: 422, success: false, error: { message: "Decryption failed" } }],
  [400, undefined],
  [200, { status: 200, success: false }],
  [200, vouching({ merchant_id: 13, exp: "2026-03-01T12:00:00Z" })],
  [200, vouching({ merchant_id: 13, exp: now / 1000 - 1 })],
])("HTTP %i %j vouches for nobody", async (status, body) => {
  expect(await visitorOf(status, body)).toBeNull();
});

test.each([
  [429, { error: {} }],
  [403, { error: {} }],
  [503, undefined],
  [302, undefined],
  [200, undefined],
  [200, vouching({ exp: "2026-03-01T13:00:00Z" })],
  [200, vouching({ merchant_id: 13 })],
  [200, vouching({ merchant_id: 13, exp: "soon" })],
])("HTTP %i %j is no answer, so it is asked again later", async (status, body) => {
  await expect(visitorOf(status, body)).rejects.toMatchObject({ name: "RetryLater" });
});

test("the app is the one of the settings, else the one that the probe found", () => {
  expect(sallaPages.appOf(settings, { appId: "2" })).toBe("2");
  expect(sallaPages.appOf({ ...settings, appId: "1" }, { appId: "2" })).toBe("1");
  expect(sallaPages.appOf(settings, {})).toBeNull();
});
