import { type Fields, isFields, textOf } from "../wire.ts";
import { readDecimal } from "./money.ts";
import {
  announce,
  defaultBranch,
  dropRow,
  nextId,
  nowOf,
  type Product,
  putRow,
  type Shop,
  type Stocked,
  type Variant,
} from "./shop.ts";
import { productData } from "./show-product.ts";
import { readMoment } from "./times.ts";

/** A product, or one variant of it: what has a SKU and a quantity. */
export interface Unit {
  readonly product: Product;
  readonly variant: Variant | undefined;
}

const untrackedTypes = new Set(["service", "digital", "codes", "donating", "booking"]);

/** Fields that are read here; whatever else is given is shown as it stands. */
const productFields = [
  ...["id", "sku", "name", "type", "price", "sale_price", "cost_price", "quantity", "quantities", "unlimited_quantity"],
  ...["status", "with_tax", "managed_by_branches", "variants", "components", "created_at", "updated_at"],
];

/**
 * Adds a product as a merchant does. `variants` are `{sku, name, price, cost_price, quantity}`; `quantities` are units per
 * branch id.
 * @throws RangeError naming what is wrong.
 */
export function addProduct(shop: Shop, given: Fields): Product {
  const id = given.id === undefined ? nextId(shop, "products") : readId(given.id, "id");
  if (shop.products.rows.has(id)) throw new RangeError(`products ${id} exists already`);
  const createdMs = given.created_at === undefined ? nowOf(shop) : readMoment(given.created_at, "created_at");
  const product: Product = {
    id,
    sku: "",
    name: "Unnamed",
    type: "product",
    price: readDecimal(0, "price"),
    salePrice: null,
    costPrice: null,
    status: "sale",
    withTax: true,
    managedByBranches: false,
    variants: [],
    components: [],
    createdMs,
    updatedMs: createdMs,
    extra: {},
    quantities: new Map(),
    unlimited: false,
    sold: 0,
  };
  applyProduct(shop, product, given);
  product.updatedMs = given.updated_at === undefined ? createdMs : readMoment(given.updated_at, "updated_at");
  putRow(shop.products, product);
  announce(shop, { event: "product.created", data: () => productData(shop, product) });
  return product;
}

/** Changes fields of a product; `updated_at` moves by itself unless it is given. */
export function changeProduct(shop: Shop, product: Product, changes: Fields): void {
  const priceBefore = product.price;
  applyProduct(shop, product, changes);
  product.updatedMs = changes.updated_at === undefined ? nowOf(shop) : readMoment(changes.updated_at, "updated_at");
  putRow(shop.products, product);
  if (product.price !== priceBefore)
    announce(shop, { event: "product.price.updated", data: () => productData(shop, product) });
}

export function deleteProduct(shop: Shop, product: Product): void {
  dropRow(shop.products, product);
  announce(shop, { event: "product.deleted", data: () => productData(shop, product) });
}

/** Changes fields of a variant, given in Salla's own names. */
export function changeVariant(shop: Shop, { product, variant }: Unit, changes: Fields): void {
  if (variant === undefined) return;
  if (changes.sku !== undefined) variant.sku = textOf(changes.sku);
  if (changes.name !== undefined) variant.name = textOf(changes.name);
  if (changes.price !== undefined) variant.price = readMoneyOrNull(changes.price, "price");
  if (changes.cost_price !== undefined) variant.costPrice = readMoneyOrNull(changes.cost_price, "cost_price");
  applyStock(shop, variant, changes);
  variant.updatedMs = nowOf(shop);
  product.updatedMs = nowOf(shop);
  putRow(shop.products, product);
}

/** Every unit of the catalogue: a product with variants is only these. */
export function* unitsOf(shop: Shop): Generator<Unit> {
  for (const product of shop.products.rows.values()) yield* unitsOfProduct(product);
}

export function unitsOfProduct(product: Product): Unit[] {
  if (product.variants.length === 0) return [{ product, variant: undefined }];
  return product.variants.map((variant) => ({ product, variant }));
}

export function variantById(shop: Shop, id: number): Unit | undefined {
  for (const product of shop.products.rows.values()) {
    const variant = product.variants.find((one) => one.id === id);
    if (variant !== undefined) return { product, variant };
  }
  return undefined;
}

/** The units with exactly this SKU; an empty one belongs to nobody. */
export function unitsBySku(shop: Shop, sku: string): Unit[] {
  if (sku === "") return [];
  return [...unitsOf(shop)].filter((unit) => skuOf(unit) === sku);
}

export function skuOf({ product, variant }: Unit): string {
  return variant === undefined ? product.sku : variant.sku;
}

export function stockOf({ product, variant }: Unit): Stocked {
  return variant ?? product;
}

/** Whether orders and people move its quantity at all. */
export function isTracked(unit: Unit): boolean {
  return !untrackedTypes.has(unit.product.type) && !stockOf(unit).unlimited;
}

/** The units at one branch, or at all of them. */
export function quantityOf({ quantities }: Stocked, branchId?: number): number {
  if (branchId !== undefined) return quantities.get(branchId) ?? 0;
  return [...quantities.values()].reduce((all, one) => all + one, 0);
}

