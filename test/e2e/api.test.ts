/** The HTTP API over real HTTP: closed by default, and every answer as the contract says. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { type RunningSandbox, startSandbox } from "../../sandbox/start-sandbox.ts";
import { backfillsAnswer, startedBackfillAnswer } from "../../src/api/backfill-contract.ts";
import * as contract from "../../src/api/contract.ts";
import { createApi } from "../../src/api/create-api.ts";
import { readConfig } from "../../src/core/config.ts";
import { type Mizan, openMizan, type Serving, startServing } from "../../src/main.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { until } from "./mizan-command.ts";

let home: string;
let sandbox: RunningSandbox;
let mizan: Mizan;
let serving: Serving;
let key: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "mizan api "));
  sandbox = await startSandbox();
  const shop = { method: "POST", body: JSON.stringify({ seed: 2, items: 35, orders: 40 }) };
  await fetch(`${sandbox.control}/import/made-up-shop`, shop);
  mizan = await openMizan(readConfig({ MIZAN_HOME: home }));
  serving = await startServing(mizan, { host: "127.0.0.1", port: 0 });
  key = await createApiKey(mizan.desk, "test");
});

afterAll(async () => {
  await serving.close();
  await mizan.close();
  await sandbox.stop();
  await rm(home, { recursive: true, force: true });
});

async function call<T>(
  method: string,
  path: string,
  answer: z.ZodType<T>,
  { body, status = 200 }: { body?: unknown; status?: number } = {},
): Promise<T> {
  const response = await fetch(`${serving.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return answer.parse(JSON.parse(text));
}

test("every route but health, the door of the webhooks and the embedded page asks for a key, before it looks at anything else", async () => {
  const jobs = { runNow: async () => true, takeUp: () => undefined };
  const { routes } = createApi({ desk: mizan.desk, jobs, stopping: AbortSignal.abort() });
  const isDoor = (path: string) => path.startsWith("/v1/webhooks") || path.startsWith("/embedded/");
  const served = routes.filter(({ method, path }) => method !== "ALL" && path !== "/v1/health" && !isDoor(path));
  // The door of the webhooks is one route, open for a POST only; its own tests show what it takes, and those of the
  // embedded page that its orders ask for a key of its own.
  const doors = new Set(routes.filter(({ path }) => isDoor(path)).map(({ method, path }) => `${method} ${path}`));
  const page = "/embedded/salla";
  const ofPage = ["", "/page.js", "/page.css", "/orders"].map((part) => `GET ${page}${part}`);
  expect([...doors].filter((route) => !route.startsWith("ALL"))).toEqual([
    "POST /v1/webhooks/:token",
    ...[...ofPage.slice(0, 3), `POST ${page}/session`, ...ofPage.slice(3), `POST ${page}/orders/send`],
  ]);
  for (const [method, part] of [
    ["GET", "/orders"],
    ["POST", "/orders/send"],
    ["GET", "/x"],
    ["PUT", ""],
    ["GET", "2"],
  ])
    expect((await fetch(`${serving.url}${page}${part}`, { method: method ?? "" })).status).toBe(401);
  for (const method of ["GET", "PUT", "PATCH", "DELETE"])
    expect((await fetch(`${serving.url}/v1/webhooks/x`, { method })).status).toBe(401);
  const knock = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  expect((await fetch(`${serving.url}/v1/webhooks/x`, knock)).status).toBe(404);
  expect(served.length).toBeGreaterThan(14);
  const ofHistory = served.filter(({ path }) => path === "/v1/integrations/:name/backfills");
  expect(ofHistory.map(({ method }) => method)).toEqual(["GET", "POST", "PATCH"]);
  const wrong = [undefined, "Bearer", "Bearer mizan_0000000000000000000000000000000", `Basic ${key}`, `Bearer ${key}x`];
  for (const { method, path } of [...served, { method: "GET", path: "/v1/nothing" }, { method: "GET", path: "/" }]) {
    for (const authorization of wrong) {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${serving.url}${path.replace(/:\w+/g, "1")}`, { method, headers });
      expect(response.status, `${method} ${path} with ${authorization}`).toBe(401);
      expect(contract.errorAnswer.parse(await response.json()).error.code).toBe("unauthorised");
    }
  }
  expect(contract.healthAnswer.parse(await (await fetch(`${serving.url}/v1/health`)).json())).toEqual({ status: "ok" });
});

test("security headers stand on every answer", async () => {
  const { headers } = await fetch(`${serving.url}/v1/health`);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("cache-control")).toBe("no-store");
});

test("from two connections to records, all by the API", async () => {
  const { "zoho-books": zohoUrls, optiply: optiplyUrls } = sandbox.vendors;
  const fast = { perMinute: 100_000, minuteMs: 59_999 };
  const { organizationId, ...zohoSecrets } = sandbox.credentials["zoho-books"];
  const { accountId: _, couplingId, ...optiplySecrets } = sandbox.credentials.optiply;
  const zoho = {
    name: "books",
    vendor: "zoho-books",
    settings: { organizationId, ...zohoUrls, ...fast },
    secrets: zohoSecrets,
  };
  const connected = await call("POST", "/v1/connections", contract.connectedAnswer, { body: zoho, status: 201 });
  expect(JSON.stringify(connected)).not.toContain(zohoSecrets.clientSecret);
  const optiply = {
    name: "optiply",
    vendor: "optiply",
    settings: { couplingId, ...optiplyUrls, ...fast },
    secrets: optiplySecrets,
  };
  await call("POST", "/v1/connections", contract.connectedAnswer, { body: optiply, status: 201 });
  expect((await call("GET", "/v1/connections", contract.connectionsAnswer)).connections).toHaveLength(2);
  expect(await call("POST", "/v1/connections/books/doctor", contract.diagnosisAnswer)).toMatchObject({ works: true });

  const integration = { name: "shop", kind: "zoho-books-optiply", source: "books", target: "optiply", paused: true };
  const made = { ...integration, options: { ordersSince: "2020-01-01" } };
  await call("POST", "/v1/integrations", contract.settingsAnswer, { body: made, status: 201 });
  await call("PATCH", "/v1/integrations/shop", contract.settingsAnswer, { body: { everyMinutes: { products: 30 } } });
  expect(await call("GET", "/v1/integrations/shop", contract.integrationView)).toMatchObject({ paused: true });

  const plan = await call("POST", "/v1/integrations/shop/plan", contract.planAnswer, { body: { flow: "products" } });
  const applied = await call("POST", `/v1/plans/${plan.plan}/apply`, contract.applyAnswer);
  expect(applied.flows[0]?.counts.created).toBe(plan.flows[0]?.counts.created);

  const paused = await call("POST", "/v1/integrations/shop/sync", contract.errorAnswer, { status: 400 });
  expect(paused.error.message).toMatch(/shop is paused/);
  expect(await call("POST", "/v1/integrations/shop/resume", contract.integrationView)).toMatchObject({ paused: false });
  const queued = await call("POST", "/v1/integrations/shop/sync", contract.queuedAnswer, { status: 202 });
  expect(queued.queued.map(({ flow }) => flow)).toEqual(["products", "sell-orders"]);
  const ofOrders = "/v1/runs?integration=shop&flow=sell-orders";
  const ran = () => call("GET", ofOrders, contract.runsAnswer);
  await until(ran, ({ runs }) => runs[0]?.state === "done");

  expect(await call("POST", "/v1/integrations/shop/pause", contract.integrationView)).toMatchObject({ paused: true });
  // A run that the schedule had begun may hold a flow for a moment.
  const wait = () => call("POST", "/v1/integrations/shop/sync?wait=true", contract.syncAnswer, { body: {} });
  const waited = await until(wait, ({ flows }) => flows.every(({ state }) => state !== "held"));
  expect(waited.flows).toMatchObject([{ state: "done" }, { state: "done" }]);

  const page = await call(
    "GET",
    "/v1/records?integration=shop&outcome=rejected&most=1&language=ar",
    contract.recordsAnswer,
  );
  expect(page.next).not.toBeNull();
  const [record] = page.records;
  const reference = encodeURIComponent(`shop/${record?.flow}/${record?.sourceId}`);
  expect(await call("GET", `/v1/records/why?record=${reference}`, contract.whyAnswer)).toMatchObject({
    stories: [{ outcome: "rejected" }],
  });
  const retry = { integration: "shop", outcome: "rejected" };
  expect((await call("POST", "/v1/records/retry", contract.retryAnswer, { body: retry })).marked).toBeGreaterThan(0);

  expect(await call("POST", "/v1/integrations/shop/resume", contract.integrationView)).toMatchObject({ paused: false });
  expect(await call("POST", "/v1/integrations/shop/pause", contract.integrationView)).toMatchObject({ paused: true });
  expect((await call("GET", "/v1/integrations", contract.integrationsAnswer)).integrations).toHaveLength(1);
});

test("history by the API: the forecast, the beginning, a pause, and the workers that do it", async () => {
  const lines = [{ name: "Counter sale", quantity: 1, rate: 5 }];
  const [first] = (await (await fetch(`${sandbox.control}/zoho-books/items?sku=MU-00001`)).json()) as {
    item_id: string;
  }[];
  const settled = { order_status: "closed", invoiced_status: "invoiced" };
  const orders = ["2018-06-01", "2019-12-01", "2019-12-31"].map((date) => ({
    ...settled,
    date,
    line_items: [{ item_id: first?.item_id, quantity: 2, rate: 9.5 }, ...lines],
  }));
  await fetch(`${sandbox.control}/zoho-books/salesorders`, { method: "POST", body: JSON.stringify(orders) });
  const path = "/v1/integrations/shop/backfills";
  const wanted = { flow: "sell-orders", since: "2019-01-01" };

  const said = await call("POST", path, startedBackfillAnswer, { body: wanted });
  expect(said.forecast).toMatchObject({ integration: "shop", since: "2019-01-01", records: 2 });
  expect(said.forecast.flows).toMatchObject([{ flow: "sell-orders", until: "2019-12-31", records: 2, toSend: 2 }]);
  expect(said.forecast.connections.map(({ vendor }) => vendor)).toEqual(["zoho-books", "optiply"]);
  expect(said.backfills).toEqual([]);
  expect(await call("GET", path, backfillsAnswer)).toEqual({ backfills: [] });

  const started = await call("POST", path, startedBackfillAnswer, { body: { ...wanted, start: true }, status: 201 });
  expect(started.backfills).toMatchObject([{ flow: "sell-orders", state: "running", until: "2019-12-31" }]);
  const twice = await call("POST", path, contract.errorAnswer, { body: { ...wanted, start: true }, status: 400 });
  expect(twice.error.message).toContain("a backfill of shop sell-orders is open already");
  const turn = (verb: string) => call("PATCH", path, backfillsAnswer, { body: { verb } });
  expect((await turn("pause")).backfills).toMatchObject([{ state: "paused" }]);
  expect((await turn("resume")).backfills).toMatchObject([{ state: "running" }]);

  await call("POST", "/v1/integrations/shop/resume", contract.integrationView);
  const ended = await until(
    () => call("GET", path, backfillsAnswer),
    // What a run did is added when it is over, a moment after its last day is done.
    ({ backfills }) => backfills[0]?.state === "done" && backfills[0].counts.created > 0,
  );
  expect(ended.backfills).toMatchObject([{ message: null, resumesAt: null, counts: { created: 2 } }]);
  await call("POST", "/v1/integrations/shop/pause", contract.integrationView);
  const gone = await call("PATCH", path, contract.errorAnswer, { body: { verb: "cancel" }, status: 404 });
  expect(gone.error.message).toContain("there is no open backfill of shop to cancel");
  // A second one finds that all but the oldest is there, and is ended before it begins.
  const older = { since: "2018-01-01", start: true };
  expect((await call("POST", path, startedBackfillAnswer, { body: older, status: 201 })).forecast).toMatchObject({
    flows: [{ records: 3, toSend: 1 }],
  });
  expect((await turn("cancel")).backfills).toMatchObject([{ state: "cancelled", since: "2018-01-01" }]);
});

test("an integration whose sweep the day's calls cannot carry shows the interval that they can", async () => {
  const switches = { "zoho-books": { rateLimitHeaders: false } };
  await fetch(`${sandbox.control}/switches`, { method: "PATCH", body: JSON.stringify(switches) });
  const play = async (path: string, record: object) =>
    (await (
      await fetch(`${sandbox.control}/zoho-books/${path}`, { method: "POST", body: JSON.stringify([record]) })
    ).json()) as Record<string, string>[];
  // Another organisation: two integrations of the same two accounts are refused.
  const [other] = await play("organizations", { name: "Made-up Branch" });
  const organizationId = String(other?.organization_id);
  await play("items", { organization_id: organizationId, name: "Jug", sku: "JUG", available_for_sale_stock: 3 });
  const { organizationId: _own, ...secrets } = sandbox.credentials["zoho-books"];
  const settings = { organizationId, ...sandbox.vendors["zoho-books"], perDay: 40, dayReserve: 5 };
  const narrow = { name: "narrow", vendor: "zoho-books", settings, secrets };
  await call("POST", "/v1/connections", contract.connectedAnswer, { body: narrow, status: 201 });
  const rare = {
    kind: "zoho-books-optiply",
    source: "narrow",
    target: "optiply",
    options: { ordersSince: "2030-01-01" },
  };
  const body = { ...rare, name: "rare", paused: true };
  await call("POST", "/v1/integrations", contract.settingsAnswer, { body, status: 201 });
  const sync = await call("POST", "/v1/integrations/rare/sync?wait=true", contract.syncAnswer, {
    body: { flow: "products" },
  });
  expect(sync.flows).toMatchObject([{ state: "done", fault: null }]);
  const { flows } = await call("GET", "/v1/integrations/rare", contract.integrationView);
  const [products, orders] = flows;
  expect(products).toMatchObject({ name: "products", everyMinutes: 60 });
  expect(products?.stretchedMinutes).toBeGreaterThan(60);
  expect(Number(products?.stretchedMinutes) % 60).toBe(0);
  expect(orders).toMatchObject({ name: "sell-orders", stretchedMinutes: null });
  const unstretched = await call("GET", "/v1/integrations/shop", contract.integrationView);
  expect(unstretched.flows.map(({ stretchedMinutes }) => stretchedMinutes)).toEqual([null, null]);
});

// biome-ignore format: a table
const refused: [name: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
  ["an unknown integration", "GET", "/v1/integrations/none", undefined, 404, /there is no integration "none"/],
  ["an unknown route", "GET", "/v1/none", undefined, 404, /there is no GET \/v1\/none/],
  ["an unknown field", "POST", "/v1/integrations", { name: "x", colour: 1 }, 400, /kind is missing|colour is not known/],
  ["a wrong option", "PATCH", "/v1/integrations/shop", { options: { warehouseIds: "abc" } }, 400, /warehouseIds is "abc"; allowed: numeric ids/],
  ["a plan that is no number", "POST", "/v1/plans/x/apply", undefined, 400, /plan is "x"/],
  ["history of an unknown integration", "GET", "/v1/integrations/none/backfills", undefined, 404, /there is no integration "none"/],
  ["history without a day", "POST", "/v1/integrations/shop/backfills", { start: true }, 400, /since is missing/],
  ["history of a day that is none", "POST", "/v1/integrations/shop/backfills", { since: "2019-02-30" }, 400, /since is "2019-02-30"; allowed: a day YYYY-MM-DD/],
  ["history that flows by itself", "POST", "/v1/integrations/shop/backfills", { since: "2020-01-01", start: true }, 400, /allowed: a day before ordersSince \(2020-01-01\)/],
  ["history of a flow without one", "POST", "/v1/integrations/shop/backfills", { flow: "products", since: "2019-01-01" }, 400, /products has no history to bring in; allowed: sell-orders/],
  ["history of an unknown flow", "POST", "/v1/integrations/shop/backfills", { flow: "returns", since: "2019-01-01" }, 400, /shop has no flow "returns"/],
  ["history of an unknown integration begun", "POST", "/v1/integrations/none/backfills", { since: "2019-01-01", start: true }, 404, /there is no integration "none"/],
  ["an unknown field of history", "POST", "/v1/integrations/shop/backfills", { since: "2019-01-01", until: "2019-02-01" }, 400, /until is not known/],
  ["an unknown wish for history", "PATCH", "/v1/integrations/shop/backfills", { verb: "hurry" }, 400, /verb is "hurry"; allowed: one of "?pause"?\W+resume"?\W+cancel/],
  ["a resumption of nothing", "PATCH", "/v1/integrations/shop/backfills", { verb: "resume", flow: "sell-orders" }, 404, /there is no open backfill of shop sell-orders to resume/],
  ["a number out of bounds", "GET", "/v1/runs?most=0", undefined, 400, /most is "0"/],
  ["webhooks of an unknown connection", "GET", "/v1/connections/none/webhooks", undefined, 404, /there is no connection "none"/],
  ["webhooks of a vendor without any", "GET", "/v1/connections/books/webhooks", undefined, 400, /books is one of Zoho Books, which posts no webhooks/],
  ["another address for a vendor without any", "POST", "/v1/connections/books/webhooks/rotate", undefined, 400, /posts no webhooks/],
  ["an unknown outcome", "GET", "/v1/records?integration=shop&outcome=lost", undefined, 400, /outcome is "lost"/],
];

test.for(refused)("%s is refused by name", async ([, method, path, body, status, message]) => {
  const { error } = await call(method, path, contract.errorAnswer, { body, status });
  expect(error.message).toMatch(message);
  expect(JSON.stringify(error)).not.toMatch(/\.ts|node_modules/);
});

test("a body that is not JSON, of another type or too large is refused", async () => {
  const send = (body: string, type: string) =>
    fetch(`${serving.url}/v1/integrations`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${key}`, "content-type": type },
    });
  expect((await send("{", "application/json")).status).toBe(400);
  expect((await send("name=x", "application/x-www-form-urlencoded")).status).toBe(415);
  expect((await send("x".repeat(1024 * 1024 + 1), "application/json")).status).toBe(413);
});
