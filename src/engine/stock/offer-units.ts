/** Some units whose quantities disagree: read anew, computed, written, remembered. Called under the stock lock. */
import type { Decimal } from "../../core/decimal.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import { countId, type StockPlace } from "../../core/flow-stock.ts";
import { type Mapped, mapRecord } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { BookedStock, QuantityAnswer, ShopQuantity } from "../../core/stock.ts";
import { intendNow, type SettledIntent, settleIntents } from "../../store/intents.ts";
import { findLinks } from "../../store/links.ts";
import { findRecords, type StoredRecord } from "../../store/records.ts";
import { heldUnits, unitsInDoubt, unreadableOrders } from "../../store/reservations.ts";
import { findStockLevels, type StockLevel, saveStockSeen, saveStockWritten } from "../../store/stock-levels.ts";
import { bounds } from "../bounds.ts";
import type { Work } from "../decisions.ts";
import { type FlowRun, lockFlows } from "../flow-run.ts";
import { type OutcomeOf, storeOutcomes } from "../store-outcomes.ts";
import { noteOrders, stockFlows } from "./note-orders.ts";
import { countedUnits, type OfferWork, offerRecord } from "./offer-work.ts";
import { bookStockOfRun, shopStockOfRun } from "./sides.ts";

/** What is known of one unit, read in the order books, orders, shop. */
interface Reading {
  readonly id: string;
  readonly unit: string;
  readonly sku: string;
  readonly book: BookedStock | undefined;
  readonly shop: ShopQuantity | undefined;
  /** what the shop said where it gave no answer that makes sense; null = it did, or the unit is not there */
  readonly unread: string | null;
  readonly reserved: number;
  readonly doubtful: boolean;
  readonly level: StockLevel | undefined;
  readonly stored: StoredRecord | null;
}

/** What is to become of one unit. */
type Verdict =
  | { readonly kind: "write"; readonly mapped: Mapped; readonly quantity: number }
  | { readonly kind: "equal" }
  | { readonly kind: "wait"; readonly reason: Reason; readonly retryInMs?: number };

/** Reads the units anew and writes what differs. @throws {RetryLater} where one side cannot be read */
export async function offerUnits(work: OfferWork, place: StockPlace, wanted: readonly string[]): Promise<void> {
  const readings = await readUnits(work, place, wanted);
  const blind = await unreadableOrders(work.run.bench.store.database, stockFlows(work.orders));
  const writes: Offer[] = [];
  const others: OutcomeOf[] = [];
  for (const reading of readings) {
    const verdict = judgeUnit(work, place, reading, [...blind.values()]);
    if (verdict.kind === "write") writes.push({ reading, ...verdict });
    else if (verdict.kind === "wait") others.push(waitingOf(reading, verdict));
    else others.push(...equalOf(reading));
  }
  for (const { outcome } of others) work.run.counts[outcome] += 1;
  await storeAll(work.run, others);
  if (!work.stock.writes(work.run.options as never)) return;
  const { batch } = shopStockOfRun(work.run);
  for (let at = 0; at < writes.length; at += batch) await writeOffers(work, place, writes.slice(at, at + batch));
}

async function readUnits(work: OfferWork, place: StockPlace, wanted: readonly string[]): Promise<Reading[]> {
  const { run, orders, products } = work;
  const { database } = run.bench.store;
  const { integrationId } = run.key;
  const units = [...(await countedUnits(work, place, wanted))];
  const links = await findLinks(database, products.key, units);
  const productIds = [...links.values()].map(({ targetId }) => targetId);
  const books = await bookStockOfRun(run).read(productIds);
  await noteOrders(orders);
  const { quantities: shop, unread } = await shopStockOfRun(run).read(units, place.branch);
  // In this order: an invoice that is found meanwhile leaves its units in doubt or counted as held, never in neither.
  const doubtful = await unitsInDoubt(database, orders.key);
  const held = await heldUnits(database, stockFlows(orders), { location: place.location, units });
  const levels = await findStockLevels(database, integrationId, place.location, units);
  const stored = await findRecords(
    database,
    run.key,
    units.map((unit) => countId(unit, place.location)),
  );
  await keepSeen(work, place, units, {
    shop,
    unread,
    books,
    productOf: (unit) => links.get(unit)?.targetId ?? "",
  });
  return units.map((unit) => {
    const id = countId(unit, place.location);
    const book = books.get(links.get(unit)?.targetId ?? "");
    return {
      id,
      unit,
      sku: book?.sku ?? levels.get(unit)?.sku ?? unit,
      book,
      shop: shop.get(unit),
      unread: unread.get(unit) ?? null,
      reserved: held.get(unit) ?? 0,
      doubtful: doubtful.has(unit),
      level: levels.get(unit),
      stored: stored.get(id) ?? null,
    };
  });
}

