import type { InvoiceWrite } from "../../connectors/qoyod/index.ts";
import type { Order, OrderRow } from "../../connectors/salla/index.ts";
import { defineFlow } from "../../core/flow.ts";
import { countId } from "../../core/flow-stock.ts";
import { columns, LinkRequest, type MappingContext } from "../../core/mapping.ts";
import { contactOf, documentLines } from "./document-lines.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { afterInvoice, isCompleted, isSentByStatus } from "./order-after.ts";
import { bookedAmounts, linesOf, totalOf } from "./order-lines.ts";
import {
  deliveredStatuses,
  invoicedAt,
  isBeforeLinking,
  reservationOf,
  rowReservationOf,
  unitsOf,
} from "./order-place.ts";
import { invoiceDescription, orderMark, orderReference, riyadhDay } from "./order-words.ts";
import { soldAs } from "./sold-lines.ts";

const order = columns<Order, SallaQoyodSettings>();
type Context = MappingContext<SallaQoyodSettings>;

/** Orders → invoices: each order that reaches the status `completed` becomes one invoice, exact to the halala (rules S4, S9, S10). */
export const orders = defineFlow<OrderRow, Order, InvoiceWrite, SallaQoyodSettings>({
  name: "orders",
  title: "Orders",
  one: { en: "the order", ar: "الطلب" },
  from: { vendor: "salla", resource: "orders" },
  to: { vendor: "qoyod", resource: "invoices" },
  everyMinutes: 15,
  link: { source: "reference_id", target: "reference" },
  reads: "changed",
  updates: false,
  whenReferredTo: false,
  followedBy: ["payments"],
  stock: {
    role: "takes",
    reservation: reservationOf,
    rowReservation: rowReservationOf,
    status: ({ status }) => status.slug || status.name,
    lines: ({ items }) =>
      items.map(({ id, unit, product_id, name, sku }) => ({ id, unit, product: product_id, name, sku })),
    soldAs,
    delivered: deliveredStatuses,
    counts: "opening-counts",
    options: ["bundles"],
  },
  needs: (row, settings) => {
    const location = invoicedAt(row, settings);
    return unitsOf(row, location).map(({ unit }) => new LinkRequest("opening-counts", countId(unit, location)));
  },
  after: afterInvoice,
  amount: totalOf,
  label: ({ reference_id }) => reference_id,
  skip: [
    {
      code: "before-linking",
      words:
        "orders from before the integration, unless they are sent by hand, also by a custom status of sendStatuses (rules S5, S9, S10)",
      when: ({ date, status }, { wanted, settings }) =>
        wanted || isSentByStatus(status, settings) || date === null || !isBeforeLinking(date, settings)
          ? null
          : { date: riyadhDay(date) },
    },
    {
      code: "not-completed",
      words: "orders in another status than those of completedStatuses, or of sendStatuses",
      options: ["completedStatuses", "sendStatuses"],
      when: ({ status }, { settings }) =>
        isCompleted(status, settings) ? null : { status: status.name || status.slug },
    },
  ],
  detail: { words: "every order that is invoiced: the list has neither lines nor amounts", needed: () => true },
  internal: ["expected"],
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod        Salla                                       rule
    contact_id:     order.from(["customer"], "through the link of customers; the cash customer where the order has none, or one without phone, e-mail and tax number (option cashCustomerId)", contactOf),
    reference:      order.from(["reference_id"], "`SALLA-<merchant>-<reference_id>`", (row, { settings }) => orderReference(row, settings)),
    issue_date:     order.setting("issueDate", ["updated_at"], "the day it is sent, or was completed, in Riyadh", issueDay),
    due_date:       order.setting("issueDate", ["updated_at"], "the same day", issueDay),
    inventory_id:   order.from(["branch_id"], "the location of the order's branch (options locationId, branches)", (row, { settings }) => invoicedAt(row, settings)),
    description:    order.from(["id", "reference_id"], "the order's id and number, the day of completion, what was converted", (row, { settings }) => invoiceDescription(row, settings, bookedAmounts(row, settings).original)),
    line_items:     order.each("items", "tax-inclusive prices and discounts that come to the order's total and VAT in Qoyod; a bundle as its parts, by their selling prices (options rounding, bundles)", linesOf, documentLines()),
    expected:       order.from(["amounts"], "the total that Qoyod must come to; not sent", (row, { settings }) => ({ total: bookedAmounts(row, settings).amounts.total.toFixed(2), order: orderMark(row, settings) })),
  },
});

function issueDay(row: Order, day: SallaQoyodSettings["issueDate"], { now }: Context): string {
  const completed = row.first_complete_at ?? row.updated_at;
  return riyadhDay(day === "completed" && completed !== null ? completed : now);
}
