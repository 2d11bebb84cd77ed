/** Odd values in purchase orders and buy orders: the right outcome, the field by its name, and the others go on. */
import { expect, test } from "vitest";
import { vendorId } from "../stage.ts";
import { openBuying } from "./buy-order-stage.ts";

interface Odd {
  readonly given: Readonly<Record<string, unknown>>;
  /** null = it is taken */
  readonly code: string | null;
  readonly says?: string;
  readonly total?: string;
}

const missing = (given: Odd["given"], field: string): Odd => ({
  given,
  code: "field-missing",
  says: `${field} is missing.`,
});
const invalid = (given: Odd["given"], field: string, allowed: string): Odd => ({
  given,
  code: "field-invalid",
  says: `${field} is .*; allowed: ${allowed}`,
});
const taken = (given: Odd["given"], total = "8.00"): Odd => ({ given, code: null, total });

function oddHeaders(customer: string): Odd[] {
  const day = "a day YYYY-MM-DD";
  return [
    ...["", null].map((vendor_id) => missing({ vendor_id }, "vendor_id")),
    ...["potters", -7, { id: 1 }, [1], true].map((vendor_id) => invalid({ vendor_id }, "vendor_id", "an id of digits")),
    { given: { vendor_id: "4608150000000999999" }, code: "parent-missing", says: "the supplier 4608150000000999999" },
    { given: { vendor_id: customer }, code: "parent-missing", says: "is a customer, not a vendor" },
    missing({ date: "" }, "date"),
    ...["05/03/2026", "2026-02-30", "2026-3-5", "2026-03-05T00:00:00Z", 20260305, -1, "x".repeat(1_000)].map((date) =>
      invalid({ date }, "date", day),
    ),
    ...[{ day: 1 }, true].map((date) => invalid({ date }, "date", "a text")),
    missing({ total: "" }, "total"),
    ...["ten", "1e5", "10,5", { amount: 1 }, true, [1]].map((total) => invalid({ total }, "total", "a decimal number")),
    ...["100000000000000000.00", "1".repeat(30)].map((total) =>
      invalid({ total }, "total", "at most 99999999999999999.99"),
    ),
    invalid({ total: "-100000000000000000.00" }, "total", "at least -99999999999999999.99"),
    taken({ total: -5 }, "-5.00"),
    taken({ total: 0 }, "0.00"),
    taken({ total: "10.1250" }, "10.13"),
    taken({ total: "10.1249" }, "10.12"),
    taken({ total: "99999999999999999.99" }, "99999999999999999.99"),
    ...["soon", "2026-13-01", 5].map((expected_delivery_date) =>
      invalid({ expected_delivery_date }, "expected_delivery_date", day),
    ),
    invalid({ expected_delivery_date: "", delivery_date: "soon" }, "delivery_date", day),
    invalid({ expected_delivery_date: { day: 1 } }, "expected_delivery_date", "a text"),
    invalid({ order_status: { state: 1 } }, "order_status", "a text"),
    invalid({ reference_number: ["1"] }, "reference_number", "a text"),
    invalid({ currency_code: true }, "currency_code", "a text"),
    taken({ purchaseorder_number: "", reference_number: "", notes: null }),
    ...["weird", 5].map((order_status) =>
      invalid({ order_status }, "order_status", "draft, .*open, .*closed, cancelled"),
    ),
    invalid({ order_status: "", status: "weird" }, "status", "draft, .*open, .*closed, cancelled"),
    missing({ order_status: "", status: "" }, "order_status"),
    taken({ order_status: "", status: "billed" }),
    taken({ order_status: "approved" }),
    invalid({ order_status: "closed", bills: [{ date: "later" }] }, ".*", day),
    invalid(
      { order_status: "closed", purchasereceives: [{ date: { day: 1 } }] },
      "purchasereceives\\[0\\]\\.date",
      "a text",
    ),
    taken({ order_status: "closed", bills: [{ date: "" }], purchasereceives: [] }),
  ];
}

