import { expect, test } from "vitest";
import type { RawAnswer } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { zohoBooksSettings } from "./settings.ts";
import { exchangeCode, signIn } from "./sign-in.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const clock = { now: () => now, sleep: async () => undefined };
const settings = zohoBooksSettings.parse({ region: "eu", organizationId: "60814150001" });
const secrets = { clientId: "1000.CLIENT", clientSecret: "secret", refreshToken: "1000.refresh" };
const good = { access_token: "1000.access", expires_in: 3600, api_domain: "https://www.zohoapis.eu" };

const answering = (status: number, body: unknown) => async (): Promise<RawAnswer> => ({
  status,
  headers: {},
  body,
  text: JSON.stringify(body) ?? "",
});
const outcome = (status: number, body: unknown) =>
  signIn({ settings, secrets, clock }, answering(status, body)).catch((error: unknown) => error);

test("a token is asked at the region's accounts server and lives as long as the answer says", async () => {
  const asked: unknown[] = [];
  const token = await signIn({ settings, secrets, clock }, async (request) => {
    asked.push(request.url, request.form.grant_type);
    return await answering(200, good)();
  });
  expect(asked).toEqual(["https://accounts.zoho.eu/oauth/v2/token", "refresh_token"]);
  expect(token).toEqual({ token: "1000.access", expiresAt: now + 3_600_000 });
});

test("an error that comes with HTTP 200 is for a person, and names what Zoho said", async () => {
  const error = await outcome(200, { error: "invalid_code" });
  expect(error).toBeInstanceOf(NeedsPerson);
  const message = "invalid_code (region eu: is that the organisation's data centre?)";
  expect(error).toMatchObject({ action: { code: "credentials-refused", parameters: { message } } });
});

test("too many token requests wait out the ten minutes", async () => {
  const description = "You have made too many requests continuously. Please try again after some time.";
  for (const status of [200, 400]) {
    const error = await outcome(status, { error: "Access Denied", error_description: description });
    expect(error).toBeInstanceOf(RetryLater);
    expect(error).toMatchObject({ after: new Date(now + 600_000) });
  }
});

test("a broken answer is tried again later", async () => {
  for (const error of [await outcome(503, undefined), await outcome(200, undefined)])
    expect(error).toBeInstanceOf(RetryLater);
});

test("another API host than the configured one needs a person, a look-alike too", async () => {
  for (const api_domain of [
    "https://www.zohoapis.com",
    "http://www.zohoapis.eu",
    "https://www.zohoapis.eu.evil.example",
  ])
    expect(await outcome(200, { ...good, api_domain })).toMatchObject({
      action: { code: "host-changed", parameters: { host: `${api_domain}, not https://www.zohoapis.eu` } },
    });
});

test.each([
  ["https://accounts.zoho.eu", good],
  ["https://www.zohoapis.eu", { ...good, api_domain: "https://www.zohoapis.com" }],
])("a host that does not answer is named (%s), and the API host gets no secret", async (dead, body) => {
  const asked: unknown[] = [];
  const error = await signIn({ settings, secrets, clock }, async (request) => {
    asked.push(request);
    if (request.url.startsWith(dead)) throw new RetryLater(new Date(now + 30_000), "connect ECONNREFUSED");
    return await answering(200, body)();
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RetryLater);
  expect((error as RetryLater).message).toBe(
    `${dead} does not answer; is it the right address? (connect ECONNREFUSED)`,
  );
  expect(asked.slice(1)).toEqual(body === good ? [] : [{ url: "https://www.zohoapis.eu/", form: {} }]);
});

test("a consent's code is exchanged for lasting secrets, once", async () => {
  const consent = { clientId: "1000.CLIENT", clientSecret: "secret", code: "1000.code", redirectUri: "" };
  const exchanged = await exchangeCode(
    { settings, secrets: consent, clock },
    answering(200, { ...good, refresh_token: "r" }),
  );
  expect(exchanged.secrets).toEqual({ clientId: "1000.CLIENT", clientSecret: "secret", refreshToken: "r" });
  await expect(exchangeCode({ settings, secrets: consent, clock }, answering(200, good))).rejects.toThrow("offline");
});
