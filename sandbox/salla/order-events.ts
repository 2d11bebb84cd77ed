import { announce, nextNumber, type Order, type Shop } from "./shop.ts";
import { orderEventData, statusEventData } from "./show-order.ts";

/** Tells of an order in the shape of the event: `order.status.updated` has the order inside, the others are it. */
export function announceOrder(shop: Shop, order: Order, event: string): void {
  const data =
    event === "order.status.updated"
      ? () => statusEventData(shop, order, nextNumber(shop, "histories"))
      : () => orderEventData(shop, order);
  announce(shop, { event, data, order });
}
