import type { Fields } from "../wire.ts";
import type { SallaMadeUp } from "./salla-odd-products.ts";

/** What is done with an order once it is placed. */
export interface SallaOddOrder extends SallaMadeUp {
  readonly then?: readonly string[];
}

/** What orders refer to. */
export interface SallaShopIds {
  product(key: string): number;
  variant(key: string, position: number): number;
  customer(key: string): number;
  readonly secondBranch: number;
  /** The id of the first order, for an order whose reference is the same number. */
  readonly firstOrder: number;
  /** The SKU of an ordinary product. */
  plain(position: number): string;
}

/** Every oddity that an order can have, each once. */
export function oddOrders({
  product,
  variant,
  customer,
  secondBranch,
  firstOrder,
  plain,
}: SallaShopIds): SallaOddOrder[] {
  const one = (sku: string, more: Fields = {}) => ({ sku, quantity: 1, ...more });
  const items = (...given: Fields[]) => ({ items: given, customer_id: customer("arabic") });
  const a = one(plain(0), { quantity: 2 });
  // biome-ignore format: a table
  const made: (readonly [oddity: string, fields: Fields, then?: readonly string[]])[] = [
    ["guest without a name", { items: [a] }],
    ["guest with a phone only", { items: [a], customer: { mobile: 522222201, mobile_code: "+966" } }],
    ["customer whose phone another has too", { ...items(a), customer_id: customer("phone-2") }, ["complete"]],
    ["company with a tax number", { ...items(a), customer_id: customer("company") }, ["complete"]],
    ["coupon of a percentage", { ...items(a, one("FINJAN", { quantity: 3 })), coupon: { code: "TEN", percent: 10 } }, ["complete"]],
    ["coupon of an amount on one product", { ...items(a, one("FINJAN")), coupon: { code: "FIVE", amount: "5", product_ids: [product("arabic")] } }, ["complete"]],
    ["free shipping by coupon", { ...items(a), shipping: "25", coupon: { code: "SHIP", percent: 5, free_shipping: true } }, ["complete"]],
    ["special offer on a line", items(one("FINJAN", { quantity: 4, discount: "3.30" })), ["complete"]],
    ["cash on delivery, shipping and coupon", { ...items(a, one("BEAD", { quantity: 7 })), cod: "10", shipping: "25", coupon: { code: "TEN", percent: 10 } }, ["complete"]],
    ["shipping without VAT", { ...items(a), shipping: "30", shipping_taxed: false }, ["complete"]],
    ["no VAT at all", items(one("EXEMPT", { quantity: 3 })), ["complete"]],
    ["mixed VAT", items(a, one("EXEMPT", { quantity: 2 })), ["complete"]],
    ["foreign currency", { ...items(a), currency: "USD", exchange_rate: "3.75", shipping: "10" }, ["complete"]],
    ["options", items(one("FINJAN", { options: { "النقش": "نورة ❤", Colour: "red" } })), ["complete"]],
    ["variants", items({ variant_id: variant("variants", 0), quantity: 2 }, { variant_id: variant("variants", 1), quantity: 1 }), ["complete"]],
    ["variant whose SKU another has too", items({ variant_id: variant("twin-variants", 1), quantity: 1 }), ["complete"]],
    ["line without a SKU", items(a, { product_id: product("no-sku"), quantity: 1 }), ["complete"]],
    ["SKU that two products have", items({ product_id: product("twin-2"), quantity: 1 }), ["complete"]],
    ["SKU that differs by case only", items(one("mug-twin")), ["complete"]],
    ["bundle", items({ product_id: product("bundle"), quantity: 1 }), ["complete"]],
    ["services and digital goods", items(one("ENGRAVE"), one("PATTERN"), one("CODE"), one("SEAT"), one("GIVE")), ["complete"]],
    ["free item", items(a, one("SAMPLE")), ["complete"]],
    ["coupon of the whole", { ...items(a), coupon: { code: "ALL", percent: 100 } }, ["complete"]],
    ["product that was deleted", items(one("GONE")), ["complete"]],
    ["many lines", items(...Array.from({ length: 40 }, (_, index) => one(plain(index % 5), { notes: String(index) })))],
    ["more than is there", items(one("TEAPOT", { quantity: 2 }))],
    ["second branch", { ...items(one("CLOCK-B")), branch_id: secondBranch }, ["complete"]],
    ["shipped and delivered, never completed", items(a), ["progress", "ship", "deliver"]],
    ["completed and restored", items(a), ["complete", "restore"]],
    ["canceled before it was completed", items(a), ["cancel"]],
    ["canceled after it was completed", items(a), ["complete", "cancel"]],
    ["waiting for a bank transfer", { ...items(a), payment_method: "bank", paid: false }],
    ["sent to Qoyod by another app", { ...items(a), sent_to: ["qoyod"] }, ["complete"]],
    ["reference that is another order's id", { ...items(a), reference_id: firstOrder }, ["complete"]],
    ["total that does not close", { ...items(a), sandbox_overrides: { amounts: { total: { amount: 1.23 } } } }, ["complete"]],
    ["discount that is listed only", { ...items(a), sandbox_discount_listed_only: "15" }, ["complete"]],
    ["item in another currency", items(one(plain(1), { sandbox_overrides: { currency: "USD" } })), ["complete"]],
    ["fractional quantity", items(one(plain(1), { sandbox_overrides: { quantity: 1.5 } })), ["complete"]],
    ["negative quantity", items(one(plain(1), { sandbox_overrides: { quantity: -1 } })), ["complete"]],
  ];
  return made.map(([oddity, fields, then]) => ({
    key: oddity,
    oddity,
    fields,
    ...(then === undefined ? {} : { then }),
  }));
}
