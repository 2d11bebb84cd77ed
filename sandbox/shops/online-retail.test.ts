import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, expect, test } from "vitest";
import { objectOf, openBench, rowsOf } from "../sandbox-client.ts";
import { type Fields, isFields } from "../wire.ts";
import { readCsvRows } from "./csv-rows.ts";

const bench = await openBench();
const folder = await mkdtemp(join(tmpdir(), "made-up-orders-"));
const realFiles = ["2010-12", "2011-01", "2011-02", "2011-03"].map(
  (month) => new URL(`../../../shared/data/online-retail/${month}.csv.gz`, import.meta.url).pathname,
);
afterAll(async () => {
  await bench.sandbox.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await bench.control("POST", "/reset");
});

const madeUpRows = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
900001,A100,"TEAPOT, ""ROYAL""",2,2025-03-29 23:30:00,3.35,700.0,Nowhere
900001,a100,teapot in small letters,1,2025-03-29 23:30:00,3.35,700.0,Nowhere
900001,A100,"TEAPOT
WITH A BREAK",3,2025-03-29 23:30:00,0.335,700.0,Nowhere
900002,B200,,1,2025-03-30 10:00:00,0,,Nowhere
900002,B200,FOUND NAME,-4,2025-03-30 10:00:00,1.5,,Nowhere
C900003,A100,TEAPOT,-2,2025-04-01 09:00:00,3.35,701.0,Nowhere
900004,POST,POSTAGE,1,2025-04-01 09:01:00,18,701.0,Nowhere
900004,C300,NEVER NAMED?,1.5,2025-04-01 09:01:00,-2.25,701.0,Nowhere
,A100,NO INVOICE,1,2025-04-01 09:01:00,1,701.0,Nowhere
900005,,NO CODE,1,2025-04-01 09:01:00,1,701.0,Nowhere
900005,A100,TEAPOT,many,2025-04-01 09:01:00,1,701.0,Nowhere
900005,A100,TEAPOT,1,2025-04-01 09:01:00,free,701.0,Nowhere
900005,A100,TEAPOT,1,2025-02-30 09:01:00,1,701.0,Nowhere
900005,A100,TEAPOT,1,soon,1,701.0,Nowhere
`;

const importRows = async (text: string | Buffer, name: string, more: Fields = {}) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return (await bench.control("POST", "/import/online-retail", { paths: [path], ...more })).body;
};
const stored = async (resource: string) => rowsOf(await bench.control("GET", `/zoho-books/${resource}`), "rows");
const linesOf = (order: Fields) => (Array.isArray(order.line_items) ? order.line_items.filter(isFields) : []);

test("every row is taken or left out with a reason, and the dirt arrives as it stands", async () => {
  expect(await importRows(madeUpRows, "rows.csv")).toEqual({
    rows: 14,
    taken: 8,
    leftOut: {
      "no invoice number": 1,
      "no stock code": 1,
      "quantity is not a number": 1,
      "price is not a number": 1,
      "date cannot be read": 2,
    },
    items: 5,
    contacts: 3,
    salesOrders: 4,
  });
  const orders = await stored("salesorders");
  expect(orders.map(({ salesorder_number, total }) => [salesorder_number, total])).toEqual([
    // 2 × 3.35 + 3.35 + 3 × 0.335 = 11.055
    ["900001", 11.06],
    ["900002", -6],
    ["C900003", -6.7],
    // 18 + 1.5 × -2.25 = 14.625
    ["900004", 14.63],
  ]);
  expect(orders[0]).toMatchObject({
    date: "2025-03-29",
    status: "closed",
    order_status: "closed",
    invoiced_status: "invoiced",
    created_time: "2025-03-29T23:30:00+0100",
  });
  expect(linesOf(orders[0] ?? {}).map(({ sku, quantity, rate }) => [sku, quantity, rate])).toEqual([
    ["A100", 2, 3.35],
    ["a100", 1, 3.35],
    ["A100", 3, 0.335],
  ]);
  const items = await stored("items");
  expect(items.map(({ sku, name, product_type, rate }) => [sku, name, product_type, rate])).toEqual([
    ["A100", 'TEAPOT, "ROYAL"', "goods", 3.35],
    ["a100", "teapot in small letters", "goods", 3.35],
    ["B200", "FOUND NAME", "goods", 0],
    ["POST", "POSTAGE", "service", 18],
    ["C300", "NEVER NAMED?", "goods", -2.25],
  ]);
  expect((await stored("contacts")).map(({ contact_name }) => contact_name)).toEqual([
    "Customer 700",
    "Walk-in customer",
    "Customer 701",
  ]);
});

test("the same rows make the same ids, gzipped or not, and a second import leaves them out", async () => {
  await importRows(madeUpRows, "plain.csv");
  const once = await stored("salesorders");
  await bench.control("POST", "/reset");
  await importRows(gzipSync(madeUpRows.replaceAll("\n", "\r\n")), "packed.csv.gz");
  expect((await stored("salesorders")).map(({ salesorder_id }) => salesorder_id)).toEqual(
    once.map(({ salesorder_id }) => salesorder_id),
  );
  const again = await importRows(madeUpRows, "again.csv");
  expect(again).toMatchObject({ taken: 0, items: 0, salesOrders: 0 });
  expect(
    objectOf({ status: 200, headers: new Headers(), body: again, text: "" }, "leftOut")["invoice imported before"],
  ).toBe(8);
});

test("as many orders as asked share one second of last_modified_time", async () => {
  await importRows(madeUpRows, "seconds.csv", { sameSecond: 3 });
  const moments = (await stored("salesorders")).map(({ last_modified_time }) => last_modified_time);
  expect(moments).toEqual([
    "2025-04-01T09:01:00+0200",
    "2025-04-01T09:01:00+0200",
    "2025-04-01T09:01:00+0200",
    "2025-04-01T09:01:01+0200",
  ]);
});

test("a file without the columns is refused by name", async () => {
  expect((await importRows("a,b\n1,2\n", "wrong.csv")).error).toContain("no column InvoiceNo");
});

const there = realFiles.every((path) => existsSync(path));
test.skipIf(!there)(
  `the real orders keep their lines, quantities and totals${there ? "" : " (skipped: ../shared/data/online-retail is not there)"}`,
  async () => {
    // Independent of the importer: prices as whole thousandths, summed as integers.
    const sums = new Map<string, { lines: number; quantity: number; thousandths: number }>();
    let rows = 0;
    for (const path of realFiles) {
      let header = true;
      await readCsvRows(path, (fields) => {
        const [invoice = "", , , quantity = "", , price = ""] = header ? [] : fields;
        if (!header) {
          rows += 1;
          const sum = sums.get(invoice) ?? { lines: 0, quantity: 0, thousandths: 0 };
          sums.set(invoice, sum);
          sum.lines += 1;
          sum.quantity += Number(quantity);
          sum.thousandths += Number(quantity) * Math.round(Number(price) * 1000);
        }
        header = false;
      });
    }
    const result = await bench.control("POST", "/import/online-retail", { paths: realFiles });
    expect(rows).toBe(142_083);
    expect(result.body).toMatchObject({ rows, taken: rows, leftOut: {}, salesOrders: sums.size });
    for (const order of await stored("salesorders")) {
      const sum = sums.get(String(order.salesorder_number));
      const lines = linesOf(order);
      const cents = Math.sign(sum?.thousandths ?? 0) * Math.round(Math.abs(sum?.thousandths ?? 0) / 10);
      expect([lines.length, lines.reduce((total, { quantity }) => total + Number(quantity), 0), order.total]).toEqual([
        sum?.lines,
        sum?.quantity,
        cents / 100,
      ]);
    }
  },
  60_000,
);
