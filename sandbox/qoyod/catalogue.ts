import { type Fields, textOf } from "../wire.ts";
import { activeAccount } from "./accounts.ts";
import { invalid } from "./answers.ts";
import { type Call, type Company, changeRow, insertRow, type Row } from "./company.ts";
import { isYes, need, referred, taken } from "./fields.ts";

/** `POST /inventories`: a location, on an account of type Inventory. */
export function createLocation({ company }: Call, given: Fields): Row {
  need(given, ["name", "ar_name", "account_id"]);
  const account = inventoryAccount(company, given);
  const isFirst = company.tables.inventories.rows.size === 0;
  return insertRow(company, "inventories", {
    ...taken(given, ["name", "ar_name", "address"]),
    account_id: account.id,
    is_default: isFirst,
  });
}

/** `PATCH /inventories/{id}`. */
export function changeLocation({ company }: Call, row: Row, given: Fields): void {
  const changes = present(given, ["name", "ar_name", "account_id", "address"]);
  need({ ...row.fields, ...changes }, ["name", "ar_name", "account_id"]);
  if ("account_id" in changes) changes.account_id = inventoryAccount(company, changes).id;
  changeRow(company, "inventories", row, changes);
}

/** `POST /categories`. */
export function createCategory({ company }: Call, given: Fields): Row {
  need(given, ["name"]);
  const parent = given.parent_id == null ? null : referred(company, "categories", given, "parent_id").id;
  return insertRow(company, "categories", { ...taken(given, ["name", "description"]), parent_id: parent });
}

/** `PUT /categories/{id}`. */
export function changeCategory({ company }: Call, row: Row, given: Fields): void {
  const changes = present(given, ["name", "description", "parent_id"]);
  need({ ...row.fields, ...changes }, ["name"]);
  if (changes.parent_id != null) changes.parent_id = referred(company, "categories", changes, "parent_id").id;
  changeRow(company, "categories", row, changes);
}

/** `POST /product_unit_types`. */
export function createUnit({ company }: Call, given: Fields): Row {
  need(given, ["unit_name", "unit_representation"]);
  return insertRow(company, "product_unit_types", {
    ...taken(given, ["unit_name", "unit_representation"]),
    kind: given.kind ?? 1,
    is_default: isYes(given.is_default),
  });
}

/** The given fields of these names, and no others. */
function present(given: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => name in given).map((name) => [name, given[name]]));
}

function inventoryAccount(company: Company, given: Fields): Row {
  const account = activeAccount(company, given, "account_id");
  if (textOf(account.fields.type_of_account) !== "Inventory") throw invalid("account", "must be an inventory account");
  return account;
}
