/** How an order is named in Qoyod (product.md, 1.2). */
import type { Order, OrderRow } from "../../connectors/salla/index.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { SallaQoyodSettings } from "./options.ts";
import type { BookedAmounts } from "./order-lines.ts";

/** The zone of the tax authority. */
const riyadh = "Asia/Riyadh";

/** The unique reference of an order's documents. @throws {RecordRejected} store-unknown */
export function orderReference({ reference_id }: OrderRow, settings: SallaQoyodSettings): string {
  return `SALLA-${storeOf(settings)}-${reference_id}`;
}

/**
 * The text by which an order is found in a description, whatever becomes of the reference.
 * @throws {RecordRejected} store-unknown
 */
export function orderMark({ id }: OrderRow, settings: SallaQoyodSettings): string {
  return `Salla ${storeOf(settings)} order ${id}.`;
}

/** Without the store's id, the documents of two stores could have one reference, and would not be found again. */
function storeOf({ merchantId }: SallaQoyodSettings): string {
  if (merchantId === "") throw new RecordRejected("store-unknown", {});
  return merchantId;
}

const dayInRiyadh = new Intl.DateTimeFormat("en-CA", {
  timeZone: riyadh,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** A calendar day in Riyadh, YYYY-MM-DD. */
export function riyadhDay(moment: number): string {
  return dayInRiyadh.format(moment);
}

/** The description of an order's invoice: its mark, its number, the day it was completed, and what was converted. */
export function invoiceDescription(
  order: Order,
  settings: SallaQoyodSettings,
  original: BookedAmounts["original"],
): string {
  const completed = order.first_complete_at ?? order.updated_at;
  return [
    orderMark(order, settings),
    `#${order.reference_id}`,
    ...(completed === null ? [] : [`completed ${riyadhDay(completed)}`]),
    ...(original === null ? [] : [`${original.total.toFixed(2)} ${original.currency} at ${original.rate.toFixed()}`]),
  ].join(" ");
}
