import type { SellOrderLineWrite, SellOrderWrite } from "../../connectors/optiply/index.ts";
import type { SalesOrder, SalesOrderRow } from "../../connectors/zoho-books/index.ts";
import { isCalendarDay, money, readAmount, startOfDay } from "../../core/conversions.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import type { ReasonParameters } from "../../core/reasons.ts";
import { amountIn, orderAmounts } from "./amounts.ts";
import type { ZohoBooksOptiplySettings } from "./options.ts";
import { mergedLines, type OrderLine, withoutLines } from "./order-lines.ts";
import { requireKnownState, stateOf } from "./order-status.ts";

const order = columns<SalesOrder, ZohoBooksOptiplySettings>();
const line = columns<OrderLine, ZohoBooksOptiplySettings>();

/** Seed tables "Sell Orders" and "Sell Order Lines". Created once, never changed afterwards (rule Z1). */
export const sellOrders = defineFlow<SalesOrderRow, SalesOrder, SellOrderWrite, ZohoBooksOptiplySettings>({
  name: "sell-orders",
  title: "Sell Orders",
  one: { en: "the sell order", ar: "طلب البيع" },
  from: { vendor: "zoho-books", resource: "salesorders" },
  to: { vendor: "optiply", resource: "sellOrders" },
  everyMinutes: 60,
  link: { source: "salesorder_id", target: "remoteId" },
  reads: "changed",
  updates: false,
  whenReferredTo: false,
  notBefore: "ordersSince",
  amount: ({ total, currency_code }) => amountIn(readAmount(total, "total"), currency_code),
  label: (row) => row.salesorder_number ?? "",
  skip: [
    {
      code: "before-orders-since",
      words: "dated before ordersSince",
      options: ["ordersSince"],
      when: ({ date }, { settings: { ordersSince } }) =>
        date && isCalendarDay(date) && date < ordersSince ? { date, ordersSince } : null,
    },
    {
      code: "draft-or-void",
      words: "drafts, orders in approval, void and cancelled ones",
      when: (row) => (isNoOrder(row) ? { status: statusWords(row) } : null),
    },
    {
      code: "not-invoiced",
      words: "neither invoiced, partially invoiced nor closed, unless pullAllSellOrders is on",
      options: ["pullAllSellOrders"],
      when: (row, { settings }) =>
        settings.pullAllSellOrders || isInvoicedOrClosed(row) ? null : { status: statusWords(row) },
    },
    {
      code: "salesperson-excluded",
      words: "of a salesperson in excludedSalespersonIds",
      options: ["excludedSalespersonIds"],
      when: (row, { settings }) => excludedSalesperson(row, settings.excludedSalespersonIds),
    },
  ],
  required: {
    words: "an order that only pullAllSellOrders takes, without a status or of one that is not known",
    check: (source) => {
      if (!isInvoicedOrClosed(source)) requireKnownState(source, [...realStates, ...noOrderStatuses]);
    },
  },
  detail: { words: "every order that is not left out: the list carries no lines", needed: () => true },
  empty: ({ orderLines }, notes) => withoutLines(orderLines, notes),
  // biome-ignore format: the columns are the point
  rows: {
    // Optiply      Zoho Books                     rule
    remoteId:       order("salesorder_id").onlyWhen("with a couplingId", ({ settings }) => settings.couplingId !== undefined),
    placed:         order("date")                  .as(startOfDay),
    totalValue:     order("total")                 .as(money(2, orderAmounts)),
    orderLines:     order.each<OrderLine, SellOrderLineWrite>("line_items",
                      "lines of one item merged; header and subtotal rows, lines without item and lines of no positive quantity left out (rule Z3)",
                      ({ line_items }, context) => mergedLines(line_items, context.note), {
      productId:      line.linked("item_id", "products"),
      quantity:       line.from(["quantity"], "summed, rounded half up, at least 1", (merged) => merged.wholeQuantity),
      subtotalValue:  line.from(["rate", "quantity"], "rate × quantity of each line, summed", (merged) => merged.subtotal)
                        .as(money(2, orderAmounts)),
    }),
  },
});

/** Zoho Books reference, 4.3. What is invoiced or closed is a sale whatever else it says. */
const realStates = [
  ...["approved", "open", "confirmed", "overdue", "onhold", "partially_shipped", "shipped", "fulfilled"],
  ...["partially_invoiced", "invoiced", "closed"],
];
const noOrderStatuses = ["draft", "pending_approval", "void", "cancelled", "rejected"];

/** Not (or no longer) an order. `order_status` decides; the roll-up `status` only where it is missing. */
function isNoOrder(row: SalesOrderRow): boolean {
  return noOrderStatuses.includes(stateOf(row)) || ["void", "pending_approval"].includes(row.status ?? "");
}

/**
 * Judged by `invoiced_status` and `order_status`: the roll-up `status` says `shipped` for an order that is invoiced too
 * (Zoho Books reference, 4.3). It counts only where both others are missing.
 */
function isInvoicedOrClosed({ status, order_status, invoiced_status }: SalesOrderRow): boolean {
  if (order_status === "closed" || invoiced_status === "invoiced" || invoiced_status === "partially_invoiced")
    return true;
  return !order_status && !invoiced_status && ["invoiced", "partially_invoiced", "closed"].includes(status ?? "");
}

function statusWords({ status, order_status, invoiced_status }: SalesOrderRow): string {
  return [order_status || status, invoiced_status].filter((word) => word).join(", ") || "without a status";
}

/** Each entry is a salesperson's id or, exactly, the name. */
function excludedSalesperson(row: SalesOrderRow, excluded: readonly string[]): ReasonParameters | null {
  const salesperson = [row.salesperson_id, row.salesperson_name].find((one) => one && excluded.includes(one));
  return salesperson === undefined ? null : { salesperson };
}
