import { later } from "../../core/clock.ts";
import type { DecimalText } from "../../core/conversions.ts";
import { RetryLater } from "../../core/errors.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import type { DoubtfulCreate, Found, TargetResource, WriteResult } from "../../core/resources.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, fieldsOf, readId, readNumber, readText, rowsOf } from "./fields.ts";
import { fetchRecord, listPages } from "./list-pages.ts";
import { asAmount, asDay, asId, asText, orRefused, requireFields, type WireTable, wireFields } from "./wire-form.ts";
import { madeOf, unchangeable } from "./written.ts";

/** A payment of one invoice as a flow writes it. */
export interface InvoicePaymentWrite {
  readonly invoice_id: Id<"qoyod/invoices"> | string;
  /** by this the payment is recognised */
  readonly reference: string;
  /** the internal id of an account that receives payments, not its code */
  readonly account_id: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly amount: DecimalText;
  readonly description: string | undefined;
}

const unreadableMs = 60_000;
/** The list calls its rows receipts (vendor reference 4.1). */
const list = { path: "/invoice_payments", key: "receipts" };

const fields: WireTable = {
  invoice_id: asId,
  reference: asText,
  account_id: asId,
  date: asDay,
  amount: asAmount,
  description: asText,
};
const required = ["invoice_id", "reference", "account_id", "date", "amount"];

/** A payment that has the reference. */
interface Payment {
  readonly id: string;
  readonly amount: string;
  /** invoice and amount agree */
  readonly same: boolean;
}

/** Payments of invoices: `POST /invoice_payments`, once for each reference. */
export function invoicePaymentTarget(context: QoyodContext): TargetResource {
  return {
    name: "invoice_payments",
    create: (payload) => create(context, payload),
    update: unchangeable("payment"),
    find: (doubtful) => find(context, doubtful),
    oneAtATime: false,
  };
}

async function create(context: QoyodContext, payload: Mapped): Promise<WriteResult> {
  const body = orRefused(() => {
    requireFields(payload, required);
    return { invoice_payment: wireFields(fields, payload) };
  });
  if (body.kind === "refused") return body;
  return context.inTurn([`${list.path} ${readText(payload.reference)}`], async () => {
    const before = foundThere(await paymentsOf(context, payload));
    if (before !== null) return before;
    const request = { method: "POST", path: list.path, body: body.made, repeat: "never" } as const;
    const made = madeOf(await context.door.call(request), "invoice_payment");
    if (made.kind === "made") return { kind: "done", id: made.id };
    if (made.kind === "in-doubt") return made;
    // One of the same reference may have landed since the search.
    return foundThere(await paymentsOf(context, payload)) ?? made;
  });
}

function foundThere(payments: readonly Payment[]): WriteResult | null {
  const [only, ...others] = payments;
  if (only === undefined) return null;
  if (others.length === 0 && only.same) return { kind: "done", id: only.id, found: true };
  return { kind: "several", ids: payments.map(({ id }) => id), referenceAt: "target" };
}

async function find(context: QoyodContext, doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  for (const { key, payload } of doubtful) {
    const payments = await paymentsOf(context, payload);
    const [only, ...others] = payments;
    const isAnother = only !== undefined && others.length === 0 && !only.same;
    found.set(key, isAnother ? anotherOf(only, payload) : payments.map(({ id }) => id));
  }
  return found;
}

/** One payment with the reference, of another invoice or amount: a person must look. */
function anotherOf({ id, amount }: Payment, payload: Mapped): Found {
  const parameters = { vendor: "Qoyod", id: `invoice_payment ${id}`, sent: readText(payload.amount), got: amount };
  return { kind: "unclear", reason: { code: "document-differs", parameters } };
}

/**
 * The payments with the reference of a payload; the filter may be ignored, and the rows judge.
 * @throws {RetryLater} where the list, or the id of such a row, cannot be read.
 */
async function paymentsOf(context: QoyodContext, payload: Mapped): Promise<readonly Payment[]> {
  const { door, perPage } = context;
  const reference = readText(payload.reference);
  const payments = new Map<string, Payment>();
  for await (const rows of listPages(door, { ...list, query: { "q[reference_eq]": reference } }, perPage))
    for (const row of rows.filter((one) => one.reference === reference)) {
      const id = readId(row.id);
      if (id === null)
        throw new RetryLater(
          later(door.clock, unreadableMs),
          `${list.path} of Qoyod shows ${reference} without a readable id`,
        );
      const same =
        readNumber(row.amount)?.eq(readText(payload.amount)) === true && (await paysInvoice(context, row, payload));
      payments.set(id, { id, amount: readText(row.amount) || "-", same });
    }
  return [...payments.values()];
}

/** Whether a payment belongs to the invoice, by its own words or, where it does not say, by the invoice's. */
async function paysInvoice({ door }: QoyodContext, row: Fields, payload: Mapped): Promise<boolean> {
  const invoiceId = readText(payload.invoice_id);
  const named = [
    readId(row.invoice_id),
    readId(fieldsOf(row.invoice).id),
    ...rowsOf(row.allocations).map(({ allocatee_id, invoice_id }) => readId(allocatee_id) ?? readId(invoice_id)),
  ].filter((id) => id !== null);
  if (named.length > 0) return named.includes(invoiceId);
  const invoice = await fetchRecord(door, "/invoices", invoiceId, "invoice");
  return rowsOf(invoice?.payments).some(
    ({ id, reference }) => readId(id) === readId(row.id) || reference === payload.reference,
  );
}
