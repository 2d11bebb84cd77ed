import { add, compare, subtract } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { paymentAccount } from "./accounts.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, changeRow, deleteRow, insertRow, type Row, rowsByKey } from "./company.ts";
import { activeContactOfAnyKind } from "./contacts.ts";
import { checkSettlement, type DocumentName, remainderOf, settle } from "./documents.ts";
import { amountOf, dayOf, idOf, need, objectsOf, positiveAmount, riyadhDay, taken, wireNumber } from "./fields.ts";

/** What a voucher can be used on, and which kind of voucher. */
const allocatees: Readonly<Record<string, { name: DocumentName; kind: "received" | "paid" }>> = {
  Invoice: { name: "invoices", kind: "received" },
  Bill: { name: "bills", kind: "paid" },
  CreditNote: { name: "credit_notes", kind: "paid" },
  DebitNote: { name: "debit_notes", kind: "received" },
};

const noteTables = { CreditNote: "credit_notes", DebitNote: "debit_notes" } as const;

/** `POST /receipts`: a voucher of money that came or went, unallocated at first. */
export function createReceipt(call: Call, given: Fields): Row {
  const { company } = call;
  need(given, ["contact_id", "reference", "kind", "account_id", "amount", "date"]);
  const contact = activeContactOfAnyKind(company, given);
  const reference = textOf(given.reference);
  if (rowsByKey(company, "receipts", reference).length > 0) throw invalid("reference", "has already been taken");
  const { kind } = given;
  if (kind !== "received" && kind !== "paid") throw invalid("kind", "is not included in the list");
  const account = paymentAccount(company, given);
  const date = dayOf(call, given, "date");
  const amount = wireNumber(positiveAmount(given, "amount"));
  return insertRow(company, "receipts", {
    ...taken(given, ["description"]),
    reference,
    contact_id: contact.id,
    kind,
    account_id: account.id,
    amount,
    unallocated_amount: amount,
    date,
    allocations: [],
  });
}

/** `DELETE /receipts/{id}`, while nothing of it is used. @returns the plain text of the answer. */
export function deleteReceipt({ company }: Call, row: Row): string {
  if (objectsOf(row.fields.allocations).length > 0) throw new Refused(["Receipt has allocations"]);
  deleteRow(company, "receipts", row);
  return "Receipt destroyed successfully";
}

/** `POST /receipts/{id}/allocations`: `{allocation:{allocatee_type, allocatee_id, amount}}`, one per call. */
export function allocateReceipt({ company }: Call, row: Row, given: Fields): Fields {
  need(given, ["allocatee_type", "allocatee_id", "amount"]);
  const type = textOf(given.allocatee_type);
  const target = Object.hasOwn(allocatees, type) ? allocatees[type] : undefined;
  if (target === undefined || target.kind !== row.fields.kind) throw invalid("allocatee_type");
  const document = company.tables[target.name].rows.get(idOf(given.allocatee_id) ?? 0);
  if (document === undefined) throw blank("allocatee_id");
  return useReceipt(company, row, { type, name: target.name, document }, given);
}

/** `POST /invoices/{id}/allocations`: `{invoice:{allocations_attributes:[{source_type, source_id, amount, date}]}}`. */
export function allocateToDocument({ company }: Call, name: "invoices" | "bills", row: Row, given: Fields): void {
  const entries = objectsOf(given.allocations_attributes);
  if (entries.length === 0) throw blank("allocations_attributes");
  const sources = entries.map((entry) => sourceOf(company, name, entry));
  const kept = [row, ...sources.map(({ source }) => source)].map((one) => ({ one, fields: { ...one.fields } }));
  try {
    for (const { type, source, entry } of sources) {
      if (type === "Receipt") {
        const target = { type: name === "invoices" ? "Invoice" : "Bill", name, document: row };
        useReceipt(company, source, target, entry);
      } else useNote(company, { note: source, type }, name, row, entry);
    }
  } catch (error) {
    // All of them are taken, or none.
    for (const { one, fields } of kept) one.fields = fields;
    throw error;
  }
}

interface AllocationSource {
  readonly type: "Receipt" | "CreditNote" | "DebitNote";
  readonly source: Row;
  readonly entry: Fields;
}

function sourceOf(company: Company, name: "invoices" | "bills", entry: Fields): AllocationSource {
  need(entry, ["source_type", "source_id", "amount"]);
  const given = textOf(entry.source_type);
  const note = name === "invoices" ? "CreditNote" : "DebitNote";
  if (given !== "Receipt" && given !== note) throw invalid("source_type", "is not included in the list");
  const type = given === "Receipt" ? given : note;
  const table = type === "Receipt" ? "receipts" : noteTables[note];
  const source = company.tables[table].rows.get(idOf(entry.source_id) ?? 0);
  if (source === undefined) throw blank("source_id");
  return { type, source, entry };
}

function useReceipt(
  company: Company,
  receipt: Row,
  target: { type: string; name: DocumentName; document: Row },
  given: Fields,
): Fields {
  const { type, name, document } = target;
  const amount = positiveAmount(given, "amount");
  if (receipt.fields.contact_id !== document.fields.contact_id) throw invalid("contact", "must be the same");
  const left = amountOf(receipt.fields.unallocated_amount);
  if (compare(amount, left) > 0) throw invalid("amount", "is more than the unallocated amount");
  const date = textOf(given.date) || riyadhDay(company.clock.now());
  const shared = { amount: wireNumber(amount), date };
  settle(company, name, document, amount, { source_type: "Receipt", source_id: receipt.id, ...shared }, "allocations");
  const allocation = { allocatee_type: type, allocatee_id: document.id, ...shared };
  changeRow(company, "receipts", receipt, {
    unallocated_amount: wireNumber(subtract(left, amount)),
    allocations: [...objectsOf(receipt.fields.allocations), allocation],
  });
  return allocation;
}

function useNote(
  company: Company,
  source: { note: Row; type: "CreditNote" | "DebitNote" },
  name: "invoices" | "bills",
  row: Row,
  given: Fields,
): void {
  const { note, type } = source;
  const amount = positiveAmount(given, "amount");
  if (note.fields.contact_id !== row.fields.contact_id) throw invalid("contact", "must be the same");
  if (compare(amount, remainderOf(note)) > 0) throw invalid("amount", "is more than what remains of the note");
  checkSettlement(note, amount);
  const date = textOf(given.date) || riyadhDay(company.clock.now());
  const shared = { amount: wireNumber(amount), date };
  settle(company, name, row, amount, { source_type: type, source_id: note.id, ...shared }, "allocations");
  changeRow(company, noteTables[type], note, {
    paid_amount: wireNumber(add(amountOf(note.fields.paid_amount), amount)),
    allocations: [
      ...objectsOf(note.fields.allocations),
      { allocatee_type: name === "invoices" ? "Invoice" : "Bill", allocatee_id: row.id, ...shared },
    ],
  });
}
