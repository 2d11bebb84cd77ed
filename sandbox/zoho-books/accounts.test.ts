import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
const { clientId, clientSecret, refreshToken } = bench.sandbox.credentials["zoho-books"];
const refresh = {
  grant_type: "refresh_token",
  client_id: clientId,
  client_secret: clientSecret,
  refresh_token: refreshToken,
};
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

test("a refresh gives an hour's token, the API host, and no new refresh token", async () => {
  const { status, body } = await bench.zohoToken(refresh);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    expires_in: 3600,
    token_type: "Bearer",
    api_domain: bench.sandbox.vendors["zoho-books"].apiUrl,
  });
  expect(body).not.toHaveProperty("refresh_token");
});

test("OAuth errors come as HTTP 200 with an error key", async () => {
  const wrong = [{ client_id: "x" }, { client_secret: "x" }, { refresh_token: "x" }, { grant_type: "password" }];
  const answers = await Promise.all(wrong.map((one) => bench.zohoToken({ ...refresh, ...one })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.map(({ body }) => body.error)).toEqual([
    "invalid_client",
    "invalid_client_secret",
    "invalid_code",
    "unsupported_grant_type",
  ]);
});

test("the eleventh access token of the window is refused, in a later window it is given", async () => {
  await bench.set("zoho-books", { tokenWindowMs: 150 });
  for (let made = 0; made < 10; made += 1) expect((await bench.zohoToken(refresh)).body).toHaveProperty("access_token");
  const refused = await bench.zohoToken(refresh);
  expect(refused.status).toBe(200);
  expect(refused.body.error).toBe("Access Denied");
  await expect.poll(async () => (await bench.zohoToken(refresh)).body.access_token, { interval: 30 }).toBeDefined();
});

test("the 21st refresh token silently ends the oldest", async () => {
  const exchange = async () => {
    const auth = new URL(`${bench.sandbox.vendors["zoho-books"].accountsUrl}/oauth/v2/auth`);
    auth.search = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      scope: "ZohoBooks.settings.READ",
      redirect_uri: "http://127.0.0.1/back",
      access_type: "offline",
      state: "s",
    }).toString();
    const back = await fetch(auth, { redirect: "manual" });
    const code = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const form = { grant_type: "authorization_code", client_id: clientId, client_secret: clientSecret, code };
    const answer = await bench.zohoToken(form);
    expect((await bench.zohoToken(form)).body.error).toBe("invalid_code");
    return answer.body;
  };
  for (let made = 0; made < 19; made += 1) expect(await exchange()).toHaveProperty("refresh_token");
  expect((await bench.zohoToken(refresh)).body).toHaveProperty("access_token");
  expect(await exchange()).toMatchObject({ scope: "ZohoBooks.settings.READ" });
  expect((await bench.zohoToken(refresh)).body.error).toBe("invalid_code");
});

test("a revoked refresh token is dead, and a reset brings it back", async () => {
  const revoke = `${bench.sandbox.vendors["zoho-books"].accountsUrl}/oauth/v2/token/revoke?token=${refreshToken}`;
  expect((await fetch(revoke, { method: "POST" })).status).toBe(200);
  expect((await bench.zohoToken(refresh)).body.error).toBe("invalid_code");
  await bench.control("POST", "/reset");
  expect((await bench.zohoToken(refresh)).body).toHaveProperty("access_token");
});

test("a missing scope is 401 with code 57; an expired token is 401 with the body that the switch names", async () => {
  await bench.set("zoho-books", { scopes: "ZohoBooks.salesorders.READ,ZohoBooks.purchaseorders.ALL" });
  const items = await bench.zoho("GET", "/items");
  expect([items.status, items.body.code]).toEqual([401, 57]);
  expect((await bench.zoho("GET", "/salesorders")).status).toBe(200);
  expect((await bench.zoho("POST", "/purchaseorders", {})).status).toBe(400);
  await bench.control("POST", "/zoho-books/tokens/expire");
  const bodies = [];
  for (const expiredTokenAnswer of ["code-14", "code-57", "empty", "html"]) {
    await bench.set("zoho-books", { expiredTokenAnswer });
    const { status, text } = await bench.zoho("GET", "/salesorders");
    expect(status).toBe(401);
    bodies.push(text);
  }
  expect(bodies[0]).toContain('"code":14');
  expect(bodies[1]).toBe(items.text);
  expect(bodies[2]).toBe("");
  expect(bodies[3]).toContain("<html>");
});

test("a token ends by itself", async () => {
  await bench.set("zoho-books", { tokenLifeMs: 60 });
  expect((await bench.zoho("GET", "/items")).status).toBe(200);
  await expect.poll(async () => (await bench.zoho("GET", "/items")).status, { interval: 20 }).toBe(401);
});

test("every call but /organizations needs a known organization_id", async () => {
  await bench.control("POST", "/zoho-books/organizations", {
    organization_id: "777",
    name: "Second",
    time_zone: "Asia/Riyadh",
  });
  await bench.zoho("GET", "/items");
  const { api } = bench.sandbox.inside.zohoBooks;
  const [access = ""] = bench.sandbox.inside.zohoBooks.books().tokens.access.keys();
  const ask = (path: string, query: string) =>
    api(
      {
        method: "GET",
        path: `/books/v3/${path}`,
        query: new URLSearchParams(query),
        headers: { authorization: `Bearer ${access}` },
        body: "",
      },
      { beforeMs: 0, afterMs: 0 },
    );
  expect((await ask("items", "")).status).toBe(400);
  expect((await ask("items", "organization_id=1")).status).toBe(400);
  expect((await ask("items", "organization_id=777")).status).toBe(200);
  const organizations = await ask("organizations", "");
  expect(JSON.parse(organizations.body).organizations).toHaveLength(2);
  expect(organizations.headers).not.toHaveProperty("x-rate-limit-limit");
  expect(rowsOf(await bench.zoho("GET", "/organizations"), "organizations")[1]).toMatchObject({
    organization_id: "777",
    time_zone: "Asia/Riyadh",
  });
});
