import type { CreditNoteWrite } from "../../connectors/qoyod/index.ts";
import type { CreditNote, OrderCreditNote } from "../../connectors/salla/index.ts";
import { decimal } from "../../core/decimal.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns, type MappingContext } from "../../core/mapping.ts";
import { contactOf, documentLines } from "./document-lines.ts";
import type { InvoiceLine } from "./invoice-lines.ts";
import { roundingOf, type SallaQoyodSettings } from "./options.ts";
import { totalMoved } from "./order-after.ts";
import { productsOf, requireUnit, sentLines } from "./order-lines.ts";
import { invoicedAt } from "./order-place.ts";
import { orderMark, orderReference, riyadhDay } from "./order-words.ts";
import { refundLines } from "./refund-lines.ts";
import { refundOf } from "./refund-parts.ts";
import { countReturned, countsReturned, type ReturnCount, returnCount, returnedBy } from "./returned-goods.ts";
import { asInvoiced, soldLines } from "./sold-lines.ts";

const refund = columns<OrderCreditNote, SallaQoyodSettings>();
type Context = MappingContext<SallaQoyodSettings>;

/** What is kept of a refund besides what Qoyod gets. */
interface KeptRefund extends CreditNoteWrite {
  /** in the order's currency */
  readonly credited: string;
  readonly counts_in: ReturnCount | undefined;
}

/** Refunds → credit notes: one for each credit note of Salla, of orders that Mizan invoiced (product.md, 1.2). */
export const refunds = defineFlow<CreditNote, OrderCreditNote, KeptRefund, SallaQoyodSettings>({
  name: "refunds",
  title: "Refunds",
  one: { en: "the refund", ar: "الاسترجاع" },
  from: { vendor: "salla", resource: "credit-notes" },
  to: { vendor: "qoyod", resource: "credit_notes" },
  everyMinutes: 15,
  link: { source: "id", target: "reference" },
  reads: "changed",
  updates: true,
  whenReferredTo: false,
  parent: {
    flow: "orders",
    id: ({ order_id }) => order_id,
    code: "order-not-invoiced",
    words: "orders that Mizan did not invoice have no credit note here",
    moved: { code: "edited-after-invoice", when: ({ order }, kept) => totalMoved(order, kept) },
  },
  stock: {
    role: "returns",
    returned: returnedBy,
    countsIn: countsReturned,
    countIn: countReturned,
    own: ["credited", "counts_in"],
  },
  amount: ({ total, order }) => ({ amount: decimal(total), currency: order.currency }),
  label: ({ invoice_number, id }) => invoice_number || id,
  skip: [],
  detail: {
    words: "every one of an invoiced order, with its order and the order's other credit notes",
    needed: () => true,
  },
  internal: ["expected", "credited", "counts_in"],
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod        Salla                                       rule
    contact_id:     refund.from(["order"], "as on the invoice", ({ order }, context) => contactOf(order, context)),
    reference:      refund.from(["order", "id"], "`SALLA-<merchant>-<reference_id>-CN<id>`", ({ order, id }, { settings }) => `${orderReference(order, settings)}-CN${id}`),
    issue_date:     refund.from([], "the day it is sent, in Riyadh", (_, { before, now }) => dayOf(before) ?? riyadhDay(now)),
    inventory_id:   refund.from(["order"], "as on the invoice", ({ order }, { settings }) => invoicedAt(order, settings)),
    description:    refund.from(["order", "id", "invoice_number", "date"], "names the order and the credit note", describe),
    parent_id:      refund.linked("order_id", "orders"),
    line_items:     refund.each("items", "what is taken back of each line of the invoice, to the halala; never more than is left of it; of a bundle, of its parts as they were invoiced", linesOf, documentLines()),
    expected:       refund.from(["total"], "the total that Qoyod must come to; not sent", (row, context) => ({ total: refundOf(billed(row, context), context.settings).total.toFixed(2), order: markOf(row, context.settings) })),
    credited:       refund("total"),
    counts_in:      refund.setting("refundsCountIn", [], "how goods are counted in that Qoyod does not take back", (_, countsIn, { settings }) => (countsIn ? returnCount(settings) : undefined)),
  },
});

/** The credit note of the order as it was invoiced. */
function billed(note: OrderCreditNote, { parentKept = null }: Context): OrderCreditNote {
  return { ...note, order: asInvoiced(note.order, parentKept) };
}

function linesOf(note: OrderCreditNote, context: Context): readonly InvoiceLine[] {
  const { settings } = context;
  const row = billed(note, context);
  const { booked, earlier, parts, total } = refundOf(row, settings);
  const sold = soldLines(row.order);
  for (const { source } of parts) {
    const line = typeof source === "number" ? sold[source] : undefined;
    if (line !== undefined) requireUnit(line.item);
  }
  const { amounts } = booked;
  const products = productsOf(row.order, amounts, settings);
  const basis = { invoiced: amounts, earlier, products, rounding: roundingOf(settings) };
  return sentLines(refundLines({ kind: "parts", parts, total }, basis), context);
}

/** By this a credit note is found in a description, whatever becomes of its reference. */
function markOf({ order, id }: OrderCreditNote, settings: SallaQoyodSettings): string {
  return `${orderMark(order, settings)} Credit note ${id}.`;
}

function describe(row: OrderCreditNote, context: Context): string {
  const { settings } = context;
  const { original } = refundOf(billed(row, context), settings).booked;
  const converted = original === null ? [] : [`${row.total} ${original.currency} at ${original.rate.toFixed()}`];
  return [markOf(row, settings), row.invoice_number, row.date, ...converted].filter((part) => part !== "").join(" ");
}

/** The day under which it was sent stays. */
function dayOf(before: Context["before"]): string | null {
  return typeof before?.issue_date === "string" ? before.issue_date : null;
}
