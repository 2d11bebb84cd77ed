import { expect, test } from "vitest";
import { createSandbox } from "../sandbox.ts";
import { simulatedClock } from "../simulated-clock.ts";
import type { Fields, WireRequest } from "../wire.ts";
import { sallaCredentials } from "./credentials.ts";
import { setStatus } from "./order-life.ts";
import { placeOrder } from "./place-order.ts";
import { addProduct, quantityOf } from "./products.ts";
import { statusBySlug } from "./statuses.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");

/** A store under a clock and a seed of its own, driven without HTTP; what it sends is kept in `sent`. */
async function open(switches: Fields, answer: () => number = () => 200) {
  const clock = simulatedClock(START_MS);
  const sent: { atMs: number; body: string }[] = [];
  const post = async (_url: string, _headers: object, body: string) => {
    sent.push({ atMs: clock.now() - START_MS, body });
    return answer();
  };
  const sandbox = createSandbox({ clock, seed: 3, post });
  Object.assign(sandbox.salla.switches, switches);
  const { salla } = sandbox;
  Object.assign(salla.webhooks().app, { url: "http://127.0.0.1/hooks", events: ["order.created"] });
  const shop = salla.shop();
  const mug = addProduct(shop, { name: "Mug", sku: "MUG", price: 52, quantity: 100 });
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: sallaCredentials.clientId,
    client_secret: sallaCredentials.clientSecret,
    refresh_token: sallaCredentials.refreshToken,
  });
  const plain = { query: new URLSearchParams(), headers: {} };
  const signedIn = await sandbox.send("salla-accounts", {
    ...plain,
    method: "POST",
    path: "/oauth2/token",
    body: form.toString(),
  });
  const token = signedIn === "cut" ? "" : String(JSON.parse(signedIn.body).access_token);
  const call = (method: string, path: string, body: Fields): Promise<unknown> => {
    const request: WireRequest = {
      ...plain,
      headers: { authorization: `Bearer ${token}` },
      method,
      path: `/admin/v2${path}`,
      body: JSON.stringify(body),
    };
    return sandbox.send("salla", request);
  };
  const bulk = (quantity: number, mode: string) =>
    call("POST", "/products/quantities/bulk", {
      products: [{ identifer_type: "sku", identifer: "MUG", quantity, mode }],
    });
  return {
    clock,
    sandbox,
    shop,
    sent,
    bulk,
    sell: () => placeOrder(shop, { items: [{ sku: "MUG", quantity: 2 }] }),
    left: () => quantityOf(mug),
  };
}

test("a bulk write waits in the queue: an overwrite erases the sales of that time, a decrement does not", async () => {
  const { clock, bulk, sell, left } = await open({ bulkDelayMs: 120_000 });
  expect(await bulk(50, "overwrite")).toMatchObject({ status: 201 });
  sell();
  await clock.advance(119_999);
  expect(left()).toBe(98);
  await clock.advance(1);
  expect(left()).toBe(50);
  await bulk(5, "decrement");
  sell();
  await clock.advance(120_000);
  expect(left()).toBe(43);
  await bulk(1000, "decrement");
  await clock.advance(120_000);
  expect(left()).toBe(0);
});

test("queued writes and deliveries do not reach into the life after a reset", async () => {
  const { clock, sandbox, bulk, sell, left, sent } = await open({ bulkDelayMs: 1000 }, () => 500);
  await bulk(7, "overwrite");
  sell();
  await clock.advance(0);
  const before = sent.length;
  sandbox.reset();
  await clock.advance(3_600_000);
  expect([left(), sent.length - before, sandbox.salla.shop().products.rows.size]).toEqual([98, 0, 0]);
});

test("a delivery is tried three times, five minutes apart, and then never again", async () => {
  const { clock, sell, sent } = await open({}, () => 503);
  sell();
  await clock.advance(3_600_000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 300_000, 600_000]);
  expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
});

test("what is held back comes after what happened later", async () => {
  const { clock, sell, sent } = await open({ webhookDelayPercent: 50, webhookDelayMs: 60_000 });
  for (let made = 0; made < 12; made += 1) sell();
  await clock.advance(60_000);
  const order = sent.map(({ body }) => Number(/"reference_id":(\d+)/.exec(body)?.[1]));
  expect(order).toHaveLength(12);
  expect(order).not.toEqual([...order].sort((left, right) => left - right));
});

test("one seed and one clock make the same store, driven without HTTP", async () => {
  const story = async () => {
    const { shop, sell, sent, clock } = await open({});
    const completed = statusBySlug(shop.statuses, "completed");
    for (let made = 0; made < 5; made += 1) {
      const order = sell();
      if (completed !== undefined) setStatus(shop, order, completed);
    }
    await clock.advance(0);
    return JSON.stringify([
      sent,
      [...shop.invoices.rows.values()].map(({ uuid, total }) => [uuid, String(total.digits)]),
    ]);
  };
  expect(await story()).toBe(await story());
});
