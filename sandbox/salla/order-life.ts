import { addCreditNote, addTaxInvoice, hasTaxInvoice, leftToRefund, type RefundedLines } from "./invoices.ts";
import { announceOrder } from "./order-events.ts";
import { unitOfLine } from "./order-line.ts";
import { moveStock, stockOf } from "./products.ts";
import { nowOf, type Order, putRow, type Shop, statusOf } from "./shop.ts";
import { type Status, statusBySlug } from "./statuses.ts";

/** Slugs under which an order's goods are back in the shop. */
const undone = new Set(["canceled", "restored"]);

interface StatusChange {
  readonly atMs?: number;
  /** Whether quantities rise when it is canceled or restored; left out: as the store is set. */
  readonly restoreItems?: boolean;
  /** No events, for imported history. */
  readonly quiet?: boolean;
}

/** Gives an order a status and does what hangs on it: stock, invoice, credit note, events. */
export function setStatus(shop: Shop, order: Order, status: Status, change: StatusChange = {}): void {
  const { atMs = nowOf(shop), quiet = false, restoreItems = shop.switches.restocksOnCancel } = change;
  const before = statusOf(shop, order);
  order.statusId = status.id;
  order.updatedMs = atMs;
  const made: (() => void)[] = [];
  const invoiced = hasTaxInvoice(shop, order);
  if (undone.has(status.slug)) {
    if (restoreItems) moveOrderStock(shop, order, "return");
    const { creditNoteOnCancel, creditNoteOnRestore } = shop.switches;
    const wanted = status.slug === "canceled" ? creditNoteOnCancel : creditNoteOnRestore;
    const left = leftToRefund(order);
    if (invoiced && wanted && left.length > 0)
      made.push(addCreditNote(shop, order, { lines: left, whole: true }, atMs));
  } else if (undone.has(before.slug)) moveOrderStock(shop, order, "take");
  if (status.slug === "completed") {
    order.firstCompleteMs ??= atMs;
    order.paid = true;
    moveOrderStock(shop, order, "take");
    if (!invoiced) made.push(addTaxInvoice(shop, order, atMs));
  }
  putRow(shop.orders, order);
  if (quiet) return;
  announceOrder(shop, order, "order.status.updated");
  announceOrder(shop, order, "order.updated");
  if (status.slug === "canceled") announceOrder(shop, order, "order.cancelled");
  if (status.slug === "restored") announceOrder(shop, order, "order.refunded");
  for (const tell of made) tell();
}

/**
 * Gives money back: all that is left, or some lines. The whole makes the order restored.
 * @throws RangeError when the order has no invoice or less is left than is asked for.
 */
export function refundOrder(
  shop: Shop,
  order: Order,
  refund: { lines?: RefundedLines; restoreItems?: boolean; quiet?: boolean; atMs?: number },
): void {
  if (!hasTaxInvoice(shop, order)) throw new RangeError(`order ${order.referenceId} has no invoice to refund`);
  const { restoreItems = shop.switches.restocksOnCancel, quiet = false, atMs = nowOf(shop) } = refund;
  const left = leftToRefund(order);
  const restored = statusBySlug(shop.statuses, "restored");
  if (refund.lines === undefined && restored !== undefined) {
    setStatus(shop, order, restored, { restoreItems, quiet, atMs });
    return;
  }
  const lines = refund.lines ?? left;
  for (const { lineId, quantity } of lines) {
    const most = left.find((one) => one.lineId === lineId)?.quantity ?? 0;
    if (quantity < 1 || quantity > most)
      throw new RangeError(`line ${lineId} cannot refund ${quantity}; allowed: 1 to ${most}`);
  }
  if (restoreItems) returnLines(shop, order, lines);
  const tell = addCreditNote(shop, order, { lines, whole: false }, atMs);
  order.updatedMs = atMs;
  putRow(shop.orders, order);
  if (quiet) return;
  announceOrder(shop, order, "order.refunded");
  announceOrder(shop, order, "order.updated");
  tell();
}

/** Takes the units of an order out of the quantities, or gives back those that were not given back before. */
export function moveOrderStock(shop: Shop, order: Order, direction: "take" | "return"): void {
  const taking = direction === "take";
  if (order.untouchedStock || order.deducted === taking) return;
  order.deducted = taking;
  const left = taking ? order.lines.map(({ id, quantity }) => ({ lineId: id, quantity })) : leftInStock(order);
  const sign = taking ? -1 : 1;
  for (const { lineId, quantity } of left) moveLine(shop, order, lineId, sign * quantity);
}

function returnLines(shop: Shop, order: Order, lines: RefundedLines): void {
  if (order.untouchedStock || !order.deducted) return;
  for (const { lineId, quantity } of lines) moveLine(shop, order, lineId, quantity);
}

function leftInStock(order: Order): RefundedLines {
  return order.lines.map((line) => ({ lineId: line.id, quantity: line.quantity - line.refunded }));
}

function moveLine(shop: Shop, order: Order, lineId: number, difference: number): void {
  const line = order.lines.find(({ id }) => id === lineId);
  const unit = line === undefined ? undefined : unitOfLine(shop, line);
  if (unit === undefined || difference === 0) return;
  moveStock(shop, unit, order.branchId, difference);
  stockOf(unit).sold -= difference;
}
