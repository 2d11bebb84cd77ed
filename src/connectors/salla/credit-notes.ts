/** How a credit note reads (salla.md 7.3). */
import { z } from "zod";
import type { DecimalText } from "../../core/conversions.ts";
import { decimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import type { Reading } from "../../core/read-record.ts";
import {
  decimalText,
  fieldsOf,
  moneyText,
  optionalDecimal,
  optionalFlag,
  optionalId,
  optionalList,
  optionalMoney,
  optionalObject,
  optionalText,
  readRecord,
  recordId,
} from "./fields.ts";
import type { Listing } from "./list-page.ts";

/** A line of a credit note; all amounts of the line but `price`. */
export interface CreditNoteItem {
  readonly id: string | null;
  /** the order's line */
  readonly item_id: string | null;
  readonly product_id: string | null;
  readonly name: string;
  readonly sku: string;
  readonly quantity: DecimalText;
  /** of one unit, without VAT */
  readonly price: DecimalText;
  readonly discount: DecimalText;
  readonly tax: DecimalText;
  /** with VAT */
  readonly total: DecimalText;
}

/** A refund as Salla books it: an invoice of the type credit note. Amounts are positive. */
export interface CreditNote {
  /** Salla's id of the document */
  readonly id: string;
  readonly order_id: string;
  readonly invoice_number: string;
  /** the calendar day, `YYYY-MM-DD`; "" where Salla names none */
  readonly date: string;
  readonly sub_total: DecimalText;
  readonly shipping_cost: { readonly amount: DecimalText; readonly taxable: boolean | null };
  readonly cod_cost: { readonly amount: DecimalText; readonly taxable: boolean | null };
  readonly discount: DecimalText;
  readonly tax: { readonly percent: DecimalText; readonly amount: DecimalText };
  readonly total: DecimalText;
  readonly items: readonly CreditNoteItem[];
}

const cost = z
  .union([
    moneyText.transform(({ amount }) => ({ amount, taxable: null })),
    z.object({ amount: moneyText, taxable: optionalFlag }),
  ])
  .transform(({ amount, taxable }) => ({ amount: typeof amount === "string" ? amount : amount.amount, taxable }));

const plainAmount = optionalMoney.transform((money) => money?.amount ?? "0");
const taxOf = z.union([
  z.object({ percent: optionalDecimal, amount: optionalMoney }).transform(({ percent, amount }) => ({
    percent: percent ?? "0",
    amount: amount?.amount ?? "0",
  })),
  plainAmount.transform((amount) => ({ percent: "0", amount })),
]);

const item = z.object({
  id: optionalId,
  item_id: optionalId,
  product_id: optionalId,
  name: optionalText,
  sku: optionalText,
  quantity: decimalText,
  price: plainAmount,
  discount: plainAmount,
  tax: taxOf.transform(({ amount }) => amount),
  total: plainAmount,
});

const invoice = z.object({
  id: recordId,
  order_id: recordId,
  invoice_number: optionalText,
  date: z
    .unknown()
    .optional()
    .transform((value) => String(fieldsOf(value).date ?? value ?? "").slice(0, 10)),
  sub_total: plainAmount,
  shipping_cost: optionalObject(cost),
  cod_cost: optionalObject(cost),
  discount: plainAmount,
  tax: taxOf,
  total: moneyText.transform(({ amount }) => amount),
  items: optionalList(item),
});

/** Tells which kind of document an invoice row is, by its slug and its localised type (README, "Credit notes"). */
export function kindOfInvoice(value: unknown): "credit-note" | "invoice" | null {
  const { type, slug } = fieldsOf(value);
  const words = `${String(slug ?? "")} ${String(type ?? "")}`.toLowerCase();
  if (/credit|refund|دائن|مرتجع|مسترجع|استرجاع/.test(words)) return "credit-note";
  return /invoice|فاتورة/.test(words) ? "invoice" : null;
}

/** The id of a credit note as a record: Salla lists documents by order, and reads none by its own id. */
export function creditNoteId({ order_id, id }: { readonly order_id: string; readonly id: string }): string {
  return `${order_id}-${id}`;
}

/** How invoices and credit notes are listed; a tax invoice is no row of ours: it reads as null. */
export function invoicesListing(query: Readonly<Record<string, string>>): Listing<CreditNote | null> {
  return {
    path: "/orders/invoices",
    query,
    idOf: (row) => (row === null ? "" : creditNoteId(row)),
    readRow: readInvoice,
  };
}

function readInvoice(value: unknown): Reading<CreditNote | null> {
  const kind = kindOfInvoice(value);
  if (kind === "invoice") return { kind: "read", row: null };
  const reading = readRecord(invoice, value);
  if (reading.kind === "unreadable") return reading;
  const id = creditNoteId(reading.row);
  if (kind === null) {
    const { type, slug } = fieldsOf(value);
    const shown = JSON.stringify({ type, slug }).slice(0, 80);
    const rejection = new RecordRejected("field-invalid", {
      field: "type",
      value: shown,
      allowed: "Tax Invoice or Credit Note",
    });
    return { kind: "unreadable", unreadable: { id, rejection } };
  }
  return { kind: "read", row: positive(reading.row) };
}

/** Whether Salla writes a refund with a minus is not documented; a credit note says it already. */
function positive(read: z.output<typeof invoice>): CreditNote {
  const none = { amount: "0", taxable: null };
  const { shipping_cost, cod_cost, tax, items, ...words } = read;
  const sign = decimal(read.total).lt(0) ? -1 : 1;
  const signed = (amount: string) => decimal(amount).times(sign).toFixed();
  const costOf = (given: typeof shipping_cost) => ({ ...(given ?? none), amount: signed((given ?? none).amount) });
  return {
    ...words,
    sub_total: signed(read.sub_total),
    shipping_cost: costOf(shipping_cost),
    cod_cost: costOf(cod_cost),
    discount: signed(read.discount),
    tax: { percent: tax.percent, amount: signed(tax.amount) },
    total: signed(read.total),
    items: items.map((line) => ({
      ...line,
      quantity: decimal(line.quantity).abs().toFixed(),
      price: decimal(line.price).abs().toFixed(),
      discount: signed(line.discount),
      tax: signed(line.tax),
      total: signed(line.total),
    })),
  };
}
