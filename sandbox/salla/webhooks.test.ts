import { createHmac } from "node:crypto";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type HttpListener, listen } from "../http-listener.ts";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields, type WireRequest } from "../wire.ts";

const bench = await openBench();
const received: WireRequest[] = [];
let status = 200;
const receiver: HttpListener = await listen(0, async (request) => {
  received.push(request);
  return { status, headers: {}, body: "" };
});
const url = `${receiver.url}/hooks`;
const { webhookSecret } = bench.sandbox.credentials.salla;
afterAll(async () => {
  await bench.sandbox.stop();
  await receiver.stop();
});
beforeEach(async () => {
  received.length = 0;
  status = 200;
  await bench.control("POST", "/reset", { switches: { salla: { webhookRetryMs: 10 } } });
  await bench.control("POST", "/salla/products", { name: "كوب", sku: "MUG", price: "52", quantity: 100 });
});

const subscribe = (event: string, more: Fields = {}) =>
  bench.salla("POST", "/webhooks/subscribe", { event, url, ...more });
const place = async (given: Fields = {}) =>
  (
    await bench.control("POST", "/salla/orders", {
      items: [{ sku: "MUG" }],
      customer: { first_name: "نورة" },
      ...given,
    })
  ).body;
const contentOf = (request: WireRequest | undefined): Fields => {
  const value: unknown = JSON.parse(request?.body ?? "null");
  return isFields(value) ? value : {};
};
const events = () => received.map((request) => contentOf(request).event);
const arrived = (count: number) => expect.poll(() => received.length, { interval: 10 }).toBe(count);
const deliveries = async () => rowsOf(await bench.control("GET", "/salla/deliveries"), "rows");
const settled = () =>
  expect.poll(async () => (await deliveries()).some(({ state }) => state === "pending"), { interval: 10 }).toBe(false);

test("a subscription is made once per event and URL, changed, listed and taken away", async () => {
  const made = await subscribe("order.created", { name: "mine", headers: [{ key: "x-shop", value: "a" }] });
  expect([made.status, objectOf(made, "data")]).toMatchObject([
    200,
    { event: "order.created", url, version: 2, headers: { "x-shop": "a" } },
  ]);
  expect(objectOf(await subscribe("order.created", { name: "again" }), "data").id).toBe(objectOf(made, "data").id);
  await subscribe("order.updated");
  expect((await bench.salla("GET", "/webhooks")).body.pagination).toMatchObject({ total: 2 });
  expect(rowsOf(await bench.salla("GET", "/webhooks/events"), "data").length).toBeGreaterThan(55);
  for (const wrong of [
    { event: "order.completed" },
    { url: "http://localhost/x" },
    { url: "https://test.example" },
    { event: "" },
  ])
    expect((await subscribe("order.created", wrong)).status).toBe(422);
  expect(
    (await bench.salla("PUT", `/webhooks/${objectOf(made, "data").id}`, { security_strategy: "token" })).body.data,
  ).toMatchObject({ security_strategy: "token" });
  expect((await bench.salla("DELETE", `/webhooks/unsubscribe?url=${encodeURIComponent(url)}`)).status).toBe(202);
  expect((await bench.salla("DELETE", "/webhooks/unsubscribe?id=1")).status).toBe(404);
  await place();
  expect(await deliveries()).toEqual([]);
});

test("order.created is signed over its bytes, with escaped slashes and Arabic", async () => {
  await subscribe("order.created", { headers: [{ key: "x-shop", value: "a" }] });
  const order = await place();
  await arrived(1);
  const [{ body, headers } = { body: "", headers: {} as Record<string, string> }] = received;
  expect(body).toContain("كوب");
  expect(body).toContain("Asia\\/Riyadh");
  expect(headers["x-salla-security-strategy"]).toBe("Signature");
  expect(headers["x-salla-signature"]).toBe(createHmac("sha256", webhookSecret).update(body).digest("hex"));
  expect(headers["x-shop"]).toBe("a");
  const content = contentOf(received[0]);
  expect(content).toMatchObject({
    event: "order.created",
    merchant: 1_305_146_709,
    pickup_branch: null,
    data: { id: order.id, items: [{ product: { name: "كوب" } }] },
  });
  expect(content.created_at).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0300$/);
});

