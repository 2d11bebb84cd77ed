/** The real orders of the Online Retail files, as customers of Salla place them. */
import { readOnlineRetail } from "../sandbox/shops/online-retail-rows.ts";
import type { OrderToPlace } from "./weeks-plan.ts";

/**
 * The first orders that a shop could have sold: what is canceled, free of pieces or below nothing is left out, line by line.
 * @param most how many orders
 */
export async function readRetailOrders(files: readonly string[], most: number): Promise<readonly OrderToPlace[]> {
  const { orders } = await readOnlineRetail(files, "Asia/Riyadh", new Set());
  const found: OrderToPlace[] = [];
  for (const { invoiceNo, customerId, lines } of orders.values()) {
    if (found.length >= most) break;
    if (!/^\d+$/.test(invoiceNo)) continue;
    const sold = lines
      .filter(
        ({ quantity, price }) => Number.isSafeInteger(quantity) && quantity > 0 && /^\d+(\.\d{1,2})?$/.test(price),
      )
      .map(({ itemCode, quantity, price }) => ({ sku: itemCode, quantity, price }));
    if (sold.length > 0) found.push({ reference: Number(invoiceNo), customer: customerId, lines: sold });
  }
  return found;
}
