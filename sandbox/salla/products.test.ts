import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
let mug: Fields = {};
let shirt: Fields = {};
beforeEach(async () => {
  await bench.control("POST", "/reset");
  const made = await bench.control("POST", "/salla/products", [
    { name: "Mug", sku: "MUG", price: "52", quantity: 10, cost_price: "20" },
    {
      name: "قميص",
      price: 20,
      variants: [
        { sku: "TWIN", name: "Small", quantity: 3 },
        { sku: "TWIN", name: "Large", quantity: 4, price: 25, cost_price: 9 },
      ],
    },
    { name: "Engraving", sku: "ENGRAVE", type: "service", price: 12, with_tax: false },
    { name: "Ribbon", sku: "", price: 1, unlimited_quantity: true },
  ]);
  [mug = {}, shirt = {}] = rowsOf(made, "rows");
});

const variantsOf = (product: Fields) => (Array.isArray(product.skus) ? product.skus.filter(isFields) : []);
const product = async (id: unknown) => objectOf(await bench.salla("GET", `/products/${String(id)}`), "data");
const stock = async (query = "") => rowsOf(await bench.salla("GET", `/products/quantities${query}`), "data");
const quantities = async (query = "") => (await stock(query)).map(({ quantity }) => quantity);
const bulk = (...products: Fields[]) => bench.salla("POST", "/products/quantities/bulk", { products });
const bySku = (sku: string, quantity: unknown, more: Fields = {}) => ({
  identifer_type: "sku",
  identifer: sku,
  quantity,
  ...more,
});
const fieldsOf = (body: Fields) =>
  isFields(body.error) && isFields(body.error.fields) ? Object.keys(body.error.fields) : [];

