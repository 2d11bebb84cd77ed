/** Salla's webhooks end to end: posted by the stand-in over real HTTP to the API that serves, into invoices in Qoyod. */
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { sallaCredentials } from "../../sandbox/salla/credentials.ts";
import { listen } from "../../src/api/listen.ts";
import { registeredAnswer } from "../../src/api/webhook-contract.ts";
import { startServing } from "../../src/main.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { connections, doctor } from "../../src/operations/connect.ts";
import { setIntegration } from "../../src/operations/integrations.ts";
import { type RunView, runs } from "../../src/operations/runs.ts";
import { webhooks } from "../../src/operations/webhooks.ts";
import { findConnection } from "../../src/store/connections.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";
import { integrationName } from "../stage.ts";

const waiting = { timeout: 120_000, interval: 50 };
const untilThePoll = 16 * 60_000;

/** A port that is free now, and that no system gives away by itself: it is to be free again after its server has gone. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const listening = once(server, "listening").then(
      () => true,
      () => false,
    );
    server.listen(port, "127.0.0.1");
    if (!(await listening)) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** A stage that vendors reach, with what its merchant does besides. */
async function openReachedStage(options: ShopStageOptions = {}) {
  const port = await freePort();
  const stage = await openShopStage({ ...options, environment: { MIZAN_PUBLIC_URL: `http://127.0.0.1:${port}` } });
  const { mizan, shop } = stage;
  const control = async (method: string, path: string, body?: Fields): Promise<unknown> => {
    const answer = await fetch(`${shop.addresses.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const serve = async () => {
    const serving = await startServing(mizan, { host: "127.0.0.1", port });
    onTestFinished(() => serving.close());
    return serving;
  };
  /** The API without anybody who takes up what comes. */
  const openDoor = () =>
    listen(mizan.desk, { runNow: async () => false, takeUp: () => undefined }, { host: "127.0.0.1", port });
  const deliveries = async () => (await webhooks(mizan.desk, "salla", { most: 1_000 })).deliveries;
  return {
    ...stage,
    control,
    serve,
    openDoor,
    deliveries,
    address: async () => (await webhooks(mizan.desk, "salla", { most: 1 })).url ?? "",
  };
}

type Reached = Awaited<ReturnType<typeof openReachedStage>>;

/** Waits until nothing is under way: every run ended, every delivery handled, and the vendor has posted everything. */
async function quiet({ mizan, control, deliveries }: Reached): Promise<RunView[]> {
  return vi.waitFor(async () => {
    const posted = (await control("GET", "/salla/deliveries?state=pending")) as unknown[];
    expect(posted).toEqual([]);
    expect((await deliveries()).filter(({ handledAt }) => handledAt === null)).toEqual([]);
    const { rows } = await mizan.desk.store.pool.query(
      "select 1 from pgboss.job where state in ('created', 'active', 'retry') and start_after <= now()",
    );
    expect(rows).toEqual([]);
    const all = await runs(mizan.desk, { most: 1_000 });
    expect(all.filter(({ state }) => state === "running")).toEqual([]);
    expect(all.length).toBeGreaterThan(0);
    return all;
  }, waiting);
}

async function register({ mizan }: Reached, url: string) {
  const key = await createApiKey(mizan.desk, "webhooks");
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${url}/v1/connections/salla/webhooks/register`, { method: "POST", headers });
  return registeredAnswer.parse(await answer.json());
}

const mug = { name: "كوب قهوة", sku: "MUG", price: "52", quantity: 100, cost_price: "20" };
const orderOf = (quantity: number) => ({ items: [{ sku: "MUG", quantity }], payment_method: "mada", paid: true });
const totals = async (stage: Pick<ShopStage, "inQoyod">) =>
  (await stage.inQoyod("invoices")).map(({ total, status }) => `${String(total)} ${String(status)}`).toSorted();

test("S4: a completed order becomes an invoice without a poll; what is forged changes nothing", async () => {
  const stage = await openReachedStage();
  const { url } = await stage.serve();
  const before = new Set((await quiet(stage)).map(({ id }) => id));
  const registered = await register(stage, url);
  expect(registered).toMatchObject({ connection: "salla", url: await stage.address(), others: [] });
  expect(registered.events).toContain("order.status.updated");
  expect(await register(stage, url)).toEqual(registered);

  await stage.salla("products", mug);
  const order = await stage.salla("orders", orderOf(3));
  await stage.act(order, "complete");
  await vi.waitFor(async () => expect(await totals(stage)).toEqual(["156.0 Paid"]), waiting);
  const during = (await quiet(stage)).filter(({ id }) => !before.has(id));
  expect(new Set(during.map(({ trigger }) => trigger))).toEqual(new Set(["webhook"]));
  expect([await stage.offered("MUG"), await stage.held("MUG")]).toEqual([97, 97]);

  const other = await stage.salla("orders", orderOf(1));
  await quiet(stage);
  // Its payment is none before there is an invoice.
  expect((await stage.records("payments")).map(({ sourceId, outcome }) => [sourceId, outcome])).toEqual([
    [String(order.id), "created"],
  ]);
  const kept = (await stage.deliveries()).length;
  const runsSoFar = (await runs(stage.mizan.desk, { most: 1_000 })).length;
  const body = JSON.stringify({ event: "order.updated", merchant: 1305146709, data: { id: other.id } });
  const post = (headers: Readonly<Record<string, string>>) =>
    fetch(registered.url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
  const { webhookSecret } = stage.shop.addresses.credentials.salla;
  const forged = [
    await post({}),
    await post({ "x-salla-signature": "0".repeat(64), "x-salla-security-strategy": "Signature" }),
    await post({ authorization: webhookSecret, "x-salla-security-strategy": "Token" }),
    await post({ "x-salla-security-strategy": "None" }),
  ];
  expect(forged.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(await stage.deliveries()).toHaveLength(kept);
  expect(await runs(stage.mizan.desk, { most: 1_000 })).toHaveLength(runsSoFar);
  expect(await totals(stage)).toHaveLength(1);
});

test("S4: lost, doubled, late and shuffled webhooks end in the same books after the next poll", async () => {
  const stage = await openReachedStage();
  const { url } = await stage.serve();
  await quiet(stage);
  await register(stage, url);
  await stage.salla("products", mug);
  const trouble = {
    webhookLossPercent: 40,
    webhookDoublePercent: 40,
    webhookDelayPercent: 60,
    webhookDelayMs: 400,
  };
  await stage.shop.switches({ salla: trouble });
  const orders: Fields[] = [];
  for (let quantity = 1; quantity <= 8; quantity += 1) orders.push(await stage.salla("orders", orderOf(quantity)));
  for (const [at, order] of orders.entries()) {
    if (at < 5) await stage.act(order, "complete");
    if (at === 5) await stage.act(order, "cancel");
  }
  // Of one completion not a word comes.
  await stage.shop.switches({ salla: { webhookLossPercent: 100 } });
  const silent = await stage.salla("orders", orderOf(9));
  await stage.act(silent, "complete");
  await quiet(stage);
  const log = (await stage.control("GET", "/salla/deliveries")) as { state: string; body: string }[];
  expect(log.filter(({ state }) => state === "lost").length).toBeGreaterThan(5);
  expect(new Set(log.map(({ body }) => body)).size).toBeLessThan(log.length);
  expect((await stage.deliveries()).some(({ repeats }) => repeats > 0)).toBe(true);
  expect((await totals(stage)).length).toBeLessThan(6);

  stage.clock.jump(untilThePoll);
  const all = ["52.0", "104.0", "156.0", "208.0", "260.0", "468.0"].map((total) => `${total} Paid`).toSorted();
  await vi.waitFor(async () => expect(await totals(stage)).toEqual(all), waiting);
  await quiet(stage);
  // Canceled: back; the seventh and eighth: sold, not invoiced.
  const [offered, held] = [await stage.offered("MUG"), await stage.held("MUG")];
  expect([held, offered]).toEqual([100 - 1 - 2 - 3 - 4 - 5 - 9, held - 7 - 8]);
  expect(await stage.inQoyod("inventory_adjustments")).toHaveLength(1);
});

test("S1: easy mode: installing the app makes a connection work, taking it out stops it, and another store is refused", async () => {
  const { clientId, clientSecret, webhookSecret, merchantId } = sallaCredentials;
  const stage = await openReachedStage({
    sallaSecrets: { clientId, clientSecret, webhookSecret },
    sallaSettings: { webhookStrategy: "token" },
  });
  const { desk } = stage.mizan;
  const url = await stage.address();
  const problem = async () => (await connections(desk)).find(({ name }) => name === "salla")?.problem?.sentence ?? null;
  const says = (event: string, merchant: number, data: Fields, authorization: string = webhookSecret) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify({ event, merchant, created_at: new Date(Date.now() + 1_000).toISOString(), data }),
    });
  const tokens = {
    access_token: "another-access-token",
    refresh_token: "another-refresh-token",
    expires: 9_999_999_999,
  };

  const hook = { url, events: ["order.status.updated"], strategy: "token", secret: webhookSecret };
  await stage.control("PATCH", "/salla/app", hook);
  await stage.salla("products", mug);
  expect(await problem()).toContain("install");
  // While nobody knows the store, another one's word is taken in, and means nothing in the end.
  const door = await stage.openDoor();
  expect((await says("app.uninstalled", 999, { id: 1 })).status).toBe(200);
  await stage.control("POST", "/salla/app/authorize");
  await vi.waitFor(async () => expect(await stage.deliveries()).toHaveLength(2), waiting);
  expect((await says("app.store.authorize", 999, tokens)).status).toBe(200);
  expect((await says("app.store.authorize", 999, tokens, "a guess")).status).toBe(404);
  expect(await problem()).toContain("install");
  await door.close();

  await stage.serve();
  await vi.waitFor(async () => expect(await problem()).toBeNull(), waiting);
  await quiet(stage);
  const outcomes = (await stage.deliveries()).map(({ account, outcome }) => [account, outcome]);
  expect(outcomes.toReversed()).toEqual([
    ["999", "unconcerned"],
    [merchantId, "authorised"],
    ["999", "unconcerned"],
  ]);
  const order = await stage.salla("orders", orderOf(2));
  await stage.act(order, "complete");
  await vi.waitFor(async () => expect(await totals(stage)).toEqual(["104.0 Paid"]), waiting);
  await quiet(stage);
  const connection = await findConnection(desk.store.database, { name: "salla" });
  expect(connection).toMatchObject({ facts: { merchantId, plan: expect.anything() } });
  expect(connection?.checkedAt).not.toBeNull();
  expect((await says("app.store.authorize", 999, tokens)).status).toBe(404);
  expect(await doctor(desk, "salla", stage.signal)).toMatchObject({ works: true });

  await stage.control("POST", "/salla/app/uninstall");
  await vi.waitFor(async () => expect(await problem()).not.toBeNull(), waiting);
  const missed = await stage.salla("orders", orderOf(1));
  await stage.act(missed, "complete");
  await quiet(stage);
  expect(await totals(stage)).toHaveLength(1);
  await stage.control("POST", "/salla/app/authorize");
  await vi.waitFor(async () => expect(await totals(stage)).toEqual(["104.0 Paid", "52.0 Paid"]), waiting);
  expect(await problem()).toBeNull();
});

test("S1: an app that is installed after the integration was made does not work beside the shop's own link", async () => {
  const { clientId, clientSecret, webhookSecret } = sallaCredentials;
  const stage = await openReachedStage({
    sallaSecrets: { clientId, clientSecret, webhookSecret },
    sallaSettings: { webhookStrategy: "token" },
    switches: { salla: { accountingServicesFilter: "honoured" } },
  });
  const { desk } = stage.mizan;
  await stage.salla("products", mug);
  await stage.salla("orders", { items: [{ sku: "MUG", quantity: 1 }], sent_to: ["qoyod"] });
  const order = await stage.salla("orders", orderOf(2));
  await stage.act(order, "complete");
  const hook = { url: await stage.address(), events: ["order.updated"], strategy: "token", secret: webhookSecret };
  await stage.control("PATCH", "/salla/app", hook);
  await stage.serve();
  await stage.control("POST", "/salla/app/authorize");
  const seemsOn = expect.stringContaining("1 of the latest orders were sent to Qoyod");
  await vi.waitFor(
    async () => expect((await runs(desk, { most: 1 }))[0]).toMatchObject({ state: "stopped", message: seemsOn }),
    waiting,
  );
  await quiet(stage);
  expect((await stage.sync({ flow: "orders" })).of("orders")).toMatchObject({ state: "stopped", message: seemsOn });
  expect(await totals(stage)).toEqual([]);

  // Confirmed, it works; taken back, it stops again.
  const set = (nativeLinkOff: boolean) =>
    setIntegration(desk, integrationName, { options: { nativeLinkOff } }, stage.signal);
  await set(true);
  await stage.sync();
  expect(await totals(stage)).toEqual(["104.0 Paid"]);
  await set(false);
  expect((await stage.sync({ flow: "orders" })).of("orders")).toMatchObject({ state: "stopped", message: seemsOn });
});
