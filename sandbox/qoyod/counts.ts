import { compare, subtract, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { activeAccount } from "./accounts.ts";
import { blank, invalid, Refused } from "./answers.ts";
import { type Call, type Company, insertRow, type Row, rowsByKey } from "./company.ts";
import { dayOf, decimalOf, need, objectsOf, positiveAmount, referred, taken, wireNumber } from "./fields.ts";
import { firstShort, isTracked, type Movement, moveStock, outOfStock, stockOf } from "./stock.ts";

/** `POST /inventory_adjustments`: a stock count. `actual_quantity` is the new total; Qoyod works out the difference. */
export function createCount(call: Call, given: Fields): Row {
  const { company, byPerson } = call;
  const { counts, equityAccount } = company.switches;
  if (counts === "refused" && !byPerson) throw new Refused(["stock count is not available in your plan"]);
  need(given, ["inventory_id", "revenue_account_id", "expense_account_id", "date", "description", "line_items"]);
  const location = referred(company, "inventories", given, "inventory_id");
  const accounts: Fields = {};
  for (const field of ["revenue_account_id", "expense_account_id"]) {
    const account = activeAccount(company, given, field);
    if (account.fields.type === "Equity" && equityAccount === "refused" && !byPerson) throw invalid(field.slice(0, -3));
    accounts[field] = account.id;
  }
  const date = dayOf(call, given, "date");
  const lines = objectsOf(given.line_items).map((line) => {
    const product = trackedProduct(company, line);
    const [actual, rate] = [decimalOf(line.actual_quantity), decimalOf(line.rate)];
    if (actual === undefined) throw blank("actual_quantity");
    if (rate === undefined) throw blank("rate");
    if (compare(actual, zero) < 0) throw invalid("actual_quantity", "must be greater than or equal to 0");
    if (compare(rate, zero) < 0) throw invalid("rate", "must be greater than or equal to 0");
    return { product, actual, rate };
  });
  const row = insertRow(company, "inventory_adjustments", {
    inventory_id: location.id,
    ...accounts,
    date,
    description: given.description,
    line_items: [],
  });
  row.fields.line_items = lines.map(({ product, actual, rate }) => {
    // Read for each line, so that a product that stands twice ends at its last count.
    const before = stockOf(company, product.id, location.id);
    const change = subtract(actual, before);
    moveStock(company, [{ productId: product.id, locationId: location.id, change }], `inventory_adjustments ${row.id}`);
    return {
      product_id: product.id,
      actual_quantity: wireNumber(actual),
      rate: wireNumber(rate),
      stock_before: wireNumber(before),
    };
  });
  return row;
}

/** A count as its own answer shows it. */
export function shownCount(_company: Company, { fields }: Row): Fields {
  const lines = objectsOf(fields.line_items).map(({ stock_before: _, ...line }) => line);
  return { ...fields, line_items: lines };
}

/** `POST /inventory_transfers`: from one location to another. */
export function createTransfer(call: Call, given: Fields): Row {
  const { company } = call;
  need(given, ["from_location", "to_location", "date", "description", "line_items"]);
  const from = referred(company, "inventories", given, "from_location");
  const to = referred(company, "inventories", given, "to_location");
  const date = dayOf(call, given, "date");
  const reference = textOf(given.reference);
  if (reference !== "" && rowsByKey(company, "inventory_transfers", reference).length > 0)
    throw invalid("reference", "has already been taken");
  const lines = objectsOf(given.line_items).map((line) => ({
    product: trackedProduct(company, line),
    quantity: positiveAmount(line, "quantity"),
  }));
  const movements = lines.flatMap(({ product: { id: productId }, quantity }): Movement[] => [
    { productId, locationId: from.id, change: subtract(zero, quantity) },
    { productId, locationId: to.id, change: quantity },
  ]);
  const short = firstShort(company, movements);
  if (short !== undefined) throw outOfStock(company, short);
  const row = insertRow(company, "inventory_transfers", {
    ...taken(given, ["description", "transfer_account"]),
    from_location: from.id,
    to_location: to.id,
    date,
    reference: reference || null,
    line_items: lines.map(({ product, quantity }) => ({ product_id: product.id, quantity: wireNumber(quantity) })),
  });
  moveStock(company, movements, `inventory_transfers ${row.id}`);
  return row;
}

/** A product that Qoyod counts. @throws Refused otherwise. */
export function trackedProduct(company: Company, line: Fields): Row {
  const product = referred(company, "products", line, "product_id");
  if (!isTracked(product)) throw new Refused([`product ${product.id} does not track quantity`]);
  return product;
}