async function keepSeen(
  { run }: OfferWork,
  { location }: StockPlace,
  units: readonly string[],
  seen: {
    readonly shop: ReadonlyMap<string, ShopQuantity>;
    readonly unread: ReadonlyMap<string, string>;
    readonly books: ReadonlyMap<string, BookedStock>;
    productOf(unit: string): string;
  },
): Promise<void> {
  const now = new Date(run.bench.clock.now());
  const rows = (quantityOf: (unit: string) => Decimal | undefined) =>
    units.map((unit) => ({
      unit,
      location,
      sku: seen.books.get(seen.productOf(unit))?.sku ?? seen.shop.get(unit)?.sku ?? unit,
      quantity: quantityOf(unit)?.toFixed() ?? null,
    }));
  const { database } = run.bench.store;
  const { integrationId } = run.key;
  const inBooks = rows((unit) => seen.books.get(seen.productOf(unit))?.stock.get(location));
  await saveStockSeen(database, integrationId, "books", inBooks, now);
  await saveStockSeen(
    database,
    integrationId,
    "shop",
    rows((unit) => seen.shop.get(unit)?.quantity).filter(({ unit }) => !seen.unread.has(unit)),
    now,
  );
}

function judgeUnit(work: OfferWork, place: StockPlace, reading: Reading, blind: readonly string[]): Verdict {
  const { run } = work;
  const { book, shop, sku, unit, reserved, level } = reading;
  const gone = (vendor: string): Verdict => ({
    kind: "wait",
    reason: { code: "product-gone", parameters: { sku, vendor: run.bench.vendorTitle(vendor) } },
  });
  const stock = book?.stock.get(place.location);
  if (stock === undefined) return gone(run.flow.from.vendor);
  if (reading.unread !== null) {
    const parameters = { message: reading.unread, vendor: run.bench.vendorTitle(run.flow.to.vendor) };
    return { kind: "wait", reason: { code: "vendor-error", parameters } };
  }
  if (shop === undefined) return gone(run.flow.to.vendor);
  if (shop.unlimited) return { kind: "equal" };
  if (shop.byBranch) {
    const vendor = run.bench.vendorTitle(run.flow.to.vendor);
    return { kind: "wait", reason: { code: "stock-by-branch", parameters: { product: sku, vendor } } };
  }
  if (reading.doubtful)
    return { kind: "wait", reason: { code: "invoice-in-doubt", parameters: { sku } }, retryInMs: run.longestWorkMs };
  const source = offerRecord(work, place, { unit, sku, stock: stock.toFixed(), reserved });
  const now = run.bench.clock.now();
  const context = { settings: run.options as never, creating: false, before: null, madeThere: false, now };
  const { mapped } = mapRecord(run.flow.rows as never, source, context);
  const quantity = Number(mapped.quantity);
  if (shop.quantity.eq(quantity)) return { kind: "equal" };
  // An order that cannot be read may hold any unit back: what is offered may sink until it is read, but not rise.
  const [order] = blind;
  if (order !== undefined && shop.quantity.lt(quantity))
    return { kind: "wait", reason: { code: "orders-unreadable", parameters: { order } } };
  const sinceMs = now - (level?.writtenAt?.getTime() ?? 0);
  if (level?.written === quantity && sinceMs < run.longestWorkMs)
    return { kind: "wait", reason: queued(run, quantity), retryInMs: bounds.readBackMs };
  return { kind: "write", mapped, quantity };
}

function queued(run: FlowRun, quantity: number): Reason {
  const vendor = run.bench.vendorTitle(run.flow.to.vendor);
  return { code: "quantity-queued", parameters: { vendor, quantity: String(quantity) } };
}

/** One quantity that is to be written. */
interface Offer {
  readonly reading: Reading;
  readonly mapped: Mapped;
  readonly quantity: number;
}

