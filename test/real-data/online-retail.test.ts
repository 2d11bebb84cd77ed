/** Four months of a real shop's orders through the whole of Mizan, compared with the CSV row by row. */
import { describe, expect, it } from "vitest";
import { openStage, remoteId } from "../stage.ts";
import { cents, readInvoices, retailFiles, whyAbsent } from "./retail-books.ts";

const pageOfRecords = 5000;

describe.skipIf(retailFiles.length === 0)(`real orders (skipped where ${whyAbsent})`, () => {
  it("every row is accounted for, every line and total equals the CSV, and a second sync writes nothing", async () => {
    const stage = await openStage({ optiplySettings: { concurrency: 16 } });
    const imported = await importFiles(stage.shop.addresses.control, retailFiles);
    const { orders, rows } = readInvoices(retailFiles);
    expect(imported.rows).toBe(rows);

    const first = await stage.sync();
    const calls = await stage.count("zoho-books", "GET");
    const items = (await stage.shop.all("zoho-books/items")).length;
    expect(calls).toBeLessThanOrEqual((items / 200 + items / 100 + orders.size / 200 + orders.size) * 1.02);

    const taken = [...orders].filter(([, { lines }]) => [...lines.values()].some(({ quantity }) => quantity > 0n));
    expect(first.products.counts.created).toBe(items);
    expect(first.orders.counts).toMatchObject({
      created: taken.length,
      skipped: orders.size - taken.length,
      waiting: 0,
      rejected: 0,
    });

    const found = await inOptiply(stage);
    const expected = new Map(
      taken.map(([invoice, { day, total, lines }]) => [
        invoice,
        {
          placed: `${day}T00:00:00Z`,
          total: cents(total),
          lines: [...lines]
            .filter(([, { quantity }]) => quantity > 0n)
            .map(([code, { quantity, subtotal }]) => `${code} ${quantity} ${cents(subtotal)}`)
            .sort(),
        },
      ]),
    );
    expect(found.size).toBe(expected.size);
    for (const [invoice, order] of expected) expect(found.get(invoice), invoice).toEqual(order);

    expect(await accountedRows(stage)).toBe(imported.taken);
    expect(imported.taken + Object.values(imported.leftOut).reduce((sum, count) => sum + count, 0)).toBe(rows);

    await stage.resetCalls();
    await stage.sync();
    expect(await stage.writes()).toBe(0);
    // The list pages, which overlap by a row or two, the stock of every item, and the one page of changed orders.
    const pages = Math.ceil(items / 195) + 1;
    expect(await stage.count("zoho-books")).toBeLessThanOrEqual(pages + 2 * pages + 1);
  }, 300_000);
});

interface Imported {
  readonly rows: number;
  readonly taken: number;
  readonly leftOut: Readonly<Record<string, number>>;
}

async function importFiles(control: string, paths: readonly string[]): Promise<Imported> {
  const answer = await fetch(`${control}/import/online-retail`, { method: "POST", body: JSON.stringify({ paths }) });
  return (await answer.json()) as Imported;
}

/** The sell orders in Optiply by invoice number, with their lines by stock code. */
async function inOptiply(stage: Awaited<ReturnType<typeof openStage>>) {
  const [products, sellOrders, lines, sources] = await Promise.all([
    stage.inOptiply("products"),
    stage.inOptiply("sellOrders"),
    stage.inOptiply("sellOrderLines"),
    stage.shop.all("zoho-books/salesorders"),
  ]);
  const codes = new Map(products.map((product) => [String(product.id), String(product.skuCode)]));
  const invoices = new Map(sources.map((order) => [String(order.salesorder_id), String(order.salesorder_number)]));
  const ofOrder = new Map<string, string[]>();
  for (const line of lines) {
    const id = String(line.sellOrderId);
    const words = `${codes.get(String(line.productId))} ${String(line.quantity)} ${Number(line.subtotalValue).toFixed(2)}`;
    ofOrder.set(id, [...(ofOrder.get(id) ?? []), words]);
  }
  return new Map(
    sellOrders.map((order) => [
      invoices.get(remoteId(order)) ?? `unknown ${remoteId(order)}`,
      {
        placed: String(order.placed).replace(/\.000Z$/, "Z"),
        total: Number(order.totalValue).toFixed(2),
        lines: (ofOrder.get(String(order.id)) ?? []).sort(),
      },
    ]),
  );
}

/** Rows that stand in a line, were merged into one, or are named in a note. */
async function accountedRows(stage: Awaited<ReturnType<typeof openStage>>): Promise<number> {
  const { database } = stage.mizan.desk.store;
  let accounted = (await stage.inOptiply("sellOrderLines")).length;
  for (let after = ""; ; ) {
    const page = await database
      .selectFrom("record")
      .select(["source_id", "notes"])
      .where("flow", "=", "sell-orders")
      .where("source_id", ">", after)
      .orderBy("source_id")
      .limit(pageOfRecords)
      .execute();
    for (const note of page.flatMap(({ notes }) => notes ?? [])) {
      if (note.code === "line-not-positive" || note.code === "line-without-item") accounted += 1;
      if (note.code === "lines-merged") accounted += Number(note.parameters.count) - 1;
    }
    const last = page.at(-1);
    if (last === undefined) return accounted;
    after = last.source_id;
  }
}
