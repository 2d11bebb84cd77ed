import { add, compare, type Decimal, subtract, zero } from "../decimal.ts";
import { Refused } from "./answers.ts";
import { type Company, insertRow, type Row, wholeSecond } from "./company.ts";
import { isYes, wireNumber } from "./fields.ts";

/** A quantity of one product that comes to a location, or leaves it. */
export interface Movement {
  readonly productId: number;
  readonly locationId: number;
  readonly change: Decimal;
}

/** What a location holds of a product. */
export function stockOf(company: Company, productId: number, locationId: number): Decimal {
  return company.stock.get(productId)?.get(locationId) ?? zero;
}

/** True where Qoyod counts the product. */
export function isTracked(product: Row): boolean {
  return isYes(product.fields.track_quantity);
}

/**
 * Moves stock and notes why. Movements of untracked products do nothing.
 * @param why `invoices 60001`, as the control API shows it.
 */
export function moveStock(company: Company, movements: readonly Movement[], why: string): void {
  for (const { productId, locationId, change } of movements) {
    const product = company.tables.products.rows.get(productId);
    if (product === undefined || !isTracked(product)) continue;
    const byLocation = company.stock.get(productId) ?? new Map<number, Decimal>();
    company.stock.set(productId, byLocation);
    const stock = add(byLocation.get(locationId) ?? zero, change);
    byLocation.set(locationId, stock);
    if (company.switches.stockTouchesProduct) product.updatedMs = wholeSecond(company);
    const fields = {
      product_id: productId,
      inventory_id: locationId,
      change: wireNumber(change),
      stock: wireNumber(stock),
    };
    insertRow(company, "stock_movements", { ...fields, why });
  }
}

/** The first tracked product of which a location holds less than the movements take; undefined where all can go. */
export function firstShort(company: Company, movements: readonly Movement[]): Row | undefined {
  if (company.switches.negativeStock === "allowed") return undefined;
  const left = new Map<string, Decimal>();
  for (const { productId, locationId, change } of movements) {
    const product = company.tables.products.rows.get(productId);
    if (product === undefined || !isTracked(product)) continue;
    const key = `${productId} ${locationId}`;
    const rest = add(left.get(key) ?? stockOf(company, productId, locationId), change);
    left.set(key, rest);
    if (compare(change, zero) < 0 && compare(rest, zero) < 0) return product;
  }
  return undefined;
}

/** The 422 for want of stock. */
export function outOfStock(company: Company, { id, fields }: Row): Refused {
  const text = company.switches.outOfStockText.replace("{id}", String(id)).replace("{sku}", String(fields.sku));
  return new Refused([text]);
}

/** The same movements the other way round. */
export function undone(movements: readonly Movement[]): Movement[] {
  return movements.map((movement) => ({ ...movement, change: subtract(zero, movement.change) }));
}