/** Intends, sends and remembers quantities of one call. */
async function writeOffers(work: OfferWork, place: StockPlace, offers: readonly Offer[]): Promise<void> {
  const { run } = work;
  const { database } = run.bench.store;
  const intended = await database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    const intents = offers.map(({ reading, mapped }) => ({
      sourceId: reading.id,
      label: reading.sku,
      notes: [],
      sourceChangedAt: null,
      kind: "update" as const,
      payload: mapped,
      mapped,
      fingerprint: fingerprint(mapped),
      targetId: reading.unit,
    }));
    return intendNow(executor, run.key, run.runId, intents, new Date(run.bench.clock.now()));
  });
  await run.fence();
  const sending = offers.filter(({ reading }) => intended.has(reading.id));
  if (sending.length === 0) return;
  const answer = await shopStockOfRun(run).write(
    sending.map(({ reading, quantity }) => ({
      unit: reading.unit,
      branch: place.branch,
      mode: "overwrite" as const,
      quantity,
    })),
  );
  const now = new Date(run.bench.clock.now());
  const settled = sending.map((offer) => settledOffer(run, offer, answer));
  await database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    const ids = settled.map(({ intent }, index) => ({
      ...intent,
      id: intended.get(sending[index]?.reading.id ?? "") ?? 0,
    }));
    await settleIntents(executor, ids, now);
    const written = answer.kind === "refused" ? [] : sending;
    await saveStockWritten(
      executor,
      run.key.integrationId,
      written.map(({ reading, quantity }) => ({ unit: reading.unit, location: place.location, quantity })),
      now,
    );
    await storeOutcomes(
      executor,
      run,
      settled.map(({ outcome }) => outcome),
    );
  });
  for (const { outcome } of settled) run.counts[outcome.outcome] += 1;
}

function settledOffer(
  run: FlowRun,
  { reading, quantity }: Offer,
  answer: QuantityAnswer,
): { readonly intent: Omit<SettledIntent, "id">; readonly outcome: OutcomeOf } {
  const work = workOf(reading);
  const vendor = run.bench.vendorTitle(run.flow.to.vendor);
  const base = { targetId: reading.unit, nextSearchAt: null };
  if (answer.kind === "refused") {
    const message = answer.units.get(reading.unit) ?? answer.message;
    const reason: Reason = { code: "refused-by-target", parameters: { vendor, message } };
    // The call was refused as a whole: the others of it are tried again by themselves.
    const named = answer.units.size === 0 || answer.units.has(reading.unit);
    const outcome: OutcomeOf = {
      ...outcomeOf(work, named ? "rejected" : "waiting", reason),
      ...(named ? {} : { retryInMs: 0 }),
    };
    return { intent: { ...base, state: "failed", message }, outcome };
  }
  const message = answer.kind === "in-doubt" ? answer.message : null;
  // Whether it was done is read, not assumed: the shop reports nothing for a single quantity.
  const outcome: OutcomeOf = {
    ...outcomeOf(work, "updated", null),
    event: "updated",
    detail: { quantity, was: reading.shop?.quantity.toFixed() ?? "", ...(message === null ? {} : { message }) },
    retryInMs: bounds.readBackMs,
  };
  return { intent: { ...base, state: "confirmed", message }, outcome };
}

function workOf({ id, sku, stored }: Reading): Work {
  return { sourceId: id, label: sku, changedAt: 0, link: null, stored };
}

function outcomeOf(work: Work, outcome: OutcomeOf["outcome"], reason: Reason | null): OutcomeOf {
  const event = outcome === "unchanged" ? "released" : outcome;
  return { work, outcome, reason, notes: [], waitsFor: null, event, detail: reason === null ? {} : { reason } };
}

function waitingOf(reading: Reading, { reason, retryInMs }: Extract<Verdict, { kind: "wait" }>): OutcomeOf {
  return { ...outcomeOf(workOf(reading), "waiting", reason), ...(retryInMs === undefined ? {} : { retryInMs }) };
}

/** A unit that agrees needs no record of its own, but one that has a record is told as it stands. */
function equalOf(reading: Reading): OutcomeOf[] {
  const { stored } = reading;
  const told = stored === null || (stored.retryAt === null && stored.reason === null);
  return told ? [] : [outcomeOf(workOf(reading), "unchanged", null)];
}

async function storeAll(run: FlowRun, outcomes: readonly OutcomeOf[]): Promise<void> {
  if (outcomes.length === 0) return;
  await run.bench.store.database.transaction().execute(async (executor) => {
    await lockFlows(executor, run);
    await storeOutcomes(executor, run, outcomes);
  });
}
