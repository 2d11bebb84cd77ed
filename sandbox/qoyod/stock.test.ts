import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { isFields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
  await bench.control("POST", "/qoyod/products", [{ sku: "TEA" }, { sku: "CUP" }, { sku: "WRAP", type: "Service" }]);
});
const set = (switches: object) => bench.set("qoyod", { ...switches });
const stockOf = async (productId = 5001) => {
  const { inventories } = objectOf(await bench.qoyod("GET", `/products/${productId}`), "product");
  return Array.isArray(inventories) ? inventories.filter(isFields).map(({ stock }) => stock) : [];
};
const count = (line: object, more: object = {}) =>
  bench.qoyod("POST", "/inventory_adjustments", {
    inventory_adjustment: {
      inventory_id: 31,
      revenue_account_id: 104,
      expense_account_id: 107,
      date: "2026-01-15",
      description: "جرد",
      line_items: [{ product_id: 5001, actual_quantity: 25, rate: 60, ...line }],
      ...more,
    },
  });

test("a count sets the new total at its location, and can never be seen again", async () => {
  const first = await count({});
  expect(objectOf(first, "inventory_adjustment")).toMatchObject({ id: 90001, inventory_id: 31 });
  expect(first.text).not.toContain("stock_before");
  expect(await stockOf()).toEqual(["25.0", "0.0"]);
  await count({ actual_quantity: "12.5" });
  expect(await stockOf()).toEqual(["12.5", "0.0"]);
  for (const path of ["/inventory_adjustments", "/inventory_adjustments/90001", "/inventory_transfers"]) {
    const answer = await bench.qoyod("GET", path);
    expect([answer.status, answer.body.error]).toEqual([404, "Not Found"]);
  }
  const kept = rowsOf(await bench.control("GET", "/qoyod/inventory_adjustments"), "rows");
  expect(kept.map(({ line_items }) => line_items)).toEqual([
    [{ product_id: 5001, actual_quantity: "25.0", rate: "60.0", stock_before: "0.0" }],
    [{ product_id: 5001, actual_quantity: "12.5", rate: "60.0", stock_before: "25.0" }],
  ]);
});

test("a count that lacks something, or counts what is not counted, is refused and moves nothing", async () => {
  for (const [line, more] of [
    [{ rate: undefined }, {}],
    [{ actual_quantity: -1 }, {}],
    [{ rate: -1 }, {}],
    [{ product_id: 5003 }, {}],
    [{ product_id: 9 }, {}],
    [{}, { description: "" }],
    [{}, { date: "2026-02-30" }],
    [{}, { inventory_id: 9 }],
    [{}, { line_items: [] }],
  ])
    expect((await count(line ?? {}, more)).status).toBe(422);
  const { errors } = (await count({}, { revenue_account_id: undefined, account: 1 })).body;
  expect(errors).toEqual({ revenue_account: ["Can't be blank"] });
  await bench.control("PATCH", "/qoyod/accounts/107", { status: "Inactive" });
  expect((await count({})).body.errors).toEqual(["this account 107 is not active"]);
  expect(await stockOf()).toEqual(["0.0", "0.0"]);
});

test("plan, opening-balance account, closed period and the answer are switches", async () => {
  await set({ counts: "refused" });
  expect((await count({})).body.errors).toEqual(["stock count is not available in your plan"]);
  await set({ counts: "accepted", equityAccount: "refused" });
  expect((await count({})).body.errors).toEqual({ revenue_account: ["is invalid"] });
  expect((await count({}, { revenue_account_id: 101 })).status).toBe(201);
  await set({ equityAccount: "accepted", closedBefore: "2026-01-16" });
  expect((await count({})).body.errors).toEqual(["date 2026-01-15 is in a closed period"]);
  await set({ closedBefore: "2026-01-15", countAnswer: "without-id" });
  const answer = objectOf(await count({}), "inventory_adjustment");
  expect(answer.id).toBeUndefined();
  expect(answer.inventory_id).toBe(31);
  await set({ countAnswer: "empty" });
  expect((await count({})).body).toEqual({});
});

test("a transfer moves what is there", async () => {
  await bench.control("PATCH", "/qoyod/products/5001", { stock: 10 });
  const transfer = (quantity: number) =>
    bench.qoyod("POST", "/inventory_transfers", {
      inventory_transfer: {
        from_location: "31",
        to_location: "32",
        date: "2026-01-15",
        description: "To the second",
        reference: `T${quantity}`,
        line_items: [{ product_id: 5001, quantity }],
      },
    });
  expect((await transfer(4)).status).toBe(201);
  expect(await stockOf()).toEqual(["6.0", "4.0"]);
  expect((await transfer(7)).status).toBe(422);
  expect((await transfer(4)).body.errors).toEqual({ reference: ["has already been taken"] });
  await set({ negativeStock: "allowed" });
  expect((await transfer(7)).status).toBe(201);
  expect(await stockOf()).toEqual(["-1.0", "11.0"]);
});

