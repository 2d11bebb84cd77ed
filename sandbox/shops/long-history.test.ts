import { afterAll, beforeEach, expect, test } from "vitest";
import { openBench, rowsOf } from "../sandbox-client.ts";
import type { Fields } from "../wire.ts";

const bench = await openBench();
afterAll(() => bench.sandbox.stop());
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const DAY_MS = 86_400_000;
const make = (options: Fields) => bench.control("POST", "/import/long-history", options);
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/zoho-books/${resource}`), "rows");
const linesOf = ({ line_items }: Fields) => (Array.isArray(line_items) ? (line_items as Fields[]) : []);

test("a history of the asked size: tracked items with vendors, orders over all days, most of them settled", async () => {
  const made = await make({ seed: 2, items: 250, salesOrders: 2000, purchaseOrders: 400, days: 1095 });
  const [items, contacts] = [await stored("items"), await stored("contacts")];
  const [sales, purchases] = [await stored("salesorders"), await stored("purchaseorders")];
  expect(made.body).toMatchObject({ items: 250, vendors: 3, salesOrders: 2000, purchaseOrders: 400 });
  expect([items.length, sales.length, purchases.length]).toEqual([250, 2000, 400]);
  const vendors = new Set(contacts.filter((one) => one.contact_type === "vendor").map((one) => one.contact_id));
  expect(vendors.size).toBe(3);
  expect(items.every((one) => one.track_inventory === true && vendors.has(one.vendor_id))).toBe(true);
  for (const orders of [sales, purchases]) {
    const counts = orders.map((order) => linesOf(order).length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 5]);
    for (const order of orders)
      expect(new Set(linesOf(order).map(({ item_id }) => item_id)).size).toBe(linesOf(order).length);
  }
  expect(made.body.salesOrderLines).toBe(sales.flatMap(linesOf).length);
  expect(made.body.purchaseOrderLines).toBe(purchases.flatMap(linesOf).length);
  const share = (orders: Fields[], field: string, value: string) =>
    orders.filter((one) => one[field] === value).length / orders.length;
  expect(share(sales, "invoiced_status", "invoiced")).toBeGreaterThan(0.7);
  for (const status of ["draft", "void"]) expect(share(sales, "status", status)).toBeGreaterThan(0.02);
  expect(share(purchases, "status", "billed")).toBeGreaterThan(0.7);
  for (const status of ["open", "draft", "cancelled"]) expect(share(purchases, "status", status)).toBeGreaterThan(0);
  // Every vendor supplies the items of its orders.
  const vendorOf = new Map(items.map((item) => [item.item_id, item.vendor_id]));
  for (const order of purchases)
    for (const { item_id } of linesOf(order)) expect(vendorOf.get(item_id)).toBe(order.vendor_id);
});

test("nothing lies in the future, orders are touched after their day, and a year has more of them than the one before", async () => {
  await make({ items: 20, salesOrders: 3000, purchaseOrders: 300, days: 1095 });
  const nowMs = Date.now();
  const sales = await stored("salesorders");
  for (const order of [...sales, ...(await stored("purchaseorders")), ...(await stored("items"))]) {
    const [made, changed] = [Date.parse(String(order.created_time)), Date.parse(String(order.last_modified_time))];
    expect(made).toBeGreaterThanOrEqual(nowMs - 1095 * DAY_MS - 60_000);
    expect(changed).toBeGreaterThanOrEqual(made);
    expect(changed).toBeLessThanOrEqual(nowMs);
    if (order.date !== undefined) expect(String(order.created_time).slice(0, 10)).toBe(order.date);
  }
  const byYear = [3, 2, 1].map(
    (age) =>
      sales.filter((one) => {
        const ageMs = nowMs - Date.parse(String(one.created_time));
        return ageMs <= age * 365 * DAY_MS && ageMs > (age - 1) * 365 * DAY_MS;
      }).length,
  );
  expect(byYear).toEqual(byYear.toSorted((one, other) => one - other));
  const [first = 0, , last = 0] = byYear;
  expect(last / first).toBeGreaterThan(1.2);
});

test("the same seed makes the same history, and a wrong option is refused by name", async () => {
  const quantities = async (seed: number) => {
    await bench.control("POST", "/reset");
    await make({ seed, items: 30, salesOrders: 40, purchaseOrders: 10, days: 60 });
    return (await stored("salesorders")).map((order) => linesOf(order).map(({ quantity }) => quantity));
  };
  const once = await quantities(3);
  expect(await quantities(3)).toEqual(once);
  expect(await quantities(4)).not.toEqual(once);
  for (const wrong of [{ items: 0 }, { days: 0 }, { salesOrders: 1.5 }, { seed: "one" }]) {
    const answer = await make(wrong);
    expect([answer.status, answer.body.error]).toEqual([
      400,
      expect.stringContaining(`${Object.keys(wrong)[0]} cannot be`),
    ]);
  }
});