test("products, variants and SKUs are read as Salla shows them", async () => {
  expect(await product(mug.id)).toMatchObject({
    cost_price: "20",
    quantity: 10,
    taxed_price: { amount: 52 },
    pre_tax_price: { amount: 45.22 },
    sale_end: {},
  });
  expect(String((await product(mug.id)).updated_at)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  await bench.set("salla", { pricesIncludeVat: false, quantityAs: "string" });
  expect(await product(mug.id)).toMatchObject({
    quantity: "10",
    taxed_price: { amount: 59.8 },
    pre_tax_price: { amount: 52 },
  });
  const light = rowsOf(await bench.salla("GET", "/products?format=light"), "data");
  expect(light).toHaveLength(4);
  expect(light[0]).not.toHaveProperty("cost_price");
  expect(rowsOf(await bench.salla("GET", "/products?keyword=twin"), "data")).toMatchObject([{ name: "قميص" }]);
  expect(rowsOf(await bench.salla("GET", "/products?status=out"), "data")).toMatchObject([{ name: "Engraving" }]);
  const variants = rowsOf(await bench.salla("GET", `/products/${shirt.id}/variants?per_page=99`), "data");
  expect(variants).toMatchObject([
    { stock_quantity: 3, cost_price: { amount: 0 } },
    { stock_quantity: 4, price: { amount: 25 }, cost_price: { amount: 9 } },
  ]);
  expect(objectOf(await bench.salla("GET", `/products/variants/${variants[1]?.id}`), "data")).toEqual(variants[1]);
  expect((await bench.salla("GET", "/products/sku/MUG")).body).toMatchObject({ data: { id: mug.id } });
  expect((await bench.salla("GET", "/products/sku/TWIN")).status).toBe(404);
  await bench.set("salla", { skuResolvesVariants: true });
  expect((await bench.salla("GET", "/products/sku/TWIN")).body).toMatchObject({ data: { id: shirt.id } });
  expect(rowsOf(await bench.salla("GET", "/taxes"), "data")).toMatchObject([{ tax: 15, status: "active" }]);
});

test("updates answer 201 and deletes 202; an unlimited quantity ignores a number", async () => {
  const put = (path: string, body: Fields) => bench.salla("PUT", path, body);
  expect((await put(`/products/${mug.id}`, { quantity: 6, name: "Big mug" })).status).toBe(201);
  expect(await product(mug.id)).toMatchObject({ quantity: 6, name: "Big mug" });
  expect((await put("/products/sku/MUG", { quantity: 7 })).status).toBe(201);
  expect((await put("/products/sku/MUG", { quantity: 99, unlimited_quantity: true })).status).toBe(201);
  expect(await product(mug.id)).toMatchObject({ quantity: 7, unlimited_quantity: true });
  expect(fieldsOf((await put(`/products/${mug.id}`, { quantity: 1.5 })).body)).toEqual(["quantity"]);
  expect(fieldsOf((await put(`/products/${mug.id}`, { price: "free" })).body)).toEqual(["product"]);
  const [small = {}] = variantsOf(await product(shirt.id));
  expect((await put(`/products/variants/${small.id}`, { stock_quantity: 8, sku: "SMALL" })).status).toBe(201);
  expect(variantsOf(await product(shirt.id))[0]).toMatchObject({ stock_quantity: 8, sku: "SMALL" });
  expect((await bench.salla("DELETE", `/products/${mug.id}`)).status).toBe(202);
  expect((await bench.salla("GET", `/products/${mug.id}`)).status).toBe(404);
  expect(rowsOf(await bench.salla("GET", "/products/quantities/audit"), "data")[0]).toMatchObject({
    old_quantity: 3,
    new_quantity: 8,
    variant: "Small",
  });
});

test("the bulk write answers 201 and is done later; an unknown SKU never", async () => {
  await bench.set("salla", { bulkDelayMs: 30 });
  const five = { identifer_type: "id", identifer: String(mug.id), quantity: 5, mode: "increment" };
  expect((await bulk(bySku("MUG", 60), bySku("NOBODY", 1), five)).status).toBe(201);
  await expect.poll(() => quantities(), { interval: 20 }).toEqual([65, 3, 4, 0, 0]);
  const rows = await stock();
  expect(rows[0]).toMatchObject({ id: mug.id, sku_id: null, sku: "MUG", price: 52, unlimited_quantity: false });
  expect(rows[4]).toMatchObject({ sku: null, unlimited_quantity: true });
});

test("a wrong row is named by its path, and nothing of the call is done", async () => {
  await bench.set("salla", { bulkDelayMs: 0, bulkMaximum: 2 });
  const refused = await bulk(bySku("MUG", 60), { identifier_type: "sku", identifier: "MUG", quantity: -1 });
  expect(refused.status).toBe(422);
  expect(fieldsOf(refused.body)).toEqual(["products.1.identifer_type", "products.1.identifer", "products.1.quantity"]);
  expect(refused.body.error).toMatchObject({
    message: "alert.invalid_fields",
    fields: { "products.1.identifer": ["هذا الحقل مطلوب"] },
  });
  expect(fieldsOf((await bulk(bySku("MUG", 1, { branch: 5, mode: "replace" }))).body)).toEqual([
    "products.0.mode",
    "products.0.branch",
  ]);
  expect(fieldsOf((await bulk(bySku("MUG", 1), bySku("MUG", 2), bySku("MUG", 3))).body)).toEqual(["products"]);
  expect(fieldsOf((await bulk()).body)).toEqual(["products"]);
  await bench.set("salla", { bulkUnknownSku: "refused" });
  expect(fieldsOf((await bulk(bySku("NOBODY", 1))).body)).toEqual(["products.0.identifer"]);
  expect(await quantities()).toEqual([10, 3, 4, 0, 0]);
});

test("a SKU that two variants have concerns the first or both; a variant's id concerns itself", async () => {
  await bench.set("salla", { bulkDelayMs: 0 });
  await bulk(bySku("TWIN", 30));
  expect(await quantities()).toEqual([10, 30, 4, 0, 0]);
  await bench.set("salla", { bulkSharedSku: "all" });
  await bulk(bySku("TWIN", 31));
  expect(await quantities()).toEqual([10, 31, 31, 0, 0]);
  const [, large = {}] = variantsOf(await product(shirt.id));
  await bulk({ identifer_type: "variant_id", identifer: large.id, quantity: 1, mode: "decrement" });
  expect(await quantities()).toEqual([10, 31, 30, 0, 0]);
});

test("branch-managed stock is kept per branch, anything else in the default branch", async () => {
  await bench.set("salla", { bulkDelayMs: 0 });
  const branch = (await bench.control("POST", "/salla/branches", { name: "جدة" })).body.id;
  const [first] = rowsOf(await bench.salla("GET", "/branches"), "data");
  const quantitiesPerBranch = { [String(first?.id)]: 4, [String(branch)]: 6 };
  await bench.control("POST", "/salla/products", {
    name: "Lamp",
    sku: "LAMP",
    price: 5,
    managed_by_branches: true,
    quantities: quantitiesPerBranch,
  });
  const lamp = async (query = "") => (await stock(query)).find(({ sku }) => sku === "LAMP")?.quantity;
  expect([await lamp(), await lamp(`?branch=${branch}`), await lamp(`?branch=${first?.id}`)]).toEqual([10, 6, 4]);
  expect((await stock(`?branch=${branch}`))[0]).toMatchObject({ sku: "MUG", quantity: 0 });
  await bench.control("POST", "/salla/orders", {
    items: [{ sku: "LAMP", quantity: 5 }, { sku: "MUG" }],
    branch_id: branch,
  });
  expect([await lamp(), await lamp(`?branch=${branch}`), (await quantities())[0]]).toEqual([5, 1, 9]);
  await bulk(bySku("LAMP", 8, { branch }), bySku("LAMP", 1));
  expect([await lamp(`?branch=${branch}`), await lamp(`?branch=${first?.id}`)]).toEqual([8, 1]);
  await bench.set("salla", { bulkWithoutBranch: "dropped" });
  await bulk(bySku("LAMP", 77));
  expect(await lamp()).toBe(9);
  expect((await bench.salla("GET", "/products/quantities?branch=12")).status).toBe(404);
});

test("a bundle takes what it consists of; services and unlimited products keep no count", async () => {
  await bench.control("POST", "/salla/products", {
    name: "Two mugs",
    sku: "PAIR",
    type: "group_products",
    price: 90,
    components: [{ product_id: mug.id, quantity: 2 }],
  });
  const order = await bench.control("POST", "/salla/orders", {
    items: [{ sku: "PAIR", quantity: 3 }, { sku: "ENGRAVE" }, { product_id: (await stock())[4]?.id }],
  });
  expect(order.status).toBe(201);
  expect(await quantities()).toEqual([4, 3, 4, 0, 0, 0]);
  expect(rowsOf(await bench.salla("GET", `/orders/items?order_id=${order.body.id}`), "data")).toMatchObject([
    { product_type: "group_products" },
    { product_type: "service", amounts: { tax: { percent: "0.00", amount: { amount: 0 } } } },
    { sku: "" },
  ]);
  await bench.control("POST", `/salla/orders/${order.body.id}/cancel`);
  expect((await quantities())[0]).toBe(10);
});
