import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
const set = (switches: object) => bench.set("qoyod", { ...switches });
const post = (path: string, body: unknown) => bench.qoyod("POST", path, body);
const lines = [{ product_id: 5001, quantity: 1, unit_price: 115, is_inclusive: true }];
const document = {
  contact_id: 1001,
  status: "Approved",
  issue_date: "2026-01-15",
  inventory_id: 31,
  line_items: lines,
};
const invoice = async (id = 60_001) => objectOf(await bench.qoyod("GET", `/invoices/${id}`), "invoice");
const stock = async () => objectOf(await bench.qoyod("GET", "/products/5001"), "product").inventories;
beforeEach(async () => {
  await bench.control("POST", "/reset");
  await bench.control("POST", "/qoyod/products", { sku: "TEA", stock: 10 });
  await post("/invoices", { invoice: { ...document, due_date: "2026-01-15", reference: "INV" } });
});
const pay = (more: object = {}) =>
  post("/invoice_payments", {
    invoice_payment: { reference: "P1", invoice_id: 60_001, account_id: 105, date: "2026-01-15", amount: 115, ...more },
  });

test("payments close an invoice bit by bit and are listed as receipts", async () => {
  const first = await pay({ amount: "15.00", invoice_id: "60001" });
  expect(objectOf(first, "invoice_payment")).toMatchObject({ reference: "P1", invoice_id: 60_001, amount: "15.0" });
  expect(await invoice()).toMatchObject({
    status: "Partially paid",
    paid_amount: "15.0",
    remaining_amount: "100.0",
    payments: [{ reference: "P1", amount: "15.0", account_id: 105 }],
  });
  await set({ partiallyPaidText: "Partially Paid" });
  expect((await invoice()).status).toBe("Partially Paid");
  expect((await pay({ reference: "P2", amount: 100.01 })).body.errors).toEqual({
    amount: ["is more than the due amount"],
  });
  expect((await pay({ reference: "P2", amount: 100 })).status).toBe(201);
  expect((await invoice()).status).toBe("Paid");
  expect((await bench.qoyod("GET", "/invoices?q[status_eq]=Paid")).status).toBe(200);
  const found = await bench.qoyod("GET", "/invoice_payments?q[reference_eq]=P2");
  expect(rowsOf(found, "receipts")).toMatchObject([{ amount: "100.0", allocations: [{ allocatee_id: 60_001 }] }]);
  await set({ paymentsNameInvoice: false });
  expect(rowsOf(await bench.qoyod("GET", "/invoice_payments"), "receipts")[0]).not.toHaveProperty("invoice_id");
  expect((await bench.qoyod("GET", "/receipts")).status).toBe(404);
});

test("a payment that lacks something is refused with misleading names", async () => {
  const errors = async (more: object) => (await pay(more)).body.errors;
  expect(await errors({ account_id: undefined, account: 105 })).toEqual({ account: ["Can't be blank"] });
  expect(await errors({ invoice_id: 9 })).toEqual({ invoice: ["Can't be blank"] });
  expect(await errors({ amount: 0 })).toEqual({ amount: ["must be greater than 0"] });
  await pay({ amount: 1 });
  expect(await errors({ amount: 1 })).toEqual({ reference: ["has already been taken"] });
  await set({ accountIdMeans: "code" });
  expect(await errors({ reference: "P2", amount: 1 })).toEqual({ account: ["Can't be blank"] });
  expect((await pay({ reference: "P2", amount: 1, account_id: "1101" })).status).toBe(201);
  await set({ accountIdMeans: "id", paymentAccounts: "receiving" });
  expect(await errors({ reference: "P3", account_id: 101 })).toEqual({ account: ["does not receive payments"] });
  await bench.control("PATCH", "/qoyod/accounts/105", { status: "Inactive" });
  expect(await errors({ reference: "P3" })).toEqual(["this account 105 is not active"]);
  await set({ closedBefore: "2026-02-01" });
  expect(await errors({ reference: "P3", account_id: 106 })).toEqual(["date 2026-01-15 is in a closed period"]);
  const draft = await bench.control("POST", "/qoyod/invoices", {
    status: "Draft",
    issue_date: "2026-03-01",
    line_items: lines,
  });
  expect(
    await errors({ reference: "P4", account_id: 106, date: "2026-03-01", invoice_id: draft.body.id }),
  ).toHaveLength(1);
});

