import { later } from "../../core/clock.ts";
import type { Door } from "../../core/connector.ts";
import { type Decimal, decimal } from "../../core/decimal.ts";
import { RetryLater } from "../../core/errors.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import type { TargetResource, WriteResult } from "../../core/resources.ts";
import type { QoyodContext } from "./context.ts";
import { type Fields, fieldsOf, readId, readNumber, readText, rowsOf } from "./fields.ts";
import type { DocumentLineWrite } from "./invoices.ts";
import { fetchRecord } from "./list-pages.ts";
import {
  checkDocument,
  documentFields,
  documentLine,
  type ExpectedDocument,
  requiredInLine,
  type SalesDocument,
  salesDocument,
  withDiscountType,
} from "./sales-document.ts";
import { asId, asLines, asText, type WireTable, wireFields } from "./wire-form.ts";
import { updatedOf } from "./written.ts";

/** A credit note as a flow writes it; where it names its invoice, an update settles it there. */
export interface CreditNoteWrite {
  readonly contact_id: Id<"qoyod/contacts"> | string;
  /** by this the credit note is recognised */
  readonly reference: string;
  /** YYYY-MM-DD */
  readonly issue_date: string;
  readonly inventory_id: string;
  /** carries `expected.order` */
  readonly description: string;
  /** the invoice that it takes back from */
  readonly parent_id: Id<"qoyod/invoices"> | string | undefined;
  readonly line_items: readonly DocumentLineWrite[];
  readonly expected: ExpectedDocument;
}

const unreadableMs = 60_000;
const required = ["contact_id", "reference", "issue_date", "inventory_id", "description", "line_items"];
const fields: WireTable = {
  ...documentFields,
  notes: asText,
  parent_id: asId,
  line_items: asLines(documentLine, requiredInLine),
};

const creditNotes: SalesDocument = {
  path: "/credit_notes",
  key: "credit_notes",
  envelope: "credit_note",
  needsStock: false,
  body: (payload) => {
    checkDocument(payload, required);
    const { expected: _unsent, ...sent } = payload;
    // Only notes are documented here; a description is what invoices have.
    const body = wireFields(fields, { ...sent, notes: sent.description });
    return { ...body, line_items: withDiscountType(body.line_items), status: "Approved" };
  },
};

/**
 * Credit notes: `POST /credit_notes`, once for each reference. Settling one with its invoice is a second step, the update:
 * an allocation at the invoice, made only where the invoice shows none of this credit note.
 */
export function creditNoteTarget(context: QoyodContext): TargetResource {
  const document = salesDocument(creditNotes, context);
  return {
    name: "credit_notes",
    ...document,
    create: async (payload) => {
      // Of an invoice that people deleted nothing is left to give back.
      const invoiceId = readText(payload.parent_id);
      const isThere = invoiceId === "" || (await fetchRecord(context.door, "/invoices", invoiceId, "invoice")) !== null;
      return isThere
        ? document.create(payload)
        : { kind: "refused", message: `invoice ${invoiceId} is not there any more` };
    },
    update: (id, changes) => allocate(context, id, changes),
    // One that comes out different cannot be changed, and must be seen before the next is made.
    oneAtATime: true,
    inSteps: true,
  };
}

/**
 * Settles a credit note with its invoice, as far as that is still due. Without an invoice, or with nothing due, there is
 * nothing to do: money that was paid goes back by a person's hand.
 * @throws {RetryLater} where the invoice cannot be read.
 */
async function allocate({ door, inTurn }: QoyodContext, id: string, changes: Mapped): Promise<WriteResult> {
  const invoiceId = readText(changes.parent_id);
  const total = readNumber(fieldsOf(changes.expected).total);
  if (invoiceId === "" || total === null) return { kind: "done", id };
  return inTurn([`allocations ${invoiceId}`], async () => {
    const invoice = await fetchRecord(door, "/invoices", invoiceId, "invoice");
    if (invoice === null) return { kind: "refused", message: `invoice ${invoiceId} does not exist` };
    const due = dueOf(door, invoice, invoiceId);
    if (isAllocated(invoice, id) || due.lte(0)) return { kind: "done", id };
    if (!Array.isArray(invoice.allocations))
      return {
        kind: "refused",
        message: `invoice ${invoiceId} does not show whether credit note ${id} is settled with it`,
      };
    const amount = (total.lt(due) ? total : due).toNumber();
    const date = readText(changes.issue_date);
    const allocation = { source_type: "CreditNote", source_id: Number(id), amount, date };
    const path = `/invoices/${encodeURIComponent(invoiceId)}/allocations`;
    const body = { invoice: { allocations_attributes: [allocation] } };
    return updatedOf(await door.call({ method: "POST", path, body, repeat: "never" }), id);
  });
}

function isAllocated({ allocations }: Fields, id: string): boolean {
  return rowsOf(allocations).some(({ source_id, source_type, credit_note_id }) => {
    const isOfKind = source_type === undefined || /credit/i.test(readText(source_type));
    return readId(credit_note_id) === id || (isOfKind && readId(source_id) === id);
  });
}

function dueOf(door: Door, { due_amount, remaining_amount }: Fields, invoiceId: string): Decimal {
  const due = readNumber(due_amount) ?? readNumber(remaining_amount);
  if (due !== null) return due.lt(0) ? decimal(0) : due;
  throw new RetryLater(later(door.clock, unreadableMs), `Invoice ${invoiceId} of Qoyod does not say what is due`);
}
