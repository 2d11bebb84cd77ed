/** What an opening count is made of, read so that nothing moved meanwhile (product.md, 1.1). */
import { decimal } from "../../core/decimal.ts";
import { RecordRejected, RetryLater } from "../../core/errors.ts";
import {
  type CountRecord,
  type CountsStock,
  countId,
  countOutId,
  readCountId,
  type UnitDetail,
} from "../../core/flow-stock.ts";
import type { ReadResult, SourceResource } from "../../core/resources.ts";
import type { ShopQuantity } from "../../core/stock.ts";
import { excludedOrders } from "../../store/excluded-orders.ts";
import { findLinks } from "../../store/links.ts";
import { lookNow } from "../../store/past-orders.ts";
import { heldUnits, orderThatHidesUnits, orderUnits, unitsInDoubt } from "../../store/reservations.ts";
import { stockDecisions } from "../../store/stock-decisions.ts";
import { bounds } from "../bounds.ts";
import type { FlowRun } from "../flow-run.ts";
import { noteOrders, stockFlows } from "./note-orders.ts";
import { bookStockOfRun, shopStockOfRun } from "./sides.ts";

/** What the reading of counts needs besides the flows' runs. */
export interface CountSourceSetting {
  readonly stock: CountsStock<never>;
  /** the runs of the flows of products and orders, and of the counts themselves */
  readonly products: () => FlowRun;
  readonly orders: () => FlowRun;
}

/** One double reading: nothing of these units moved between its two halves. */
interface StillStock {
  readonly offered: ReadonlyMap<string, ShopQuantity>;
  readonly held: ReadonlyMap<string, number>;
  /** the look at the orders that this rests on */
  readonly look: number;
}

/** The source of the flow of counts: records are read when an order refers to them, never listed. */
export function countSource(setting: CountSourceSetting): SourceResource<CountRecord> {
  return {
    name: "counts",
    batch: bounds.countsTogether,
    idOf: ({ id }) => id,
    changedAt: () => 0,
    // biome-ignore lint/correctness/useYield: nothing is ever listed
    async *changedSince() {
      return;
    },
    read: (ids) => readCounts(setting, ids),
  };
}

