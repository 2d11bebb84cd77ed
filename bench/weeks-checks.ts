/** What must hold of a shop and its books at every quiet moment, each by its name. */
import { decimalText } from "../sandbox/decimal.ts";
import { type Row, rowsByKey, type TableName } from "../sandbox/qoyod/company.ts";
import { sallaCredentials } from "../sandbox/salla/credentials.ts";
import { quantityOf, unitsOf } from "../sandbox/salla/products.ts";
import type { Fields } from "../sandbox/wire.ts";
import type { People, Sold } from "./weeks-people.ts";
import type { WeeksShop } from "./weeks-shop.ts";

/** An invariant that was broken. */
export interface Broken {
  readonly invariant: (typeof invariants)[number];
  /** which order or SKU, and both sides */
  readonly what: string;
}

export const invariants = [
  "one exact invoice for each completed order, or a reason",
  "one credit note for each of the shop, or a reason",
  "the stock equation",
  "the shop offers what nobody has claimed",
  "no quantity above what the last look at the orders left",
  "no twins",
] as const;

/** What both sides hold, in words that do not depend on ids. */
export interface EndState {
  /** reference → total */
  readonly invoices: Readonly<Record<string, string>>;
  readonly creditNotes: Readonly<Record<string, string>>;
  readonly payments: Readonly<Record<string, string>>;
  /** SKU → units in the books */
  readonly stock: Readonly<Record<string, number>>;
  /** SKU → units in the shop */
  readonly offered: Readonly<Record<string, number>>;
  readonly contacts: number;
  readonly products: number;
  readonly counts: number;
}

const prefix = `SALLA-${sallaCredentials.merchantId}-`;

/** @param reasons by the ids of Salla's orders, why one has no invoice or a refund no credit note */
export function broken(shop: WeeksShop, people: People, reasons: ReadonlyMap<string, string>): Broken[] {
  return [...brokenDocuments(shop, people, reasons), ...brokenStock(shop, people), ...twins(shop)];
}

function brokenDocuments(shop: WeeksShop, { sold }: People, reasons: ReadonlyMap<string, string>): Broken[] {
  const found: Broken[] = [];
  const { company } = shop.sandbox.qoyod;
  for (const one of sold.values()) {
    const invoices = rowsByKey(company(), "invoices", `${prefix}${one.reference}`);
    const wanted = one.state === "completed" ? 1 : 0;
    const totals = invoices.map(totalOf);
    const excused = invoices.length === 0 && reasons.has(one.id);
    if ((invoices.length !== wanted && !excused) || totals.some((total) => total !== one.total))
      found.push({ invariant: invariants[0], what: `${labelOf(one)}: invoices of [${totals}], order of ${one.total}` });
    if (one.creditNotes === 0 || invoices.length === 0) continue;
    const notes = creditNotesOf(shop, one);
    if (notes !== one.creditNotes && !reasons.has(one.id))
      found.push({ invariant: invariants[1], what: `${labelOf(one)}: ${notes} of ${one.creditNotes}` });
  }
  return found;
}

function creditNotesOf(shop: WeeksShop, { reference }: Sold): number {
  const { rows } = shop.sandbox.qoyod.company().tables.credit_notes;
  return [...rows.values()].filter(({ fields }) => String(fields.reference).startsWith(`${prefix}${reference}-CN`))
    .length;
}

function brokenStock(shop: WeeksShop, { sold, free }: People): Broken[] {
  const reserved = new Map<string, number>();
  const { company } = shop.sandbox.qoyod;
  for (const one of sold.values()) {
    if (one.state === "canceled" || rowsByKey(company(), "invoices", `${prefix}${one.reference}`).length > 0) continue;
    for (const [sku, units] of one.units) reserved.set(sku, (reserved.get(sku) ?? 0) + units);
  }
  const counted = countedProducts(shop);
  const offered = offeredUnits(shop);
  const found: Broken[] = [];
  for (const [sku, units] of free) {
    const product = productOf(shop, sku);
    const offers = offered.get(sku) ?? Number.NaN;
    if (product !== undefined && counted.has(product.id)) {
      const held = bookedUnits(shop, product.id);
      const wanted = Math.max(0, Math.floor(held) - (reserved.get(sku) ?? 0));
      if (offers !== wanted)
        found.push({
          invariant: invariants[2],
          what: `${sku}: shop ${offers}, books ${held}, reserved ${reserved.get(sku) ?? 0}`,
        });
    }
    if (offers !== units) found.push({ invariant: invariants[3], what: `${sku}: shop ${offers}, unclaimed ${units}` });
  }
  return found;
}

