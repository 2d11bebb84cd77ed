import { type Fields, textOf } from "../wire.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, insertRow, type Row } from "./company.ts";
import { idOf, isYes, need, taken } from "./fields.ts";

/** The type that is sent, and the roll-up that `type` of a row shows. */
const accountTypes: Readonly<Record<string, "Asset" | "Liability" | "Equity" | "Revenue" | "Expense">> = {
  FixedAsset: "Asset",
  CurrentAsset: "Asset",
  Bank: "Asset",
  Cash: "Asset",
  Inventory: "Asset",
  Liability: "Liability",
  CurrentLiability: "Liability",
  NoncurrentLiability: "Liability",
  Depreciation: "Expense",
  DirectCost: "Expense",
  Expense: "Expense",
  Overhead: "Expense",
  Equity: "Equity",
  OtherIncome: "Revenue",
  Revenue: "Revenue",
  Sale: "Revenue",
};

/** `POST /accounts`. The key that counts is the misspelt `recieve_payments`. */
export function createAccount({ company }: Call, given: Fields): Row {
  need(given, ["name_en", "name_ar", "code", "type"]);
  const type = textOf(given.type);
  const shownType = Object.hasOwn(accountTypes, type) ? accountTypes[type] : undefined;
  if (shownType === undefined) throw invalid("type", "is not included in the list");
  for (const field of ["name_en", "name_ar", "code"]) {
    const isTaken = [...company.tables.accounts.rows.values()].some(
      ({ fields }) => textOf(fields[field]) === textOf(given[field]),
    );
    if (isTaken) throw invalid(field, "has already been taken");
  }
  return insertRow(company, "accounts", {
    ...taken(given, ["name_en", "name_ar", "description"]),
    code: textOf(given.code),
    type: shownType,
    type_of_account: type,
    parent_type: shownType,
    group_type: type,
    account_nature: shownType === "Asset" || shownType === "Expense" ? "debit" : "credit",
    status: "Active",
    balance: "0.0",
    recieve_payments: isYes(given.recieve_payments),
  });
}

/** The account that a field names, by id. @throws Refused where it is missing or inactive. */
export function activeAccount(company: Company, given: Fields, field: string, strict = false): Row {
  const id = idOf(given[field], !strict);
  return activeOnly(id === undefined ? undefined : company.tables.accounts.rows.get(id), field);
}

/** The account of a payment, which is an id or a code, as the switch says. */
export function paymentAccount(company: Company, given: Fields): Row {
  const { accountIdMeans, paymentAccounts } = company.switches;
  const code = textOf(given.account_id);
  const account =
    accountIdMeans === "id"
      ? activeAccount(company, given, "account_id")
      : activeOnly(
          [...company.tables.accounts.rows.values()].find(({ fields }) => fields.code === code),
          "account_id",
        );
  if (paymentAccounts === "receiving" && account.fields.recieve_payments !== true)
    throw invalid("account", "does not receive payments");
  return account;
}

function activeOnly(account: Row | undefined, field: string): Row {
  if (account === undefined) throw blank(field);
  if (account.fields.status !== "Active") throw new Refused([`this account ${account.id} is not active`]);
  return account;
}
