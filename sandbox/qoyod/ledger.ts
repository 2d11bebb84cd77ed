import { compare, type Decimal, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { activeAccount } from "./accounts.ts";
import { sum } from "./amounts.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, changeRow, deleteRow, insertRow, type Row, rowsByKey } from "./company.ts";
import { activeContact } from "./contacts.ts";
import { trackedProduct } from "./counts.ts";
import { remainderOf, shownStatus } from "./documents.ts";
import { amountOf, dayOf, need, objectsOf, positiveAmount, referred, taken, wireNumber } from "./fields.ts";
import { type Movement, moveStock } from "./stock.ts";

/** `POST /journal_entries`: money only, and it must balance. */
export function createJournalEntry(call: Call, given: Fields): Row {
  need(given, ["description", "date", "debit_amounts", "credit_amounts"]);
  const date = dayOf(call, given, "date");
  const side = (field: string) =>
    objectsOf(given[field]).map((entry) => {
      const account = activeAccount(call.company, entry, "account_id");
      return { ...entry, account_id: account.id, amount: wireNumber(positiveAmount(entry, "amount")) };
    });
  const [debits, credits] = [side("debit_amounts"), side("credit_amounts")];
  const total = (entries: readonly Fields[]): Decimal => sum(entries.map(({ amount }) => amountOf(amount)));
  if (compare(total(debits), total(credits)) !== 0) throw new Refused(["debit and credit amounts must be equal"]);
  return insertRow(call.company, "journal_entries", {
    description: given.description,
    date,
    debit_amounts: debits,
    credit_amounts: credits,
    total: wireNumber(total(debits)),
  });
}

/** `POST /simple_bills`: an expense, without products and stock. */
export function createSimpleBill(call: Call, given: Fields): Row {
  const { company } = call;
  need(given, ["contact_id", "status", "issue_date", "inventory_id", "simple_bill_items_attributes"]);
  const contact = activeContact(company, "vendors", given, true);
  const location = referred(company, "inventories", given, "inventory_id");
  const reference = textOf(given.reference) || `EXP${company.tables.simple_bills.rows.size + 1}`;
  if (rowsByKey(company, "simple_bills", reference).length > 0) throw invalid("reference", "has already been taken");
  return insertRow(company, "simple_bills", {
    ...taken(given, ["description", "notes", "due_date"]),
    reference,
    contact_id: contact.id,
    inventory_id: location.id,
    issue_date: dayOf(call, given, "issue_date"),
    status: draftOrApproved(given),
    ...itemsOf(given),
    paid_amount: "0.0",
    payments: [],
    allocations: [],
  });
}

/** `PATCH /simple_bills/{id}`. */
export function changeSimpleBill({ company }: Call, row: Row, given: Fields): void {
  const changes = Object.fromEntries(
    ["description", "notes", "due_date"].filter((field) => field in given).map((field) => [field, given[field]]),
  );
  const status = "status" in given ? { status: draftOrApproved(given) } : {};
  const items = "simple_bill_items_attributes" in given ? itemsOf(given) : {};
  changeRow(company, "simple_bills", row, { ...changes, ...status, ...items });
}

/** `DELETE /simple_bills/{id}`. @returns the plain text of the answer. */
export function deleteSimpleBill({ company }: Call, row: Row): string {
  if (compare(amountOf(row.fields.paid_amount), zero) > 0) throw new Refused(["Simple bill has payments"]);
  deleteRow(company, "simple_bills", row);
  return "Simple bill destroyed successfully";
}

export function shownSimpleBill(company: Company, row: Row): Fields {
  return { ...row.fields, status: shownStatus(company, row), due_amount: wireNumber(remainderOf(row)) };
}

/** An opening balance of products, which a person alone can enter: it adds to the stock, and the API never shows it. */
export function createOpeningBalance(call: Call, given: Fields): Row {
  const { company } = call;
  need(given, ["inventory_id", "account_id", "date", "line_items"]);
  const location = referred(company, "inventories", given, "inventory_id");
  const account = activeAccount(company, given, "account_id");
  const date = dayOf(call, given, "date");
  const movements = objectsOf(given.line_items).map((line): Movement => {
    const product = trackedProduct(company, line);
    return { productId: product.id, locationId: location.id, change: positiveAmount(line, "quantity") };
  });
  if (movements.length === 0) throw blank("line_items");
  const row = insertRow(company, "opening_balances", {
    ...taken(given, ["description"]),
    inventory_id: location.id,
    account_id: account.id,
    date,
    line_items: given.line_items,
  });
  moveStock(company, movements, `opening_balances ${row.id}`);
  return row;
}

function draftOrApproved(given: Fields): string {
  const status = textOf(given.status);
  if (status !== "Draft" && status !== "Approved") throw invalid("status", "is not included in the list");
  return status;
}

function itemsOf(given: Fields): Fields {
  const items = objectsOf(given.simple_bill_items_attributes).map((item) => ({
    ...item,
    amount: wireNumber(positiveAmount(item, "amount")),
  }));
  if (items.length === 0) throw blank("simple_bill_items_attributes");
  return { simple_bill_items: items, total: wireNumber(sum(items.map(({ amount }) => amountOf(amount)))) };
}