function countedProducts({ sandbox }: WeeksShop): ReadonlySet<number> {
  const { rows } = sandbox.qoyod.company().tables.inventory_adjustments;
  const lines = [...rows.values()].flatMap(({ fields }) => fields.line_items as readonly Fields[]);
  return new Set(lines.map(({ product_id }) => Number(product_id)));
}

function productOf({ sandbox }: WeeksShop, sku: string): Row | undefined {
  return rowsByKey(sandbox.qoyod.company(), "products", sku)[0];
}

function bookedUnits({ sandbox }: WeeksShop, productId: number): number {
  const stocks = [...(sandbox.qoyod.company().stock.get(productId)?.values() ?? [])];
  return stocks.reduce((sum, stock) => sum + Number(decimalText(stock)), 0);
}

function offeredUnits({ sandbox }: WeeksShop): ReadonlyMap<string, number> {
  return new Map([...unitsOf(sandbox.salla.shop())].map(({ product }) => [product.sku, quantityOf(product)]));
}

/** Documents, payments, contacts and products that stand twice for one fact, and products that were counted twice. */
function twins(shop: WeeksShop): Broken[] {
  const { tables } = shop.sandbox.qoyod.company();
  const keys = (table: TableName, keyOf: (fields: Fields) => unknown) =>
    [...tables[table].rows.values()].map(({ fields }) => `${table} ${String(keyOf(fields))}`);
  const counts = [...tables.inventory_adjustments.rows.values()].flatMap(({ fields }) =>
    (fields.line_items as readonly Fields[]).map(({ product_id }) => `count of ${String(product_id)}`),
  );
  const all = [
    ...keys("products", ({ sku }) => sku),
    ...keys("customers", ({ email, name }) => email ?? name),
    ...keys("invoices", ({ reference }) => reference),
    ...keys("credit_notes", ({ reference }) => reference),
    ...keys("invoice_payments", ({ reference }) => reference),
    ...counts,
  ];
  const seen = new Set<string>();
  const doubled = all.filter((key) => seen.size === seen.add(key).size);
  return doubled.map((what) => ({ invariant: invariants[5], what }));
}

/** What both sides hold now. */
export function stateOf(shop: WeeksShop, { free }: People): EndState {
  const { tables } = shop.sandbox.qoyod.company();
  const offered = offeredUnits(shop);
  const skus = [...free.keys()].sort();
  const totals = (table: TableName, total: (row: Row) => string) => {
    const rows = [...tables[table].rows.values()].map((row) => [referenceOf(row), total(row)] as const);
    return Object.fromEntries(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  return {
    invoices: totals("invoices", totalOf),
    creditNotes: totals("credit_notes", totalOf),
    payments: totals("invoice_payments", ({ fields }) => Number(fields.amount).toFixed(2)),
    stock: Object.fromEntries(
      skus.flatMap((sku) => {
        const product = productOf(shop, sku);
        return product === undefined ? [] : [[sku, bookedUnits(shop, product.id)]];
      }),
    ),
    offered: Object.fromEntries(skus.map((sku) => [sku, offered.get(sku) ?? Number.NaN])),
    contacts: tables.customers.rows.size,
    products: tables.products.rows.size,
    counts: countedProducts(shop).size,
  };
}

/** Ids of Salla's credit notes are the same in each run of a plan only in their order: the order's number is what compares. */
function referenceOf({ fields }: Row): string {
  return String(fields.reference).slice(prefix.length);
}

function totalOf({ fields }: Row): string {
  return Number(fields.total).toFixed(2);
}

function labelOf({ reference, state }: Sold): string {
  return `order ${reference} (${state})`;
}

/** Where two runs of one plan ended differently, in words; none is how it should be. */
export function differences(one: EndState, other: EndState): string[] {
  const found: string[] = [];
  for (const name of Object.keys(one) as (keyof EndState)[]) {
    const [left, right] = [Object(one[name]) as Fields, Object(other[name]) as Fields];
    if (typeof one[name] !== "object") {
      if (one[name] !== other[name]) found.push(`${name}: ${one[name]}, ${other[name]}`);
      continue;
    }
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
      if (left[key] !== right[key]) found.push(`${name} ${key}: ${String(left[key])}, ${String(right[key])}`);
  }
  return found;
}
