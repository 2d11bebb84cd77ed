import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Delivery } from "../../core/webhook.ts";
import { sallaSettings } from "./settings.ts";
import { sallaWebhooks } from "./webhooks.ts";

const secrets = { clientId: "c", clientSecret: "s", webhookSecret: "whsec-5512" };
const settings = sallaSettings.parse({});
const tokens = sallaSettings.parse({ webhookStrategy: "token" });
/** Escaped slashes and Arabic: parsed and written again, these bytes would be others. */
const body = Buffer.from(
  '{"event":"order.created","merchant":77,"data":{"id":5,"url":"https:\\/\\/x","name":"\u0633\u0627\u0631\u0629"}}',
);
const sign = (secret: string, bytes: Buffer = body) => createHmac("sha256", secret).update(bytes).digest("hex");
const check = (headers: Delivery["headers"], bytes = body) =>
  sallaWebhooks.verify({ headers, body: bytes }, { settings, secrets });

test("a signature holds over the raw bytes, and for no other byte, secret or form", () => {
  const right = sign(secrets.webhookSecret);
  expect(check({ "x-salla-signature": right })).toBe(true);
  expect(check({ "x-salla-signature": right.toUpperCase() })).toBe(true);
  expect(check({ "x-salla-signature": right }, Buffer.from(JSON.stringify(JSON.parse(String(body)))))).toBe(false);
  for (const wrong of ["", right.slice(1), `${right}0`, sign("whsec-5513"), sign(""), secrets.webhookSecret])
    expect(check({ "x-salla-signature": wrong })).toBe(false);
});

test("what a delivery claims of its own strategy decides nothing", () => {
  expect(check({ "x-salla-security-strategy": "None" })).toBe(false);
  expect(check({ "x-salla-security-strategy": "Token", authorization: secrets.webhookSecret })).toBe(false);
  const byToken = (headers: Delivery["headers"]) =>
    sallaWebhooks.verify({ headers, body }, { settings: tokens, secrets });
  expect(byToken({ authorization: secrets.webhookSecret })).toBe(true);
  for (const headers of [
    {},
    { authorization: `Bearer ${secrets.webhookSecret}` },
    { "x-salla-signature": sign(secrets.webhookSecret) },
  ])
    expect(byToken(headers as Delivery["headers"])).toBe(false);
});

test("without a secret nothing is believed, however it is signed", () => {
  const { webhookSecret: _, ...without } = { ...secrets, refreshToken: "r" };
  for (const given of [settings, tokens])
    expect(
      sallaWebhooks.verify(
        { headers: { "x-salla-signature": sign(""), authorization: "" }, body },
        { settings: given, secrets: without },
      ),
    ).toBe(false);
});

const hintsOf = (event: string, data: unknown) =>
  sallaWebhooks.read({ event, merchant: 1305146709, created_at: "Sun Jun 26 2022 12:21:48 GMT+0300", data }, settings)
    ?.hints;
const order = (id: string) => [{ resource: "orders", id }];

test.each([
  ["order.created", { id: 418149270, reference_id: 3879219 }, order("418149270")],
  ["order.refunded", { id: "418149270" }, order("418149270")],
  [
    "order.status.updated",
    { id: 1, status: "تم التنفيذ", order: { id: 418149270, reference_id: 5 } },
    order("418149270"),
  ],
  ["order.status.updated", { id: 1, status: "تم التنفيذ" }, []],
  ["order.shipment.created", { id: 9, order_id: 418149270 }, order("418149270")],
  ["order.shipment.created", { id: 9 }, []],
  ["order.created", {}, []],
  ["order.created", "nonsense", []],
  ["invoice.created", { id: 8, order_id: 5, type: "Tax Invoice", slug: 1 }, order("5")],
  [
    "invoice.created",
    { id: 8, order_id: 5, type: "Credit Note" },
    [...order("5"), { resource: "credit-notes", id: "5-8" }],
  ],
  [
    "invoice.created",
    { id: 8, order_id: 5, type: "إشعار دائن" },
    [...order("5"), { resource: "credit-notes", id: "5-8" }],
  ],
  ["invoice.created", { id: 8 }, []],
  ["customer.updated", { id: 5 }, []],
  ["product.updated", { id: 5 }, []],
])("%s of %j hints at the right records", (event, data, expected) => {
  expect(hintsOf(event, data)).toEqual(expected);
});

test("the account and the moment come from the envelope", () => {
  expect(
    sallaWebhooks.read({ event: "app.updated", merchant: "77", created_at: "2022-12-31 12:31:25", data: {} }, settings),
  ).toEqual({
    account: "77",
    event: "app.updated",
    at: Date.parse("2022-12-31T09:31:25Z"),
    hints: [],
  });
  for (const wrong of [
    null,
    [],
    "x",
    {},
    { event: "order.created" },
    { event: 5, merchant: 77 },
    { event: "", merchant: 77 },
    { event: "a", merchant: "x" },
  ])
    expect(sallaWebhooks.read(wrong, settings)).toBeNull();
});

test("an installation brings both tokens, whichever shape its expiry has; its end takes them away", () => {
  const connection = (data: unknown, created_at: unknown = "2022-12-31 12:31:25") =>
    sallaWebhooks.read({ event: "app.store.authorize", merchant: 77, created_at, data }, settings)?.connection;
  const both = { access_token: "a", refresh_token: "r" };
  const authorised = (accessTokenExpiresAt: number) => ({
    kind: "authorised",
    secrets: { refreshToken: "r", accessToken: "a", accessTokenExpiresAt },
  });
  expect(connection({ ...both, expires: 1_673_688_685 })).toEqual(authorised(1_673_688_685_000));
  expect(connection({ ...both, expires: 1_209_599 })).toEqual(
    authorised(Date.parse("2022-12-31T09:31:25Z") + 1_209_599_000),
  );
  const alone = { kind: "authorised", secrets: { refreshToken: "r" } };
  expect(connection({ ...both, expires: 1_209_599 }, null)).toEqual(alone);
  expect(connection(both)).toEqual(alone);
  expect(connection({ access_token: "a" })).toBeUndefined();
  expect(sallaWebhooks.read({ event: "app.uninstalled", merchant: 77 }, settings)?.connection).toEqual({
    kind: "revoked",
  });
});
