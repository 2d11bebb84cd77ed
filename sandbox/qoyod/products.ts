import { compare, zero } from "../decimal.ts";
import { type Fields, textOf } from "../wire.ts";
import { activeAccount } from "./accounts.ts";
import { invalid, Refused } from "./answers.ts";
import { type Call, type Company, changeRow, insertRow, type Row, rowsByKey } from "./company.ts";
import { amountOf, isYes, need, objectsOf, referred, taken, wireNumber } from "./fields.ts";
import { isTracked, stockOf } from "./stock.ts";

const productTypes = ["Product", "Service", "Expense", "RawMaterial", "Recipe"] as const;
/** An older client sends numbers. */
const numberedTypes: Readonly<Record<string, string>> = { "1": "Product", "2": "Service" };
const changeable = ["sku", "barcode", "name_ar", "name_en", "description", "category_id"] as const;
const required = ["sku", "name_ar", "name_en", "product_unit_type_id", "category_id"] as const;

/** `POST /products`. Products have no stock field: what is sent of it is ignored. */
export function createProduct({ company }: Call, given: Fields): Row {
  if (Array.isArray(given.tax_id)) throw invalid("tax_id", "Please select taxes");
  need(given, [...required, "tax_id"]);
  for (const field of required) checkText(given, field);
  referred(company, "product_unit_types", given, "product_unit_type_id");
  referred(company, "categories", given, "category_id");
  const tax = referred(company, "taxes", given, "tax_id");
  checkSku(company, textOf(given.sku), undefined);
  const type = numberedTypes[textOf(given.type)] ?? (textOf(given.type) || "Product");
  if (!productTypes.some((one) => one === type)) throw invalid("type", "is not included in the list");
  const [isSold, isBought] = [isYes(given.sale_item), isYes(given.purchase_item)];
  const sellingPrice = amountOf(given.selling_price);
  if (isSold && company.switches.zeroPrice === "refused" && compare(sellingPrice, zero) <= 0)
    throw new Refused(["enter at least a sales price"]);
  if (isSold) activeAccount(company, given, "sales_account_id");
  if (isBought) activeAccount(company, given, "expense_account_id");
  const isStocked = type === "Product" || type === "RawMaterial";
  return insertRow(company, "products", {
    ...taken(given, ["sku", "name_ar", "name_en", "barcode", "description", "special_tax_reason_id"]),
    sku: textOf(given.sku),
    type,
    ...idsOf(given, ["category_id", "product_unit_type_id", "sales_account_id", "expense_account_id"]),
    tax_id: tax.id,
    is_sold: isSold,
    is_bought: isBought,
    track_quantity: isStocked && isYes(given.track_quantity),
    selling_price: wireNumber(sellingPrice),
    buying_price: wireNumber(amountOf(given.buying_price)),
    ingredients: objectsOf(given.ingredients_attributes),
    unit_conversions: objectsOf(given.unit_conversions),
  });
}

/** `PUT /products/{id}`: only the documented fields change; units, tracking, prices and accounts do not. */
export function changeProduct({ company }: Call, row: Row, given: Fields): void {
  const changes: Fields = Object.fromEntries(
    changeable.filter((field) => field in given).map((field) => [field, given[field]]),
  );
  for (const field of required) if (field in changes) need(changes, [field]);
  if ("category_id" in changes) changes.category_id = referred(company, "categories", changes, "category_id").id;
  if ("sku" in changes) {
    changes.sku = textOf(changes.sku);
    checkSku(company, textOf(changes.sku), row.id);
  }
  if ("ingredients_attributes" in given) changes.ingredients = objectsOf(given.ingredients_attributes);
  if ("unit_conversions" in given) changes.unit_conversions = objectsOf(given.unit_conversions);
  changeRow(company, "products", row, changes);
}

/** A product as the API shows it, with its stock per location where it is tracked. */
export function shownProduct(company: Company, row: Row): Fields {
  const { product_unit_type_id, ...fields } = row.fields;
  const unit = company.tables.product_unit_types.rows.get(Number(product_unit_type_id));
  return {
    ...fields,
    unit_type: product_unit_type_id,
    unit: unit?.fields.unit_name ?? null,
    is_inclusive: false,
    is_buying_price_inclusive: false,
    is_selling_price_inclusive: false,
    pos_product: false,
    inventories: isTracked(row) ? shownStock(company, row) : [],
  };
}

function shownStock(company: Company, { id }: Row): Fields[] {
  const moved = company.stock.get(id);
  const everywhere = company.switches.stockRows === "every-location";
  return [...company.tables.inventories.rows.values()]
    .filter((location) => everywhere || moved?.has(location.id) === true)
    .map((location) => ({
      id: location.id,
      name_en: location.fields.name,
      name_ar: location.fields.ar_name,
      stock: wireNumber(stockOf(company, id, location.id)),
    }));
}

function checkSku(company: Company, sku: string, ownId: number | undefined): void {
  const { duplicateSku } = company.switches;
  if (duplicateSku === "accepted") return;
  const same =
    duplicateSku === "refused"
      ? rowsByKey(company, "products", sku)
      : [...company.tables.products.rows.values()].filter(({ fields }) => loose(textOf(fields.sku)) === loose(sku));
  if (same.some(({ id }) => id !== ownId)) throw invalid("sku", "has already been taken");
}

function loose(sku: string): string {
  return sku.trim().toLowerCase();
}

function checkText(given: Fields, field: string): void {
  if (!field.endsWith("_id") && textOf(given[field]).trim() === "") throw invalid(field, "Can't be blank");
}

function idsOf(given: Fields, fields: readonly string[]): Fields {
  return Object.fromEntries(fields.map((field) => [field, Number(textOf(given[field])) || null]));
}
