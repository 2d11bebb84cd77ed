/**
 * Stock at both sides, as the stock equation needs it (product.md, 1.1): what a shop offers, and what the books hold at a
 * location. A unit is what is counted by itself: a product without variants, or one variant.
 */
import type { Decimal } from "./decimal.ts";

/** What a shop says of one unit. */
export interface ShopQuantity {
  readonly unit: string;
  readonly sku: string;
  /** as the shop shows it; a fraction or a negative one is kept */
  readonly quantity: Decimal;
  /** the shop does not count it */
  readonly unlimited: boolean;
  /** the shop keeps it by branch and none was asked for: the quantity is that of no branch, and none may be written */
  readonly byBranch: boolean;
}

/** One quantity that is to be written. */
export interface QuantityWrite {
  readonly unit: string;
  /** the shop's branch; null = the only or default one */
  readonly branch: string | null;
  /** `overwrite`: the new quantity; `increment`, `decrement`: by how much it moves */
  readonly mode: "overwrite" | "increment" | "decrement";
  /** a whole number, 0 or more */
  readonly quantity: number;
}

/** What came of a list of quantity writes. */
export type QuantityAnswer =
  /** taken, but not done yet: each must be read back */
  | { readonly kind: "queued" }
  /** nothing of the call was done; by unit, what the shop says of those it refused */
  | { readonly kind: "refused"; readonly message: string; readonly units: ReadonlyMap<string, string> }
  | { readonly kind: "in-doubt"; readonly message: string };

/** What came of reading some units. */
export interface ShopReading {
  /** one that is not there has no entry */
  readonly quantities: ReadonlyMap<string, ShopQuantity>;
  /** of which the shop gave no answer, or none that makes sense; by unit, what it said */
  readonly unread: ReadonlyMap<string, string>;
}

/** A shop's quantities. */
export interface ShopStock {
  /** Every unit of a branch (null = the only or default one), in pages; rows may repeat. @throws {RetryLater} */
  list(branch: string | null): AsyncIterable<readonly ShopQuantity[]>;
  /** Some units by id. @throws {RetryLater} where the shop cannot be asked at all */
  read(units: readonly string[], branch: string | null): Promise<ShopReading>;
  /** At most `batch` quantities in one call, all of one branch. Never repeated by itself. */
  write(quantities: readonly QuantityWrite[]): Promise<QuantityAnswer>;
  readonly batch: number;
}

/** What the books say of one product. */
export interface BookedStock {
  readonly productId: string;
  readonly sku: string;
  /** false: the books do not count it */
  readonly tracked: boolean;
  /** location → stock */
  readonly stock: ReadonlyMap<string, Decimal>;
  /** what a unit cost, where the books know it */
  readonly cost: Decimal | null;
}

/** The stock of the books. */
export interface BookStock {
  /** Every product, in pages; rows may repeat. @throws {RetryLater} */
  list(): AsyncIterable<readonly BookedStock[]>;
  /** Some products by id; one that is not there has no entry. @throws {RetryLater} */
  read(productIds: readonly string[]): Promise<ReadonlyMap<string, BookedStock>>;
}
