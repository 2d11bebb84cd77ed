/**
 * Writes to the shop what the books have left (rules S3, S7; product.md, 1.1). A sweep finds where both sides disagree; each
 * difference is then read anew under the stock lock, in the order that cannot oversell: books, orders, shop, write.
 */
import { decimal, readDecimal } from "../../core/decimal.ts";
import { countId, countOutId, readCountId, type StockPlace } from "../../core/flow-stock.ts";
import type { BookedStock } from "../../core/stock.ts";
import { quantityToOffer } from "../../core/stock-equation.ts";
import { dueRecords } from "../../store/due-records.ts";
import { findLinkedTargets } from "../../store/links.ts";
import { unitsToCountIn, unitsToCountOut } from "../../store/past-orders.ts";
import { findRecords, retryRecords } from "../../store/records.ts";
import { forgetCountsOf } from "../../store/recount.ts";
import { heldUnits } from "../../store/reservations.ts";
import { wakeShortOrders } from "../../store/short-orders.ts";
import { listStockLevels, type SeenStock, saveStockSeen } from "../../store/stock-levels.ts";
import { bounds } from "../bounds.ts";
import { checkChosen } from "../check-chosen.ts";
import { stopHere } from "../flow-run.ts";
import { processIds } from "../process-rows.ts";
import { aloneWithStock } from "./alone-with-stock.ts";
import { askForSilent } from "./ask-for-orders.ts";
import { noteOrders, stockFlows } from "./note-orders.ts";
import { offerUnits } from "./offer-units.ts";
import { countedUnits, knownUnits, type OfferWork } from "./offer-work.ts";
import { bookStockOfRun, shopStockOfRun } from "./sides.ts";

/** One pass over all counted units and those that are due, or only over the latter. */
export async function offerStock(work: OfferWork, scope: "full" | "due"): Promise<void> {
  if (scope === "full") await countMoved(work);
  for (const place of work.places) {
    if (scope === "full") await offerEach(work, place, sweep(work, place));
    await offerEach(work, place, due(work, place));
  }
  // What was read anew may have shown stock that came since the list.
  await letShortOrdersGoOn(work);
}

async function offerEach(work: OfferWork, place: StockPlace, groups: AsyncIterable<readonly string[]>): Promise<void> {
  for await (const units of groups) {
    stopHere(work.run);
    await aloneWithStock(work.run, () => offerUnits(work, place, units));
    await work.run.fence();
  }
}

/**
 * Reads the orders up to the present, and counts in what no count holds and came back with a canceled order (product.md,
 * 1.1): the shop has those units, and the books do not know of them. What left with an excluded order is counted out, where
 * that could not be done at once.
 */
async function countMoved({ run, orders, counts }: OfferWork): Promise<void> {
  await noteOrders(orders);
  await askForSilent(orders, stockFlows(orders));
  const { store, clock } = run.bench;
  const back = await unitsToCountIn(store.database, stockFlows(orders), "taken-back");
  const left = await unitsToCountOut(store.database, stockFlows(orders));
  const ids = [
    ...back.map(({ unit, location, orderId }) => countId(unit, location, orderId)),
    ...left.map(({ unit, location, orderId }) => countOutId(unit, location, orderId)),
  ];
  if (ids.length === 0) return;
  const known = await findRecords(store.database, counts.key, ids);
  const due = ids.filter((id) => (known.get(id)?.retryAt?.getTime() ?? 0) <= clock.now());
  await aloneWithStock(run, async () => {
    await checkChosen(counts);
    await processIds(counts, due, { referred: true, asked: false });
  });
}

/** Units whose time has come to be looked at again: those that were written a while ago, and those in doubt. */
async function* due(work: OfferWork, place: StockPlace): AsyncGenerator<readonly string[]> {
  const now = new Date(work.run.bench.clock.now());
  const { database } = work.run.bench.store;
  for (let after: Awaited<ReturnType<typeof dueRecords>>[number] | null = null; ; ) {
    const page = await dueRecords(database, work.run.key, now, { after, most: bounds.offersTogether });
    after = page.at(-1) ?? null;
    if (after === null) return;
    const units = page.flatMap(({ sourceId }) => {
      const { unit, location } = readCountId(sourceId);
      return location === place.location ? [unit] : [];
    });
    if (units.length > 0) yield units;
  }
}

