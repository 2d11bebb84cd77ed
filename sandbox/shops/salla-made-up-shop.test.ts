import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import type { Fields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const make = async (options: Fields = {}) =>
  bench.control("POST", "/import/made-up-shop", { vendor: "salla", items: 60, orders: 60, ...options });
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/salla/${resource}`), "rows");

test("a shop of the asked size has every oddity once, and says where", async () => {
  const made = await make();
  expect(made.body).toMatchObject({ products: 60, customers: 29, orders: 60 });
  const oddities = rowsOf(made, "oddities");
  const idOf = (oddity: string) => String(oddities.find((one) => one.oddity === oddity)?.id);
  // One product was deleted, and is told as such.
  expect([(await stored("products")).length, (await stored("orders")).length]).toEqual([59, 60]);
  for (const { resource, id, oddity } of oddities) {
    if (oddity === "product that an order names and that was deleted") continue;
    expect((await bench.control("GET", `/salla/${resource}/${id}`)).status).toBe(200);
  }
  const detail = async (oddity: string) => objectOf(await bench.salla("GET", `/orders/${idOf(oddity)}`), "data");
  expect(await detail("completed and restored")).toMatchObject({ status: { slug: "restored" } });
  expect(await detail("foreign currency")).toMatchObject({ currency: "USD", exchange_rate: { rate: "3.75" } });
  expect(await detail("no VAT at all")).toMatchObject({ amounts: { tax: { percent: "0.00", amount: { amount: 0 } } } });
  expect(await detail("total that does not close")).toMatchObject({ amounts: { total: { amount: 1.23 } } });
  expect(await detail("product that was deleted")).toMatchObject({ items: [{ sku: "GONE", product: null }] });
  expect(await detail("coupon of the whole")).toMatchObject({ amounts: { total: { amount: 0 } } });
  const reference = (await detail("reference that is another order's id")).reference_id;
  expect((await bench.salla("GET", `/orders/${reference}`)).status).toBe(200);
  expect((await bench.salla("GET", "/products/sku/GONE")).status).toBe(404);
});

test("the same seed makes the same shop, another seed another", async () => {
  const shop = async (seed: number) => {
    await bench.control("POST", "/reset");
    await make({ seed });
    return (await stored("products")).map(({ sku, price, quantity }) => [sku, price, quantity]);
  };
  const once = await shop(1);
  expect(await shop(1)).toEqual(once);
  expect(await shop(2)).not.toEqual(once);
});

test("a wrong size is refused by name", async () => {
  expect((await make({ items: -1 })).body.error).toContain("items cannot be -1");
});
