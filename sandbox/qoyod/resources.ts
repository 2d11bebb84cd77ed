import type { Fields } from "../wire.ts";
import { createAccount } from "./accounts.ts";
import { changeCategory, changeLocation, createCategory, createLocation, createUnit } from "./catalogue.ts";
import type { Call, Company, Row, TableName } from "./company.ts";
import { changeContact, createContact } from "./contacts.ts";
import { createCount, createTransfer, shownCount } from "./counts.ts";
import { createDocument, type DocumentName, deleteDocument } from "./documents.ts";
import { changeSimpleBill, createJournalEntry, createSimpleBill, deleteSimpleBill, shownSimpleBill } from "./ledger.ts";
import { createPayment, type PaymentName, shownPayment } from "./payments.ts";
import { changeProduct, createProduct, shownProduct } from "./products.ts";
import { createReceipt, deleteReceipt } from "./receipts.ts";
import { shownBill, shownCreditNote, shownInvoice, shownOffer } from "./shown-documents.ts";

/** One resource of the API. A verb that is left out does not exist. */
export interface Resource {
  readonly table: TableName;
  /** The wrapper of one record, both ways. */
  readonly envelope: string;
  /** The key of a list, where it is not the path. */
  readonly listKey?: string;
  readonly paging: "honoured" | "ignored" | "unknown";
  /** False for what can be created but never seen again. */
  readonly isReadable: boolean;
  /** Fields to filter and sort by. */
  readonly fields: readonly string[];
  /** A create takes a list as well. */
  readonly isBulk?: boolean;
  readonly hasPdf?: boolean;
  shown(company: Company, row: Row): Fields;
  create?(call: Call, given: Fields): Row;
  readonly change?: { readonly method: "PUT" | "PATCH"; change(call: Call, row: Row, given: Fields): void };
  /** @returns the plain text of the answer. */
  remove?(call: Call, row: Row): string;
}

const asStored = (_company: Company, { fields }: Row): Fields => fields;
const documentFields = ["reference", "status", "issue_date", "due_date", "contact_id", "inventory_id", "total"];
const moneyFields = ["reference", "date", "contact_id", "account_id", "kind", "amount"];
const readable = { isReadable: true, shown: asStored } as const;

const contacts = (table: "customers" | "vendors", paging: Resource["paging"]): Resource => ({
  ...readable,
  table,
  envelope: "contact",
  paging,
  fields: ["name", "organization", "tax_number", "status", "phone_number", "email"],
  isBulk: true,
  create: (call, given) => createContact(call, table, given),
  change: { method: "PUT", change: (call, row, given) => changeContact(call, table, row, given) },
});

const documents = (
  table: DocumentName,
  envelope: string,
  more: Pick<Resource, "paging" | "shown"> & Partial<Resource>,
) => ({
  table,
  envelope,
  isReadable: true,
  fields: documentFields,
  create: (call: Call, given: Fields) => createDocument(call, table, given),
  ...more,
});

const deletable = (table: DocumentName): Pick<Resource, "remove" | "hasPdf"> => ({
  hasPdf: true,
  remove: (call, row) => deleteDocument(call, table, row),
});

const payments = (table: PaymentName, envelope: string, paging: Resource["paging"]): Resource => ({
  table,
  envelope,
  listKey: "receipts",
  paging,
  isReadable: true,
  fields: [...moneyFields, "invoice_id", "bill_id", "simple_bill_id"],
  shown: shownPayment,
  create: (call, given) => createPayment(call, table, given),
});

/** Every resource of the API by its path. */
const resources: readonly Resource[] = [
  {
    ...readable,
    table: "accounts",
    envelope: "account",
    paging: "ignored",
    fields: ["code", "type", "name_ar", "name_en", "status"],
    create: createAccount,
  },
  {
    table: "products",
    envelope: "product",
    paging: "honoured",
    isReadable: true,
    fields: ["sku", "barcode", "category_id", "type", "buying_price", "selling_price", "name_ar", "name_en"],
    isBulk: true,
    shown: shownProduct,
    create: createProduct,
    change: { method: "PUT", change: changeProduct },
  },
  {
    ...readable,
    table: "inventories",
    envelope: "inventory",
    paging: "ignored",
    fields: ["name", "ar_name", "account_id"],
    create: createLocation,
    change: { method: "PATCH", change: changeLocation },
  },
  {
    table: "inventory_adjustments",
    envelope: "inventory_adjustment",
    paging: "ignored",
    isReadable: false,
    fields: [],
    shown: shownCount,
    create: createCount,
  },
  {
    table: "inventory_transfers",
    envelope: "inventory_transfer",
    paging: "ignored",
    isReadable: false,
    fields: [],
    shown: asStored,
    create: createTransfer,
  },
  {
    ...readable,
    table: "categories",
    envelope: "category",
    paging: "ignored",
    fields: ["name", "parent_id"],
    isBulk: true,
    create: createCategory,
    change: { method: "PUT", change: changeCategory },
  },
  {
    ...readable,
    table: "product_unit_types",
    envelope: "product_unit_type",
    paging: "ignored",
    fields: ["unit_name", "kind"],
    create: createUnit,
  },
  { ...readable, table: "taxes", envelope: "tax", paging: "honoured", fields: [] },
  { ...readable, table: "projects", envelope: "project", paging: "ignored", fields: [] },
  contacts("customers", "honoured"),
  contacts("vendors", "ignored"),
  documents("orders", "order", { paging: "unknown", shown: shownOffer }),
  documents("bills", "bill", { paging: "honoured", shown: shownBill, ...deletable("bills") }),
  payments("bill_payments", "bill_payment", "honoured"),
  {
    table: "simple_bills",
    envelope: "simple_bill",
    paging: "unknown",
    isReadable: true,
    fields: documentFields,
    shown: shownSimpleBill,
    create: createSimpleBill,
    change: { method: "PATCH", change: changeSimpleBill },
    remove: deleteSimpleBill,
  },
  payments("simple_bill_payments", "simple_bill_payment", "ignored"),
  documents("debit_notes", "debit_note", {
    paging: "unknown",
    shown: shownBill,
    ...deletable("debit_notes"),
    hasPdf: false,
  }),
  documents("quotes", "quote", {
    paging: "unknown",
    listKey: "quote",
    fields: [...documentFields, "quotation_number"],
    shown: shownOffer,
  }),
  documents("invoices", "invoice", { paging: "honoured", shown: shownInvoice, ...deletable("invoices") }),
  payments("invoice_payments", "invoice_payment", "honoured"),
  documents("credit_notes", "credit_note", {
    paging: "honoured",
    shown: shownCreditNote,
    ...deletable("credit_notes"),
  }),
  {
    ...readable,
    table: "receipts",
    envelope: "receipt",
    paging: "honoured",
    fields: moneyFields,
    create: createReceipt,
    remove: deleteReceipt,
  },
  {
    ...readable,
    table: "journal_entries",
    envelope: "journal_entry",
    paging: "ignored",
    fields: ["date"],
    create: createJournalEntry,
  },
];

const byPath = new Map<string, Resource>(resources.map((resource) => [resource.table, resource]));

/** The resource at a path; undefined where the API has none. */
export function resourceAt(path: string): Resource | undefined {
  return byPath.get(path);
}
