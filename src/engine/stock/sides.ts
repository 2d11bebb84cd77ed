/** The two sides of the stock of an integration, whichever way a flow runs. */
import type { BookStock, ShopStock } from "../../core/stock.ts";
import type { FlowRun } from "../flow-run.ts";

/** The shop's side. */
export function shopStockOfRun({ flow, from, to }: FlowRun): ShopStock {
  const stock = from.shopStock ?? to.shopStock;
  if (stock === undefined) throw new Error(`the flow ${flow.name} has no shop with stock`);
  return stock;
}

/** The books' side. */
export function bookStockOfRun({ flow, from, to }: FlowRun): BookStock {
  const stock = from.bookStock ?? to.bookStock;
  if (stock === undefined) throw new Error(`the flow ${flow.name} has no books with stock`);
  return stock;
}
