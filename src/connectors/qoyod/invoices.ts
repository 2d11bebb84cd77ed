import type { DecimalText } from "../../core/conversions.ts";
import type { Id } from "../../core/mapping.ts";
import type { TargetResource } from "../../core/resources.ts";
import type { QoyodContext } from "./context.ts";
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
import { asDay, asLines, type WireTable, wireFields } from "./wire-form.ts";
import { unchangeable } from "./written.ts";

/** A line of an invoice or a credit note as a flow writes it. */
export interface DocumentLineWrite {
  readonly product_id: Id<"qoyod/products"> | string;
  readonly quantity: DecimalText;
  /** with VAT where `is_inclusive` */
  readonly unit_price: DecimalText;
  readonly description: string | undefined;
  /** an amount off the whole line */
  readonly discount: DecimalText | undefined;
  readonly tax_percent: DecimalText;
  readonly is_inclusive: boolean;
}

/** An invoice as a flow writes it; it is made as approved, because a draft could never be approved through the API. */
export interface InvoiceWrite {
  readonly contact_id: Id<"qoyod/contacts"> | string;
  /** by this the invoice is recognised */
  readonly reference: string;
  /** YYYY-MM-DD */
  readonly issue_date: string;
  /** YYYY-MM-DD */
  readonly due_date: string;
  readonly inventory_id: string;
  /** carries `expected.order` */
  readonly description: string;
  readonly line_items: readonly DocumentLineWrite[];
  readonly expected: ExpectedDocument;
}

const required = ["contact_id", "reference", "issue_date", "due_date", "inventory_id", "description", "line_items"];
const fields: WireTable = {
  ...documentFields,
  due_date: asDay,
  line_items: asLines(documentLine, requiredInLine),
};

const invoices: SalesDocument = {
  path: "/invoices",
  key: "invoices",
  envelope: "invoice",
  needsStock: true,
  body: (payload) => {
    checkDocument(payload, required);
    const { expected: _unsent, ...sent } = payload;
    const body = wireFields(fields, sent);
    // A draft in place of a refusal could never be approved, and would count as an invoice here.
    return { ...body, line_items: withDiscountType(body.line_items), status: "Approved", draft_if_out_of_stock: false };
  },
};

/** Invoices: `POST /invoices`, once for each reference. */
export function invoiceTarget(context: QoyodContext): TargetResource {
  return {
    name: "invoices",
    ...salesDocument(invoices, context),
    update: unchangeable("invoice"),
    has: async (id) => (await fetchRecord(context.door, "/invoices", id, "invoice")) !== null,
    // One that comes out different cannot be changed, and must be seen before the next is made.
    oneAtATime: true,
  };
}
