import { oneOf, wholeBetween } from "../seeded-random.ts";
import type { Fields, Random } from "../wire.ts";

/** One record of the made-up shop, and the oddity it stands for, if any. */
export interface MadeUp {
  readonly key: string;
  readonly fields: Fields;
  readonly oddity?: string;
}

/** The places of stock of the made-up organisation; the ids come from the organisation itself. */
interface Places {
  readonly warehouseIds: readonly string[];
  readonly locationIds: readonly string[];
}

const colours = ["red", "blue", "green", "black", "white", "golden", "striped", "tiny"] as const;
const things = ["mug", "lamp", "tray", "basket", "candle", "notebook", "cushion", "kettle", "clock", "vase"] as const;

/** Every oddity that an item can have, each once. The keys are what orders refer to. */
export function oddItems({ warehouseIds, locationIds }: Places): MadeUp[] {
  const tracked = (stock: unknown) => ({ track_inventory: true, available_for_sale_stock: stock });
  const perPlace = (prefix: string, ids: readonly string[], stocks: readonly number[]) =>
    ids.map((id, index) => ({
      [`${prefix}_id`]: id,
      [`${prefix}_available_for_sale_stock`]: stocks[index] ?? 0,
    }));
  // biome-ignore format: a table
  return [
    { key: "untracked", oddity: "goods that are not tracked", fields: { name: "Gift wrap by the metre", sku: "WRAP", rate: 1.5 } },
    { key: "service", oddity: "service", fields: { name: "Engraving", sku: "ENGRAVE", rate: 12, product_type: "service" } },
    { key: "digital", oddity: "digital service", fields: { name: "Pattern download", sku: "PATTERN", rate: 4.99, product_type: "digital_service" } },
    { key: "inactive-ordered", oddity: "inactive item that an order names", fields: { name: "Last year's calendar", sku: "CAL-OLD", rate: 9, status: "inactive", ...tracked(3) } },
    { key: "inactive", oddity: "inactive item that no order names", fields: { name: "Broken lamp", sku: "LAMP-X", rate: 2, status: "inactive", ...tracked(0) } },
    { key: "nameless", oddity: "item without a name", fields: { name: "", sku: "NO-NAME", rate: 3, ...tracked(5) } },
    { key: "no-sku", oddity: "sku is empty", fields: { name: "Loose ribbon", sku: "", rate: 0.4, ...tracked(80) } },
    { key: "no-rate", oddity: "rate is empty", fields: { name: "Sample card", sku: "SAMPLE", rate: "", ...tracked(12) } },
    { key: "three-decimals", oddity: "rate with three decimals", fields: { name: "Glass bead", sku: "BEAD", rate: 0.125, ...tracked(4000) } },
    { key: "negative-stock", oddity: "negative stock", fields: { name: "Oversold teapot", sku: "TEAPOT", rate: 35, ...tracked(-7) } },
    { key: "fractional-stock", oddity: "fractional stock", fields: { name: "Linen by the metre", sku: "LINEN", unit: "m", rate: 8.75, ...tracked(12.75) } },
    { key: "empty-stock", oddity: "stock value is empty", fields: { name: "Never counted", sku: "UNCOUNTED", rate: 6, ...tracked("") } },
    { key: "details-only", oddity: "stock only in the details", fields: { name: "Shy vase", sku: "SHY", rate: 14, sandbox_stock_in: "details", ...tracked(9) } },
    { key: "warehouses", oddity: "stock per warehouse", fields: { name: "Two-shed clock", sku: "CLOCK-W", rate: 48, track_inventory: true, warehouses: perPlace("warehouse", warehouseIds, [6, -2]) } },
    { key: "locations", oddity: "stock per location", fields: { name: "Two-shop clock", sku: "CLOCK-L", rate: 49, track_inventory: true, locations: perPlace("location", locationIds, [4, 11]) } },
    { key: "twin-1", oddity: "sku that another item has too", fields: { name: "Mug, old supplier", sku: "MUG-TWIN", rate: 7, ...tracked(21) } },
    { key: "twin-2", oddity: "sku that another item has too", fields: { name: "Mug, new supplier", sku: "MUG-TWIN", rate: 7.2, ...tracked(34) } },
    { key: "arabic", oddity: "Arabic name", fields: { name: "فنجان قهوة عربي", sku: "FINJAN", rate: 5.25, ...tracked(60) } },
    { key: "emoji", oddity: "emoji in the name", fields: { name: "Party set 🎉👩‍👩‍👧", sku: "PARTY-🎈", rate: 19.95, ...tracked(15) } },
    { key: "long-name", oddity: "name of more than 255 characters", fields: { name: `Very ${"long ".repeat(60)}banner`, sku: "BANNER", rate: 22, ...tracked(2) } },
    { key: "not-purchasable", oddity: "item that cannot be purchased", fields: { name: "House-made jam", sku: "JAM", rate: 4.5, can_be_purchased: false, ...tracked(44) } },
    { key: "expensive", oddity: "rate above Optiply's cap", fields: { name: "Whole shop", sku: "SHOP", rate: 12_000_000, ...tracked(1) } },
  ];
}

/** An ordinary tracked item. */
export function plainItem(random: Random, number: number): MadeUp {
  const name = `${oneOf(random, colours)} ${oneOf(random, things)} no. ${number}`;
  return {
    key: `plain-${number}`,
    fields: {
      name: name.charAt(0).toUpperCase() + name.slice(1),
      sku: `MU-${String(number).padStart(5, "0")}`,
      rate: wholeBetween(random, 50, 12_000) / 100,
      purchase_rate: wholeBetween(random, 10, 4000) / 100,
      track_inventory: true,
      available_for_sale_stock: wholeBetween(random, 0, 300),
    },
  };
}
