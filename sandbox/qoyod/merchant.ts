import { compare, subtract, zero } from "../decimal.ts";
import { noSuchResource, type RecordStore } from "../vendor.ts";
import { type Fields, textOf } from "../wire.ts";
import { Refused } from "./answers.ts";
import { type Call, type Company, changeRow, deleteRow, type Row, type TableName, tableNames } from "./company.ts";
import { changeStatus, type DocumentName, deleteDocument, documentKinds } from "./documents.ts";
import { decimalOf, idOf, objectsOf, riyadhDay, shownRow } from "./fields.ts";
import { createOpeningBalance } from "./ledger.ts";
import { resourceAt } from "./resources.ts";
import { moveStock, stockOf } from "./stock.ts";

/** What the control API does with one table. @throws RangeError when there is no such table. */
export function storeOf(company: Company, resource: string): RecordStore {
  const table = tableNames.find((name) => name === resource);
  if (table === undefined) throw noSuchResource("qoyod", resource, tableNames);
  const rowOf = (id: string) => company.tables[table].rows.get(idOf(id) ?? 0);
  return {
    add: (given) => told(() => shown(company, table, addRow(company, table, given))),
    change: (id, changes) => {
      const row = rowOf(id);
      return row === undefined ? undefined : told(() => changed(company, table, row, changes));
    },
    remove: (id) => {
      const row = rowOf(id);
      if (row !== undefined) told(() => removeRow(company, table, row));
      return row !== undefined;
    },
    read: (id) => {
      const row = rowOf(id);
      return row === undefined ? undefined : shown(company, table, row);
    },
    readAll: () => [...company.tables[table].rows.values()].map((row) => shown(company, table, row)),
  };
}

/**
 * Stores a record as a person does in Qoyod's own pages: what is left out is filled in, ids may be text, and neither
 * the plan nor e-invoicing stands in the way. Opening balances can be entered here only.
 */
function addRow(company: Company, table: TableName, given: Fields): Row {
  const call: Call = { company, byPerson: true };
  if (table === "opening_balances") return createOpeningBalance(call, withDefaults(company, table, given));
  const create = resourceAt(table)?.create;
  if (create === undefined) throw new RangeError(`${table} cannot be added to`);
  const { created_at: _, updated_at: __, ...own } = given;
  const row = create(call, withDefaults(company, table, own));
  if (table === "products") setStock(company, row, given);
  setMoments(row, given);
  return row;
}

function changed(company: Company, table: TableName, row: Row, changes: Fields): Fields {
  const { status, stock: _, inventories: __, created_at, updated_at, ...others } = changes;
  if (table === "products") setStock(company, row, changes);
  if (status !== undefined && isDocument(table)) changeStatus(company, table, row, textOf(status));
  else if (status !== undefined) changeRow(company, table, row, { status });
  if (Object.keys(others).length > 0) changeRow(company, table, row, others);
  setMoments(row, { created_at, updated_at });
  return shown(company, table, row);
}

function removeRow(company: Company, table: TableName, row: Row): void {
  if (isDocument(table)) deleteDocument({ company, byPerson: true }, table, row);
  else deleteRow(company, table, row);
}

/** `stock` sets the first location, `inventories: [{id, stock}]` sets those it names; the new total, as everywhere. */
function setStock(company: Company, product: Row, given: Fields): void {
  const [first] = company.tables.inventories.rows.keys();
  const wanted = objectsOf(given.inventories).map(({ id, stock }) => ({ locationId: idOf(id), stock }));
  if (given.stock !== undefined) wanted.push({ locationId: first, stock: given.stock });
  for (const { locationId, stock } of wanted) {
    const total = decimalOf(stock);
    if (locationId === undefined || total === undefined || !company.tables.inventories.rows.has(locationId))
      throw new RangeError(`stock ${JSON.stringify(stock)} of location ${locationId} cannot be set`);
    const change = subtract(total, stockOf(company, product.id, locationId));
    if (compare(change, zero) !== 0) moveStock(company, [{ productId: product.id, locationId, change }], "control");
  }
}

