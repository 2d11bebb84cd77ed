import { add, type Decimal, zero } from "../decimal.ts";
import { type Fields, isFields, textOf } from "../wire.ts";
import { hundred, readDecimal, share } from "./money.ts";
import { readId, readWhole, skuOf, type Unit, unitsBySku, variantById } from "./products.ts";
import { nextId, type OrderLine, type Shop } from "./shop.ts";

const VAT: Decimal = { digits: 15n, scale: 0 };

/**
 * Reads one line of an order that is placed. It keeps what the product was then: later changes do not reach it.
 * Its `price` is in the order's currency and what the customer sees: with VAT where the catalogue's prices have it.
 * @param exchangeRate riyals for one unit of the order's currency; undefined for riyals.
 */
export function readOrderLine(shop: Shop, given: Fields, exchangeRate: Decimal | undefined): OrderLine {
  const unit = findUnit(shop, given);
  const { product, variant } = unit;
  const quantity = readWhole(given.quantity ?? 1, "items.quantity");
  if (quantity < 1) throw new RangeError(`items.quantity cannot be ${quantity}; 1 or more is needed`);
  const taxPercent =
    given.tax_percent === undefined
      ? product.withTax
        ? VAT
        : zero
      : readDecimal(given.tax_percent, "items.tax_percent");
  const catalogue = variant?.price ?? product.salePrice ?? product.price;
  const converted = exchangeRate === undefined ? catalogue : share(catalogue, one, exchangeRate);
  const price = given.price === undefined ? converted : readDecimal(given.price, "items.price");
  const gross = shop.switches.pricesIncludeVat && taxPercent.digits !== 0n;
  const unitPrice = gross ? share(price, hundred, add(hundred, taxPercent)) : price;
  return {
    id: nextId(shop, "lines"),
    productId: product.id,
    variantId: variant?.id ?? null,
    name: variant === undefined || variant.name === "" ? product.name : `${product.name} - ${variant.name}`,
    sku: skuOf(unit),
    productType: product.type,
    quantity,
    unitPrice,
    grossUnit: gross ? price : undefined,
    discount: readDecimal(given.discount ?? 0, "items.discount"),
    couponShare: zero,
    taxPercent,
    tax: zero,
    taxBeforeCoupon: zero,
    options: readOptions(given.options, unit),
    notes: textOf(given.notes),
    refunded: 0,
    overrides: isFields(given.sandbox_overrides) ? given.sandbox_overrides : {},
  };
}

/** The product or variant that a line came from, if it still exists. */
export function unitOfLine(shop: Shop, line: OrderLine): Unit | undefined {
  const product = shop.products.rows.get(line.productId ?? 0);
  if (product === undefined) return undefined;
  const variant = product.variants.find(({ id }) => id === line.variantId);
  return line.variantId !== null && variant === undefined ? undefined : { product, variant };
}

const one: Decimal = { digits: 1n, scale: 0 };

function findUnit(shop: Shop, given: Fields): Unit {
  if (given.variant_id !== undefined) {
    const found = variantById(shop, readId(given.variant_id, "items.variant_id"));
    if (found !== undefined) return found;
    throw new RangeError(`items.variant_id ${textOf(given.variant_id)} does not exist`);
  }
  if (given.product_id !== undefined) {
    const product = shop.products.rows.get(readId(given.product_id, "items.product_id"));
    if (product === undefined) throw new RangeError(`items.product_id ${textOf(given.product_id)} does not exist`);
    if (product.variants.length === 0) return { product, variant: undefined };
    throw new RangeError(`product ${product.id} has variants; items.variant_id must say which`);
  }
  const [found] = unitsBySku(shop, textOf(given.sku));
  if (found !== undefined) return found;
  throw new RangeError(`items need variant_id, product_id or a known sku, not ${JSON.stringify(given.sku)}`);
}

/** Given as Salla shows them, or as `{name: value}`; a variant is an option of its own. */
function readOptions(given: unknown, { variant }: Unit): Fields[] {
  const own =
    variant === undefined
      ? []
      : [{ id: variant.id, name: "الخيار", type: "radio", value: { id: variant.id, name: variant.name } }];
  if (Array.isArray(given)) return [...own, ...given.filter(isFields)];
  if (!isFields(given)) return own;
  const more = Object.entries(given).map(([name, value], index) => ({ id: index + 1, name, type: "text", value }));
  return [...own, ...more];
}
