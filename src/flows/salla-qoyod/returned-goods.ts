/** What comes back with a credit note, and how it is counted in where Qoyod does not take it (product.md 1.2, "Refunds"). */
import type { CountWrite } from "../../connectors/qoyod/index.ts";
import { decimal } from "../../core/decimal.ts";
import type { ReturnedGoods, ReturnsStock } from "../../core/flow-stock.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { SallaQoyodSettings } from "./options.ts";

/** What a count of returned goods needs besides them. */
export interface ReturnCount {
  readonly revenue_account_id: string;
  readonly expense_account_id: string;
  /** the cost of a product whose cost Qoyod does not know */
  readonly cost: string | null;
}

/** By the same accounts as opening counts. */
export function returnCount(settings: SallaQoyodSettings): ReturnCount {
  const { openingBalanceAccountId, countLossAccountId, defaultCost } = settings;
  return {
    revenue_account_id: openingBalanceAccountId,
    expense_account_id: countLossAccountId ?? openingBalanceAccountId,
    cost: defaultCost ?? null,
  };
}

/** The goods of a credit note as it is sent: each product once. */
export function returnedBy({ inventory_id, line_items }: Mapped): ReturnedGoods {
  const quantities = new Map<string, number>();
  for (const line of Array.isArray(line_items) ? (line_items as readonly Mapped[]) : []) {
    const productId = String(line.product_id);
    const quantity = decimal(String(line.quantity)).toNumber();
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  }
  const products = [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
  return { location: String(inventory_id), products };
}

/** Whether the option asks for counts. */
export const countsReturned: ReturnsStock["countsIn"] = ({ counts_in }) => counts_in !== undefined;

/** The count that brings goods in; null where the option does not ask for it, or no cost is known. */
export const countReturned: ReturnsStock["countIn"] = (document, { productId, sku, held, counted, cost }) => {
  const given = document.counts_in as ReturnCount | undefined;
  const rate = cost ?? given?.cost ?? null;
  if (given === undefined || rate === null) return null;
  const count: Mapped & Record<keyof CountWrite, string> = {
    inventory_id: String(document.inventory_id),
    revenue_account_id: given.revenue_account_id,
    expense_account_id: given.expense_account_id,
    date: String(document.issue_date),
    description: `Mizan: ${sku} returned with ${String(document.reference)}`,
    product_id: productId,
    actual_quantity: counted,
    rate,
    stock_before: held,
  };
  return count;
};
