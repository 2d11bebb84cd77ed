import { type Decimal, decimal } from "../../core/decimal.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { BookStock } from "../../core/stock.ts";
import { readText, rowsOf } from "./fields.ts";

/** Refusals that name something else than the stock, which the stock does not explain. */
const otherCause = /not active|inactive|closed|locked|already been taken/i;

/**
 * Whether a refused invoice wants more of a product than its location holds. The words of that refusal are not published, so
 * the stock itself is read. @returns the reason, naming the first such product, or null. @throws {RetryLater}
 */
export async function stockShort(stock: BookStock, payload: Mapped, message: string): Promise<Reason | null> {
  if (otherCause.test(message)) return null;
  const needed = new Map<string, Decimal>();
  for (const { product_id, quantity } of rowsOf(payload.line_items)) {
    const id = readText(product_id);
    needed.set(id, (needed.get(id) ?? decimal(0)).plus(readText(quantity)));
  }
  const booked = await stock.read([...needed.keys()]);
  for (const [id, quantity] of needed) {
    const product = booked.get(id);
    if (product?.tracked !== true) continue;
    const held = product.stock.get(readText(payload.inventory_id)) ?? decimal(0);
    if (held.gte(quantity)) continue;
    const name = product.sku === "" ? id : product.sku;
    const parameters = { vendor: "Qoyod", product: name, held: held.toFixed(), needed: quantity.toFixed() };
    return { code: "stock-short", parameters };
  }
  return null;
}