test("a receipt stays unused until it is allocated, from either side", async () => {
  const receipt = {
    contact_id: 1001,
    reference: "R1",
    kind: "received",
    account_id: 106,
    amount: 100,
    date: "2026-01-15",
  };
  expect((await post("/receipts", { receipt: { ...receipt, contact_id: undefined } })).body.errors).toEqual({
    contact: ["Can't be blank"],
  });
  const made = objectOf(await post("/receipts", { receipt }), "receipt");
  expect(made).toMatchObject({ amount: "100.0", unallocated_amount: "100.0", allocations: [] });
  const allocate = (more: object) =>
    post(`/receipts/${made.id}/allocations`, {
      allocation: { allocatee_type: "Invoice", allocatee_id: 60_001, amount: 60, ...more },
    });
  expect((await allocate({ allocatee_type: "Bill" })).status).toBe(422);
  expect((await allocate({ amount: 101 })).status).toBe(422);
  expect(objectOf(await allocate({}), "allocation")).toMatchObject({ allocatee_id: 60_001, amount: "60.0" });
  const source = { source_type: "Receipt", source_id: made.id, amount: 40, date: "2026-01-15" };
  const twice = { invoice: { allocations_attributes: [source, source] } };
  expect((await post("/invoices/60001/allocations", twice)).status).toBe(422);
  const fromInvoice = await post("/invoices/60001/allocations", { invoice: { allocations_attributes: [source] } });
  expect(objectOf(fromInvoice, "invoice")).toMatchObject({
    paid_amount: "100.0",
    allocations: [{ amount: "60.0" }, { source_type: "Receipt", amount: "40.0" }],
  });
  expect((await bench.qoyod("DELETE", `/receipts/${made.id}`)).status).toBe(422);
  await post("/receipts", { receipt: { ...receipt, reference: "R2" } });
  expect((await bench.qoyod("DELETE", `/receipts/${Number(made.id) + 1}`)).text).toBe("Receipt destroyed successfully");
});

test("a credit note returns the goods or not, names its invoice or not, and settles an invoice", async () => {
  const credit = (more: object = {}) =>
    post("/credit_notes", { credit_note: { ...document, parent_id: 60_001, ...more } });
  const before = await stock();
  const note = objectOf(await credit({ reference: "CN" }), "credit_note");
  expect(note).toMatchObject({ id: 80_001, parent_id: null, total: "115.0", line_items: [{ price: "100.0" }] });
  expect(await stock()).not.toEqual(before);
  await set({ creditNoteStock: "kept", creditNoteParent: "accepted" });
  const after = await stock();
  expect(objectOf(await credit(), "credit_note").parent_id).toBe(60_001);
  expect((await credit({ parent_id: 9 })).status).toBe(422);
  expect(await stock()).toEqual(after);
  await set({ creditNoteParent: "refused" });
  expect((await credit()).body.errors).toEqual({ parent_id: ["is not permitted"] });
  expect((await credit({ reference: "CN", parent_id: undefined })).status).toBe(422);
  const source = { source_type: "CreditNote", source_id: note.id, amount: 115, date: "2026-01-16" };
  const settled = await post("/invoices/60001/allocations", { invoice: { allocations_attributes: [source] } });
  expect(objectOf(settled, "invoice")).toMatchObject({ status: "Paid", allocations: [{ source_id: note.id }] });
  const again = await post("/invoices/60001/allocations", { invoice: { allocations_attributes: [source] } });
  expect(again.status).toBe(422);
});

test("a credit note is refunded by a paid voucher", async () => {
  const note = objectOf(await post("/credit_notes", { credit_note: document }), "credit_note");
  const receipt = { contact_id: 1001, reference: "R1", kind: "paid", account_id: 106, amount: 115, date: "2026-01-15" };
  const { id } = objectOf(await post("/receipts", { receipt }), "receipt");
  const allocation = { allocatee_type: "CreditNote", allocatee_id: note.id, amount: 115 };
  expect((await post(`/receipts/${id}/allocations`, { allocation })).status).toBe(201);
  expect(objectOf(await bench.qoyod("GET", `/credit_notes/${note.id}`), "credit_note").remaining_amount).toBe("0.0");
});

test("bills and expenses are paid in their own lists", async () => {
  const vendor = (await bench.control("POST", "/qoyod/vendors", { name: "مورد" })).body.id;
  const bill = (await bench.control("POST", "/qoyod/bills", { line_items: lines })).body.id;
  const payment = { reference: "BP", bill_id: bill, account_id: 105, date: "2026-01-15", amount: 115 };
  expect((await post("/bill_payments", { bill_payment: payment })).status).toBe(201);
  expect(rowsOf(await bench.qoyod("GET", "/bill_payments"), "receipts")).toMatchObject([{ kind: "paid" }]);
  expect(objectOf(await bench.qoyod("GET", `/bills/${bill}`), "bill")).toMatchObject({
    status: "Paid",
    due_amount: "0.0",
  });
  const expense = {
    contact_id: vendor,
    status: "Approved",
    issue_date: "2026-01-15",
    inventory_id: 31,
    simple_bill_items_attributes: [{ account_id: 107, amount: 50 }],
  };
  const simple = objectOf(await post("/simple_bills", { simple_bill: expense }), "simple_bill");
  expect(simple).toMatchObject({ total: "50.0", due_amount: "50.0" });
  const part = { reference: "SP", simple_bill_id: simple.id, account_id: 105, date: "2026-01-15", amount: 20 };
  expect((await post("/simple_bill_payments", { simple_bill_payment: part })).status).toBe(201);
  const changed = await bench.qoyod("PATCH", `/simple_bills/${simple.id}`, { simple_bill: { notes: "Rent" } });
  expect(objectOf(changed, "simple_bill")).toMatchObject({ notes: "Rent", due_amount: "30.0" });
  expect((await bench.qoyod("DELETE", `/simple_bills/${simple.id}`)).status).toBe(422);
});
