import { expect, test } from "vitest";
import type { RawAnswer } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { salla } from "./connector.ts";
import { sallaSecrets, sallaSettings } from "./settings.ts";
import { exchangeCode, expiryOf, signIn } from "./sign-in.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => now, sleep: async () => undefined };
const settings = sallaSettings.parse({});
const secrets = { clientId: "client", clientSecret: "secret", refreshToken: "ory_rt_1" };
const fortnightMs = 1_209_599_000;

const answering = (status: number, body: unknown) => async (): Promise<RawAnswer> => ({
  status,
  headers: {},
  body,
  text: JSON.stringify(body) ?? "<html>",
});
const outcome = (status: number, body: unknown) =>
  signIn({ settings, secrets, clock }, answering(status, body)).catch((error: unknown) => error);

test.each([
  [{ expires_in: 1_209_599 }, now + fortnightMs],
  [{ expires: 1_209_599 }, now + fortnightMs],
  [{ expires: 1_773_000_000 }, 1_773_000_000_000],
  [{ expires_in: "1773000000" }, 1_773_000_000_000],
  [{ expires_in: 60, expires: 1_773_000_000 }, now + 60_000],
])("the expiry %j is read as what it is", (given, expected) => {
  expect(expiryOf(given, now)).toBe(expected);
});

test.each([{}, { expires: "soon" }, { expires: -1 }, { expires_in: 0 }])("%j says nothing of an end", (given) => {
  expect(expiryOf(given, now)).toBeNull();
});

test("a renewal sends the client in the body, and gives the refresh token that replaces the one it used up", async () => {
  const asked: unknown[] = [];
  const token = await signIn({ settings, secrets: { ...secrets, webhookSecret: "w" }, clock }, async (request) => {
    asked.push(request);
    return await answering(200, { access_token: "ory_at_2", refresh_token: "ory_rt_2", expires_in: 1_209_599 })();
  });
  const form = { grant_type: "refresh_token", client_id: "client", client_secret: "secret", refresh_token: "ory_rt_1" };
  expect(asked).toEqual([{ url: "https://accounts.salla.sa/oauth2/token", form }]);
  expect(token).toEqual({
    token: "ory_at_2",
    expiresAt: now + fortnightMs,
    renewedSecrets: { clientId: "client", clientSecret: "secret", refreshToken: "ory_rt_2", webhookSecret: "w" },
  });
});

test("the access token that came with a consent is used first, without a call, and only once", async () => {
  const send = async () => Promise.reject(new Error("no call was to be made"));
  const given = { ...secrets, accessToken: "ory_at_1", accessTokenExpiresAt: now + 1 };
  expect(await signIn({ settings, secrets: given, clock }, send)).toEqual({
    token: "ory_at_1",
    expiresAt: now + 1,
    renewedSecrets: secrets,
  });
});

test("a used refresh token is for a person; what is unclear is in doubt; what was not taken is not", async () => {
  expect(await outcome(401, { error: "invalid_grant", error_description: "was used" })).toMatchObject({
    action: { code: "credentials-refused", parameters: { message: "HTTP 401: was used" } },
  });
  for (const [status, body] of [
    [500, {}],
    [502, undefined],
    [200, {}],
    [200, undefined],
    [408, {}],
  ] as const) {
    const error = await outcome(status, body);
    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ inDoubt: true });
  }
  expect(await outcome(429, {})).toMatchObject({ name: "RetryLater", inDoubt: false });
});

test("a code is exchanged once for both tokens; without a refresh token the consent lacked a scope", async () => {
  const consent = { clientId: "client", clientSecret: "secret", code: "c-1", redirectUri: "https://a.example/back" };
  const asked: unknown[] = [];
  const exchanged = await exchangeCode({ settings, secrets: consent, clock }, async ({ form }) => {
    asked.push(form.grant_type, form.code, form.redirect_uri);
    return await answering(200, { access_token: "ory_at_1", refresh_token: "ory_rt_1", expires: 1_209_599 })();
  });
  expect(asked).toEqual(["authorization_code", "c-1", "https://a.example/back"]);
  expect(exchanged).toEqual({ ...secrets, accessToken: "ory_at_1", accessTokenExpiresAt: now + fortnightMs });
  expect(sallaSecrets.parse(exchanged)).toEqual(exchanged);
  const without = exchangeCode({ settings, secrets: consent, clock }, answering(200, { access_token: "a" }));
  await expect(without).rejects.toThrow("offline_access");
});

test("in easy mode the secrets wait for the app to be installed, and let nobody in before", async () => {
  const easy = sallaSecrets.parse({ clientId: "client", clientSecret: "secret", webhookSecret: "w" });
  const action = { code: "app-not-installed", parameters: { vendor: "Salla" } };
  expect(salla.awaits?.(easy)).toEqual(action);
  expect(salla.awaits?.(secrets)).toBeNull();
  const error = await signIn({ settings, secrets: easy, clock }, answering(200, {})).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NeedsPerson);
  expect(error).toMatchObject({ action });
});

test.each([
  [{ clientId: "c", clientSecret: "s" }, "refreshToken"],
  [{ clientId: "", clientSecret: "s", refreshToken: "r" }, "clientId"],
  [{ clientId: "c", clientSecret: "s", refreshToken: "r", password: "x" }, ""],
])("the secrets %j are refused by name", (given, field) => {
  expect(sallaSecrets.safeParse(given).error?.issues[0]?.path.join(".")).toBe(field);
});

test.each([
  [{ apiUrl: "http://salla.example" }, "apiUrl"],
  [{ accountsUrl: "ftp://salla.example" }, "accountsUrl"],
  [{ webhookStrategy: "none" }, "webhookStrategy"],
  [{ deducts: "shipped" }, "deducts"],
  [{ callsPerMinute: 0 }, "callsPerMinute"],
  [{ calls: 5 }, ""],
])("the settings %j are refused by name", (given, field) => {
  expect(sallaSettings.safeParse(given).error?.issues[0]?.path.join(".")).toBe(field);
});
