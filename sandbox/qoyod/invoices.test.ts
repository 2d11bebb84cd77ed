import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
  await bench.control("POST", "/qoyod/products", [
    { sku: "TEA", name: "شاي", stock: 10 },
    { sku: "SHIP", type: "Service" },
    { sku: "ZERO", tax_id: 2, stock: 10 },
  ]);
});
const set = (switches: object) => bench.set("qoyod", { ...switches });
const tea = { product_id: 5001, quantity: 2, unit_price: 115, is_inclusive: true, tax_percent: 15 };
const create = (more: object = {}, line: object = tea) =>
  bench.qoyod("POST", "/invoices", {
    invoice: {
      contact_id: 1001,
      status: "Approved",
      issue_date: "2026-01-15",
      due_date: "2026-01-20",
      inventory_id: 31,
      line_items: [line],
      ...more,
    },
  });
const totalOf = async (line: object) =>
  objectOf(await create({}, { ...tea, product_id: 5002, ...line }), "invoice").total;
const errorsOf = async (more: object, line: object = tea) => {
  const answer = await create(more, line);
  expect(answer.status).toBe(422);
  return answer.body.errors;
};
const stock = async (productId = 5001) => {
  const { inventories } = objectOf(await bench.qoyod("GET", `/products/${productId}`), "product");
  return Array.isArray(inventories) && isFields(inventories[0]) ? inventories[0].stock : undefined;
};

test("an approved invoice takes the goods and reads with the fields of 4.8", async () => {
  const sent = { ...tea, discount: 30, discount_type: "amount", description: "أخضر" };
  const made = objectOf(await create({ reference: "SALLA-1", description: "Order 1" }, sent), "invoice");
  expect(made).toMatchObject({
    id: 60001,
    reference: "SALLA-1",
    description: "Order 1",
    contact_id: 1001,
    status: "Approved",
    total: "200.0",
    due_amount: "200.0",
    remaining_amount: "200.0",
    paid_amount: "0.0",
    qrcode_string: null,
    zatca_details: null,
    payments: [],
    allocations: [],
  });
  expect(made.line_items).toEqual([
    {
      product_id: 5001,
      product_name: "شاي",
      description: "أخضر",
      quantity: "2.0",
      unit_price: "100.0",
      inclusive_unit_price: "115.0",
      unit_type: 7,
      unit: "Piece",
      discount_percent: "0.0",
      discount_amount: "30.0",
      tax_percent: "15.0",
      line_total: "200.0",
      inventory_id: 31,
      is_inclusive: true,
      unrounded_vat_value: "26.0869565217",
    },
  ]);
  expect(made).not.toHaveProperty("parent_id");
  expect(await stock()).toBe("8.0");
  expect((await bench.qoyod("GET", "/invoices?q[reference_eq]=SALLA-1")).body.invoices).toEqual([made]);
  expect((await bench.qoyod("GET", "/invoices/60001/pdf")).body.pdf_file).toContain("60001.pdf");
  for (const method of ["PUT", "PATCH"])
    expect((await bench.qoyod(method, "/invoices/60001", { invoice: { notes: "x" } })).status).toBe(404);
});

test("beyond the stock an invoice is refused, or saved as a draft that nothing approves", async () => {
  const much = { ...tea, quantity: 11 };
  expect(await errorsOf({}, much)).toEqual(["the quantity of product 5001 is more than what is in stock"]);
  expect(
    await errorsOf({
      line_items: [
        { ...tea, quantity: 6 },
        { ...tea, quantity: 5 },
      ],
    }),
  ).toHaveLength(1);
  await set({ outOfStockText: "{sku} is short" });
  expect(await errorsOf({}, much)).toEqual(["TEA is short"]);
  const draft = objectOf(await create({ draft_if_out_of_stock: true }, much), "invoice");
  expect([draft.status, await stock()]).toEqual(["Draft", "10.0"]);
  expect((await bench.qoyod("POST", `/invoices/${draft.id}/approve`, {})).status).toBe(404);
  expect((await create({ draft_if_out_of_stock: true })).body).toMatchObject({ invoice: { status: "Approved" } });
  expect((await create({ status: "Draft" }, much)).status).toBe(201);
  expect((await create({}, { ...tea, product_id: 5002, quantity: 1000 })).status).toBe(201);
  await set({ negativeStock: "allowed" });
  expect((await create({}, much)).status).toBe(201);
  expect(await stock()).toBe("-3.0");
});

