import { type Fields, isFields, textOf, type WireResponse } from "../wire.ts";
import { bodyOf, type Call, missing, orRefused, refusedFields } from "./call.ts";
import { success } from "./envelope.ts";
import { listPage } from "./list-page.ts";
import {
  changeProduct,
  changeVariant,
  deleteProduct,
  setQuantity,
  stockOf,
  type Unit,
  variantById,
} from "./products.ts";
import { defaultBranch, nowOf, type Product, putRow, type Shop } from "./shop.ts";
import { productData, variantData } from "./show-product.ts";

const byPosition = {
  name: "newest",
  compare: (left: Product, right: Product) => right.createdMs - left.createdMs || right.id - left.id,
};

/** `GET /products` with `keyword` (name or SKU), `status` and `format=light`; newest first. */
export function listProducts(call: Call): WireResponse {
  const { shop, request } = call;
  const [keyword, status] = [request.query.get("keyword"), request.query.get("status")];
  const light = request.query.get("format") === "light";
  const test = (product: Product) =>
    product.status !== "deleted" &&
    (status === null || productData(shop, product, true).status === status) &&
    (keyword === null || wordsOf(product).some((text) => text.toLowerCase().includes(keyword.toLowerCase())));
  const question = `${keyword} ${status}`;
  // Sold out follows from quantities, which move without a product being told; such a question is asked anew each time.
  const rows =
    status === null
      ? shop.products.sorted.passing(question, byPosition, test)
      : [...shop.products.rows.values()].filter(test).sort(byPosition.compare);
  return listPage(call, rows, (product) => productData(shop, product, light));
}

export function readProduct(call: Call, id: string): WireResponse {
  const product = call.shop.products.rows.get(Number(id));
  return product === undefined ? missing(call) : success(200, productData(call.shop, product));
}

/** `PUT /products/{id}`; 201. */
export function updateProduct(call: Call, id: string): WireResponse {
  const product = call.shop.products.rows.get(Number(id));
  return product === undefined ? missing(call) : change(call, product);
}

/** `DELETE /products/{id}`; 202. */
export function removeProduct(call: Call, id: string): WireResponse {
  const product = call.shop.products.rows.get(Number(id));
  if (product === undefined) return missing(call);
  deleteProduct(call.shop, product);
  return success(202, { message: "تم حذف المنتج بنجاح", code: 202 });
}

export function readProductBySku(call: Call, sku: string): WireResponse {
  const product = productBySku(call.shop, sku);
  return product === undefined ? missing(call) : success(200, productData(call.shop, product));
}

export function updateProductBySku(call: Call, sku: string): WireResponse {
  const product = productBySku(call.shop, sku);
  return product === undefined ? missing(call) : change(call, product);
}

/** `GET /products/{id}/variants`. */
export function listVariants(call: Call, id: string): WireResponse {
  const product = call.shop.products.rows.get(Number(id));
  if (product === undefined) return missing(call);
  return listPage(call, product.variants, (variant) => variantData(call.shop, product, variant));
}

export function readVariant(call: Call, id: string): WireResponse {
  const unit = variantById(call.shop, Number(id));
  return unit?.variant === undefined ? missing(call) : success(200, variantData(call.shop, unit.product, unit.variant));
}

/** `PUT /products/variants/{id}`: any one field is enough; `stock_quantity` means the default branch; 201. */
export function updateVariant(call: Call, id: string): WireResponse {
  const { shop } = call;
  const unit = variantById(shop, Number(id));
  if (unit?.variant === undefined) return missing(call);
  const { product, variant } = unit;
  const given = bodyOf(call) ?? {};
  const refusal = refusedQuantity(call, given, "stock_quantity");
  if (refusal !== undefined) return refusal;
  const { stock_quantity, quantities, ...others } = given;
  return orRefused(call, "variant", () => {
    changeVariant(shop, unit, others);
    if (Array.isArray(quantities)) writeQuantities(shop, unit, quantities);
    // Only without branch-managed stock.
    else if (stock_quantity !== undefined && !product.managedByBranches)
      setQuantity(shop, unit, defaultBranch(shop), Number(stock_quantity), "none");
    putRow(shop.products, product);
    return success(201, variantData(shop, product, variant));
  });
}

/** The first product with a SKU; whether a variant's SKU finds its product is a switch. */
export function productBySku(shop: Shop, sku: string): Product | undefined {
  const all = [...shop.products.rows.values()];
  const own = all.find((product) => product.sku === sku);
  if (own !== undefined || !shop.switches.skuResolvesVariants) return own;
  return all.find(({ variants }) => variants.some((variant) => variant.sku === sku));
}

function change(call: Call, product: Product): WireResponse {
  const { shop } = call;
  const given = bodyOf(call) ?? {};
  const refusal = refusedQuantity(call, given, "quantity");
  if (refusal !== undefined) return refusal;
  const { quantity, ...others } = given;
  const { id: _, variants: __, ...own }: Fields = others;
  return orRefused(call, "product", () => {
    changeProduct(shop, product, own);
    const unit = { product, variant: undefined };
    if (quantity !== undefined && !stockOf(unit).unlimited && product.variants.length === 0)
      setQuantity(shop, unit, defaultBranch(shop), Number(quantity), "none");
    product.updatedMs = nowOf(shop);
    putRow(shop.products, product);
    return success(201, productData(shop, product));
  });
}

function writeQuantities(shop: Shop, unit: Unit, quantities: readonly unknown[]): void {
  for (const one of quantities.filter(isFields)) {
    const branch = Number(textOf(one.branch));
    if (!shop.branches.has(branch)) throw new RangeError(`branch ${textOf(one.branch)} does not exist`);
    setQuantity(shop, unit, branch, Number(textOf(one.quantity)), textOf(one.reason_id) || "none");
  }
}

function refusedQuantity(call: Call, given: Fields, field: string): WireResponse | undefined {
  const value = given[field];
  if (value === undefined || value === null) return undefined;
  const whole = Number(textOf(value) || "x");
  if (Number.isSafeInteger(whole) && whole >= 0) return undefined;
  return refusedFields(call, {
    [field]: { ar: "يجب أن تكون الكمية عدداً صحيحاً", en: "The quantity must be a whole number" },
  });
}

function wordsOf({ name, sku, variants }: Product): string[] {
  return [name, sku, ...variants.map((variant) => variant.sku)];
}
