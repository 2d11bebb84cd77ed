import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawAnswer } from "../../core/connector.ts";
import { readStock } from "./book-stock.ts";
import { readContact } from "./contact-identity.ts";
import { carriesText } from "./document-search.ts";
import { fieldsOf, recordOf } from "./fields.ts";
import { judgeAnswer, messageOf } from "./judge.ts";

const inventory = fc.dictionary(fc.constantFrom("id", "stock", "name_en"), fc.jsonValue());
const product = fc.record(
  {
    id: fc.oneof(fc.constant(9), fc.jsonValue()),
    sku: fc.jsonValue(),
    track_quantity: fc.jsonValue(),
    buying_price: fc.jsonValue(),
    inventories: fc.oneof(fc.array(inventory), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

test("any product row gives its stock exactly or none at all", () => {
  fc.assert(
    fc.property(fc.oneof(product, fc.jsonValue()), (value) => {
      const stock = readStock(fieldsOf(value));
      if (stock === null) return;
      expect(stock.productId).toMatch(/^\d{1,19}$/);
      for (const [location, held] of stock.stock) expect(`${location} ${held.toFixed()}`).toMatch(/^\d+ -?\d/);
      expect(stock.cost === null || stock.cost.gt(0)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a stock that cannot be read is never zero", () => {
  const row = (stock: unknown) => readStock({ id: 9, track_quantity: 1, inventories: [{ id: 1, stock }] });
  expect(row("many")).toBeNull();
  expect(row("12.0")?.stock.get("1")?.toFixed()).toBe("12");
  expect(row(null)?.stock.size).toBe(0);
});

test("any contact row is read or has no id", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const contact = readContact(fieldsOf(value));
      expect(contact === null || /^\d{1,19}$/.test(contact.id)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("any answer is judged, with words, and only a success with a document is ok", () => {
  const answer = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    headers: fc.dictionary(fc.constantFrom("retry-after", "location"), fc.string()),
    body: fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.record({ errors: fc.jsonValue(), error: fc.jsonValue(), status: fc.constantFrom("error", "success") }),
    ),
    text: fc.string(),
  });
  fc.assert(
    fc.property(answer, fc.constantFrom("GET", "POST"), (given: RawAnswer, method) => {
      const judgement = judgeAnswer(given, { method, path: "/products", repeat: "safe" }, 0);
      expect(messageOf(given)).not.toBe("");
      recordOf(given.body, "product");
      if (judgement.kind !== "ok") return;
      expect(given.status >= 200 && given.status < 300).toBe(true);
      expect(given.body !== null && typeof given.body === "object").toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("an order's text is found as a word of its own, wherever it stands", () => {
  expect(carriesText("Order SALLA-9-10, paid", "SALLA-9-10")).toBe(true);
  expect(carriesText("Order SALLA-9-100 after SALLA-9-10", "SALLA-9-10")).toBe(true);
  for (const text of ["Order SALLA-9-100", "XSALLA-9-10", "SALLA-9-1٠", ""])
    expect(carriesText(text, "SALLA-9-10")).toBe(false);
  expect(carriesText("anything", "")).toBe(false);
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1 }), (before, after, number) => {
      const word = `SALLA-9-${number}`;
      expect(carriesText(`${before} ${word} ${after}`, word)).toBe(true);
    }),
  );
});