test("what is missing or wrong is refused by name, and ids as text are missing", async () => {
  const missing = await errorsOf({ contact_id: undefined, due_date: "", line_items: [] });
  expect(missing).toEqual({
    contact: ["Can't be blank"],
    due_date: ["Can't be blank"],
    line_items: ["Can't be blank"],
  });
  expect(await errorsOf({ contact_id: "1001" })).toEqual({ contact: ["Can't be blank"] });
  expect(await errorsOf({ inventory_id: "31" })).toEqual({ inventory: ["Can't be blank"] });
  expect(await errorsOf({}, { ...tea, product_id: "5001" })).toEqual({ product: ["Can't be blank"] });
  await set({ stringIds: "accepted" });
  expect((await create({ contact_id: "1001", inventory_id: "31" }, { ...tea, product_id: "5001" })).status).toBe(201);
  expect(await errorsOf({ status: "Paid" })).toEqual({ status: ["is not included in the list"] });
  expect(await errorsOf({ issue_date: "15/01/2026" })).toEqual({ issue_date: ["is invalid"] });
  expect(await errorsOf({}, { ...tea, quantity: 0 })).toEqual({ quantity: ["must be greater than 0"] });
  expect(await errorsOf({}, { ...tea, tax_percent: 7 })).toEqual({ tax_percent: ["is not included in the list"] });
  expect(await errorsOf({}, { ...tea, discount: 231, discount_type: "amount" })).toHaveProperty("discount");
  expect(await errorsOf({}, { ...tea, unit_price: -1 })).toHaveProperty("unit_price");
  expect((await create({}, { ...tea, unit_price: 0 })).status).toBe(201);
  await set({ closedBefore: "2026-02-01" });
  expect(await errorsOf({})).toEqual(["issue_date 2026-01-15 is in a closed period"]);
  expect((await create({ issue_date: "2026-02-01" })).status).toBe(201);
  await bench.control("PATCH", "/qoyod/customers/1001", { status: "Inactive" });
  expect(await errorsOf({})).toEqual(["this contact 1001 is not active"]);
});

test("a reference is unique and automatic; with e-invoicing it may be replaced or refused", async () => {
  const reference = async (more: object) => objectOf(await create(more), "invoice").reference;
  expect(await reference({ reference: "A" })).toBe("A");
  expect(await errorsOf({ reference: "A" })).toEqual({ reference: ["has already been taken"] });
  expect(await reference({})).toBe("INV000001");
  await set({ references: "replaced", eInvoicing: true });
  expect(await reference({ reference: "A" })).toBe("INV000002");
  expect(objectOf(await bench.qoyod("GET", "/invoices/60003"), "invoice")).toMatchObject({
    qrcode_string: "made-up-qr-60003",
    zatca_details: { status: "REPORTED" },
  });
  await set({ references: "refused" });
  expect(await errorsOf({ reference: "B" })).toHaveProperty("reference");
  expect(await reference({})).toBe("INV000003");
});

test("a tax that is left out is the product's own", async () => {
  const { tax_percent: _, ...without } = tea;
  const line = async (more: object) => {
    const [one] = objectOf(await create({}, { ...without, ...more }), "invoice").line_items as Fields[];
    return [one?.tax_percent, one?.line_total];
  };
  expect(await line({ quantity: 1, is_inclusive: false, unit_price: 100 })).toEqual(["15.0", "115.0"]);
  expect(await line({ product_id: 5003, unit_price: "100" })).toEqual(["0.0", "200.0"]);
  expect(await line({ product_id: 5003, unit_price: 115, tax_percent: "15" })).toEqual(["15.0", "230.0"]);
  await set({ lineTotal: "net" });
  expect(await line({})).toEqual(["15.0", "200.0"]);
});

