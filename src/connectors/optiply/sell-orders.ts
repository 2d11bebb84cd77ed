import type { DecimalText } from "../../core/conversions.ts";
import type { Id } from "../../core/mapping.ts";
import { amount, asMapped, lines, reference, whole } from "./attributes.ts";
import { orderContent } from "./order-content.ts";
import { sellOrderLines } from "./order-lines.ts";
import type { WrittenResource } from "./resource-target.ts";

/** A line of a sell order as a flow writes it; a product stands in one line only. */
export interface SellOrderLineWrite {
  readonly productId: Id<"optiply/products">;
  /** whole units */
  readonly quantity: number;
  readonly subtotalValue: DecimalText;
}

/** A sell order as a flow writes it: created once with its lines, and never changed (seed Z1). */
export interface SellOrderWrite {
  readonly remoteId: string | undefined;
  /** an instant, YYYY-MM-DDTHH:MM:SSZ */
  readonly placed: string;
  readonly totalValue: DecimalText;
  readonly orderLines: readonly SellOrderLineWrite[];
}

/** Sell orders: `POST /sellOrders` with flat `orderLines`. */
export const sellOrders: WrittenResource = {
  name: "sellOrders",
  attributes: {
    remoteId: asMapped,
    placed: asMapped,
    totalValue: amount,
    orderLines: lines({ productId: reference, quantity: whole, subtotalValue: amount }),
  },
  content: orderContent(sellOrderLines),
};
