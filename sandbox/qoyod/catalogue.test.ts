import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});
const set = (switches: object) => bench.set("qoyod", { ...switches });
const shirt = {
  sku: "SKU-1",
  name_ar: "قميص",
  name_en: "Shirt",
  product_unit_type_id: 7,
  category_id: 21,
  tax_id: 1,
  track_quantity: 1,
  sale_item: 1,
  selling_price: 100,
  sales_account_id: 101,
  purchase_item: 1,
  buying_price: 60.5,
  expense_account_id: 102,
};
const create = (more: object = {}) => bench.qoyod("POST", "/products", { product: { ...shirt, ...more } });
const errorsOf = async (more: object) => {
  const answer = await create(more);
  expect(answer.status).toBe(422);
  return answer.body.errors;
};

test("a product is shown with numbers as text, flags under other names, and its stock per location", async () => {
  const made = objectOf(await create({ stock: 99 }), "product");
  expect(made).toMatchObject({
    id: 5001,
    type: "Product",
    unit_type: 7,
    unit: "Piece",
    selling_price: "100.0",
    buying_price: "60.5",
    is_sold: true,
    is_bought: true,
    track_quantity: true,
    tax_id: 1,
    inventories: [
      { id: 31, name_en: "Main warehouse", name_ar: "المستودع الرئيسي", stock: "0.0" },
      { id: 32, stock: "0.0" },
    ],
  });
  expect(made).not.toHaveProperty("sale_item");
  await set({ stockRows: "moved-locations" });
  expect(objectOf(await bench.qoyod("GET", "/products/5001"), "product").inventories).toEqual([]);
  expect(objectOf(await create({ sku: "S", type: 2, is_sold: 1 }), "product")).toMatchObject({
    type: "Service",
    track_quantity: false,
    inventories: [],
  });
});

test("a product lacks nothing that Qoyod asks for", async () => {
  expect(await errorsOf({ tax_id: [1] })).toEqual({ tax_id: ["Please select taxes"] });
  for (const [field, named] of [
    ["sku", "sku"],
    ["name_ar", "name_ar"],
    ["category_id", "category"],
    ["tax_id", "tax"],
    ["product_unit_type_id", "product_unit_type"],
    ["sales_account_id", "sales_account"],
    ["expense_account_id", "expense_account"],
  ] as const)
    expect(await errorsOf({ [field]: undefined })).toEqual({ [named]: ["Can't be blank"] });
  expect(await errorsOf({ category_id: 999 })).toEqual({ category: ["Can't be blank"] });
  expect(await errorsOf({ type: "Thing" })).toHaveProperty("type");
  expect((await create({ selling_price: 0 })).status).toBe(201);
  await set({ zeroPrice: "refused" });
  expect(await errorsOf({ selling_price: 0 })).toEqual(["enter at least a sales price"]);
  await bench.control("PATCH", "/qoyod/accounts/101", { status: "Inactive" });
  expect(await errorsOf({})).toEqual(["this account 101 is not active"]);
});

test("one SKU may be there twice, or not, or not even in another spelling", async () => {
  await create();
  expect((await create()).status).toBe(201);
  expect(rowsOf(await bench.qoyod("GET", "/products?q[sku_eq]=SKU-1"), "products")).toHaveLength(2);
  await set({ duplicateSku: "refused" });
  expect(await errorsOf({})).toEqual({ sku: ["has already been taken"] });
  expect((await create({ sku: "sku-1" })).status).toBe(201);
  await set({ duplicateSku: "refused-loosely" });
  expect(await errorsOf({ sku: " Sku-1" })).toEqual({ sku: ["has already been taken"] });
});