/** Lists both sides once, and yields the units whose quantities disagree, a bounded number at a time. */
async function* sweep(work: OfferWork, place: StockPlace): AsyncGenerator<readonly string[]> {
  const listed = await listBooks(work, place);
  if (!listed.any) return;
  await listShop(work, place, listed.trackedNow);
  const { database } = work.run.bench.store;
  const { integrationId } = work.run.key;
  for (let after = ""; ; ) {
    const levels = await listStockLevels(database, integrationId, place.location, {
      after,
      most: bounds.levelsTogether,
    });
    const last = levels.at(-1);
    if (last === undefined) return;
    after = last.unit;
    const units = levels.map(({ unit }) => unit);
    const held = await heldUnits(database, stockFlows(work.orders), { location: place.location, units });
    const differing = levels.filter(({ unit, bookStock, shopQuantity }) => {
      if (bookStock === null || shopQuantity === null) return false;
      const wanted = quantityToOffer(
        decimal(bookStock),
        held.get(unit) ?? 0,
        work.stock.buffer(work.run.options as never),
      );
      return !decimal(shopQuantity).eq(wanted);
    });
    work.run.counts.unchanged += levels.length - differing.length;
    for (let at = 0; at < differing.length; at += bounds.offersTogether)
      yield differing.slice(at, at + bounds.offersTogether).map(({ unit }) => unit);
  }
}

/** Keeps what the books hold of every counted unit. @returns whether the shop is to be listed, and units that may be counted by now */
async function listBooks(
  work: OfferWork,
  place: StockPlace,
): Promise<{ readonly any: boolean; readonly trackedNow: ReadonlySet<string> }> {
  const { database } = work.run.bench.store;
  const trackedNow = new Set<string>();
  let any = false;
  for await (const page of bookStockOfRun(work.run).list()) {
    stopHere(work.run);
    const unitOf = await findLinkedTargets(
      database,
      work.products.key,
      page.map(({ productId }) => productId),
    );
    const { counted, uncounted } = await knownUnits(work, place, [...unitOf.values()]);
    const seen = page.flatMap(({ productId, sku, stock, tracked }): SeenStock[] => {
      const unit = unitOf.get(productId);
      if (unit !== undefined && tracked && uncounted.has(unit)) trackedNow.add(unit);
      if (unit === undefined || !counted.has(unit)) return [];
      return [{ unit, location: place.location, sku, quantity: stock.get(place.location)?.toFixed() ?? null }];
    });
    await letCountsGoOn(work, place, page, unitOf);
    any ||= seen.length > 0 || trackedNow.size > 0;
    await saveStockSeen(database, work.run.key.integrationId, "books", seen, new Date(work.run.bench.clock.now()));
  }
  await letShortOrdersGoOn(work);
  return { any, trackedNow };
}

/** Counts that waited for a person go on when the books hold another stock than they did: it was entered by hand. */
async function letCountsGoOn(
  { run, counts }: OfferWork,
  { location }: StockPlace,
  page: readonly BookedStock[],
  unitOf: ReadonlyMap<string, string>,
): Promise<void> {
  const { database } = run.bench.store;
  const stocks = new Map(
    page.map(({ productId, stock }) => [countId(unitOf.get(productId) ?? "", location), stock.get(location)]),
  );
  const known = await findRecords(database, counts.key, [...stocks.keys()]);
  const moved = [...known].filter(([id, { outcome, reason }]) => {
    const before = reason?.code === "count-refused" ? reason.parameters.held : reason?.parameters.books;
    const asked = reason?.code === "count-refused" || reason?.code === "stock-differs";
    return outcome === "waiting" && asked && !(stocks.get(id) ?? decimal(0)).eq(readDecimal(before) ?? decimal(0));
  });
  if (moved.length === 0) return;
  const sourceIds = moved.map(([id]) => id);
  await retryRecords(database, { ...counts.key, sourceIds }, new Date(run.bench.clock.now()));
}

/** Orders that waited for stock go on when some has come. */
async function letShortOrdersGoOn({ run, orders }: OfferWork): Promise<void> {
  await wakeShortOrders(run.bench.store.database, orders.key, new Date(run.bench.clock.now()));
}

/**
 * Keeps what the shop shows of every counted unit. One that was left uncounted, and that both sides count by now, is counted
 * before its next invoice.
 */
async function listShop(work: OfferWork, place: StockPlace, trackedNow: ReadonlySet<string>): Promise<void> {
  const { database } = work.run.bench.store;
  for await (const page of shopStockOfRun(work.run).list(place.branch)) {
    stopHere(work.run);
    const counted = await countedUnits(
      work,
      place,
      page.map(({ unit }) => unit),
    );
    const seen = page
      .filter(({ unit, unlimited }) => counted.has(unit) && !unlimited)
      .map(({ unit, sku, quantity }) => ({ unit, location: place.location, sku, quantity: quantity.toFixed() }));
    const now = new Date(work.run.bench.clock.now());
    await saveStockSeen(database, work.run.key.integrationId, "shop", seen, now);
    const anew = page.filter(({ unit, unlimited }) => trackedNow.has(unit) && !unlimited);
    const ids = anew.map(({ unit }) => countId(unit, place.location));
    await forgetCountsOf(database, work.counts.key, ids, now);
  }
}
