/** The parts that flows play in the stock equation (product.md, 1.1), as data for the engine. */
import type { Mapped } from "./mapping.ts";
import type { Reservation } from "./stock-equation.ts";

/** A branch of the shop and the location of the books that counts its stock. */
export interface StockPlace {
  /** null = the only or default branch */
  readonly branch: string | null;
  readonly location: string;
}

/** What a line of an order sold. */
export interface SoldLine {
  readonly id: string;
  /** what is counted by itself; null where the line does not tell which */
  readonly unit: string | null;
  readonly product: string | null;
  readonly name: string;
  /** "" where it has none */
  readonly sku: string;
}

/** The flow whose records are a shop's orders: each holds units back until its document in the books takes them. */
export interface TakesStock<Source, Settings> {
  readonly role: "takes";
  /** what a full order holds; a line whose unit cannot be told holds nothing that is counted */
  readonly reservation: (order: Source, settings: Settings) => Reservation;
  /** the same of a row of the list, whose units are not known; null = the row does not tell whether it holds any */
  readonly rowReservation: (row: Source, settings: Settings) => Reservation | null;
  /** the shop's word for where the order stands */
  readonly status: (order: Source) => string;
  readonly lines: (order: Source) => readonly SoldLine[];
  /** the order with lines that name no product as having sold other units, by their SKUs */
  readonly soldAs: (order: Source, units: ReadonlyMap<string, string>) => Source;
  /** the shop's words for orders that have reached their customer, or are about to, and still make no document */
  readonly delivered: (settings: Settings) => readonly string[];
  /** the flow of the opening counts */
  readonly counts: string;
  /** options that decide which units an order holds: when one changes, what open orders hold is read again */
  readonly options: readonly (keyof Settings & string)[];
}

/** What a unit is, as the shop tells it. */
export interface UnitDetail {
  readonly sku: string;
  readonly name: string;
  /** false: services, digital goods and unlimited quantities */
  readonly counted: boolean;
  /** what one costs, as decimal text */
  readonly cost: string | null;
}

/** The flow that counts a unit once, before the books first take some of it. Its source ids are `countId`s. */
export interface CountsStock<Settings> {
  readonly role: "counts";
  /** the flow whose source records are the units */
  readonly products: string;
  readonly detail: (unit: never) => UnitDetail;
  readonly orders: string;
  readonly places: (settings: Settings) => readonly StockPlace[];
}

/** The flow that writes to the shop what the books have left. */
export interface OffersStock<Settings> {
  readonly role: "offers";
  readonly products: string;
  readonly orders: string;
  readonly counts: string;
  readonly places: (settings: Settings) => readonly StockPlace[];
  /** units that are kept back, whole */
  readonly buffer: (settings: Settings) => number;
  /** false: nothing is ever written, but stock that has come is noticed (rule S2) */
  readonly writes: (settings: Settings) => boolean;
}

/** Goods that a document of the books is to bring back. */
export interface ReturnedGoods {
  readonly location: string;
  /** each product once, with whole units */
  readonly products: readonly { readonly productId: string; readonly quantity: number }[];
}

/** The flow whose documents bring goods back. Whether the books take them is read before and after each. */
export interface ReturnsStock {
  readonly role: "returns";
  /** of a document as it is sent */
  readonly returned: (document: Mapped) => ReturnedGoods;
  /** whether goods that the books did not take are to be counted in; else a person decides */
  readonly countsIn: (document: Mapped) => boolean;
  /** the count that brings in what the books did not take; null = a person decides */
  readonly countIn: (
    document: Mapped,
    product: {
      readonly productId: string;
      readonly sku: string;
      /** as decimal text: what the books hold, what they are to hold, and what one costs where they know it */
      readonly held: string;
      readonly counted: string;
      readonly cost: string | null;
    },
  ) => Mapped | null;
  /** fields of a document that are for the count alone */
  readonly own: readonly string[];
}

export type StockRole<Source, Settings> =
  | TakesStock<Source, Settings>
  | CountsStock<Settings>
  | OffersStock<Settings>
  | ReturnsStock;

/** The last part of the name of a count that takes units out. */
const out = "left";

/** Names the count of a unit at a location; with an order, the one that counts its units in after the first. */
export function countId(unit: string, location: string, order?: string): string {
  return order === undefined ? `${unit}@${location}` : `${unit}@${location}@${order}`;
}

/** Names the count that takes out what left with an order that is never to become an invoice. */
export function countOutId(unit: string, location: string, order: string): string {
  return `${countId(unit, location, order)}@${out}`;
}

/** What a count is of. @throws {RangeError} for anything else */
export function readCountId(id: string): {
  readonly unit: string;
  readonly location: string;
  readonly order: string | null;
  /** its units left with the order, and are taken out */
  readonly left: boolean;
} {
  const [unit = "", location = "", order, way, ...rest] = id.split("@");
  const isWay = way === undefined || way === out;
  if (unit === "" || location === "" || order === "" || !isWay || rest.length > 0)
    throw new RangeError(`${id} names no count`);
  return { unit, location, order: order ?? null, left: way === out };
}

/** What a count is made of; for an opening count read twice in a row and the same both times. */
export interface CountRecord {
  /** see `countId` */
  readonly id: string;
  readonly unit: string;
  readonly location: string;
  readonly sku: string;
  readonly name: string;
  /** false: services, digital goods and unlimited quantities, which are neither counted nor written */
  readonly counted: boolean;
  /** what the shop offers, as decimal text */
  readonly offered: string;
  /** units of all reserved orders, the one that is being transferred included */
  readonly reserved: number;
  /** what the books hold at the location, as decimal text */
  readonly stock: string;
  /** what one costs by the shop and by the books, as decimal text */
  readonly shopCost: string | null;
  readonly bookCost: string | null;
  /** whose stock counts where both differ, when a person has decided */
  readonly keeps: "shop" | "books" | null;
  /**
   * units of one order that are counted in on top of the stock of the books, or below 0 taken out of it; null = an opening
   * count
   */
  readonly past: number | null;
  /** the number of the look at the orders that the count rests on */
  readonly look: number;
}

/** What the shop is to offer of one unit. */
export interface OfferRecord {
  /** see `countId` */
  readonly id: string;
  readonly unit: string;
  readonly sku: string;
  readonly location: string;
  readonly branch: string | null;
  /** what the books hold, as decimal text */
  readonly stock: string;
  readonly reserved: number;
  readonly buffer: number;
}
