import type { BuyOrderLineWrite, BuyOrderWrite } from "../../connectors/optiply/index.ts";
import type { PurchaseOrder, PurchaseOrderRow } from "../../connectors/zoho-books/index.ts";
import { instant, isCalendarDay, money, readAmount, startOfDay } from "../../core/conversions.ts";
import type { Decimal } from "../../core/decimal.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns, type MappingContext } from "../../core/mapping.ts";
import { amountIn, exchangeRateOf, orderAmounts } from "./amounts.ts";
import type { ZohoBooksOptiplySettings } from "./options.ts";
import { mergedLines, type OrderLine, withoutLines } from "./order-lines.ts";
import { requireKnownState, stateOf } from "./order-status.ts";

const order = columns<PurchaseOrder, ZohoBooksOptiplySettings>();
const line = columns<OrderLine, ZohoBooksOptiplySettings>();
type Context = MappingContext<ZohoBooksOptiplySettings>;

/** Seed tables "Buy Orders Zoho > OP" and "Buy Order Lines": Zoho Books purchase orders → Optiply buy orders (rules Z2, Z6). */
export const buyOrders = defineFlow<PurchaseOrderRow, PurchaseOrder, BuyOrderWrite, ZohoBooksOptiplySettings>({
  name: "buy-orders",
  title: "Buy Orders",
  one: { en: "the buy order", ar: "طلب الشراء" },
  from: { vendor: "zoho-books", resource: "purchaseorders" },
  to: { vendor: "optiply", resource: "buyOrders" },
  everyMinutes: 60,
  counterpart: "buy-orders-export",
  link: { source: "purchaseorder_id", target: "remoteId" },
  reads: "changed",
  updates: true,
  // Another supplier needs another order (Optiply reference, 7.1).
  fixed: ["supplierId"],
  whenReferredTo: false,
  notBefore: "ordersSince",
  amount: ({ total, currency_code }) => amountIn(readAmount(total, "total"), currency_code),
  label: (row) => row.purchaseorder_number ?? "",
  remove: {
    code: "cancelled",
    words: "deleted in Optiply when it is cancelled; one that was made in Optiply is left for a person (rule Z6)",
    when: (row) => (isCancelled(row) ? {} : null),
  },
  skip: [
    {
      code: "before-orders-since",
      words: "dated before ordersSince and not sent yet",
      options: ["ordersSince"],
      when: ({ date }, { settings: { ordersSince }, known }) =>
        !known && date && isCalendarDay(date) && date < ordersSince ? { date, ordersSince } : null,
    },
    {
      code: "cancelled",
      words: "cancelled and not sent yet (rule Z6)",
      when: (row, { known }) => (!known && isCancelled(row) ? {} : null),
    },
    {
      code: "draft-or-void",
      words: "drafts and orders in approval, unless they were made in Optiply (rule Z2)",
      when: (row, { known }) => (!known && isDraft(row) ? { status: row.order_status || row.status || "" } : null),
    },
  ],
  required: {
    words: "an order without a status, or of one that is not known",
    check: (source) => requireKnownState(source, [...draftStates, ...realStates, ...cancelledStates]),
  },
  detail: {
    words: "every order that is not left out: the list carries no lines and no exchange rate",
    needed: () => true,
  },
  empty: ({ orderLines }, notes) => withoutLines(orderLines, notes),
  internal: ["exportedFrom"],
  // biome-ignore format: the columns are the point
  rows: {
    // Optiply             Zoho Books                      rule
    remoteId:              order("purchaseorder_id")       .onlyWhen("with a couplingId", ({ settings }) => settings.couplingId !== undefined),
    supplierId:            order.linked("vendor_id", "suppliers"),
    placed:                order("date")                   .as(startOfDay)
                             .onlyWhen("not sent where the order was made in Optiply (rule Z5)", ({ madeThere }) => !madeThere),
    completed:             order.from(["order_status", "last_modified_time", "purchasereceives", "bills", "expected_delivery_date", "date"],
                             "the moment order_status became closed: the modification time then; closed when first seen, the latest receipt or bill, else the expected day, else the day of the order; it does not move later, and is cleared when the order is reopened (rule Z2)",
                             completedAt),
    expectedDeliveryDate:  order.from(["expected_delivery_date", "delivery_date"], "expected_delivery_date, or delivery_date where it is empty; left out when both are", expectedDay),
    totalValue:            order.from(["total", "exchange_rate"], "total × exchange_rate, 2 decimals, half up; not sent while an order made in Optiply is a draft",
                             (source, context) => ownFigures(source, context) ? undefined
                               : money(2, orderAmounts).convert(totalOf(source, context), "total", context.note)),
    exportedFrom:          order.from(["reference_number"], "when it is made: a reference of digits may be the id of the order of Optiply that it came from (rule Z5)",
                             ({ reference_number }) => /^\d{1,18}$/.test(reference_number?.trim() ?? "") ? reference_number?.trim() : undefined)
                             .onlyWhen("", ({ creating }) => creating),
    orderLines:            order.each<OrderLine, BuyOrderLineWrite>("line_items",
                             "lines of one item merged; header and subtotal rows, lines without item and lines of no positive quantity left out (rule Z3)",
                             (source, context) => ownFigures(source, context) ? undefined
                               : mergedLines(source.line_items, context.note, exchangeRateOf(source, context.settings)), {
      productId:             line.linked("item_id", "products"),
      quantity:              line.from(["quantity"], "summed, rounded half up, at least 1", (merged) => merged.wholeQuantity),
      subtotalValue:         line.from(["quantity", "rate", "exchange_rate"], "quantity × rate × exchange_rate of each line, summed", (merged) => merged.subtotal)
                               .as(money(2, orderAmounts)),
    }),
  },
});