/** Sets the two moments where they are given, for a merchant who builds history. */
function setMoments(row: Row, { created_at, updated_at }: Fields): void {
  for (const [name, value] of Object.entries({ createdMs: created_at, updatedMs: updated_at })) {
    if (value === undefined) continue;
    const moment = Date.parse(textOf(value));
    if (Number.isNaN(moment))
      throw new RangeError(`${JSON.stringify(value)} is no time such as 2026-01-15T10:00:00+03:00`);
    Object.assign(row, { [name]: Math.floor(moment / 1000) * 1000 });
  }
}

/** Fills in what a person would have chosen: today, the first location, the accounts by their types, a first contact. */
function withDefaults(company: Company, table: TableName, given: Fields): Fields {
  const { tables, clock } = company;
  const today = riyadhDay(clock.now());
  const first = (name: TableName) => [...tables[name].rows.keys()][0];
  const account = (type: string) =>
    [...tables.accounts.rows.values()].find(({ fields }) => fields.type_of_account === type)?.id;
  const name = textOf(given.name) || textOf(given.sku) || "Unnamed";
  if (table === "products") {
    const catalogue = {
      product_unit_type_id: first("product_unit_types"),
      category_id: first("categories"),
      tax_id: 1,
    };
    const accounts = { sales_account_id: account("Sale"), expense_account_id: account("DirectCost") };
    const sku = `SKU-${tables.products.rows.size + 1}`;
    const flags = { track_quantity: 1, sale_item: 1, purchase_item: 1, selling_price: 100, buying_price: 60 };
    return { sku, name_ar: name, name_en: name, ...catalogue, ...accounts, ...flags, ...given };
  }
  if (table === "customers" || table === "vendors") return { name, ...given };
  if (table === "inventories") return { name, ar_name: name, account_id: account("Inventory"), ...given };
  const days = { issue_date: today, due_date: today, expiry_date: today, date: today };
  const location = { inventory_id: first("inventories") };
  const counts = { revenue_account_id: account("Equity"), expense_account_id: account("Overhead") };
  const bookings = { status: "Approved", account_id: account(table === "opening_balances" ? "Equity" : "Bank") };
  const described = { description: "Entered by hand", ...days, ...location, ...counts, ...bookings };
  if (!isDocument(table)) return { reference: `HAND-${tables[table].rows.size + 1}`, ...described, ...given };
  const lines = objectsOf(given.line_items).map((line) => ({
    ...pricedLike(tables.products.rows, table, line),
    ...line,
  }));
  const number = table === "quotes" ? { quotation_number: `Q-${tables.quotes.rows.size + 1}` } : {};
  return { ...described, ...number, contact_id: contactOf(company, table), ...given, line_items: lines };
}

function pricedLike(products: ReadonlyMap<number, Row>, table: DocumentName, line: Fields): Fields {
  const product = products.get(idOf(line.product_id) ?? 0)?.fields;
  const isPurchase = documentKinds[table].contact === "vendors";
  return { unit_price: (isPurchase ? product?.buying_price : product?.selling_price) ?? "0.0" };
}

function contactOf(company: Company, table: DocumentName): number {
  const { contact } = documentKinds[table];
  const known = [...company.tables[contact].rows.values()].find(({ fields }) => fields.status === "Active");
  return (known ?? addRow(company, contact, { name: "مورد عام" })).id;
}

function isDocument(table: TableName): table is DocumentName {
  return Object.hasOwn(documentKinds, table);
}

function shown(company: Company, table: TableName, row: Row): Fields {
  return shownRow(row, resourceAt(table)?.isReadable ? resourceAt(table)?.shown(company, row) : row.fields);
}

/** A merchant's mistake is a RangeError, which the control API answers with 400. */
function told<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof Refused) throw new RangeError(`Qoyod refuses it: ${error.message}`);
    throw error;
  }
}
