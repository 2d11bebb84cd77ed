import type { z } from "zod";
import type { Door, Facts } from "../../core/connector.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Reading } from "../../core/read-record.ts";
import type { NamedRecord, ReadResult, SourceResource } from "../../core/resources.ts";
import { partsOf } from "./bundles.ts";
import type { SeenCustomers } from "./customers.ts";
import { fieldsOf, readRecord } from "./fields.ts";
import type { HolderSearch } from "./find-holders.ts";
import { type Listing, readPlainPages } from "./list-page.ts";
import { readChangedOrders, searchOrders } from "./order-list.ts";
import { type Order, type OrderRow, orderDetail, orderItem } from "./orders.ts";
import { latinDigits } from "./phone.ts";
import { branchesOf, productIdOf, skuOf, toOrder, variantIdOf } from "./read-order.ts";
import type { SallaSettings } from "./settings.ts";

/** Salla's own currency; an order in another one carries its exchange rate. */
const saudiRiyal = "SAR";

type Detail = z.output<typeof orderDetail>;
type Item = z.output<typeof orderItem>;

/** What reading orders needs of its session. */
export interface OrderReading {
  readonly door: Door;
  readonly settings: Pick<SallaSettings, "bundles">;
  readonly facts: Facts;
  readonly holders: HolderSearch;
  readonly seen: SeenCustomers;
}

/** Orders: listed by their change, read with their lines. */
export function ordersSource(reading: OrderReading): SourceResource<OrderRow, Order> {
  const { door, facts } = reading;
  return {
    name: "orders",
    idOf: ({ id }) => id,
    changedAt: ({ updated_at }) => updated_at ?? 0,
    changedSince: (request) => readChangedOrders(door, facts, request),
    read: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await readOrder(reading, id)] as const))),
    named: (text) => ordersNamed(door, text),
    batch: 1,
  };
}

async function readOrder(reading: OrderReading, id: string): Promise<ReadResult<Order>> {
  const { door, facts, holders, seen } = reading;
  if (!/^\d{1,30}$/.test(id)) return { kind: "missing" };
  const light = await readDetail(door, id, { format: "light" });
  if (light.kind !== "found") return light;
  const detail = await completed(door, facts, light.record);
  const items = await readItems(door, id);
  if (items instanceof RecordRejected) return { kind: "unreadable", rejection: items };
  const named = items.some(isBare) ? await itemsWithProducts(door, id) : new Map<string, Item>();
  const lines = items.map((item) => {
    const meant = isBare(item) ? (named.get(item.id) ?? item) : item;
    return { sku: skuOf(item), productId: productIdOf(meant), variantId: variantIdOf(meant) };
  });
  const found = await orRefusal(holders.holdersOf(lines));
  if (found instanceof RecordRejected) return { kind: "unreadable", rejection: found };
  const order = toOrder(detail, items, new Map(items.map((item, index) => [item.id, found[index] ?? []])));
  seen.note(order.customer);
  return { kind: "found", record: await withParts(order, reading) };
}

/** The order with what its bundles consist of. */
async function withParts(order: Order, { settings, holders }: OrderReading): Promise<Order> {
  const items = order.items.map(async (item) => ({ ...item, parts: await partsOf(item, settings, holders) }));
  return { ...order, items: await Promise.all(items) };
}

/** What could not be read of one product is told of the order that sold it. */
async function orRefusal<Found>(looking: Promise<Found>): Promise<Found | RecordRejected> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof RecordRejected) return error;
    throw error;
  }
}

async function readDetail(
  door: Door,
  id: string,
  query: Readonly<Record<string, string>>,
): Promise<ReadResult<Detail>> {
  const result = await door.call({ method: "GET", path: `/orders/${id}`, query, repeat: "safe" });
  if (result.kind === "missing") return { kind: "missing" };
  if (result.kind !== "ok") return { kind: "unreadable", rejection: failed(result.message) };
  const reading = readRecord<Detail>(orderDetail, fieldsOf(result.body).data);
  if (reading.kind === "unreadable") return { kind: "unreadable", rejection: reading.unreadable.rejection };
  if (reading.row.id !== id)
    return { kind: "unreadable", rejection: failed(`asked for order ${id}, got ${reading.row.id}`) };
  return { kind: "found", record: reading.row };
}

