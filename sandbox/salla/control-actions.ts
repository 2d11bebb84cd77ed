import { type Fields, isFields } from "../wire.ts";
import { statusNamed } from "./merchant.ts";
import { refundOrder, setStatus } from "./order-life.ts";
import { payOrder } from "./place-order.ts";
import { readId, readWhole } from "./products.ts";
import type { Order, Shop } from "./shop.ts";

/** `POST /salla/orders/{id}/{action}` → the slug it leads to. */
const slugOfAction: Readonly<Record<string, string>> = {
  progress: "in_progress",
  complete: "completed",
  ship: "shipped",
  deliver: "delivered",
  cancel: "canceled",
  restore: "restored",
};

/** Does to an order what a merchant does in the dashboard. */
export function act(shop: Shop, order: Order, action: string, given: Fields): void {
  const restore = typeof given.restore_items === "boolean" ? { restoreItems: given.restore_items } : {};
  if (action === "pay") payOrder(shop, order);
  else if (action === "refund") {
    const { lines } = given;
    const read = Array.isArray(lines) ? { lines: lines.filter(isFields).map(readRefund) } : {};
    refundOrder(shop, order, { ...read, ...restore });
  } else if (action === "status") setStatus(shop, order, statusNamed(shop, given.slug ?? given.status_id), restore);
  else {
    const slug = Object.hasOwn(slugOfAction, action) ? slugOfAction[action] : undefined;
    const known = ["pay", "refund", "status", ...Object.keys(slugOfAction)];
    if (slug === undefined) throw new RangeError(`an order cannot ${action}; it can: ${known.join(", ")}`);
    setStatus(shop, order, statusNamed(shop, slug), restore);
  }
}

function readRefund(given: Fields): { lineId: number; quantity: number } {
  return { lineId: readId(given.id, "lines.id"), quantity: readWhole(given.quantity, "lines.quantity") };
}