async function readCounts(
  setting: CountSourceSetting,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadResult<CountRecord>>> {
  const results = new Map<string, ReadResult<CountRecord>>();
  const byLocation = Map.groupBy(ids, (id) => readCountId(id).location);
  for (const [location, group] of byLocation)
    for (const [id, result] of await readAtLocation(setting, location, group)) results.set(id, result);
  return results;
}

async function readAtLocation(
  setting: CountSourceSetting,
  location: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadResult<CountRecord>>> {
  const orders = setting.orders();
  const products = setting.products();
  const { database } = orders.bench.store;
  const units = [...new Set(ids.map((id) => readCountId(id).unit))];
  const details = await unitDetails(setting, products, units);
  const links = await findLinks(database, products.key, units);
  const decided = await stockDecisions(database, orders.key.integrationId, location, units);
  const opening = ids.map(readCountId).filter(({ order }) => order === null);
  const still = await readTwice(
    setting,
    location,
    opening.map(({ unit }) => unit),
  );
  const hiding = await orderThatHidesUnits(database, stockFlows(orders));
  const past = await pastUnits(orders, ids);
  await refuseDoubt(orders, units);
  const booked = await bookStockOfRun(orders).read([...links.values()].map(({ targetId }) => targetId));
  const results = new Map<string, ReadResult<CountRecord>>();
  for (const id of ids) {
    const { unit, order } = readCountId(id);
    const detail = details.get(unit);
    const quantity = still.offered.get(unit);
    if (detail instanceof RecordRejected) {
      results.set(id, { kind: "unreadable", rejection: detail });
      continue;
    }
    if (detail === undefined || (order !== null && !past.has(id))) {
      results.set(id, { kind: "missing" });
      continue;
    }
    const counted = detail.counted && quantity?.unlimited !== true;
    if (counted && hiding !== null && order === null) {
      const parameters = { unit: detail.name, order: hiding };
      results.set(id, { kind: "unreadable", rejection: new RecordRejected("count-hidden", parameters) });
      continue;
    }
    if (counted && quantity === undefined && order === null) {
      const parameters = { unit: detail.name, vendor: orders.bench.vendorTitle(orders.flow.from.vendor) };
      results.set(id, { kind: "unreadable", rejection: new RecordRejected("quantity-unknown", parameters) });
      continue;
    }
    if (counted && quantity?.byBranch === true && order === null) {
      results.set(id, {
        kind: "unreadable",
        rejection: new RecordRejected("stock-by-branch", { product: detail.name }),
      });
      continue;
    }
    const book = booked.get(links.get(unit)?.targetId ?? "");
    results.set(id, {
      kind: "found",
      record: {
        id,
        unit,
        location,
        sku: detail.sku,
        name: detail.name,
        counted: order !== null || (counted && book?.tracked !== false),
        offered: (quantity?.quantity ?? decimal(0)).toFixed(),
        reserved: still.held.get(unit) ?? 0,
        stock: (book?.stock.get(location) ?? decimal(0)).toFixed(),
        shopCost: detail.cost,
        bookCost: book?.cost?.toFixed() ?? null,
        keeps: decided.get(unit) ?? null,
        past: past.get(id) ?? null,
        look: still.look,
      },
    });
  }
  return results;
}

/** How many units of an order are to be counted in, below 0 taken out, by the id of the count. */
async function pastUnits({ bench, key }: FlowRun, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { database } = bench.store;
  const named = [...new Set(ids.flatMap((id) => readCountId(id).order ?? []))];
  const excluded = await excludedOrders(database, key.integrationId, named);
  const units = await orderUnits(database, key.integrationId, named);
  return new Map(
    units.flatMap(({ unit, location, orderId, quantity }) => {
      const countIn = [countId(unit, location, orderId), quantity] as const;
      const countOut = [countOutId(unit, location, orderId), -quantity] as const;
      return excluded.get(orderId) === "left" ? [countIn, countOut] : [countIn];
    }),
  );
}

/**
 * Orders, quantities, orders, quantities: taken only where nothing about the units moved in between.
 * @throws {RetryLater} where they keep moving.
 */
async function readTwice(setting: CountSourceSetting, location: string, units: readonly string[]): Promise<StillStock> {
  const orders = setting.orders();
  const { database } = orders.bench.store;
  const branch = branchOf(setting, orders, location);
  const look = async (): Promise<StillStock> => {
    await noteOrders(orders);
    // In this order: what is noted in between counts as held here and is no history of this count.
    const number = await lookNow(database, orders.key.integrationId);
    const held = await heldUnits(database, stockFlows(orders), { location, units, look: number });
    const { quantities, unread } = await shopStockOfRun(orders).read(units, branch);
    const [message] = unread.values();
    if (message !== undefined) throw new RetryLater(new Date(orders.bench.clock.now() + bounds.stockMovesMs), message);
    return { held, look: number, offered: quantities };
  };
  if (units.length === 0)
    return { held: new Map(), offered: new Map(), look: await lookNow(database, orders.key.integrationId) };
  for (let attempt = 0; attempt < bounds.countLooks; attempt += 1) {
    const first = await look();
    const second = await look();
    if (units.every((unit) => sameOf(first, unit) === sameOf(second, unit))) return second;
  }
  throw new RetryLater(
    new Date(orders.bench.clock.now() + bounds.stockMovesMs),
    "stock moves while it is being counted",
  );
}

function sameOf({ offered, held }: StillStock, unit: string): string {
  const quantity = offered.get(unit);
  return JSON.stringify([quantity?.quantity.toFixed(), quantity?.unlimited, held.get(unit) ?? 0]);
}

/** @throws {RetryLater} where an invoice that carries one of the units is in doubt. */
async function refuseDoubt(orders: FlowRun, units: readonly string[]): Promise<void> {
  const doubtful = await unitsInDoubt(orders.bench.store.database, orders.key);
  if (!units.some((unit) => doubtful.has(unit))) return;
  const after = new Date(orders.bench.clock.now() + orders.longestWorkMs);
  throw new RetryLater(after, "an invoice that carries the product is in doubt");
}

function branchOf({ stock }: CountSourceSetting, { options }: FlowRun, location: string): string | null {
  return stock.places(options as never).find((place) => place.location === location)?.branch ?? null;
}

async function unitDetails(
  { stock }: CountSourceSetting,
  products: FlowRun,
  units: readonly string[],
): Promise<ReadonlyMap<string, UnitDetail | RecordRejected>> {
  const details = new Map<string, UnitDetail | RecordRejected>();
  const size = products.source.batch;
  for (let at = 0; at < units.length; at += size)
    for (const [unit, result] of await products.source.read(units.slice(at, at + size))) {
      if (result.kind === "unreadable") details.set(unit, result.rejection);
      if (result.kind === "found") details.set(unit, stock.detail(result.record as never));
    }
  return details;
}
