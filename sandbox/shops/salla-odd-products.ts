import type { Fields } from "../wire.ts";

/** One record of the made-up Salla shop, and the oddity it stands for. `key` is what orders refer to. */
export interface SallaMadeUp {
  readonly key: string;
  readonly oddity: string;
  readonly fields: Fields;
}

const LONG = 60;

/** Every oddity that a product can have, each once. `branches` are the ids of the two branches. */
export function oddProducts(branches: readonly number[]): SallaMadeUp[] {
  const perBranch = (units: readonly number[]) =>
    Object.fromEntries(branches.map((id, index) => [id, units[index] ?? 0]));
  const twoSizes = (first: Fields, second: Fields) => [
    { name: "Small", quantity: 8, ...first },
    { name: "Large", quantity: 5, ...second },
  ];
  // biome-ignore format: a table
  return [
    { key: "variants", oddity: "product with variants", fields: { name: "Linen shirt", price: 89, cost_price: "40", variants: twoSizes({ sku: "SHIRT-S" }, { sku: "SHIRT-L", price: 95, cost_price: 45 }) } },
    { key: "twin-variants", oddity: "two variants with one SKU", fields: { name: "Striped socks", price: 15, variants: twoSizes({ sku: "SOCKS" }, { sku: "SOCKS" }) } },
    { key: "empty-variant", oddity: "variant without a SKU", fields: { name: "Plain scarf", price: 30, variants: twoSizes({ sku: "SCARF-S" }, { sku: "" }) } },
    { key: "twin-1", oddity: "SKU that another product has too", fields: { name: "Mug, old supplier", sku: "MUG-TWIN", price: 25, cost_price: "9", quantity: 21 } },
    { key: "twin-2", oddity: "SKU that another product has too", fields: { name: "Mug, new supplier", sku: "MUG-TWIN", price: 26, cost_price: "10", quantity: 34 } },
    { key: "case", oddity: "SKU that differs by case only", fields: { name: "Mug in small letters", sku: "mug-twin", price: 24, cost_price: "9", quantity: 5 } },
    { key: "spaces", oddity: "SKU with spaces around it", fields: { name: "Spaced mug", sku: " MUG-SPACED ", price: 24, cost_price: "9", quantity: 5 } },
    { key: "no-sku", oddity: "SKU is empty", fields: { name: "Loose ribbon", sku: "", price: 2, cost_price: "1", quantity: 80 } },
    { key: "unlimited", oddity: "unlimited quantity", fields: { name: "Gift wrap", sku: "WRAP", price: 5, cost_price: "1", unlimited_quantity: true } },
    { key: "service", oddity: "service", fields: { name: "Engraving", sku: "ENGRAVE", type: "service", price: 46 } },
    { key: "digital", oddity: "digital product", fields: { name: "Pattern download", sku: "PATTERN", type: "digital", price: 19.99 } },
    { key: "codes", oddity: "product of codes", fields: { name: "Gift code", sku: "CODE", type: "codes", price: 100 } },
    { key: "booking", oddity: "booking", fields: { name: "Workshop seat", sku: "SEAT", type: "booking", price: 150 } },
    { key: "donating", oddity: "donation", fields: { name: "Donation", sku: "GIVE", type: "donating", price: 10, with_tax: false } },
    { key: "exempt", oddity: "product without VAT", fields: { name: "Exempt medicine box", sku: "EXEMPT", price: 33.33, with_tax: false, cost_price: "20", quantity: 40, tax_reason_code: "VATEX-SA-35" } },
    { key: "free", oddity: "price is 0", fields: { name: "Sample card", sku: "SAMPLE", price: 0, cost_price: "0.5", quantity: 200 } },
    { key: "halala", oddity: "price of one halala", fields: { name: "Glass bead", sku: "BEAD", price: "0.01", cost_price: "0.01", quantity: 4000 } },
    { key: "no-cost", oddity: "no cost price", fields: { name: "Costless vase", sku: "VASE-NC", price: 60, quantity: 9 } },
    { key: "negative", oddity: "negative quantity", fields: { name: "Oversold teapot", sku: "TEAPOT", price: 80, cost_price: "35", quantity: -7 } },
    { key: "sold-out", oddity: "sold out", fields: { name: "Last year's calendar", sku: "CAL-OLD", price: 20, cost_price: "5", quantity: 0 } },
    { key: "hidden", oddity: "hidden product", fields: { name: "Hidden lamp", sku: "LAMP-H", price: 70, cost_price: "30", status: "hidden", quantity: 3 } },
    { key: "branches", oddity: "branch-managed stock", fields: { name: "Two-shop clock", sku: "CLOCK-B", price: 120, cost_price: "60", managed_by_branches: true, quantities: perBranch([6, 4]) } },
    { key: "arabic", oddity: "Arabic name", fields: { name: "فنجان قهوة عربي", sku: "FINJAN", price: 17.25, cost_price: "6", quantity: 60 } },
    { key: "emoji", oddity: "emoji in the name", fields: { name: "Party set 🎉👩‍👩‍👧", sku: "PARTY-🎈", price: 49.95, cost_price: "20", quantity: 15 } },
    { key: "long-name", oddity: "name of more than 255 characters", fields: { name: `Very ${"long ".repeat(LONG)}banner`, sku: "BANNER", price: 55, cost_price: "22", quantity: 4 } },
    { key: "deleted", oddity: "product that an order names and that was deleted", fields: { name: "Gone tray", sku: "GONE", price: 40, cost_price: "18", quantity: 6 } },
  ];
}

/** Every oddity that a customer can have, each once. */
// biome-ignore format: a table
export const oddCustomers: readonly SallaMadeUp[] = [
  { key: "arabic", oddity: "Arabic name", fields: { first_name: "نورة", last_name: "المثال", mobile: 511111101, email: "noura@made-up.example" } },
  { key: "emoji", oddity: "emoji in the name", fields: { first_name: "Sam 🌷", last_name: "", mobile: 511111102, email: "sam@made-up.example" } },
  { key: "phone-1", oddity: "phone that another customer has too", fields: { first_name: "Layla", last_name: "Sample", mobile: 511111103, email: "layla@made-up.example" } },
  { key: "phone-2", oddity: "phone that another customer has too", fields: { first_name: "Omar", last_name: "Sample", mobile: 511111103, email: "omar@made-up.example" } },
  { key: "no-phone", oddity: "no phone", fields: { first_name: "Maha", last_name: "Example", mobile: null, email: "maha@made-up.example" } },
  { key: "no-name", oddity: "no name", fields: { first_name: "", last_name: "", mobile: 511111104, email: "" } },
  { key: "abroad", oddity: "phone of another country", fields: { first_name: "Yusuf", last_name: "Madeup", mobile: 501111105, mobile_code: "+971", country: "الإمارات", country_code: "AE", email: "yusuf@made-up.example" } },
  { key: "company", oddity: "company with a tax number", fields: { first_name: "Madeup", last_name: "Trading", mobile: 511111106, email: "office@made-up.example", company: { name: "Madeup Trading", tax_number: "300000000000013", commercial_number: "1010000001" } } },
  { key: "long-name", oddity: "name of more than 255 characters", fields: { first_name: "Very ".repeat(LONG), last_name: "Long", mobile: 511111107, email: "long@made-up.example" } },
];