test("rounding, discounts and decimals are switches", async () => {
  expect(await totalOf({ unit_price: 0.04, quantity: 1 })).toBe("0.04");
  await set({ roundsLineNet: true, vatOf: "added", vatRoundedPer: "line" });
  expect(await totalOf({ unit_price: 0.04, quantity: 1 })).toBe("0.03");
  await bench.control("POST", "/reset");
  await bench.control("POST", "/qoyod/products", [{ sku: "a" }, { sku: "b", type: "Service" }]);
  expect(await totalOf({ discount: 10 })).toBe("207.0");
  expect(await totalOf({ discount: 23, discount_type: "amount" })).toBe("207.0");
  await set({ inclusiveDiscount: "net" });
  expect(await totalOf({ discount: 23, discount_type: "amount" })).toBe("203.55");
  await set({ inclusiveDiscount: "gross", amountDiscountPer: "unit" });
  expect(await totalOf({ discount: 23, discount_type: "amount" })).toBe("184.0");
  expect(await totalOf({ unit_price: 1.005, quantity: 1 })).toBe("1.01");
  await set({ unitPriceDecimals: 3 });
  expect(await totalOf({ unit_price: 1.005, quantity: 2 })).toBe("2.01");
  await set({ unitPriceDecimals: 2, extraDecimals: "refused" });
  expect(await errorsOf({}, { ...tea, product_id: 5002, unit_price: 1.005 })).toEqual({
    unit_price: ["takes 2 decimals"],
  });
  expect(await totalOf({ unit_price: "1.500", quantity: 1 })).toBe("1.5");
});

test("a document discount needs its setting", async () => {
  const discount = { inclusive_cd_discount: 23, discount_account_id: 101, discount_tax_id: 1 };
  expect(await errorsOf(discount)).toEqual(["Total CD Discount is not enabled"]);
  await set({ documentDiscount: "accepted" });
  expect(objectOf(await create(discount), "invoice").total).toBe("207.0");
  expect(await errorsOf({ ...discount, discount_account_id: 9 })).toEqual({ discount_account: ["Can't be blank"] });
  expect(await errorsOf({ ...discount, inclusive_cd_discount: 231 })).toHaveProperty("inclusive_cd_discount");
});

test("a draft can be deleted, an approved invoice only where the switch says so, and its goods come back", async () => {
  await create({ status: "Draft" });
  const gone = await bench.qoyod("DELETE", "/invoices/60001");
  expect([gone.status, gone.text, gone.headers.get("content-type")]).toEqual([
    200,
    "Invoice destroyed successfully",
    "text/plain; charset=utf-8",
  ]);
  expect((await bench.qoyod("GET", "/invoices/60001")).status).toBe(404);
  await create();
  expect((await bench.qoyod("DELETE", "/invoices/60002")).status).toBe(422);
  await set({ deleteApproved: "accepted", deleteDraft: "refused" });
  expect((await bench.qoyod("DELETE", "/invoices/60002")).status).toBe(200);
  expect(await stock()).toBe("10.0");
  await create({ status: "Draft" });
  expect((await bench.qoyod("DELETE", "/invoices/60003")).status).toBe(422);
});

test("an invoice that is not paid by its due date reads Overdue where the switch says so", async () => {
  await create({ issue_date: "2020-01-01", due_date: "2020-01-02" });
  const count = async (status: string) =>
    (await bench.qoyod("GET", `/invoices?q[status_in][]=${status}`)).status === 200;
  expect([await count("Approved"), await count("Overdue")]).toEqual([true, false]);
  await set({ overdueStatus: true });
  expect([await count("Approved"), await count("Overdue")]).toEqual([false, true]);
});

test("purchase orders, quotes and debit notes read in their own way", async () => {
  const vendor = (await bench.control("POST", "/qoyod/vendors", { name: "مورد" })).body.id;
  const lines = { line_items: [tea], inventory_id: 31, issue_date: "2026-01-15", expiry_date: "2026-01-20" };
  const order = await bench.qoyod("POST", "/orders", { order: { ...lines, contact_id: vendor, status: "Pending" } });
  expect(objectOf(order, "order")).toMatchObject({ status: "Pending", total: "230.0" });
  const quote = { ...lines, contact_id: 1001, status: "Draft", quotation_number: "Q-1" };
  expect((await bench.qoyod("POST", "/quotes", { quote: { ...quote, quotation_number: "" } })).status).toBe(422);
  expect((await bench.qoyod("POST", "/quotes", { quote })).status).toBe(201);
  expect(rowsOf(await bench.qoyod("GET", "/quotes"), "quote")).toMatchObject([{ quotation_number: "Q-1" }]);
  expect(await stock()).toBe("10.0");
  const note = { ...lines, contact_id: vendor, status: "Approved" };
  expect((await bench.qoyod("POST", "/debit_notes", { debit_note: note })).status).toBe(201);
  expect(await stock()).toBe("8.0");
  await set({ debitNoteStock: "kept" });
  await bench.qoyod("POST", "/debit_notes", { debit_note: note });
  expect(await stock()).toBe("8.0");
});
