import { add, type Decimal, decimalText } from "../decimal.ts";
import type { Fields } from "../wire.ts";
import { hundred, percentOf, share, shownMoney } from "./money.ts";
import { defaultBranch, type Product, type Shop, type Stocked, type Variant } from "./shop.ts";
import { plainTime } from "./times.ts";

const VAT: Decimal = { digits: 15n, scale: 0 };

/** A product as `GET /products/{id}` shows it; `light` leaves out what `format=light` does. */
export function productData(shop: Shop, product: Product, light = false): Fields {
  const money = (value: Decimal) => moneyOf(shop, value);
  const rate = product.withTax ? VAT : { digits: 0n, scale: 0 };
  const withTax = add(hundred, rate);
  const { pricesIncludeVat } = shop.switches;
  const net = pricesIncludeVat ? share(product.price, hundred, withTax) : product.price;
  const gross = pricesIncludeVat ? product.price : share(product.price, withTax, hundred);
  const stock = product.variants.length === 0 ? [product] : product.variants;
  const total = stock.reduce((all, one) => all + shownUnits(shop, product, one), 0);
  const sold = stock.reduce((all, one) => all + one.sold, 0);
  const out = product.status === "sale" && total <= 0 && !stock.some(({ unlimited }) => unlimited);
  const shown: Fields = {
    id: product.id,
    sku: product.sku,
    type: product.type,
    name: product.name,
    price: money(product.price),
    sale_price: money(product.salePrice ?? { digits: 0n, scale: 0 }),
    quantity: quantityShown(shop, total),
    status: out ? "out" : product.status,
    is_taxable: product.withTax,
    has_options: product.variants.length > 0,
    is_available: !out,
    ...product.extra,
  };
  if (light) return shown;
  return {
    ...shown,
    mpn: null,
    gtin: null,
    taxed_price: money(gross),
    pre_tax_price: money(net),
    tax: money(percentOf(net, rate)),
    regular_price: money(product.price),
    sale_end: {},
    cost_price: product.costPrice === null ? null : decimalText(product.costPrice),
    unlimited_quantity: product.unlimited,
    managed_by_branches: product.managedByBranches,
    customized_sku_quantity: product.variants.length > 0,
    notify_quantity: "0",
    with_tax: product.withTax,
    weight: 0.1,
    weight_type: "kg",
    sold_quantity: sold,
    options: optionsOf(product),
    skus: product.variants.map((variant) => variantData(shop, product, variant)),
    categories: [],
    brand: null,
    tags: [],
    ...(product.components.length === 0
      ? {}
      : { consisted_products: product.components.map(({ productId, quantity }) => ({ id: productId, quantity })) }),
    ...product.extra,
    updated_at: plainTime(product.updatedMs),
  };
}

/** A variant as it stands in `skus[]` and in the list of variants. */
export function variantData(shop: Shop, product: Product, variant: Variant): Fields {
  const price = variant.price ?? product.price;
  const position = product.variants.indexOf(variant) + 1;
  return {
    id: variant.id,
    price: moneyOf(shop, price),
    regular_price: moneyOf(shop, price),
    cost_price: moneyOf(shop, variant.costPrice ?? { digits: 0n, scale: 0 }),
    sale_price: moneyOf(shop, { digits: 0n, scale: 0 }),
    has_special_price: variant.price !== null,
    stock_quantity: shownUnits(shop, product, variant),
    unlimited_quantity: variant.unlimited,
    notify_low: null,
    barcode: null,
    sku: variant.sku,
    mpn: null,
    gtin: null,
    related_options: [product.id],
    related_option_values: [position],
    weight: 0.1,
    updated_at: plainTime(variant.updatedMs),
  };
}

/** Without branch-managed stock only the default branch counts. */
export function shownUnits(shop: Shop, { managedByBranches }: Product, { quantities }: Stocked): number {
  if (!managedByBranches) return quantities.get(defaultBranch(shop)) ?? 0;
  return [...quantities.values()].reduce((all, one) => all + one, 0);
}

export function quantityShown(shop: Shop, quantity: number): number | string {
  return shop.switches.quantityAs === "string" ? String(quantity) : quantity;
}

export function moneyOf(shop: Shop, value: Decimal, currency = "SAR"): Fields {
  return { amount: shownMoney(value, shop.switches.amountsAs), currency };
}

function optionsOf(product: Product): Fields[] {
  if (product.variants.length === 0) return [];
  const values = product.variants.map(({ name }, index) => ({ id: index + 1, name, display_value: name }));
  return [{ id: product.id, name: "الخيار", type: "radio", required: true, values }];
}