test("order.status.updated has the order inside and an id of its own; invoice.created comes with completed", async () => {
  for (const event of ["order.status.updated", "order.updated", "invoice.created", "order.refunded", "order.cancelled"])
    await subscribe(event);
  const order = await place();
  await bench.control("POST", `/salla/orders/${order.id}/complete`);
  await arrived(3);
  expect(events().sort()).toEqual(["invoice.created", "order.status.updated", "order.updated"]);
  const told = received.map(contentOf);
  const changed = told.find(({ event }) => event === "order.status.updated");
  expect(changed).toMatchObject({
    data: {
      status: "تم التنفيذ",
      order: {
        id: order.id,
        status: { slug: "completed" },
        items: [{ product_id: expect.any(Number) }],
        customer: { name: "نورة" },
      },
    },
  });
  expect(isFields(changed?.data) && changed.data.id).not.toBe(order.id);
  expect(told.find(({ event }) => event === "invoice.created")).toMatchObject({
    data: { order_id: order.id, type: "Tax Invoice", total: { amount: 52 } },
  });
  await bench.control("POST", `/salla/orders/${order.id}/restore`);
  await arrived(7);
  expect(events().slice(3).sort()).toEqual([
    "invoice.created",
    "order.refunded",
    "order.status.updated",
    "order.updated",
  ]);
});

test("token and none: the secret itself, or nothing; every letter escaped where the switch says so", async () => {
  await bench.set("salla", { webhookJson: "all-escaped" });
  await subscribe("order.created", { security_strategy: "token", secret: "made-up-token" });
  await place();
  await arrived(1);
  expect(received[0]?.headers).toMatchObject({ "x-salla-security-strategy": "Token", authorization: "made-up-token" });
  expect(received[0]?.body).toMatch(/^[\0-\x7f]+$/);
  expect(received[0]?.body).toContain("\\u0643\\u0648\\u0628");
  await subscribe("order.created", { security_strategy: "none" });
  await place();
  await arrived(2);
  expect(received[1]?.headers).not.toHaveProperty("x-salla-security-strategy");
  expect(received[1]?.headers).not.toHaveProperty("authorization");
});

test("a delivery is tried three times and then lost; only 200 and 201 count", async () => {
  await subscribe("order.created");
  status = 202;
  await place();
  await arrived(3);
  await settled();
  expect(await deliveries()).toMatchObject([
    { state: "given-up", tries: [{ status: 202 }, { status: 202 }, { status: 202 }] },
  ]);
  status = 201;
  await place();
  await arrived(4);
  await settled();
  expect((await deliveries())[1]).toMatchObject({ state: "delivered", tries: [{ status: 201 }] });
});

test("rules keep events of other orders away", async () => {
  await subscribe("order.created", { rule: "total > 100 OR payment_method = cod" });
  await place();
  await place({ items: [{ sku: "MUG", quantity: 2 }] });
  await place({ payment_method: "cod" });
  await arrived(2);
  await settled();
  expect(await deliveries()).toHaveLength(2);
});

test("events are lost and doubled by chance, the same for one seed", async () => {
  const story = async () => {
    const switches = { salla: { webhookLossPercent: 30, webhookDoublePercent: 30 } };
    await bench.control("POST", "/reset", { seed: 9, switches });
    await bench.control("POST", "/salla/products", { name: "Mug", sku: "MUG", price: "52", quantity: 100 });
    await subscribe("order.created");
    for (let made = 0; made < 20; made += 1) await place();
    await settled();
    return (await deliveries()).map(({ state, body }) => `${state} ${String(body).match(/"reference_id":(\d+)/)?.[1]}`);
  };
  const once = await story();
  expect(new Set(once.map((text) => text.split(" ")[0]))).toEqual(new Set(["lost", "delivered"]));
  expect(once.length).toBeGreaterThan(20);
  expect(await story()).toEqual(once);
});

test("the app hears app.store.authorize with tokens that work, and app.uninstalled when they end", async () => {
  const app = { url, events: ["order.created"], strategy: "token", secret: "made-up-app-token" };
  expect((await bench.control("PATCH", "/salla/app", app)).body).toMatchObject(app);
  await bench.control("POST", "/salla/app/authorize");
  await arrived(1);
  const told = contentOf(received[0]);
  expect(told).toMatchObject({ event: "app.store.authorize", merchant: 1_305_146_709, data: { token_type: "bearer" } });
  expect(told.created_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const data = objectOf({ status: 200, headers: new Headers(), body: told, text: "" }, "data");
  expect(Number(data.expires)).toBeGreaterThan(1e9);
  const withToken = () =>
    bench.salla("GET", "/orders", undefined, { authorization: `Bearer ${String(data.access_token)}` });
  expect((await withToken()).status).toBe(200);
  await place();
  await arrived(2);
  await bench.control("POST", "/salla/customers", { first_name: "Sam" });
  await bench.control("POST", "/salla/app/uninstall");
  await arrived(3);
  expect(events()).toEqual(["app.store.authorize", "order.created", "app.uninstalled"]);
  expect((await withToken()).status).toBe(401);
  expect(
    (await bench.sallaToken({ grant_type: "refresh_token", refresh_token: String(data.refresh_token) })).status,
  ).toBe(401);
  expect((await bench.control("PATCH", "/salla/app", { strategy: "secret" })).body.error).toContain(
    "allowed: signature, token, none",
  );
});
