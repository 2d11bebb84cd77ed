/** Where an order's stock lies, and what it holds back (product.md, 1.1). */
import type { Order, OrderRow } from "../../connectors/salla/index.ts";
import { readDecimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { StockPlace } from "../../core/flow-stock.ts";
import { mergeUnits, type Reservation, type ReservedUnit } from "../../core/stock-equation.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { highestQuantity } from "./order-amounts-reading.ts";
import { soldLines } from "./sold-lines.ts";

/** Every branch with its location; one place without a branch in the simple case. */
export function stockPlaces({ branches, locationId }: SallaQoyodSettings): readonly StockPlace[] {
  if (branches.length === 0) return [{ branch: null, location: locationId }];
  return branches.map((pair) => {
    const [branch = "", location = ""] = pair.split("=");
    return { branch, location };
  });
}

/** The location of an order's stock; null where its branch has none, or several serve it. */
function locationOf(order: Order, settings: SallaQoyodSettings): string | null {
  if (settings.branches.length === 0) return settings.locationId;
  return stockPlaces(settings).find(({ branch }) => branch === order.branch_id)?.location ?? null;
}

/**
 * The location that an order is invoiced at.
 * @throws {RecordRejected} branch-split, branch-unmapped, naming the branch
 */
export function invoicedAt(order: Order, settings: SallaQoyodSettings): string {
  const location = locationOf(order, settings);
  if (location !== null) return location;
  if (order.branch_id === null)
    throw new RecordRejected("branch-split", { branches: order.branches.join(", ") || "none" });
  throw new RecordRejected("branch-unmapped", { branch: order.branch_id });
}

/** Kinds of product that nobody counts (product.md, 1.1). */
const uncounted: ReadonlySet<string> = new Set(["service", "digital", "codes", "booking", "donating"]);

/** Whether a kind of product has a stock; where Salla does not say, the product itself decides at its first count. */
export function hasStock(type: string | null): boolean {
  return type === null || !uncounted.has(type);
}

/** Statuses in which the store has given the units back, or never took them. */
const given: ReadonlySet<string> = new Set(["canceled", "restored"]);

/** Statuses that nothing but a refund or a cancellation follows (product.md, 1.1). */
const final: ReadonlySet<string> = new Set(["completed", "delivered", ...given]);

/** Orders that are on their way or have arrived, and that no invoice is made of before somebody completes them. */
export function deliveredStatuses({ completedStatuses, sendStatuses }: SallaQoyodSettings): readonly string[] {
  return ["shipped", "delivered"].filter((slug) => !completedStatuses.includes(slug) && !sendStatuses.includes(slug));
}

/** What an order holds back: all its counted units as long as the store has deducted them. */
export function reservationOf(order: Order, settings: SallaQoyodSettings): Reservation {
  const unpaid = order.status.slug === "payment_pending" || order.is_pending_payment === true;
  const row = standingOf(order, settings);
  const location = locationOf(order, settings);
  return {
    ...row,
    held: row.held && !(settings.deducts === "paid" && unpaid),
    units: location === null ? [] : unitsOf(order, location),
  };
}

/** The same of a row of the list, which carries no units and not whether it is paid. */
export function rowReservationOf(row: OrderRow, settings: SallaQoyodSettings): Reservation | null {
  const reservation = standingOf(row, settings);
  return reservation.held && settings.deducts === "paid" ? null : reservation;
}

function standingOf({ status, date }: OrderRow, settings: SallaQoyodSettings): Reservation {
  const { slug } = status;
  const { restocks } = settings;
  return {
    held: !given.has(slug),
    early: isBeforeLinking(date, settings),
    final: final.has(slug),
    restocks,
    units: [],
  };
}

/** Salla tells whole seconds. */
const second = 1_000;

/** Whether an order was placed before the integration was made (rules S9, S10). */
export function isBeforeLinking(date: number | null, { integrationMadeAt }: SallaQoyodSettings): boolean {
  return date !== null && date + second <= integrationMadeAt;
}

/**
 * The units of an order's lines, added up, of a bundle those of its parts; a line whose unit or whole quantity cannot be told
 * holds none. A quantity that the order is rejected for is no fact that anything is counted by.
 */
export function unitsOf(order: Order, location: string): ReservedUnit[] {
  return mergeUnits(
    soldLines(order).flatMap(({ item, part, unit }) => {
      const sold = readDecimal(item.quantity)?.toNumber() ?? 0;
      const whole = sold * (part?.quantity ?? 1);
      const type = part === null ? item.product_type : part.type;
      if (unit === null || !hasStock(type) || !isQuantity(sold)) return [];
      return [{ unit, location, quantity: whole }];
    }),
  );
}

function isQuantity(whole: number): boolean {
  return Number.isInteger(whole) && whole > 0 && whole <= highestQuantity;
}