test("an approved bill brings stock, a draft does not, and only bought products of active vendors go on one", async () => {
  const vendor = (await bench.control("POST", "/qoyod/vendors", { name: "مورد" })).body.id;
  const bill = (more: object = {}) =>
    bench.qoyod("POST", "/bills", {
      bill: {
        contact_id: vendor,
        status: "Approved",
        issue_date: "2026-01-15",
        due_date: "2026-01-15",
        inventory_id: 31,
        line_items: [{ product_id: 5001, quantity: 5, unit_price: 60 }],
        ...more,
      },
    });
  const made = objectOf(await bill({ reference: "B-1" }), "bill");
  expect(made).toMatchObject({
    contact: { id: vendor, name: "مورد" },
    status: "Approved",
    total: "345.0",
    line_items: [{ product_id: 5001, quantity: "5.0", unit_price: "60.0", inclusive_unit_price: "69.0", tax: "15.0" }],
  });
  expect(made).not.toHaveProperty("contact_id");
  expect(await stockOf()).toEqual(["5.0", "0.0"]);
  expect(objectOf(await bill({ status: "Draft" }), "bill").reference).toBe("BILL000001");
  expect(await stockOf()).toEqual(["5.0", "0.0"]);
  expect((await bill({ reference: "B-1" })).status).toBe(422);
  expect((await bill({ contact_id: 1001 })).status).toBe(422);
  await bench.control("POST", "/qoyod/products", { sku: "OWN", purchase_item: 0 });
  expect((await bill({ line_items: [{ product_id: 5004, quantity: 1, unit_price: 1 }] })).status).toBe(422);
  await bench.control("PATCH", `/qoyod/vendors/${vendor}`, { status: "Inactive" });
  expect((await bill()).body.errors).toEqual([`this contact ${vendor} is not active`]);
});

test("updated_at of a product moves with its stock only where the switch says so", async () => {
  const updated_at = "2020-01-01T00:00:00.000+03:00";
  await bench.control("PATCH", "/qoyod/products/5001", { updated_at });
  const moved = async () => objectOf(await bench.qoyod("GET", "/products/5001"), "product").updated_at !== updated_at;
  await count({});
  expect(await moved()).toBe(false);
  await set({ stockTouchesProduct: true });
  await count({ actual_quantity: 26 });
  expect(await moved()).toBe(true);
});

test("a person books purchases, opening balances and stock, and every movement is told", async () => {
  await bench.control("POST", "/qoyod/bills", { line_items: [{ product_id: 5001, quantity: 3 }] });
  await bench.control("POST", "/qoyod/opening_balances", { line_items: [{ product_id: 5001, quantity: 2 }] });
  await bench.control("PATCH", "/qoyod/products/5001", { inventories: [{ id: 32, stock: 9 }] });
  const draft = await bench.control("POST", "/qoyod/bills", {
    status: "Draft",
    line_items: [{ product_id: 5002, quantity: 1 }],
  });
  expect(await stockOf(5002)).toEqual(["0.0", "0.0"]);
  await bench.control("PATCH", `/qoyod/bills/${draft.body.id}`, { status: "Approved" });
  expect(await stockOf(5001)).toEqual(["5.0", "9.0"]);
  expect(await stockOf(5002)).toEqual(["1.0", "0.0"]);
  const moves = rowsOf(await bench.control("GET", "/qoyod/stock_movements"), "rows");
  expect(moves.map(({ product_id, change, stock, why }) => [product_id, change, stock, why])).toEqual([
    [5001, "3.0", "3.0", "bills 20001"],
    [5001, "2.0", "5.0", expect.stringMatching(/^opening_balances /)],
    [5001, "9.0", "9.0", "control"],
    [5002, "1.0", "1.0", "bills 20002"],
  ]);
  expect((await bench.qoyod("GET", "/opening_balances")).status).toBe(404);
});

test("a merchant's mistake is told, and everything stored can be listed", async () => {
  const wrong = await bench.control("POST", "/qoyod/invoices", { line_items: [{ product_id: 5001, quantity: 1 }] });
  expect([wrong.status, wrong.body.error]).toEqual([400, expect.stringContaining("more than what is in stock")]);
  expect((await bench.control("POST", "/qoyod/taxes", {})).status).toBe(400);
  expect((await bench.control("PATCH", "/qoyod/products/5001", { stock: "many" })).status).toBe(400);
  expect((await bench.control("PATCH", "/qoyod/products/5001", { updated_at: "then" })).status).toBe(400);
  expect((await bench.control("GET", "/qoyod/things")).body.error).toContain("qoyod keeps no things");
  expect((await bench.control("DELETE", "/qoyod/products/5002")).status).toBe(204);
  expect((await bench.qoyod("GET", "/products/5002")).status).toBe(404);
  for (const table of Object.keys(bench.sandbox.inside.qoyod.company().tables))
    expect((await bench.control("GET", `/qoyod/${table}`)).status).toBe(200);
});
