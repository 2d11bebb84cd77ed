/** The page inside Salla's dashboard, over real HTTP: who gets in, what is shown, what is sent (rules S5, S10). */
import { expect, onTestFinished, test } from "vitest";
import { recentOrdersAnswer, sentAnswer, sessionAnswer } from "../../src/api/embedded-contract.ts";
import { listen } from "../../src/api/listen.ts";
import { createApiKey } from "../../src/operations/api-keys.ts";
import { connect } from "../../src/operations/connect.ts";
import type { Fields } from "../conformance/stand-in.ts";
import { openShopStage, type ShopStage, type ShopStageOptions } from "../salla-qoyod-stage.ts";

const path = "/embedded/salla";
const jobs = { runNow: async () => true, takeUp: () => undefined };

async function openPage(given: ShopStageOptions = {}) {
  const stage = await openShopStage(given);
  const listener = await listen(stage.mizan.desk, jobs, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => listener.close());
  const { control, credentials } = stage.shop.addresses;
  const call = async (
    where: string,
    given: { session?: string; body?: unknown; method?: string; type?: string } = {},
  ) => {
    const { session, body, method = body === undefined ? "GET" : "POST", type = "application/json" } = given;
    const answer = await fetch(`${listener.url}${path}${where}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": type }),
        ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  /** as the stand-in dashboard makes it */
  const tokenOf = async (of: Fields = {}) => {
    const answer = await fetch(`${control}/salla/app/embedded-token`, { method: "POST", body: JSON.stringify(of) });
    return String(((await answer.json()) as Fields).token);
  };
  const knock = async (token: string, app: string | undefined = credentials.salla.appId, lang = "en") =>
    call(`/session?lang=${lang}`, { body: { token, ...(app === undefined ? {} : { app }) } });
  const enter = async () => sessionAnswer.parse(JSON.parse((await knock(await tokenOf())).text));
  /** how often Salla was asked whose token it is */
  const asked = async () => {
    const calls = (await (await fetch(`${control}/calls`)).json()) as readonly Fields[];
    return calls
      .filter((one) => String(one.path).includes("introspect"))
      .reduce((sum, one) => sum + Number(one.count), 0);
  };
  return { ...stage, url: listener.url, call, tokenOf, knock, enter, asked };
}

const messageOf = (text: string) => ((JSON.parse(text) as Fields).error as Fields).message;

async function complete(stage: Pick<ShopStage, "salla" | "act">, fields: Fields = {}): Promise<Fields> {
  const placed = await stage.salla("orders", {
    items: [{ sku: "MUG" }],
    payment_method: "mada",
    paid: true,
    ...fields,
  });
  await stage.act(placed, "complete");
  return placed;
}

test("the page itself holds nothing of a store, speaks the dashboard's language, and runs in no other frame", async () => {
  const { call, url } = await openPage({
    environment: { MIZAN_FRAMED_BY: "https://s.salla.sa,http://127.0.0.1:4700" },
  });
  const english = await call("?lang=en&theme=dark&token=secret-token");
  expect(english.status).toBe(200);
  expect(english.text).toContain('<html lang="en" dir="ltr" data-theme="dark">');
  expect(english.text).toContain("Orders in Qoyod");
  expect(english.text).not.toContain("secret-token");
  expect(english.text).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=/);
  const arabic = await call("?lang=ar");
  expect(arabic.text).toContain('<html lang="ar" dir="rtl" data-theme="light">');
  expect(arabic.text).toContain("الطلبات في قيود");
  expect((await call("?theme=%22%3E%3Cscript%3E&lang=%22x")).text).toContain('lang="ar" dir="rtl" data-theme="light"');

  const policy = english.headers.get("content-security-policy") ?? "";
  expect(Object.fromEntries(policy.split("; ").map((part) => part.split(/ (.*)/).slice(0, 2)))).toEqual({
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "https://s.salla.sa http://127.0.0.1:4700",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
  });
  expect(english.headers.get("x-frame-options")).toBeNull();
  expect(english.headers.get("referrer-policy")).toBe("no-referrer");
  expect(english.headers.get("cache-control")).toBe("no-store");
  for (const [name, type] of [
    ["page.js", "text/javascript"],
    ["page.css", "text/css"],
  ] as const) {
    const { status, headers } = await call(`/${name}`);
    expect([status, headers.get("content-type")]).toEqual([200, `${type}; charset=utf-8`]);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
  const elsewhere = await fetch(`${url}/v1/health`);
  expect(elsewhere.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(elsewhere.headers.get("x-frame-options")).toBe("DENY");
});

test("S5: whom Salla does not vouch for sees a refusal in words and nothing else", async () => {
  const stage = await openPage();
  const { call, knock, tokenOf, asked, url } = stage;
  const refusals = [
    await knock("forged"),
    await knock(await tokenOf({ life_ms: 0 })),
    await knock(await tokenOf(), "9"),
    await knock(await tokenOf({ merchant_id: 77 })),
  ];
  expect(refusals.map(({ status, text }) => [status, messageOf(text)])).toEqual([
    ...Array(3).fill([401, expect.stringContaining("Salla does not vouch for this page")]),
    [403, "This store is not linked with Qoyod here."],
  ]);
  // An app that nobody here has is not asked about.
  expect(await asked()).toBe(3);
  expect(messageOf((await knock("forged", undefined, "ar")).text)).toContain("لا تؤكد سلة");
  await stage.shop.switches({ salla: { introspectRefusal: "422" } });
  expect((await knock("forged")).status).toBe(401);

  const { session } = await stage.enter();
  const key = await createApiKey(stage.mizan.desk, "test");
  const otherSeal = stage.mizan.desk.seal.seal(
    JSON.stringify({ page: "salla", integrationId: 1, account: "1", until: 9e15 }),
  );
  for (const wrong of [undefined, "x".repeat(80), key, `${session.slice(0, -2)}xx`, otherSeal.toString("base64url")])
    for (const [where, body] of [["/orders"], ["/orders/send", { text: "1" }], ["/nothing"]] as const) {
      const answer = await call(where, { ...(wrong === undefined ? {} : { session: wrong }), body });
      expect([answer.status, (JSON.parse(answer.text) as Fields).orders], `${where} ${wrong}`).toEqual([
        401,
        undefined,
      ]);
    }
  // Neither opens what the other does.
  expect((await fetch(`${url}/v1/integrations`, { headers: { authorization: `Bearer ${session}` } })).status).toBe(401);
  expect((await call("/session", { body: { token: "" } })).status).toBe(400);
  expect((await call("/session", { body: { token: "x" }, type: "text/plain" })).status).toBe(415);
  expect(stage.logged.join("\n")).not.toContain(session);
  expect(stage.logged.join("\n")).not.toContain("em_tok_");
});

test("S5, S10: a merchant sees recent orders with their reasons, and sends others, one result for each", async () => {
  const stage = await openPage({
    before: async ({ salla }) => {
      await salla("products", { name: "Mug", sku: "MUG", price: "52", quantity: 50, cost_price: "20" });
    },
  });
  await stage.sync();
  const earlier = await complete(stage, { date: new Date(Date.now() - 7 * 86_400_000).toISOString() });
  const done = await complete(stage);
  const open = await stage.salla("orders", { items: [{ sku: "MUG" }] });
  await stage.sync();
  const { session, integration } = await stage.enter();
  expect(integration).toBe("shop");
  const recent = async (lang = "en") => {
    const { text } = await stage.call(`/orders?lang=${lang}`, { session });
    return recentOrdersAnswer.parse(JSON.parse(text)).orders;
  };
  const [invoice] = await stage.inQoyod("invoices");
  const shown = await recent();
  expect(shown.map(({ order, outcome, invoiceId }) => [order, outcome, invoiceId])).toEqual([
    [String(open.reference_id), "Not sent", null],
    [String(done.reference_id), "Invoiced", String(invoice?.id)],
    [String(earlier.reference_id), "Not sent", null],
  ]);
  expect(shown[0]?.reason).toContain("only completed orders become invoices");
  expect(shown[2]?.action).toContain("send");
  expect((await recent("ar"))[1]?.outcome).toBe("مفوتر");

  const send = async (text: string, lang = "en") => {
    const answer = await stage.call(`/orders/send?lang=${lang}`, { session, body: { text } });
    return { status: answer.status, text: answer.text };
  };
  const pasted = `${earlier.reference_id}، ${done.id}\n${open.reference_id}, ${earlier.reference_id} 999999`;
  const { orders, message } = sentAnswer.parse(JSON.parse((await send(pasted)).text));
  expect(message).toBeNull();
  expect(orders.map(({ order, outcome }) => [order, outcome])).toEqual([
    [String(earlier.reference_id), "Invoiced"],
    [String(done.id), "Invoiced before"],
    [String(open.reference_id), "Not sent"],
    ["999999", "Not sent"],
  ]);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);
  const again = sentAnswer.parse(JSON.parse((await send(String(earlier.reference_id), "ar")).text));
  expect(again.orders).toMatchObject([{ state: "invoiced-already", outcome: "مفوتر من قبل" }]);
  expect(again.orders[0]?.reason).toMatch(/فُوتر الطلب/);
  expect(await stage.inQoyod("invoices")).toHaveLength(2);

  const many = Array.from({ length: 101 }, (_, at) => String(at)).join(" ");
  expect([await send(many), await send(" , "), await send(many, "ar")].map(({ text }) => messageOf(text))).toEqual([
    "At most 100 orders can be sent at once.",
    "Enter at least one order number.",
    expect.stringContaining("100"),
  ]);
  await stage.shop.fault({ vendor: "salla", path: "/orders*", kind: "status", status: 503 });
  const down = await send("5", "ar");
  expect([down.status, messageOf(down.text)]).toEqual([503, expect.stringContaining("لا تجيب سلة")]);
});

test("a visit ends with Salla's word, after a quarter of an hour at the latest, and with the store's own integration", async () => {
  const stage = await openPage();
  const { call, knock, tokenOf, enter, clock } = stage;
  const statusOf = async (session: string) => (await call("/orders", { session })).status;
  const short = sessionAnswer.parse(JSON.parse((await knock(await tokenOf({ life_ms: 60_000 }))).text));
  const long = await enter();
  expect(Date.parse(short.until)).toBeLessThanOrEqual(clock.now() + 60_000);
  expect(Date.parse(long.until)).toBeLessThanOrEqual(clock.now() + 15 * 60_000);
  expect([await statusOf(short.session), await statusOf(long.session)]).toEqual([200, 200]);
  clock.jump(61_000);
  expect([await statusOf(short.session), await statusOf(long.session)]).toEqual([401, 200]);
  clock.jump(14 * 60_000);
  expect(await statusOf(long.session)).toBe(401);
  clock.jump(-15 * 60_000 - 1_000);

  // The connection now reaches another store: whoever visits for the first one is let go.
  const { session } = await enter();
  expect(await statusOf(session)).toBe(200);
  const { database } = stage.mizan.desk.store;
  await database.updateTable("connection").set({ facts: '{"merchantId":"77"}' }).where("name", "=", "salla").execute();
  expect(await statusOf(session)).toBe(401);
});

test("Salla is asked in the name of the app of the settings, and so often only", async () => {
  const stage = await openPage({ sallaSettings: { appId: "42" } });
  const { knock, tokenOf, asked } = stage;
  // Questions are counted by the minute; a fresh one begins.
  stage.clock.jump(60_000 - (stage.clock.now() % 60_000));
  // The stand-in knows no app 42, whatever the page's address says.
  expect((await knock(await tokenOf(), "42")).status).toBe(401);
  expect((await knock(await tokenOf())).status).toBe(401);
  expect(await asked()).toBe(1);
  const statuses: number[] = [];
  for (let at = 0; at < 60; at += 1) statuses.push((await knock("forged", "42")).status);
  expect(statuses.slice(0, 59)).toEqual(Array(59).fill(401));
  expect(statuses[59]).toBe(429);
  expect(await asked()).toBe(60);
  stage.clock.jump(60_000);
  expect((await knock("forged", "42")).status).toBe(401);
});

test("where Salla gives no answer nobody is let in, and nothing is said of the token", async () => {
  const stage = await openPage();
  await stage.shop.fault({ vendor: "salla", path: "/exchange-authority/v1/introspect", kind: "status", status: 502 });
  const { status, text } = await stage.knock(await stage.tokenOf());
  expect([status, messageOf(text)]).toEqual([503, "Salla or Qoyod gives no answer for now. Try again in a minute."]);
});

test("a stand-in's word for a store does not open the store of another address", async () => {
  const stage = await openPage();
  const { desk } = stage.mizan;
  const { vendors, credentials } = stage.shop.addresses;
  const { clientId, clientSecret, webhookSecret, appId } = credentials.salla;
  const secrets = { clientId, clientSecret, webhookSecret };
  const settings = { ...vendors.salla, appId };
  await connect(desk, { name: "stand-in", vendor: "salla", settings, secrets }, stage.signal);
  const elsewhere = JSON.stringify({ ...settings, apiUrl: "https://127.0.0.1:1" });
  await desk.store.database
    .updateTable("connection")
    .set({ settings: elsewhere })
    .where("name", "=", "salla")
    .execute();
  const { status, text } = await stage.knock(await stage.tokenOf());
  expect([status, messageOf(text)]).toEqual([403, "This store is not linked with Qoyod here."]);
});
