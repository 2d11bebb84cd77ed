import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "../sandbox-client.ts";
import type { Fields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const place = (options: Fields) => bench.control("POST", "/import/buy-orders", options);
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/optiply/${resource}`), "rows");
const add = async (resource: string, ...records: Fields[]) =>
  rowsOf(await bench.control("POST", `/optiply/${resource}`, records), "rows").map(({ id }) => Number(id));
const product = (name: string, more: Fields = {}) => ({ name, stockLevel: 0, unlimitedStock: false, ...more });

async function makeShop() {
  const [beta = 0, delta = 0, idle = 0] = await add("suppliers", { name: "Beta" }, { name: "Delta" }, { name: "Idle" });
  const products = await add("products", ...Array.from({ length: 12 }, (_, index) => product(`p${index}`)));
  const [gone = 0] = await add("products", product("gone", { status: "disabled" }));
  const offer = (supplierId: number, productId: number) => ({ name: "offer", supplierId, productId, price: "1.25" });
  await add("supplierProducts", ...products.slice(0, 9).map((id) => offer(beta, id)), offer(beta, gone));
  await add("supplierProducts", ...products.slice(9).map((id) => offer(delta, id)));
  return { beta, delta, idle, gone, products };
}

test("people order from those who supply, 1 to 8 different products each, within the last 30 days", async () => {
  const { beta, delta, gone, products } = await makeShop();
  const answer = await place({ count: 120, seed: 4 });
  const [orders, lines] = [await stored("buyOrders"), await stored("buyOrderLines")];
  expect(answer.body).toEqual({ buyOrders: 120, lines: lines.length });
  expect(orders).toHaveLength(120);
  expect(new Set(orders.map(({ supplierId }) => supplierId))).toEqual(new Set([beta, delta]));
  const counts = new Set<number>();
  for (const order of orders) {
    expect(order).toMatchObject({ createdFromPublicApi: false, completed: null, assembly: false, remoteIdMap: {} });
    const ageMs = Date.now() - Date.parse(String(order.placed));
    expect(ageMs).toBeGreaterThan(0);
    expect(ageMs).toBeLessThanOrEqual(30 * 86_400_000 + 60_000);
    const own = lines.filter(({ buyOrderId }) => String(buyOrderId) === order.id);
    counts.add(own.length);
    expect(new Set(own.map(({ productId }) => productId)).size).toBe(own.length);
    const offered = order.supplierId === beta ? products.slice(0, 9) : products.slice(9);
    for (const { productId } of own) expect(offered).toContain(productId);
    const cents = own.reduce((sum, { quantity }) => sum + Number(quantity) * 125, 0);
    expect(order.totalValue).toBe((cents / 100).toFixed(2));
  }
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 8]);
  expect(lines.map(({ productId }) => productId)).not.toContain(gone);
});

test("where nobody supplies anything, everything may be ordered of everybody", async () => {
  const suppliers = await add("suppliers", { name: "Beta" }, { name: "Delta" }, { name: "Ignored", ignored: true });
  await add("products", product("one", { price: "3.10" }), product("two"));
  expect((await place({ count: 40 })).status).toBe(200);
  expect(new Set((await stored("buyOrders")).map(({ supplierId }) => supplierId))).toEqual(
    new Set(suppliers.slice(0, 2)),
  );
});

test("the same seed places the same orders; without suppliers or products none can be placed", async () => {
  expect((await place({ count: 1 })).body.error).toContain("optiply has no supplier with a product");
  const quantities = async (seed: number) => {
    await bench.control("POST", "/reset");
    await makeShop();
    await place({ count: 10, seed });
    return (await stored("buyOrderLines")).map(({ quantity }) => quantity);
  };
  const once = await quantities(6);
  expect(await quantities(6)).toEqual(once);
  expect(await quantities(7)).not.toEqual(once);
  expect((await place({ count: -1 })).body.error).toContain("count cannot be -1");
});
