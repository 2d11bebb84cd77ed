import type { InvoicePaymentWrite } from "../../connectors/qoyod/index.ts";
import type { Order, OrderRow } from "../../connectors/salla/index.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import { paymentAccount, type SallaQoyodSettings } from "./options.ts";
import { bookedAmounts, totalOf } from "./order-lines.ts";
import { orderMark, orderReference, riyadhDay } from "./order-words.ts";

const order = columns<Order, SallaQoyodSettings>();

/** Payments → invoice payments, with the invoice, where the payment method is mapped to an account. */
export const payments = defineFlow<OrderRow, Order, InvoicePaymentWrite, SallaQoyodSettings>({
  name: "payments",
  title: "Payments",
  one: { en: "the payment of", ar: "دفعة" },
  from: { vendor: "salla", resource: "orders" },
  to: { vendor: "qoyod", resource: "invoice_payments" },
  everyMinutes: 1_440,
  link: { source: "reference_id", target: "reference" },
  reads: "referred",
  updates: false,
  whenReferredTo: false,
  amount: totalOf,
  label: ({ reference_id }) => reference_id,
  skip: [],
  skipRead: [
    {
      code: "payment-unmapped",
      words: "orders whose payment method has no account in paymentAccounts",
      options: ["paymentAccounts"],
      when: ({ payment_method: method }, { settings }) =>
        paymentAccount(settings, method) === null ? { method: method || "-" } : null,
    },
    {
      code: "nothing-to-pay",
      words: "orders that come to 0",
      when: (row) => (totalOf(row).amount.eq(0) ? {} : null),
    },
  ],
  detail: { words: "every order", needed: () => true },
  // biome-ignore format: the columns are the point
  rows: {
    // Qoyod        Salla                                rule
    invoice_id:     order.linked("id", "orders"),
    reference:      order.from(["reference_id"], "`SALLA-<merchant>-<reference_id>-P1`", (row, { settings }) => `${orderReference(row, settings)}-P1`),
    account_id:     order.setting("paymentAccounts", ["payment_method"], "the account of the payment method", (row, _, { settings }) => paymentAccount(settings, row.payment_method) ?? ""),
    date:           order.from([], "the day it is sent, in Riyadh", (_, { now }) => riyadhDay(now)),
    amount:         order.from(["amounts"], "the order's total in riyals", (row, { settings }) => bookedAmounts(row, settings).amounts.total.toFixed(2)),
    description:    order.from(["id"], "names the order", (row, { settings }) => orderMark(row, settings)),
  },
});
