import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawAnswer } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import { readRecord } from "./fields.ts";
import { judgeAnswer, observeHeaders } from "./judge.ts";
import { salesOrders } from "./sales-orders.ts";

const line = fc.dictionary(
  fc.constantFrom("item_id", "quantity", "rate", "name", "line_item_category"),
  fc.jsonValue(),
);
const order = fc.record(
  {
    salesorder_id: fc.oneof(fc.constant("4600000000000000123"), fc.jsonValue()),
    total: fc.jsonValue(),
    date: fc.jsonValue(),
    salesperson_id: fc.jsonValue(),
    line_items: fc.oneof(fc.array(line), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test("any record is either read or rejected by a field", () => {
  fc.assert(
    fc.property(fc.oneof(order, fc.jsonValue()), (value) => {
      const reading = readRecord(salesOrders.documentSchema, "salesorder_id", value);
      if (reading.kind === "read") {
        expect(reading.row.salesorder_id).toMatch(/^\d{1,30}$/);
        return;
      }
      const { id, rejection } = reading.unreadable;
      expect(rejection).toBeInstanceOf(RecordRejected);
      expect(rejection.parameters.field).not.toBe("");
      expect(id === null || /^\d{1,30}$/.test(id)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("any answer is judged, and only code 0 with a success status is ok", () => {
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers: fc.dictionary(fc.constantFrom("x-rate-limit-reset", "x-rate-limit-remaining"), fc.string()),
    body: fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.record({ code: fc.oneof(fc.constant(0), fc.jsonValue()) }),
    ),
    text: fc.string(),
  });
  fc.assert(
    fc.property(answer, fc.constantFrom("GET", "POST"), (given: RawAnswer, method) => {
      const judgement = judgeAnswer(given, { method, path: "/items", repeat: "safe" }, 0);
      observeHeaders(given, 0);
      const isSuccess = given.status >= 200 && given.status < 300;
      const code = (given.body as { code?: unknown } | null | undefined)?.code;
      if (judgement.kind === "ok") expect([isSuccess, String(Number(code))]).toEqual([true, "0"]);
    }),
    { numRuns: 2_000 },
  );
});
