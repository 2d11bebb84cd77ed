/** What an order takes out of the stock: its lines, and of a bundle the parts that it consists of (product.md, 1.1). */
import type { BundlePart, Order, OrderItem } from "../../connectors/salla/index.ts";
import { type Decimal, decimal, readDecimal, roundHalfUp } from "../../core/decimal.ts";
import type { Mapped } from "../../core/mapping.ts";
import { spread } from "./largest-remainder.ts";
import type { OrderAmounts, OrderLineAmounts } from "./order-amounts.ts";

/** A line, or one part of the bundle that a line sold. */
export interface SoldLine {
  /** the line's place in the order, from 0 */
  readonly at: number;
  readonly item: OrderItem;
  /** null where the line is no bundle */
  readonly part: BundlePart | null;
  readonly unit: string | null;
}

type Items = Pick<Order, "items">;

/** Every line of an order by what it sold, in the order of its lines. */
export function soldLines({ items }: Items): readonly SoldLine[] {
  return items.flatMap((item, at): SoldLine[] =>
    item.parts === null
      ? [{ at, item, part: null, unit: item.unit }]
      : item.parts.map((part) => ({ at, item, part, unit: part.unit })),
  );
}

/**
 * The amounts of an order with the gross of each bundle spread over its parts by their selling prices, at the one rate of VAT
 * that Salla charged for it. Rounding is settled by the largest remainder, so that the parts come to the line to the halala.
 * @param amounts one line for each item of the order
 */
export function withoutBundles(amounts: OrderAmounts, { items }: Items): OrderAmounts {
  const lines = amounts.lines.flatMap((line, at) => {
    const parts = items[at]?.parts ?? null;
    return parts === null ? [line] : partLines(line, parts);
  });
  return { ...amounts, lines };
}

function partLines(line: OrderLineAmounts, parts: readonly BundlePart[]): OrderLineAmounts[] {
  const weights = parts.map(weightOf);
  const grosses = spread(line.gross, weights);
  // By what each came to: a part that costs nothing carries no VAT.
  const vats = spread(line.vat, grosses);
  const listed = spread(line.listPrice, weights);
  return parts.map(({ sku, quantity }, at): OrderLineAmounts => {
    const gross = grosses[at] ?? decimal(0);
    const vat = vats[at] ?? decimal(0);
    return {
      ...{ rate: line.rate, net: gross.minus(vat), vat, gross },
      label: `${line.label} (${sku})`,
      quantity: line.quantity * quantity,
      listPrice: roundHalfUp((listed[at] ?? decimal(0)).div(quantity), 2),
    };
  });
}

function weightOf({ price, quantity }: BundlePart): Decimal {
  const each = readDecimal(price) ?? decimal(0);
  return each.lt(0) ? decimal(0) : each.times(quantity);
}

/** A part as it is kept with its invoice: prices and mapping may be others when it is taken back. */
type KeptPart = Pick<BundlePart, "sku" | "quantity" | "unit" | "price">;

/** What the bundles of an order consisted of, by the id of the line; nothing for an order without any. */
export function keptBundles({ items }: Items): Mapped {
  const kept = items.flatMap(({ id, parts }): [string, readonly KeptPart[]][] =>
    parts === null ? [] : [[id, parts.map(({ sku, quantity, unit, price }) => ({ sku, quantity, unit, price }))]],
  );
  return kept.length === 0 ? {} : { bundles: Object.fromEntries(kept) };
}

/** The order with lines that name only a SKU as having sold these units, whatever holds the SKU now (engine/stock/first-sold). */
export function soldAs(order: Order, units: ReadonlyMap<string, string>): Order {
  return withUnits(order, (item) => (namesOnlySku(item) ? units.get(item.sku) : undefined));
}

/** Whether nothing but its SKU tells what a line sold. */
function namesOnlySku({ product_id, sku }: OrderItem): boolean {
  return product_id === null && sku !== "";
}

/** Whether the SKU of a line is that of another product by now. */
export function isSkuMoved(item: OrderItem): boolean {
  return item.unit !== null && namesOnlySku(item) && !item.holders.some(({ unit }) => unit === item.unit);
}

/** What lines sold that name only a SKU, by the id of the line; nothing for an order without any. */
export function keptUnits({ items }: Items): Mapped {
  const kept = items.flatMap((item) => (item.unit !== null && namesOnlySku(item) ? [[item.id, item.unit]] : []));
  return kept.length === 0 ? {} : { units: Object.fromEntries(kept) };
}

function withUnits(order: Order, unitOf: (item: OrderItem) => string | undefined): Order {
  return { ...order, items: order.items.map((item) => ({ ...item, unit: unitOf(item) ?? item.unit })) };
}

/** The order as it was invoiced: its bundles, and its units. @param kept what was kept with the invoice; null where nothing was */
export function asInvoiced(order: Order, kept: Mapped | null): Order {
  if (kept === null) return order;
  const units = (kept.units ?? {}) as Readonly<Record<string, string>>;
  return withUnits(withBundles(order, kept), ({ id }) => units[id]);
}

function withBundles(order: Order, kept: Mapped): Order {
  const bundles = (kept.bundles ?? {}) as Readonly<Record<string, readonly KeptPart[]>>;
  const partsOf = (id: string) =>
    bundles[id]?.map((part): BundlePart => ({ ...part, holders: [], type: null })) ?? null;
  return { ...order, items: order.items.map((item) => ({ ...item, parts: partsOf(item.id) })) };
}