test("a PUT changes the documented fields and no others", async () => {
  await create();
  const put = (product: object) => bench.qoyod("PUT", "/products/5001", { product });
  expect(
    objectOf(await put({ name_ar: "ثوب", selling_price: 7, track_quantity: 0, tax_id: 2 }), "product"),
  ).toMatchObject({
    name_ar: "ثوب",
    selling_price: "100.0",
    track_quantity: true,
    tax_id: 1,
  });
  await put({ sku: "NEW" });
  expect(rowsOf(await bench.qoyod("GET", "/products?q[sku_eq]=NEW"), "products")).toHaveLength(1);
  expect((await bench.qoyod("GET", "/products?q[sku_eq]=SKU-1")).status).toBe(404);
  expect((await put({ sku: "" })).status).toBe(422);
  expect((await bench.qoyod("DELETE", "/products/5001")).status).toBe(404);
});

test("lists of products, contacts and categories are made at once", async () => {
  const two = [shirt, { ...shirt, sku: "SKU-2" }];
  expect(rowsOf(await bench.qoyod("POST", "/products", { products: two }), "products")).toHaveLength(2);
  const contacts = await bench.qoyod("POST", "/customers", { contact: [{ name: "Huda" }, { name: "Omar 🌙" }] });
  expect(rowsOf(contacts, "customers")).toMatchObject([{ id: 1002 }, { id: 1003, name: "Omar 🌙" }]);
  const vendor = objectOf(await bench.qoyod("POST", "/vendors", { contact: { name: "Supplier" } }), "contact");
  expect(vendor.id).toBe(1004);
  const changed = await bench.qoyod("PUT", "/vendors/1004", { contact: { phone_number: "1", status: "Inactive" } });
  expect(objectOf(changed, "contact")).toMatchObject({ name: "Supplier", phone_number: "1", status: "Inactive" });
  expect((await bench.qoyod("PUT", "/vendors/1004", { contact: { status: "Asleep" } })).status).toBe(422);
  const category = objectOf(
    await bench.qoyod("POST", "/categories", { category: { name: "Tea", parent_id: 21 } }),
    "category",
  );
  expect(category).toMatchObject({ id: 22, parent_id: 21 });
  const renamed = await bench.qoyod("PUT", "/categories/22", { category: { name: "Coffee" } });
  expect(objectOf(renamed, "category")).toMatchObject({ name: "Coffee", parent_id: 21 });
  const unit = { product_unit_type: { unit_name: "Box", unit_representation: "bx" } };
  expect(objectOf(await bench.qoyod("POST", "/product_unit_types", unit), "product_unit_type").id).toBe(8);
});

test("an account is unique, has a known type, and receives payments by the misspelt key only", async () => {
  const account = { name_en: "Mada", name_ar: "مدى", code: 1102, type: "Bank" };
  const add = (more: object) => bench.qoyod("POST", "/accounts", { account: { ...account, ...more } });
  expect(objectOf(await add({ receive_payments: true }), "account")).toMatchObject({
    code: "1102",
    type: "Asset",
    type_of_account: "Bank",
    recieve_payments: false,
    status: "Active",
    balance: "0.0",
  });
  expect((await add({ name_en: "x", name_ar: "y" })).body.errors).toEqual({ code: ["has already been taken"] });
  const other = { name_en: "x", name_ar: "y", code: "7" };
  expect((await add({ ...other, type: "Money" })).status).toBe(422);
  expect(objectOf(await add({ ...other, recieve_payments: true }), "account").recieve_payments).toBe(true);
});

test("journal entries balance and move no stock", async () => {
  const entry = (amount: number) => ({
    journal_entry: {
      description: "Correction",
      date: "2026-01-15",
      debit_amounts: [{ account_id: 103, amount: 10 }],
      credit_amounts: [{ account_id: 104, amount }],
    },
  });
  expect((await bench.qoyod("POST", "/journal_entries", entry(9))).status).toBe(422);
  expect((await bench.qoyod("POST", "/journal_entries", entry(10))).status).toBe(201);
  const found = await bench.qoyod("GET", "/journal_entries?q[date_gteq]=2026-01-15");
  expect(rowsOf(found, "journal_entries")).toMatchObject([{ total: "10.0" }]);
  expect((await bench.qoyod("GET", "/journal_entries?q[date_gteq]=2026-01-16")).status).toBe(404);
});
