import { add, compare, type Decimal, subtract, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, changeRow, deleteRow, insertRow, keyField, type Row, rowsByKey } from "./company.ts";
import { activeContact } from "./contacts.ts";
import { priceDocument } from "./document-lines.ts";
import { amountOf, dayOf, isYes, need, objectsOf, referred, riyadhDay, taken, wireNumber } from "./fields.ts";
import { firstShort, type Movement, moveStock, outOfStock, undone } from "./stock.ts";
import type { QoyodSwitches } from "./switches.ts";

/** Documents with lines of products. */
export type DocumentName = "invoices" | "bills" | "credit_notes" | "debit_notes" | "orders" | "quotes";

interface DocumentKind {
  /** What DELETE says of it, and how its automatic references begin. */
  readonly title: string;
  readonly prefix: string;
  readonly contact: "customers" | "vendors";
  readonly lastDay?: "due_date" | "expiry_date";
  /** Orders and quotes are no bookings: no stock, no closed period, any status. */
  readonly isBooked: boolean;
  /** -1 takes the goods out of the location, 1 brings them in. */
  stockSign(switches: QoyodSwitches): -1 | 0 | 1;
}

export const documentKinds: Readonly<Record<DocumentName, DocumentKind>> = {
  invoices: {
    title: "Invoice",
    prefix: "INV",
    contact: "customers",
    lastDay: "due_date",
    isBooked: true,
    stockSign: () => -1,
  },
  bills: {
    title: "Bill",
    prefix: "BILL",
    contact: "vendors",
    lastDay: "due_date",
    isBooked: true,
    stockSign: () => 1,
  },
  credit_notes: {
    title: "Credit note",
    prefix: "CRN",
    contact: "customers",
    isBooked: true,
    stockSign: ({ creditNoteStock }) => (creditNoteStock === "returned" ? 1 : 0),
  },
  debit_notes: {
    title: "Debit note",
    prefix: "DBN",
    contact: "vendors",
    isBooked: true,
    stockSign: ({ debitNoteStock }) => (debitNoteStock === "lowered" ? -1 : 0),
  },
  orders: {
    title: "Order",
    prefix: "PO",
    contact: "vendors",
    lastDay: "expiry_date",
    isBooked: false,
    stockSign: () => 0,
  },
  quotes: {
    title: "Quote",
    prefix: "QT",
    contact: "customers",
    lastDay: "expiry_date",
    isBooked: false,
    stockSign: () => 0,
  },
};

const keptFields = [
  "description",
  "notes",
  "terms_conditions",
  "custom_fields",
  "payment_method",
  "supply_date",
  "issuance_reason",
] as const;
const DIGITS_OF_NUMBER = 6;

/** `POST` of a document. All is checked before anything is stored; stock moves when it is approved. */
export function createDocument(call: Call, name: DocumentName, given: Fields): Row {
  const { company, byPerson } = call;
  const { contact, lastDay, isBooked, stockSign } = documentKinds[name];
  const lastDays = lastDay === undefined ? [] : [lastDay];
  const numbered = name === "quotes" ? ["quotation_number"] : [];
  need(given, ["contact_id", ...numbered, "status", "issue_date", ...lastDays, "inventory_id", "line_items"]);
  const strictIds = !byPerson && company.switches.stringIds === "missing";
  const contactRow = activeContact(company, contact, given, !strictIds);
  const location = referred(company, "inventories", given, "inventory_id", !strictIds);
  const days = ["issue_date", ...lastDays].map((field) => [
    field,
    dayOf(call, given, field, isBooked && field === "issue_date"),
  ]);
  const sentStatus = textOf(given.status);
  if (isBooked && sentStatus !== "Draft" && sentStatus !== "Approved")
    throw invalid("status", "is not included in the list");
  const parent = parentOf(call, name, given);
  const { lines, total } = priceDocument(call, given, { strictIds, purchase: contact === "vendors" && isBooked });
  const movements = movementsOf(lines, location.id, stockSign(company.switches));
  const short = sentStatus === "Approved" ? firstShort(company, movements) : undefined;
  if (short !== undefined && !isYes(given.draft_if_out_of_stock)) throw outOfStock(company, short);
  const status = short === undefined ? sentStatus : "Draft";
  const reference = referenceOf(call, name, given);
  const row = insertRow(company, name, {
    ...taken(given, keptFields),
    terms_conditions: given.terms_conditions ?? given.term_conditions ?? null,
    [keyField(name)]: reference,
    contact_id: contactRow.id,
    inventory_id: location.id,
    ...Object.fromEntries(days),
    status,
    parent_id: parent,
    line_items: lines,
    total: wireNumber(total),
    paid_amount: "0.0",
    payments: [],
    allocations: [],
  });
  if (status === "Approved") moveStock(company, movements, `${name} ${row.id}`);
  return row;
}

