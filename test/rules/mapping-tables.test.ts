import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printFlow } from "../../src/core/mapping-table.ts";
import { zohoBooksOptiply } from "../../src/flows/zoho-books-optiply/index.ts";
import { item, itemId, openStage, order, orderId } from "../stage.ts";

test("Products: field by field", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [
    item({
      name: "  فنجان 🎉 Mug ",
      sku: "MUG-1",
      rate: 0.125,
      available_for_sale_stock: 12.9,
      created_time: "2026-06-09T23:15:55-0400",
      purchase_rate: 3,
    }),
  ]);
  await stage.sync();
  const [product] = await stage.inOptiply("products");
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  expect(product).toMatchObject({
    name: "فنجان 🎉 Mug",
    skuCode: "MUG-1",
    price: "0.13",
    remoteIdMap: { [couplingId]: itemId(mug) },
    status: "enabled",
    stockLevel: 12,
    unlimitedStock: false,
    createdFromPublicApi: true,
  });
  expect(Date.parse(String(product?.createdAtRemote))).toBe(Date.parse("2026-06-10T03:15:55Z"));
});

test("Products: what may be missing is left out, what must be there rejects the item by name", async () => {
  const stage = await openStage();
  await stage.shop.add("zoho-books/items", [
    item({ name: "No sku", sku: "" }),
    item({ name: "No rate", sku: "NO-RATE", rate: "" }),
    item({ name: "  ", sku: "NO-NAME" }),
    item({ name: "Too dear", sku: "DEAR", rate: 12_000_000 }),
    item({ name: `Long ${"é".repeat(300)}`, sku: "LONG" }),
    item({ name: `${"x".repeat(254)}🎉 party`, sku: "EMOJI" }),
  ]);
  await stage.sync();
  const rows = await stage.inOptiply("products");
  const named = (name: string) => rows.find((row) => String(row.name).startsWith(name));
  expect(named("No sku")?.skuCode).toBeNull();
  expect(named("No rate")?.price).toBeNull();
  expect(String(named("Long")?.name)).toHaveLength(255);
  // A character outside the basic plane is not cut in half.
  expect(named("xxx")?.name).toBe("x".repeat(254));
  expect(rows).toHaveLength(4);
  expect((await stage.record("products", "NO-NAME")).reason).toBe("name is missing.");
  expect((await stage.record("products", "DEAR")).reason).toBe("rate is 12000000; allowed: at most 9999999.99.");
  expect((await stage.record("products", "LONG")).notes).toEqual(["name was cut to 255 characters."]);
});

test.for([
  { product_type: "goods", status: "active", sent: "enabled" },
  { product_type: "service", status: "active", sent: "disabled" },
  { product_type: "digital_service", status: "active", sent: "disabled" },
])("Products: $product_type and $status is $sent", async ({ product_type, status, sent }) => {
  const stage = await openStage();
  await stage.shop.add("zoho-books/items", [{ name: "Thing", product_type, status, rate: 1 }]);
  await stage.sync();
  expect(await stage.inOptiply("products")).toMatchObject([{ status: sent, unlimitedStock: true, stockLevel: 0 }]);
});

test("Sell orders and their lines: field by field", async () => {
  const stage = await openStage();
  const [mug] = await stage.shop.add("zoho-books/items", [item()]);
  const [sold] = await stage.shop.add("zoho-books/salesorders", [
    order([{ item_id: itemId(mug), quantity: 3, rate: 9.995 }], {
      date: "2026-03-29",
      total: 31.5,
      // In another time zone the moment of creation lies on another day; only the date counts.
      created_time: "2026-03-28T23:30:00+0000",
      currency_code: "USD",
      exchange_rate: 0.9,
    }),
  ]);
  await stage.sync();
  const [made] = await stage.inOptiply("sellOrders");
  const [product] = await stage.inOptiply("products");
  const { couplingId } = stage.shop.addresses.credentials.optiply;
  expect(made).toMatchObject({ totalValue: "31.50", remoteIdMap: { [couplingId]: orderId(sold) } });
  expect(Date.parse(String(made?.placed))).toBe(Date.parse("2026-03-29T00:00:00Z"));
  expect(await stage.inOptiply("sellOrderLines")).toMatchObject([
    {
      productId: Number(product?.id),
      sellOrderId: Number(made?.id),
      quantity: 3,
      // 9.995 × 3 = 29.985, half up
      subtotalValue: "29.99",
    },
  ]);
});

const seed = new URL("../../../shared/seeds/zoho-books-optiply.txt", import.meta.url);

test.skipIf(!existsSync(seed))(
  "the printed tables have the rows of the seed document (skipped where it is absent)",
  () => {
    const tables = seedTables(readFileSync(seed, "utf8"));
    const [products, orders] = zohoBooksOptiply.flows.map(printFlow);
    const sources = (rows: readonly { target: string; sources: readonly string[] }[] | undefined) =>
      Object.fromEntries((rows ?? []).map((row) => [row.target.toLowerCase(), row.sources]));
    const ours = {
      Products: sources(products?.rows),
      "Sell Orders": sources(orders?.rows),
      "Sell Order Lines": sources(orders?.lines[0]?.rows),
    };
    for (const [title, rows] of Object.entries(ours)) {
      const wanted = tables.get(title) ?? [];
      expect(wanted.length, title).toBeGreaterThan(2);
      for (const [target, source] of wanted) {
        // The lines stand inside their order, which is how they carry its id.
        if (title === "Sell Order Lines" && target === "sellorder_id") continue;
        expect(Object.keys(rows), `${title}: ${target}`).toContain(target);
        if (/^if\b/i.test(source)) continue;
        for (const field of source.match(/[a-z]+_?[a-z]+(?=$| \*)|(?<=\* )[a-z_.]+/g) ?? [])
          expect(rows[target], `${title}: ${target} from ${source}`).toContain(field.replace("line_items.", ""));
      }
      const extra = Object.keys(rows).filter((target) => !wanted.some(([name]) => name === target));
      expect(extra, title).toEqual(title === "Sell Orders" ? ["orderlines"] : []);
    }
  },
);

/** The tables of the seed by title: target field in lower case → source as written. */
function seedTables(text: string): Map<string, (readonly [target: string, source: string])[]> {
  const tables = new Map<string, (readonly [string, string])[]>();
  let title = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const [left, right = ""] = line.split("|").map((part) => part.trim());
    if (!line.includes("|")) title = line === "" ? title : line;
    else if (left !== "Optiply" && left && !line.startsWith("Entity"))
      tables.set(title, [...(tables.get(title) ?? []), [left.replace(/ \(.*\)$/, "").toLowerCase(), right]]);
  }
  return tables;
}
