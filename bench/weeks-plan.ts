/** What happens in a shop over some weeks: decided by a seed alone, so that a run with faults lives through the same. */
import { oneOf, seededRandom, wholeBetween } from "../sandbox/seeded-random.ts";
import type { Random } from "../sandbox/wire.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** An order as a customer places it. */
export interface OrderToPlace {
  /** the shop's number of the order */
  readonly reference: number;
  /** who orders; empty = a guest */
  readonly customer: string;
  /** `price` as decimal text, VAT included */
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: string }[];
}

/** One thing that people do. `order` and `purchase` count from 0 in their own lists. */
export type Happening = { readonly atMs: number } & (
  | { readonly kind: "place" | "complete" | "cancel" | "restore"; readonly order: number }
  | { readonly kind: "refund"; readonly order: number; readonly line: number; readonly quantity: number }
  | { readonly kind: "purchase"; readonly sku: string; readonly quantity: number }
);

/** All that happens, earliest first, and the moments at which everything rests. */
export interface WeeksPlan {
  readonly happenings: readonly Happening[];
  /** before each of these nobody has done anything for half a day; the last is the end */
  readonly quietAtMs: readonly number[];
}

/** People work from the beginning of a day for so long. */
const workingMs = 12 * hourMs;
/** Shares of the orders; the rest stays open for good, as goods that were delivered and never completed. */
const shares = { completed: 0.85, canceled: 0.1 };
/** Of the completed ones, days after their completion. */
const givenBack = { inPart: 0.06, whole: 0.03, afterDays: 2 };
/** so many purchases for each order */
const purchasesPerOrder = 0.5;

/** The measure of a plan. */
export interface PlanSize {
  /** the beginning of the first working day */
  readonly startMs: number;
  /** so many days have new orders */
  readonly days: number;
  /** the most days from one step of an order to the next */
  readonly stepDays: number;
  readonly seed: number;
}

/** Decides what becomes of each order. */
export function planWeeks(orders: readonly OrderToPlace[], { startMs, days, stepDays, seed }: PlanSize): WeeksPlan {
  const random = seededRandom(seed);
  const happenings: Happening[] = [];
  /** some moment of a working day */
  const within = (day: number) => startMs + day * dayMs + Math.floor(random() * workingMs);
  const bought: string[] = [];
  orders.forEach((order, index) => {
    const placed = wholeBetween(random, 0, days - 1);
    happenings.push({ kind: "place", order: index, atMs: within(placed) });
    const chance = random();
    if (chance < shares.completed) {
      const completed = placed + wholeBetween(random, 1, stepDays);
      happenings.push({ kind: "complete", order: index, atMs: within(completed) });
      bought.push(...order.lines.map(({ sku }) => sku));
      const day = completed + wholeBetween(random, givenBack.afterDays, Math.max(givenBack.afterDays, stepDays));
      happenings.push(...givingBack(random, order, index, within(day)));
    } else if (chance < shares.completed + shares.canceled) {
      const day = placed + wholeBetween(random, 1, stepDays);
      happenings.push({ kind: "cancel", order: index, atMs: within(day) });
    }
  });
  const [first, ...others] = bought;
  for (let count = Math.ceil(orders.length * purchasesPerOrder); count > 0 && first !== undefined; count -= 1) {
    const sku = oneOf(random, [first, ...others]);
    const day = wholeBetween(random, 1, days);
    happenings.push({ kind: "purchase", sku, quantity: wholeBetween(random, 1, 9), atMs: within(day) });
  }
  happenings.sort((one, other) => one.atMs - other.atMs);
  const lastDay = Math.floor(((happenings.at(-1)?.atMs ?? startMs) - startMs) / dayMs);
  const quietAtMs = Array.from({ length: lastDay + 1 }, (_, day) => startMs + (day + 1) * dayMs - minuteMs);
  return { happenings, quietAtMs };
}

function givingBack(random: Random, { lines }: OrderToPlace, order: number, atMs: number): Happening[] {
  const chance = random();
  const line = wholeBetween(random, 0, lines.length - 1);
  const quantity = wholeBetween(random, 1, lines[line]?.quantity ?? 1);
  if (chance < givenBack.inPart) return [{ kind: "refund", order, line, quantity, atMs }];
  return chance < givenBack.inPart + givenBack.whole ? [{ kind: "restore", order, atMs }] : [];
}

/** Whether people work at this moment. */
export function isWorking(atMs: number, startMs: number): boolean {
  return (atMs - startMs) % dayMs < workingMs;
}