function oddLines(mug: string): Odd[] {
  const lines = (line: object) => ({
    line_items: [
      { item_id: mug, quantity: 2, rate: 4 },
      { item_id: mug, quantity: 1, rate: 1, ...line },
    ],
  });
  return [
    missing(lines({ quantity: "" }), "line_items\\[1\\]\\.quantity"),
    missing(lines({ rate: "" }), "line_items\\[1\\]\\.rate"),
    ...["two", { value: 1 }, true].map((quantity) =>
      invalid(lines({ quantity }), "line_items\\[1\\]\\.quantity", "a decimal number"),
    ),
    ...["much", [4], false].map((rate) => invalid(lines({ rate }), "line_items\\[1\\]\\.rate", "a decimal number")),
    ...["mug", {}, -3].map((item_id) => invalid(lines({ item_id }), "line_items\\[1\\]\\.item_id", "an id of digits")),
    {
      given: lines({ item_id: "4608150000000999998" }),
      code: "parent-missing",
      says: "the product 4608150000000999998",
    },
    invalid(lines({ quantity: 2_147_483_647 }), `the quantity of item ${mug}`, "at most 2147483647"),
    invalid({ ...lines({ rate: "1".repeat(25) }), total: 8 }, ".*", ".*99999999999999999.99"),
    taken({ ...lines({ quantity: "0.0001", rate: "1.0001" }), total: 8 }),
    taken({ ...lines({ rate: -4 }), total: 4 }, "4.00"),
    taken({ ...lines({ item_id: "", name: "" }), total: 9 }, "9.00"),
  ];
}

test("a purchase order with an odd value gets the right outcome, which names the field; the others go on", async () => {
  const { stage, buy, there, imported, mug, change } = await openBuying();
  const [customer] = await stage.shop.add("zoho-books/contacts", [
    { contact_name: "Only Customer", contact_type: "customer" },
  ]);
  const cases = [...oddHeaders(vendorId(customer)), ...oddLines(mug)];
  const ids = await buy({}, ...cases.map(({ given }) => given), {});
  const good = [ids[0] ?? "", ids.at(-1) ?? ""];
  const report = await stage.sync({ flow: "buy-orders" });
  expect(report.of("buy-orders")).toMatchObject({ state: "done", message: null });
  for (const id of good) expect((await imported(id)).outcome).toBe("created");
  for (const [index, { given, code, says, total }] of cases.entries()) {
    const id = ids[index + 1] ?? "";
    const record = await imported(id);
    const said = JSON.stringify(given);
    expect([said, record.code, record.reason]).toEqual([
      said,
      code,
      code === null ? null : expect.stringMatching(says ?? ""),
    ]);
    expect([said, (await there(id))?.totalValue]).toEqual([said, total]);
  }
  await stage.resetCalls();
  await stage.sync({ flow: "buy-orders" });
  expect(await stage.writes()).toBe(0);
  // What is corrected is taken.
  const wrong = ids.filter((_, index) => cases[index - 1]?.code?.startsWith("field-"));
  const [first = ""] = wrong;
  await change(first, { vendor_id: (await stage.shop.all("zoho-books/contacts"))[0]?.contact_id, date: "2026-03-07" });
  await stage.sync({ flow: "buy-orders" });
  expect((await there(first))?.placed).toBe("2026-03-07T00:00:00Z");
});

test("a known order that becomes wrong keeps what Optiply has, is listed, and goes on when it is corrected", async () => {
  const { stage, buy, change, mustBeThere, imported } = await openBuying();
  const [id = "", other = ""] = await buy({}, {});
  await stage.sync({ flow: "buy-orders" });
  await change(id, { total: "none", expected_delivery_date: "2026-05-01" });
  await change(other, { total: 9 });
  await stage.sync({ flow: "buy-orders" });
  expect(await imported(id)).toMatchObject({ outcome: "rejected", code: "field-invalid" });
  expect(await mustBeThere(id)).toMatchObject({ totalValue: "8.00", expectedDeliveryDate: null });
  expect((await mustBeThere(other)).totalValue).toBe("9.00");
  await change(id, { total: 8.5, last_modified_time: new Date(Date.now() + 2_000).toISOString() });
  await stage.sync({ flow: "buy-orders" });
  expect(await mustBeThere(id)).toMatchObject({ totalValue: "8.50", expectedDeliveryDate: "2026-05-01T00:00:00Z" });
  expect(await imported(id)).toMatchObject({ outcome: "updated", code: null });
});

