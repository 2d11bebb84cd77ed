import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawAnswer } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import { kindOfInvoice } from "./credit-notes.ts";
import { readRecord } from "./fields.ts";
import { judgeAnswer, observeHeaders } from "./judge.ts";
import { readMoment } from "./moments.ts";
import { orderDetail, orderItem, orderRow } from "./orders.ts";
import { e164 } from "./phone.ts";
import { toOrder } from "./read-order.ts";
import { sallaSettings } from "./settings.ts";
import { sallaWebhooks } from "./webhooks.ts";

const numRuns = 2_000;
const settings = sallaSettings.parse({});
const money = fc.oneof(
  fc.record({ amount: fc.oneof(fc.double(), fc.string(), fc.constant("1000.00")), currency: fc.string() }),
  fc.jsonValue(),
);
const number = fc.oneof(fc.constant(418_149_270), fc.constant("418149270"), fc.jsonValue());
const order = fc.record(
  {
    id: number,
    reference_id: number,
    status: fc.jsonValue(),
    date: fc.jsonValue(),
    customer: fc.oneof(fc.record({ id: number, mobile: fc.jsonValue(), first_name: fc.jsonValue() }), fc.jsonValue()),
    shipments: fc.jsonValue(),
    amounts: fc.oneof(
      fc.record({ sub_total: money, total: money, tax: fc.jsonValue(), discounts: fc.jsonValue() }),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: [] },
);
const item = fc.record(
  {
    id: number,
    sku: fc.jsonValue(),
    quantity: fc.oneof(fc.constant(3), fc.jsonValue()),
    options: fc.oneof(fc.array(fc.record({ name: fc.string(), value: fc.jsonValue() })), fc.jsonValue()),
    amounts: fc.oneof(fc.record({ price_without_tax: money, tax: fc.jsonValue() }), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test("any record is either read or rejected by a field", () => {
  const schemas = fc.constantFrom(orderRow, orderDetail, orderItem);
  fc.assert(
    fc.property(schemas, fc.oneof(order, item, fc.jsonValue()), (schema, value) => {
      const reading = readRecord<{ readonly id: string }>(schema, value);
      if (reading.kind === "read") {
        expect(reading.row.id).toMatch(/^\d{1,30}$/);
        return;
      }
      const { id, rejection } = reading.unreadable;
      expect(rejection).toBeInstanceOf(RecordRejected);
      expect(rejection.parameters.field).not.toBe("");
      expect(id === null || /^\d{1,30}$/.test(id)).toBe(true);
    }),
    { numRuns },
  );
});

test("whatever passes its schema becomes an order whose amounts are decimals", () => {
  const good = { id: 5, reference_id: 6, status: { slug: "completed" }, amounts: { sub_total: 1, total: "1.00" } };
  const goodItem = { id: 7, quantity: 1, amounts: { price_without_tax: 1 } };
  fc.assert(
    fc.property(order, item, (detail, line) => {
      const read = readRecord(orderDetail, {
        ...good,
        ...detail,
        id: 5,
        reference_id: 6,
        status: good.status,
        amounts: good.amounts,
      });
      const lineRead = readRecord(orderItem, { ...goodItem, options: line.options, sku: line.sku });
      if (read.kind !== "read") return;
      const made = toOrder(read.row, lineRead.kind === "read" ? [lineRead.row] : [], new Map());
      const { total, sub_total, shipping_cost, tax } = made.amounts;
      for (const { amount } of [total, sub_total, shipping_cost, tax.amount]) expect(amount).toMatch(/^-?\d+(\.\d+)?$/);
      for (const { sku, options } of made.items) {
        expect(sku === "" || sku.trim() !== "").toBe(true);
        for (const { value } of options) expect(typeof value).toBe("string");
      }
    }),
    { numRuns },
  );
});

test("any answer is judged, and only a success with a body that says no failure is ok", () => {
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers: fc.dictionary(fc.constantFrom("retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"), fc.string()),
    body: fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.record({ success: fc.boolean(), error: fc.jsonValue() })),
    text: fc.string(),
  });
  fc.assert(
    fc.property(answer, fc.constantFrom("GET", "POST"), (given: RawAnswer, method) => {
      const judgement = judgeAnswer(given, { method, path: "/orders", repeat: "safe" }, 0);
      observeHeaders(given, 0);
      if (judgement.kind === "ok") expect(given.status >= 200 && given.status < 300).toBe(true);
      if (judgement.kind === "limited") expect(Number.isFinite(judgement.until)).toBe(true);
    }),
    { numRuns },
  );
});

test("nothing that comes as a webhook, a date, a number or an invoice throws", () => {
  const bytes = fc.uint8Array().map((given) => Buffer.from(given));
  const envelope = fc.record(
    {
      event: fc.constantFrom("order.created", "order.status.updated", "invoice.created", "app.store.authorize"),
      merchant: fc.oneof(fc.constant(77), fc.jsonValue()),
      created_at: fc.jsonValue(),
      data: fc.oneof(order, fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(envelope, fc.jsonValue()), bytes, fc.string(), (body, raw, header) => {
      const notice = sallaWebhooks.read(body, settings);
      for (const { id } of notice?.hints ?? []) expect(id).toMatch(/^\d{1,30}(-\d{1,30})?$/);
      const secrets = { clientId: "c", clientSecret: "s", webhookSecret: "right" };
      const headers = { "x-salla-signature": header, authorization: header };
      expect(sallaWebhooks.verify({ headers, body: raw }, { settings, secrets })).toBe(false);
      kindOfInvoice(body);
      const moment = readMoment(body);
      expect(moment === null || Number.isFinite(moment)).toBe(true);
      expect(e164(header, header)).toSatisfy((phone: string | null) => phone === null || /^\+\d{8,15}$/.test(phone));
    }),
    { numRuns },
  );
});
