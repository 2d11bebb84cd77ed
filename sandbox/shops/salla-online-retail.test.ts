import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { add, compare, decimalText, multiply, roundHalfUp, zero } from "../decimal.ts";
import { openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";

const bench = await openBench();
const folder = await mkdtemp(join(tmpdir(), "made-up-salla-orders-"));
const realFile = new URL("../../../shared/data/online-retail/2010-12.csv.gz", import.meta.url).pathname;
afterAll(async () => {
  await bench.sandbox.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const madeUpRows = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
900001,A100,TEAPOT,2,2025-03-29 23:30:00,3.35,700.0,Nowhere
900001,B200,LAMP,5,2025-03-29 23:30:00,11.5,700.0,Nowhere
900002,A100,TEAPOT,1,2025-03-30 10:00:00,0,,Elsewhere
900003,A100,TEAPOT,4,2025-03-30 11:00:00,3.35,701.0,Nowhere
C900004,B200,LAMP,-2,2025-04-01 09:00:00,11.5,700.0,Nowhere
C900005,A100,TEAPOT,-4,2025-04-01 09:01:00,3.35,701.0,Nowhere
C900006,A100,TEAPOT,-1,2025-04-01 09:02:00,3.35,,Nowhere
C900007,A100,TEAPOT,-3,2025-04-01 09:03:00,3.35,700.0,Nowhere
900008,POST,POSTAGE,1,2025-04-01 09:04:00,18,701.0,Nowhere
900008,A100,TEAPOT,-1,2025-04-01 09:04:00,3.35,701.0,Nowhere
900008,A100,TEAPOT,1.5,2025-04-01 09:04:00,3.35,701.0,Nowhere
900008,A100,TEAPOT,1,2025-04-01 09:04:00,-3.35,701.0,Nowhere
900008,A100,TEAPOT,many,2025-04-01 09:04:00,3.35,701.0,Nowhere
`;

const importRows = async (more: Fields = {}) => {
  const path = join(folder, "rows.csv");
  await writeFile(path, madeUpRows);
  return (await bench.control("POST", "/import/online-retail", { vendor: "salla", paths: [path], ...more })).body;
};
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/salla/${resource}`), "rows");
const slugOf = ({ status }: Fields) => (isFields(status) ? status.slug : undefined);
const amount = (value: unknown) => (isFields(value) ? value.amount : undefined);

test("every row is an order's, a cancellation's, or left out with a reason", async () => {
  expect(await importRows()).toEqual({
    rows: 13,
    taken: 7,
    leftOut: {
      "quantity is not a number": 1,
      "cancellation of nothing that is there": 2,
      "quantity is not positive": 1,
      "quantity is not whole": 1,
      "price is negative": 1,
    },
    products: 3,
    customers: 2,
    orders: 4,
    cancellations: 2,
  });
  const orders = await stored("orders");
  // 2 × 3.35 + 5 × 11.50, a free teapot, 4 × 3.35, 18: what the customer paid, VAT included.
  expect(
    orders.map((order) => [order.reference_id, slugOf(order), amount(isFields(order.amounts) && order.amounts.total)]),
  ).toEqual([
    [900_001, "completed", 64.2],
    [900_002, "completed", 0],
    [900_003, "restored", 13.4],
    [900_008, "completed", 18],
  ]);
  const invoices = await stored("invoices");
  expect(invoices.map(({ slug, total }) => [slug, amount(total)])).toEqual([
    [1, 64.2],
    [1, 0],
    [1, 13.4],
    [2, 23],
    [2, 13.4],
    [1, 18],
  ]);
  expect(invoices[3]).toMatchObject({ date: "2025-04-01" });
  expect((await stored("products")).map(({ sku, type }) => [sku, type])).toEqual([
    ["A100", "product"],
    ["B200", "product"],
    ["POST", "service"],
  ]);
  expect(await importRows()).toMatchObject({ products: 0, customers: 0, orders: 0 });
});

test("orders that are not completed yet are canceled whole or not at all; a catalogue comes without orders", async () => {
  expect(await importRows({ status: "in_progress", moveStock: true })).toMatchObject({
    cancellations: 1,
    leftOut: { "cancellation of a part of an order that has no invoice": 1 },
  });
  expect((await stored("orders")).map(slugOf)).toEqual(["in_progress", "in_progress", "canceled", "in_progress"]);
  expect(await stored("invoices")).toEqual([]);
  await bench.control("POST", "/reset");
  expect(await importRows({ orders: 0 })).toMatchObject({
    products: 3,
    orders: 0,
    leftOut: { "more orders than asked for": 8 },
  });
  expect((await importRows({ status: "done" })).error).toContain("status cannot be done");
});

const there = existsSync(realFile);
test.skipIf(!there)(
  `the real orders of a month close and keep what was paid${there ? "" : " (skipped: ../shared/data/online-retail is not there)"}`,
  async () => {
    const { body } = await bench.control("POST", "/import/online-retail", { vendor: "salla", paths: [realFile] });
    const leftOut = isFields(body.leftOut)
      ? Object.values(body.leftOut).reduce<number>((all, one) => all + Number(one), 0)
      : 0;
    expect(Number(body.taken) + leftOut).toBe(body.rows);
    expect(Number(body.orders)).toBeGreaterThan(1000);
    expect(Number(body.cancellations)).toBeGreaterThan(50);
    let lines = 0;
    for (const { amounts, lines: own } of bench.sandbox.inside.salla.shop().orders.rows.values()) {
      lines += own.length;
      const paid = own.map(({ grossUnit = zero, quantity }) =>
        multiply(grossUnit, { digits: BigInt(quantity), scale: 0 }),
      );
      const expected = paid.map((one) => roundHalfUp(one, 2)).reduce(add, zero);
      if (compare(amounts.total, add(amounts.subTotal, amounts.tax)) !== 0 || compare(amounts.total, expected) !== 0)
        throw new Error(`an order comes to ${decimalText(amounts.total)}, the file says ${decimalText(expected)}`);
    }
    expect(lines).toBeGreaterThan(40_000);
  },
);