/**
 * What the light form leaves out is taken from the full one, where it matters: the rate of a foreign currency, and the
 * branch where there are several. The full form is going away, so that it need not answer.
 */
async function completed(door: Door, facts: Facts, light: Detail): Promise<Detail> {
  const currency = light.currency || light.amounts.total.currency;
  const lacksRate = currency !== saudiRiyal && currency !== "" && light.exchange_rate === null;
  const severalBranches = Array.isArray(facts.branches) && facts.branches.length > 1;
  const lacksBranch = severalBranches && branchesOf(light).length === 0;
  if (!lacksRate && !lacksBranch) return light;
  const full = await readDetail(door, light.id, {});
  if (full.kind !== "found") return light;
  const { exchange_rate, branch_id, branch, pickup_branch, shipment_branch, shipments } = full.record;
  return {
    ...light,
    exchange_rate: light.exchange_rate ?? exchange_rate,
    ...(lacksBranch ? { branch_id, branch, pickup_branch, shipment_branch, shipments } : {}),
  };
}

/** Whether nothing of a line tells what it sold. */
function isBare(item: Item): boolean {
  return skuOf(item) === "" && productIdOf(item) === null;
}

/** The lines as the full form has them, which names their products; it is going away, so that it need not answer. */
async function itemsWithProducts(door: Door, id: string): Promise<ReadonlyMap<string, Item>> {
  const result = await door.call({ method: "GET", path: `/orders/${id}`, repeat: "safe" });
  const items = result.kind === "ok" ? fieldsOf(fieldsOf(result.body).data).items : [];
  const read = (Array.isArray(items) ? items : []).map((value) => readRecord<Item>(orderItem, value, "items."));
  return new Map(read.flatMap((one) => (one.kind === "read" ? [[one.row.id, one.row]] : [])));
}

/** The lines of an order; one that cannot be read makes the order unreadable, since a line is never dropped (rule S11). */
async function readItems(door: Door, id: string): Promise<Item[] | RecordRejected> {
  const items: Item[] = [];
  const listing: Listing<Item> = {
    path: "/orders/items",
    query: { order_id: id },
    idOf: (item) => item.id,
    readRow: (value): Reading<Item> => readRecord<Item>(orderItem, value, "items."),
  };
  for await (const { rows, unreadable } of readPlainPages(door, listing)) {
    const [wrong] = unreadable;
    if (wrong !== undefined) return wrong.rejection;
    items.push(...rows);
  }
  return items;
}

/**
 * The orders whose id or reference number is the text: two different orders may answer to one number (rule S5).
 * @throws {RetryLater} where Salla cannot be asked
 */
async function ordersNamed(door: Door, text: string): Promise<readonly NamedRecord<OrderRow>[]> {
  const number = latinDigits(text).replace(/^\s*#?\s*|\s+$/g, "");
  if (!/^\d{1,30}$/.test(number)) return [];
  const found = new Map<string, OrderRow>();
  const take = (rows: readonly OrderRow[]) => {
    for (const row of rows) if (row.id === number || row.reference_id === number) found.set(row.id, row);
  };
  const listed = await searchOrders(door, { reference_id: number });
  take(listed.rows);
  // Rows of other numbers mean that the filter is not honoured; the search box knows reference numbers too.
  if (listed.rows.some((row) => row.reference_id !== number))
    take((await searchOrders(door, { keyword: number })).rows);
  const byId = await readDetail(door, number, { format: "light" });
  if (byId.kind === "found") take([{ ...byId.record, total: byId.record.amounts.total }]);
  return [...found.values()].flatMap((row) => namesOf(row, number));
}

function namesOf(row: OrderRow, number: string): readonly NamedRecord<OrderRow>[] {
  const label = `#${row.reference_id}${row.status.name === "" ? "" : ` (${row.status.name})`}`;
  const by = row.id === number ? "id" : "reference_id";
  return [{ id: row.id, label, by, row }];
}

function failed(message: string): RecordRejected {
  return new RecordRejected("vendor-error", { vendor: "Salla", message });
}
