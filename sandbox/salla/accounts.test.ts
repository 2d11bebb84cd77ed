import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench } from "../sandbox-client.ts";

const bench = await openBench();
const { accountsUrl, apiUrl } = bench.sandbox.vendors.salla;
const { clientId, refreshToken, appId, merchantId } = bench.sandbox.credentials.salla;
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const refresh = (token: unknown) => bench.sallaToken({ grant_type: "refresh_token", refresh_token: String(token) });
const withToken = async (url: string, token: unknown) => {
  const response = await fetch(url, { headers: { authorization: `Bearer ${String(token)}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const exchange = async (state: string) => {
  const auth = new URL(`${accountsUrl}/oauth2/auth`);
  const redirect_uri = "http://127.0.0.1/back";
  auth.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri,
    scope: "orders.read",
    state,
  }).toString();
  const back = new URL((await fetch(auth, { redirect: "manual" })).headers.get("location") ?? "");
  return { back, form: { grant_type: "authorization_code", redirect_uri, code: back.searchParams.get("code") ?? "" } };
};

test("a refresh answers expires_in and a new refresh token; the old one serves once and its second use ends them all", async () => {
  const first = await refresh(refreshToken);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ expires_in: 1_209_600, token_type: "bearer" });
  const second = await refresh(first.body.refresh_token);
  expect(second.status).toBe(200);
  expect((await withToken(`${apiUrl}/admin/v2/orders`, second.body.access_token)).status).toBe(200);
  const reused = await refresh(first.body.refresh_token);
  expect([reused.status, reused.body.error, reused.body.status]).toEqual([401, "invalid_grant", undefined]);
  for (const token of [first.body.access_token, second.body.access_token])
    expect((await withToken(`${apiUrl}/admin/v2/orders`, token)).status).toBe(401);
  expect((await refresh(second.body.refresh_token)).status).toBe(401);
  await bench.control("POST", "/reset");
  expect((await refresh(refreshToken)).status).toBe(200);
});

test("a code serves once, answers expires, and state loses its hyphens", async () => {
  const { back, form } = await exchange("a-b-c");
  expect(back.searchParams.get("state")).toBe("abc");
  const answer = await bench.sallaToken(form);
  expect(answer.body).toMatchObject({ expires: 1_209_600, scope: "orders.read" });
  expect(answer.body).not.toHaveProperty("expires_in");
  expect((await bench.sallaToken(form)).status).toBe(400);
  const missing = await withToken(`${apiUrl}/admin/v2/products`, answer.body.access_token);
  expect(missing.status).toBe(401);
  expect(missing.body.error).toEqual({
    code: "Unauthorized",
    message: "The access token should have access to one of those scopes: products.read",
  });
  await bench.set("salla", { stateHyphens: "kept", exchangeExpires: "timestamp" });
  const other = await exchange("a-b");
  expect(other.back.searchParams.get("state")).toBe("a-b");
  expect(Number((await bench.sallaToken(other.form)).body.expires)).toBeGreaterThan(1e9);
  expect((await bench.sallaToken({ ...form, client_secret: "x" })).body.error).toBe("invalid_client");
});

test("the switches of expiry: as a timestamp, and a grace for a lost answer", async () => {
  await bench.set("salla", { refreshExpires: "expires-timestamp", refreshGraceMs: 60_000 });
  const once = await refresh(refreshToken);
  expect(Number(once.body.expires)).toBeGreaterThan(1e9);
  expect((await refresh(refreshToken)).body).toEqual(once.body);
  await bench.set("salla", { refreshTokenLifeMs: 0 });
  expect((await refresh(once.body.refresh_token)).status).toBe(401);
});

test("user/info with and without data, and three kinds of 401", async () => {
  const { body } = await refresh(refreshToken);
  const info = () => withToken(`${accountsUrl}/oauth2/user/info`, body.access_token);
  const wrapped = (await info()).body.data as Record<string, unknown>;
  expect(wrapped).toMatchObject({ merchant: { id: Number(merchantId), plan: "pro" }, context: { app: Number(appId) } });
  await bench.set("salla", { userInfo: "bare" });
  expect((await info()).body).toEqual(wrapped);
  const messages = [];
  for (const switches of [
    { userState: "deleted" },
    { userState: "inactive" },
    { userState: "active", scopes: "offline_access" },
  ]) {
    await bench.set("salla", switches);
    const { status, body: told } = await withToken(`${apiUrl}/admin/v2/orders`, body.access_token);
    expect(status).toBe(401);
    messages.push((told.error as Record<string, unknown>).message);
  }
  expect(messages[0]).toBe("The User is not exists.");
  expect(messages[1]).toMatch(/حسابك غير مفعل$/);
  expect(messages[2]).toContain("one of those scopes: orders.read");
  await bench.control("POST", "/salla/tokens/expire");
  const dead = await withToken(`${apiUrl}/admin/v2/orders`, body.access_token);
  expect(dead.body.error).toMatchObject({ message: "The access token is invalid" });
});

test("error codes are words or numbers, messages Arabic or English, an unknown method is 405", async () => {
  const missing = (language?: string) =>
    bench.salla("GET", "/orders/1", undefined, language === undefined ? {} : { "accept-language": language });
  expect(objectOf(await missing("ar"), "error")).toEqual({ code: "error", message: "المحتوى المطلوب غير موجود" });
  await bench.set("salla", { errorCode: "number" });
  expect(objectOf(await missing("en-GB"), "error")).toEqual({
    code: 404,
    message: "The requested content is not found",
  });
  expect((await bench.salla("PATCH", "/orders")).status).toBe(405);
  expect((await bench.salla("GET", "/products/quantities/bulkSkus")).status).toBe(404);
});

test("the bucket leaks one request a second once it is empty, and says so in four headers", async () => {
  await bench.salla("GET", "/taxes");
  await bench.set("salla", { perMinuteLimit: 3, minuteMs: 60_000_000 });
  const answers = [];
  for (let made = 0; made < 4; made += 1) answers.push(await bench.salla("GET", "/taxes"));
  // The first of these was the second of its minute, the third is the one that leaks through.
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  const last = answers[3]?.headers;
  expect(last?.get("x-ratelimit-limit")).toBe("3");
  expect(last?.get("x-ratelimit-remaining")).toBe("0");
  expect(Number(last?.get("x-ratelimit-reset"))).toBeGreaterThan(1e9);
  expect(Number(last?.get("retry-after"))).toBeGreaterThanOrEqual(1);
  await bench.set("salla", { tooManyBody: "empty" });
  expect((await bench.salla("GET", "/taxes")).text).toBe("");
  await bench.set("salla", { perMinuteLimit: null, customersLimit: 1 });
  expect((await bench.salla("GET", "/customers")).status).toBe(200);
  expect((await bench.salla("GET", "/customers")).status).toBe(429);
  expect((await bench.salla("GET", "/orders")).status).toBe(200);
});

const introspect = async (token: unknown, source: string = appId) => {
  const response = await fetch(`${apiUrl}/exchange-authority/v1/introspect`, {
    method: "POST",
    headers: { "s-source": source, "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const embeddedToken = async (given: Record<string, unknown> = {}) =>
  (await bench.control("POST", "/salla/app/embedded-token", given)).body.token;

test("an embedded page's token names its store to the app that it was made for, until it ends", async () => {
  const token = await embeddedToken();
  const known = await introspect(token);
  expect(known).toMatchObject({ status: 200, body: { success: true, data: { merchant_id: Number(merchantId) } } });
  const { exp } = known.body.data as { exp: string };
  expect(exp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Date.parse(exp)).toBeGreaterThan(Date.now());
  const foreign = await introspect(await embeddedToken({ merchant_id: 77 }));
  expect(foreign.body).toMatchObject({ data: { merchant_id: 77 } });
  await bench.set("salla", { introspectExp: "seconds" });
  expect((await introspect(token)).body).toMatchObject({ data: { exp: Math.floor(Date.parse(exp) / 1000) } });

  const ended = await embeddedToken({ life_ms: 0 });
  for (const [given, source] of [["forged"], [ended], [undefined], [token, "1"]] as const)
    expect((await introspect(given, source)).status, `${given} of ${source}`).toBe(401);
  await bench.set("salla", { introspectRefusal: "422", embeddedTokenLifeMs: 0 });
  expect((await introspect(await embeddedToken())).status).toBe(422);
  expect((await bench.control("POST", "/salla/app/embedded-token", { merchant_id: "x" })).status).toBe(400);
  const asked = await fetch(`${apiUrl}/exchange-authority/v1/introspect`);
  expect(asked.status).toBe(404);
});

test("the dashboard shows the app's page in a frame with a fresh token, the language and the app's id", async () => {
  const dashboard = (query = "") => fetch(`${bench.sandbox.control}/salla/dashboard${query}`);
  expect((await dashboard()).status).toBe(400);
  expect((await bench.control("PATCH", "/salla/app", { embeddedUrl: "javascript:alert(1)" })).status).toBe(400);
  await bench.control("PATCH", "/salla/app", { embeddedUrl: "https://mizan.example/embedded/salla?a=1" });
  const frameOf = async (query?: string) => {
    const [, src = ""] = /<iframe[^>]+src="([^"]+)"/.exec(await (await dashboard(query)).text()) ?? [];
    return new URL(src.replaceAll("&amp;", "&"));
  };
  const frame = await frameOf("?lang=en");
  expect(frame.href).toContain("https://mizan.example/embedded/salla?a=1&token=");
  expect(Object.fromEntries(frame.searchParams)).toMatchObject({ lang: "en", theme: "light", app_id: appId });
  expect((await introspect(frame.searchParams.get("token"))).status).toBe(200);
  expect((await frameOf()).searchParams.get("lang")).toBe("ar");
  const ended = (await frameOf("?life_ms=0")).searchParams.get("token");
  expect((await introspect(ended)).status).toBe(401);
});