/** Sets the status as a person does in Qoyod's own pages: approves a draft, or voids what was approved. */
export function changeStatus(company: Company, name: DocumentName, row: Row, status: string): void {
  const { isBooked, stockSign } = documentKinds[name];
  const before = textOf(row.fields.status);
  if (before === status) return;
  if (isBooked) {
    const movements = movementsOf(
      objectsOf(row.fields.line_items),
      Number(row.fields.inventory_id),
      stockSign(company.switches),
    );
    if (before === "Draft" && status === "Approved") {
      const short = firstShort(company, movements);
      if (short !== undefined) throw outOfStock(company, short);
      moveStock(company, movements, `${name} ${row.id}`);
    } else if (before === "Approved" && status === "Voided")
      moveStock(company, undone(movements), `${name} ${row.id} voided`);
    else throw invalid("status", `cannot become ${status} after ${before}`);
  }
  changeRow(company, name, row, { status });
}

/** `DELETE` of a document: the switches say whether drafts and approved ones go. @returns the plain text of the answer. */
export function deleteDocument({ company, byPerson }: Call, name: DocumentName, row: Row): string {
  const { title, stockSign } = documentKinds[name];
  const isApproved = row.fields.status === "Approved";
  const allowed = isApproved ? company.switches.deleteApproved : company.switches.deleteDraft;
  if (allowed === "refused" && !byPerson) throw new Refused([`${title} cannot be deleted`]);
  if (compare(amountOf(row.fields.paid_amount), zero) > 0) throw new Refused([`${title} has payments`]);
  if (isApproved) {
    const sign = stockSign(company.switches);
    const movements = movementsOf(objectsOf(row.fields.line_items), Number(row.fields.inventory_id), sign);
    moveStock(company, undone(movements), `${name} ${row.id} deleted`);
  }
  deleteRow(company, name, row);
  return `${title} destroyed successfully`;
}

/** What is still to be paid (or, of a note, to be used). */
export function remainderOf({ fields }: Row): Decimal {
  return subtract(amountOf(fields.total), amountOf(fields.paid_amount));
}

/** Takes a payment or allocation onto a document. @throws Refused for a draft, and for more than remains. */
export function settle(
  company: Company,
  name: DocumentName | "simple_bills",
  row: Row,
  amount: Decimal,
  entry: Fields,
  list: "payments" | "allocations",
): void {
  checkSettlement(row, amount);
  changeRow(company, name, row, {
    paid_amount: wireNumber(add(amountOf(row.fields.paid_amount), amount)),
    [list]: [...objectsOf(row.fields[list]), entry],
  });
}

/** @throws Refused for a draft, and for more than remains. */
export function checkSettlement(row: Row, amount: Decimal): void {
  if (row.fields.status !== "Approved") throw new Refused([`${textOf(row.fields.reference)} is not approved`]);
  if (compare(amount, remainderOf(row)) > 0) throw invalid("amount", "is more than the due amount");
}

/** The status as it reads after payments, and after the due date where the switch says so. */
export function shownStatus({ switches, clock }: Company, row: Row): string {
  const { status, due_date } = row.fields;
  if (status !== "Approved") return textOf(status);
  const paid = amountOf(row.fields.paid_amount);
  if (compare(paid, zero) > 0) return compare(remainderOf(row), zero) <= 0 ? "Paid" : switches.partiallyPaidText;
  const isLate = switches.overdueStatus && textOf(due_date) !== "" && textOf(due_date) < riyadhDay(clock.now());
  return isLate ? "Overdue" : "Approved";
}

function movementsOf(lines: readonly Fields[], locationId: number, sign: -1 | 0 | 1): Movement[] {
  if (sign === 0) return [];
  return lines.map((line) => {
    const quantity = amountOf(line.quantity);
    const change = sign === 1 ? quantity : subtract(zero, quantity);
    return { productId: Number(line.product_id), locationId, change };
  });
}

function referenceOf({ company, byPerson }: Call, name: DocumentName, given: Fields): string {
  const { references } = company.switches;
  const sent = textOf(given[keyField(name)]);
  const isReported = name === "invoices" || name === "credit_notes";
  if (sent !== "" && isReported && !byPerson) {
    if (references === "refused") throw invalid("reference", "cannot be set when e-invoicing is on");
    if (references === "replaced") return automaticReference(company, name);
  }
  if (sent === "") return automaticReference(company, name);
  if (rowsByKey(company, name, sent).length > 0) throw invalid(keyField(name), "has already been taken");
  return sent;
}

function automaticReference(company: Company, name: DocumentName): string {
  const { prefix } = documentKinds[name];
  let number = company.lastIds.get(prefix) ?? 0;
  let reference = "";
  do {
    number += 1;
    reference = `${prefix}${String(number).padStart(DIGITS_OF_NUMBER, "0")}`;
  } while (rowsByKey(company, name, reference).length > 0);
  company.lastIds.set(prefix, number);
  return reference;
}

/** The invoice of a credit note: whether the API takes it is not known, so a switch decides. */
function parentOf({ company, byPerson }: Call, name: DocumentName, given: Fields): number | null {
  if (name !== "credit_notes" || given.parent_id === undefined || given.parent_id === null) return null;
  const { creditNoteParent } = company.switches;
  if (creditNoteParent === "ignored" && !byPerson) return null;
  if (creditNoteParent === "refused" && !byPerson) throw invalid("parent_id", "is not permitted");
  const invoice = company.tables.invoices.rows.get(Number(textOf(given.parent_id)));
  if (invoice === undefined) throw blank("parent_id");
  return invoice.id;
}
