/**
 * The stock equation (product.md, 1.1): a shop deducts when an order is placed, the books when it is invoiced. Between the
 * two, for each counted unit at its location,
 *
 *   quantity in the shop = max(0, ⌊stock in the books⌋ − units of reserved orders − safety buffer)
 *
 * An order is reserved when the shop has deducted it and the books have not invoiced it.
 */
import { type Decimal, decimal, floor } from "./decimal.ts";

/** What an order holds back of what its shop offers. */
export interface Reservation {
  /** false: the shop has not deducted its units, or has put them back */
  readonly held: boolean;
  /** placed before the integration was made */
  readonly early: boolean;
  /** completed, delivered or taken back: an early order that is, is in nothing that is counted from now on */
  readonly final: boolean;
  /** false: the shop does not offer its units again when it is taken back */
  readonly restocks: boolean;
  readonly units: readonly ReservedUnit[];
}

/** Where an order that is not invoiced stands to a unit that it carries. Looks at the orders are numbered. */
export interface Standing {
  readonly held: boolean;
  /** the looks from `from` up to but not including `until` found it past; null = none did */
  readonly past: { readonly from: number; readonly until: number | null } | null;
  /** its units were counted after all */
  readonly recounted: boolean;
  /**
   * a person decided that it never becomes an invoice: `counted-out` = its units had left and are out of the books by now,
   * `offered-again` = the shop has them still, and they are in the books
   */
  readonly excluded?: "counted-out" | "offered-again";
}

/** A look at the orders. */
export interface Look {
  readonly number: number;
  /** the orders of the shop were not read once before it */
  readonly first: boolean;
}

/** How a look finds an order. */
interface Found extends Pick<Reservation, "held" | "early" | "final"> {
  /** nothing that is counted meanwhile can hold its units: they could not be read, or have left as a person said */
  readonly outside?: boolean;
}

/**
 * An order as it is noted. Where the shop does not offer units of orders again that are taken back, one that no count holds
 * stays as it was: its units are at neither side, and counting them in would offer them.
 */
export function asNoted(
  reservation: Reservation,
  before: { readonly past: Standing["past"] } | undefined,
): Reservation {
  if (reservation.held || reservation.restocks) return reservation;
  const isPast = before !== undefined && before.past !== null && before.past.until === null;
  return { ...reservation, held: isPast, early: before !== undefined && reservation.early };
}

/**
 * Which looks find an order past, after one that finds it like this: they leave its units to be counted in later.
 * @param known what earlier looks found; undefined = none saw it
 */
export function pastAfter(
  { number, first }: Look,
  { held, early, final, outside = false }: Found,
  known: Standing["past"] | undefined,
): Standing["past"] {
  // The first reading leaves out what was completed or delivered by then, and nothing else.
  const unseen = known === undefined && !first ? 0 : null;
  const found = (final || outside) && held ? number : null;
  const from = known?.from ?? (early ? (unseen ?? found) : outside ? found : null);
  if (from === null) return null;
  // One that is not early was past only for as long as it was outside.
  const over = !held || !(early || outside);
  return { from, until: known?.until ?? (over ? number : null) };
}

/** Whether the books do not hold the order's units: they had left when this look was counted, or were counted out since. */
export function isHistory({ past, recounted, excluded }: Standing, countedAt: number): boolean {
  if (recounted) return false;
  if (excluded === "counted-out") return true;
  return past !== null && past.from <= countedAt && (past.until === null || countedAt < past.until);
}

/**
 * What an order without an invoice holds back of the stock of the books, in units.
 * @returns below 0 for one that no count holds and whose units came back: the shop has them, and the books not yet.
 */
export function unitsHeldBack(quantity: number, standing: Standing, countedAt: number): number {
  if (isHistory(standing, countedAt)) return standing.held ? 0 : -quantity;
  if (standing.excluded === "offered-again") return 0;
  return standing.held ? quantity : 0;
}

/** So many of a unit at a location of the books. */
export interface ReservedUnit {
  readonly unit: string;
  readonly location: string;
  /** whole, above 0 */
  readonly quantity: number;
}

/** What the shop is to offer. @returns a whole number, 0 or more */
export function quantityToOffer(stock: Decimal, reserved: number, buffer: number): number {
  return Math.max(0, floor(stock).minus(reserved).minus(buffer).toNumber());
}

/** The stock of an opening count: what the shop still offers and what it has deducted for orders without an invoice. */
export function openingCount(offered: Decimal, reserved: number): Decimal {
  return offered.plus(reserved);
}

/**
 * The count before the invoice of an order that no count holds, or after its units came back (see `isHistory`); and with
 * units below 0 the one that takes out what left with an excluded order.
 */
export function historyCount(stock: Decimal, units: number): Decimal {
  return stock.plus(decimal(units));
}

/** How many of each unit at each location, lines of one unit added up. */
export function mergeUnits(units: readonly ReservedUnit[]): ReservedUnit[] {
  const merged = new Map<string, ReservedUnit>();
  for (const one of units) {
    const key = JSON.stringify([one.unit, one.location]);
    const before = merged.get(key)?.quantity ?? 0;
    merged.set(key, { ...one, quantity: before + one.quantity });
  }
  return [...merged.values()];
}