/** What Zoho makes of an exported draft (its prices, its total) does not replace the planner's figures before it is issued. */
function ownFigures(row: PurchaseOrderRow, { madeThere }: Context): boolean {
  return madeThere && isDraft(row);
}

function totalOf(source: PurchaseOrder, { settings }: Context): Decimal | null {
  const total = readAmount(source.total, "total");
  return total === null ? null : total.times(exchangeRateOf(source, settings));
}

const draftStates = ["draft", "pending_approval", "rejected"];
const cancelledStates = ["cancelled", "void"];
/** Zoho Books reference, 3 (filters of the list) and 4.4; `order_status` and the roll-up share their words. */
const realStates = [
  "approved",
  "open",
  "issued",
  "partially_billed",
  "billed",
  "partially_received",
  "received",
  "closed",
];

function isCancelled(row: PurchaseOrderRow): boolean {
  return cancelledStates.includes(stateOf(row)) || row.status === "cancelled";
}

function isDraft(row: PurchaseOrderRow): boolean {
  return draftStates.includes(stateOf(row)) || row.status === "pending_approval";
}

/** Rule Z2: what was sent as completed stays as it is while the order is closed. */
function completedAt(source: PurchaseOrder, { before, note }: Context): string | null | undefined {
  const sent = before?.completed;
  if (stateOf(source) !== "closed") return typeof sent === "string" ? null : undefined;
  if (typeof sent === "string") return sent;
  if (before !== null) return instant.convert(source.last_modified_time, "last_modified_time", note);
  const [day, from] = estimatedDay(source);
  note("completed-estimated", { day, from });
  return startOfDay.convert(day, from, note);
}

function estimatedDay(source: PurchaseOrder): readonly [day: string, from: string] {
  const latest = (dates: readonly (string | undefined)[]) =>
    dates
      .filter((date) => date)
      .sort()
      .at(-1);
  const receipts = (source.purchasereceives ?? []).map(({ receive_date, date }) => receive_date || date);
  const bills = (source.bills ?? []).map(({ date }) => date);
  const done = latest([...receipts, ...bills]);
  if (done) return [done, "the latest receipt or bill"];
  if (source.expected_delivery_date) return [source.expected_delivery_date, "expected_delivery_date"];
  return [source.date ?? "", "date"];
}

function expectedDay(source: PurchaseOrder, { note }: Context): string | undefined {
  const field = source.expected_delivery_date ? "expected_delivery_date" : "delivery_date";
  return source[field] ? startOfDay.convert(source[field], field, note) : undefined;
}