/** Where an order of a branch takes this unit from. */
export function branchOfStock(shop: Shop, { product }: Unit, branchId: number | null): number {
  return product.managedByBranches && branchId !== null ? branchId : defaultBranch(shop);
}

/** Moves a quantity; bundles move what they consist of. */
export function moveStock(shop: Shop, unit: Unit, branchId: number | null, difference: number): void {
  const { product } = unit;
  for (const { productId, quantity } of product.components) {
    const component = shop.products.rows.get(productId);
    if (component === undefined) continue;
    moveStock(shop, { product: component, variant: undefined }, branchId, difference * quantity);
  }
  if (product.components.length > 0 || !isTracked(unit)) return;
  const { quantities } = stockOf(unit);
  const at = branchOfStock(shop, unit, branchId);
  quantities.set(at, (quantities.get(at) ?? 0) + difference);
}

/** Sets a quantity as a person or an API call does, and keeps the audit. */
export function setQuantity(shop: Shop, unit: Unit, branchId: number, quantity: number, reason: string): void {
  const stock = stockOf(unit);
  const before = quantityOf(stock, branchId);
  stock.quantities.set(branchId, quantity);
  shop.audit.push({
    id: unit.product.id,
    name: unit.product.name,
    sku: skuOf(unit),
    created_at: new Date(nowOf(shop)).toISOString().slice(0, 10),
    old_quantity: before,
    new_quantity: quantity,
    variant: unit.variant?.name ?? null,
    reason,
    user: "Made-up Merchant",
  });
}

function applyProduct(shop: Shop, product: Product, given: Fields): void {
  if (given.sku !== undefined) product.sku = textOf(given.sku);
  if (given.name !== undefined) product.name = textOf(given.name);
  if (given.type !== undefined) product.type = textOf(given.type);
  if (given.status !== undefined) product.status = textOf(given.status);
  if (given.price !== undefined) product.price = readDecimal(amountIn(given.price), "price");
  if (given.sale_price !== undefined) product.salePrice = readMoneyOrNull(given.sale_price, "sale_price");
  if (given.cost_price !== undefined) product.costPrice = readMoneyOrNull(given.cost_price, "cost_price");
  if (given.with_tax !== undefined) product.withTax = given.with_tax === true;
  if (given.managed_by_branches !== undefined) product.managedByBranches = given.managed_by_branches === true;
  applyStock(shop, product, given);
  if (Array.isArray(given.variants))
    product.variants = given.variants.filter(isFields).map((one) => newVariant(shop, one));
  if (Array.isArray(given.components)) {
    product.components = given.components.filter(isFields).map((one) => ({
      productId: readId(one.product_id, "components.product_id"),
      quantity: readWhole(one.quantity ?? 1, "components.quantity"),
    }));
  }
  for (const [name, value] of Object.entries(given)) if (!productFields.includes(name)) product.extra[name] = value;
}

function newVariant(shop: Shop, given: Fields): Variant {
  const variant: Variant = {
    id: given.id === undefined ? nextId(shop, "variants") : readId(given.id, "variants.id"),
    sku: textOf(given.sku),
    name: textOf(given.name),
    price: readMoneyOrNull(given.price ?? null, "variants.price"),
    costPrice: readMoneyOrNull(given.cost_price ?? null, "variants.cost_price"),
    updatedMs: nowOf(shop),
    quantities: new Map(),
    unlimited: false,
    sold: 0,
  };
  applyStock(shop, variant, given);
  return variant;
}

/** `quantity` and `stock_quantity` mean the default branch; `quantities` is `{branch id: units}` or Salla's own list. */
function applyStock(shop: Shop, stock: Stocked, given: Fields): void {
  if (given.unlimited_quantity !== undefined) stock.unlimited = given.unlimited_quantity === true;
  // Salla ignores a quantity that comes with an unlimited one.
  const quantity = given.unlimited_quantity === true ? undefined : (given.stock_quantity ?? given.quantity);
  const { quantities } = given;
  if (Array.isArray(quantities)) {
    for (const one of quantities.filter(isFields))
      stock.quantities.set(readId(one.branch, "quantities.branch"), readWhole(one.quantity, "quantities.quantity"));
  } else if (isFields(quantities)) {
    for (const [branch, units] of Object.entries(quantities))
      stock.quantities.set(readId(branch, "quantities"), readWhole(units, "quantities"));
  } else if (quantity !== undefined && quantity !== null) {
    stock.quantities.set(defaultBranch(shop), readWhole(quantity, "quantity"));
  }
}

/** @throws RangeError when it is no whole number above 0. */
export function readId(value: unknown, name: string): number {
  const id = Number(textOf(value));
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new RangeError(`${name} cannot be ${JSON.stringify(value)}; an id is needed`);
}

/** @throws RangeError when it is no whole number. */
export function readWhole(value: unknown, name: string): number {
  const whole = Number(textOf(value) || "x");
  if (Number.isSafeInteger(whole)) return whole;
  throw new RangeError(`${name} cannot be ${JSON.stringify(value)}; a whole number is needed`);
}

/** Money is given plain or as `{amount, currency}`. */
function amountIn(value: unknown): unknown {
  return isFields(value) ? value.amount : value;
}

function readMoneyOrNull(value: unknown, name: string) {
  return value === null || value === "" ? null : readDecimal(amountIn(value), name);
}
