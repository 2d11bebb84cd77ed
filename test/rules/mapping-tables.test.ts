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

/** Each table of the seed: the flow that it is, and which of its rows; `beyond` names what we have and the seed does not. */
interface SeedTable {
  readonly flow: string;
  /** the lines inside this field */
  readonly lines?: string;
  /** where our target stands: on the left, as in most tables, or on the right */
  readonly target?: "left" | "right";
  /** rows of the seed that stand elsewhere with us, and where */
  readonly elsewhere?: Readonly<Record<string, string>>;
  readonly beyond: readonly string[];
}

// biome-ignore format: a table
const seedTablesOfFlows: Readonly<Record<string, SeedTable>> = {
  "Products": { flow: "products", beyond: [] },
  "Suppliers": { flow: "suppliers", beyond: [] },
  "Supplier Products": { flow: "supplier-products", beyond: [] },
  "Sell Orders": { flow: "sell-orders", beyond: ["orderLines"] },
  "Sell Order Lines": { flow: "sell-orders", lines: "orderLines", elsewhere: { sellorder_id: "the lines stand inside their order" }, beyond: [] },
  "Buy Orders Zoho > OP": { flow: "buy-orders", beyond: ["exportedFrom", "orderLines"] },
  "Buy Order Lines": { flow: "buy-orders", lines: "orderLines", elsewhere: { buyorderid: "the lines stand inside their order" }, beyond: [] },
  "Buy Order Optiply > Zoho": { flow: "buy-orders-export", target: "right", beyond: ["reference_number", "date", "line_items", "rateCurrency", "status"] },
  "Buy Order Lines Optiply > Zoho": { flow: "buy-orders-export", lines: "line_items", target: "right", elsewhere: { reference_number: "in the order itself" }, beyond: ["rate"] },
};

/** What the seed's words for a source are with us, where they are not the field's own name. */
const ourSources: Readonly<Record<string, readonly string[]>> = {
  "Timestamp when order_status became closed": ["order_status", "last_modified_time"],
  "supplier.remoteId": ["supplierId"],
  "product.remoteId": ["productId"],
  optiplyBuyOrderId: ["id"],
};

function printed(name: string) {
  const flow = zohoBooksOptiply.flows.find((one) => one.name === name);
  if (flow === undefined) throw new Error(`there is no flow ${name}`);
  return printFlow(flow);
}

const seedTest = test.skipIf(!existsSync(seed));

seedTest("the seed document has the tables that are compared (skipped where it is absent)", () => {
  expect([...seedTables(readFileSync(seed, "utf8")).keys()].sort()).toEqual(Object.keys(seedTablesOfFlows).sort());
});

seedTest.for(Object.entries(seedTablesOfFlows))(
  "%s: the printed table has the rows of the seed document (skipped where it is absent)",
  ([title, { flow: name, lines: field, target: side = "left", elsewhere = {}, beyond }]) => {
    const flow = printed(name);
    const rows = field === undefined ? flow.rows : flow.lines.find((one) => one.field === field)?.rows;
    const ours = new Map((rows ?? []).map((row) => [row.target.toLowerCase(), row.sources]));
    const wanted = (seedTables(readFileSync(seed, "utf8")).get(title) ?? []).map(([left, right]) =>
      side === "left" ? ([left, right] as const) : ([right, left] as const),
    );
    expect(wanted.length, title).toBeGreaterThan(0);
    for (const [target, source] of wanted) {
      const key = target.replace(/ \(.*\)$/, "").toLowerCase();
      if (key in elsewhere) continue;
      const sources = ours.get(key);
      expect(sources, `${title}: ${target}`).toBeDefined();
      for (const one of sourcesOf(source)) expect(sources, `${title}: ${target} from ${source}`).toContain(one);
    }
    const named = wanted.map(([target]) => target.replace(/ \(.*\)$/, "").toLowerCase());
    const extra = (rows ?? []).map((row) => row.target).filter((target) => !named.includes(target.toLowerCase()));
    expect(extra.sort(), `${title}: beyond the seed`).toEqual([...beyond].sort());
  },
);

seedTest("the order of an exported line is in the order itself", () => {
  expect(printed("buy-orders-export").rows.find(({ target }) => target === "reference_number")?.sources).toEqual([
    "id",
  ]);
});

seedTest("the flavours and intervals are those of the seed document (skipped where it is absent)", () => {
  const text = readFileSync(seed, "utf8");
  const wanted = { Simple: flavourOf(text, "Simple"), Full: flavourOf(text, "Full") };
  const shown = (names: readonly string[]) =>
    names.map((name) => {
      const { title, everyMinutes } = printed(name);
      const seedTitle = name === "buy-orders" ? "Buy Orders Import" : title;
      return `${seedTitle} | ${everyMinutes === 60 ? "updated hourly" : `every ${everyMinutes}min`}`;
    });
  const { simple, full } = zohoBooksOptiply.flavours;
  expect(shown(simple ?? []).sort()).toEqual(wanted.Simple);
  expect(shown(full ?? []).sort()).toEqual(wanted.Full);
});

test("what is deleted, made anew, switched off or run apart is printed with the flow it belongs to", () => {
  const rules = (name: string) => printed(name).rules.join("\n");
  expect(rules("products")).toContain("Disappeared at the source (`gone-at-source`): disabled");
  expect(rules("products")).toContain("a person confirms it");
  expect(rules("supplier-products")).toContain("Where supplierId or productId differs");
  expect(rules("buy-orders")).toContain("Deletion (`cancelled`)");
  expect(rules("buy-orders")).toContain("Where supplierId differs");
  expect(rules("buy-orders")).toContain("`buy-orders-export` runs the other way");
  expect(rules("buy-orders-export")).toContain("the day's reserve");
  expect(printed("suppliers").rules).toEqual([]);
  for (const { name } of zohoBooksOptiply.flows)
    for (const rule of printed(name).rules) expect(rule).toMatch(/^[A-Z`].*\.$/);
});

/** The field names in the seed's words for a source. */
function sourcesOf(words: string): readonly string[] {
  const known = ourSources[words];
  if (known !== undefined) return known;
  if (/^if\b/i.test(words)) return [];
  return words
    .split("*")
    .map((part) => part.trim().replace("line_items.", ""))
    .filter((part) => part !== "");
}

/** The tables of the seed by title: both columns as written. */
function seedTables(text: string): Map<string, (readonly [left: string, right: string])[]> {
  const tables = new Map<string, (readonly [string, string])[]>();
  let title = "";
  for (const line of text.split("\n").map((one) => one.trim())) {
    const columns = line.split("|").map((part) => part.trim());
    const [left = "", right = ""] = columns;
    if (!line.includes("|")) title = line === "" ? title : line;
    // The tables of flavours have three columns; what stands behind the last bar is empty.
    else if (left !== "Optiply" && left !== "" && columns.filter((one) => one !== "").length < 3)
      tables.set(title, [...(tables.get(title) ?? []), [left, right]]);
  }
  return tables;
}

/** The rows of one flavour: entity and frequency. */
function flavourOf(text: string, flavour: string): readonly string[] {
  const [, after = ""] = text.split(new RegExp(`^${flavour}$`, "m"));
  const [, table = ""] = after.split("Frequency |");
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.split("|").map((part) => part.trim()))
    .slice(0, 10)
    .reduce<{ rows: string[]; ended: boolean }>(
      ({ rows, ended }, [entity, , frequency]) =>
        ended || frequency === undefined
          ? { rows, ended: true }
          : { rows: [...rows, `${entity} | ${frequency}`], ended },
      { rows: [], ended: false },
    )
    .rows.sort();
}