test("a buy order of Optiply with an odd value gets the right outcome, and the others go on", async () => {
  const { stage, place, exported, sent, idThere, mug } = await openBuying({ options: { exportPrices: true } });
  const productId = await idThere("products", mug);
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  const line = (more: object) => ({ line: { productId, quantity: 2, subtotalValue: "9.00", ...more } });
  const cases: { given: object; line?: object; code: string | null; says?: string }[] = [
    { given: { supplierId: null }, code: "field-missing", says: "supplierId is missing." },
    { given: {}, ...line({ quantity: null }), code: "field-missing", says: "lines[0].quantity is missing." },
    { given: {}, ...line({ productId: null }), code: "field-missing", says: "lines[0].productId is missing." },
    { given: {}, ...line({ quantity: -2 }), code: "no-lines-left" },
    { given: {}, ...line({ subtotalValue: null }), code: null },
    { given: {}, ...line({ subtotalValue: "9.0049" }), code: null },
    { given: {}, ...line({ quantity: 9_007_199_254_740_991 }), code: null },
    { given: { totalValue: null, expectedDeliveryDate: null, assembly: null }, code: null },
    { given: { remoteIdMap: { [couplingId]: "" } }, code: null },
    { given: { placed: "0001-01-01T00:00:00Z" }, code: "before-orders-since" },
    { given: { placed: "0900-01-01T12:00:00Z" }, code: "before-orders-since" },
    { given: { placed: "2999-12-31T23:59:59Z" }, code: null },
  ];
  const ids = await place(...cases.map(({ given }) => ({ ...given })), {});
  const lines = await stage.inOptiply("buyOrderLines");
  for (const [index, odd] of cases.entries()) {
    const own = lines.find(({ buyOrderId }) => String(buyOrderId) === ids[index]);
    if (odd.line !== undefined) await stage.shop.change("optiply/buyOrderLines", String(own?.id), { ...odd.line });
  }
  expect((await stage.sync()).of("buy-orders-export")).toMatchObject({ state: "done", message: null });
  for (const [index, { code, says }] of cases.entries()) {
    const id = ids[index] ?? "";
    const record = await sent(id);
    const odd = JSON.stringify(cases[index]);
    expect([odd, record.code]).toEqual([odd, code]);
    if (says !== undefined) expect(record.reason).toBe(says);
    expect([odd, (await exported(id)).length]).toEqual([odd, code === null ? 1 : 0]);
  }
  expect(await exported(ids.at(-1) ?? "")).toHaveLength(1);
  // Without a subtotal there is no price to send, so Zoho takes its own.
  expect((await exported(ids[4] ?? ""))[0]?.line_items).toMatchObject([{ rate: 4 }]);
  await stage.resetCalls();
  await stage.sync();
  expect(await stage.count("zoho-books", "POST")).toBe(0);
  expect(await stage.writes()).toBe(0);
});

test("a purchase order that is deleted between the list and its detail waits and is gone at its retry; so does one whose detail fails", async () => {
  const { stage, buy, imported, there, mustBeThere } = await openBuying();
  const [gone = "", shy = "", good = ""] = await buy({}, {}, {});
  await stage.shop.fault({ vendor: "zoho-books", path: `/purchaseorders/${gone}`, kind: "status", status: 503 });
  await stage.shop.fault({ vendor: "zoho-books", path: `/purchaseorders/${shy}`, kind: "malformed-json" });
  await stage.sync({ flow: "buy-orders" });
  for (const id of [gone, shy]) expect(await imported(id)).toMatchObject({ outcome: "waiting", code: "vendor-error" });
  expect((await mustBeThere(good)).lines).toHaveLength(1);
  await stage.calm();
  await stage.shop.remove("zoho-books/purchaseorders", gone);
  stage.clock.jump(2 * 3_600_000);
  await stage.sync({ flow: "buy-orders" });
  expect(await imported(gone)).toMatchObject({ outcome: "skipped", code: "gone-at-source" });
  expect(await there(gone)).toBeNull();
  expect((await mustBeThere(shy)).lines).toHaveLength(1);
});

test("a vendor that is deleted before its order is read: the order waits for it by name and goes when it names another", async () => {
  const { stage, buy, change, imported, mustBeThere, potters } = await openBuying();
  const [late] = await stage.shop.add("zoho-books/contacts", [
    { contact_name: "Gone Tomorrow", contact_type: "vendor" },
  ]);
  const [id = "", good = ""] = await buy({ vendor_id: vendorId(late) }, {});
  await stage.shop.remove("zoho-books/contacts", vendorId(late));
  await stage.sync();
  const record = await imported(id);
  expect(record).toMatchObject({ outcome: "waiting", code: "parent-missing" });
  expect(record.reason).toContain(`the supplier ${vendorId(late)}`);
  expect(record.reason).toContain("no longer has this record");
  expect((await mustBeThere(good)).lines).toHaveLength(1);
  await change(id, { vendor_id: potters, last_modified_time: new Date(Date.now() + 2_000).toISOString() });
  await stage.sync();
  expect((await mustBeThere(id)).lines).toHaveLength(1);
});
