import { type Fields, textOf } from "../wire.ts";
import { paymentAccount } from "./accounts.ts";
import { invalid } from "./answers.ts";
import { type Call, type Company, insertRow, type Row, rowsByKey } from "./company.ts";
import { checkSettlement, settle } from "./documents.ts";
import { dayOf, need, positiveAmount, referred, taken, wireNumber } from "./fields.ts";

export type PaymentName = "invoice_payments" | "bill_payments" | "simple_bill_payments";

const paidDocuments = {
  invoice_payments: { document: "invoices", field: "invoice_id", type: "Invoice", kind: "received" },
  bill_payments: { document: "bills", field: "bill_id", type: "Bill", kind: "paid" },
  simple_bill_payments: { document: "simple_bills", field: "simple_bill_id", type: "SimpleBill", kind: "paid" },
} as const;

/** `POST /invoice_payments` and its two siblings: settles a document at once. Ids may be text here (Repzo). */
export function createPayment(call: Call, name: PaymentName, given: Fields): Row {
  const { company } = call;
  const { document, field, type, kind } = paidDocuments[name];
  need(given, ["reference", field, "account_id", "date", "amount"]);
  const reference = textOf(given.reference);
  if (rowsByKey(company, name, reference).length > 0) throw invalid("reference", "has already been taken");
  const paid = referred(company, document, given, field);
  const account = paymentAccount(company, given);
  const date = dayOf(call, given, "date");
  const amount = positiveAmount(given, "amount");
  checkSettlement(paid, amount);
  const row = insertRow(company, name, {
    ...taken(given, ["description", "payment_method"]),
    reference,
    [field]: paid.id,
    contact_id: paid.fields.contact_id,
    account_id: account.id,
    date,
    amount: wireNumber(amount),
    kind,
    allocations: [{ allocatee_type: type, allocatee_id: paid.id, amount: wireNumber(amount), date }],
  });
  const entry = { id: row.id, reference, account_id: account.id, amount: wireNumber(amount), date };
  settle(company, document, paid, amount, entry, "payments");
  return row;
}

/** A payment as the API shows it. */
export function shownPayment({ switches }: Company, { fields }: Row): Fields {
  if (switches.paymentsNameInvoice) return fields;
  const { invoice_id: _, bill_id: __, simple_bill_id: ___, ...shown } = fields;
  return shown;
}
