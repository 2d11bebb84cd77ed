import type { ProductWrite } from "../../connectors/optiply/index.ts";
import { type Item, type ItemRow, stockPlaces } from "../../connectors/zoho-books/index.ts";
import { floored, instant, optionalMoney, optionalText, readAmount, text } from "../../core/conversions.ts";
import { type Decimal, decimal } from "../../core/decimal.ts";
import { RecordRejected } from "../../core/errors.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import { highestPrice, type ZohoBooksOptiplySettings } from "./options.ts";

const item = columns<Item, ZohoBooksOptiplySettings>();

/** Seed table "Products": Zoho Books items → Optiply products. Stock is swept in full (rule Z7). */
export const products = defineFlow<ItemRow, Item, ProductWrite, ZohoBooksOptiplySettings>({
  name: "products",
  title: "Products",
  one: { en: "the product", ar: "المنتج" },
  from: { vendor: "zoho-books", resource: "items" },
  to: { vendor: "optiply", resource: "products" },
  everyMinutes: 60,
  link: { source: "item_id", target: "remoteId" },
  reads: "all",
  updates: true,
  whenReferredTo: true,
  gone: { words: "disabled, after two complete passes did not find the item", changes: { status: "disabled" } },
  label: (row) => [row.sku ?? "", row.name ?? ""].filter((part) => part !== "").join(" "),
  skip: [
    {
      code: "inactive-never-sent",
      words: "inactive and never sent, unless an order refers to it (rule Z4)",
      when: (row, { known, referred }) => (row.status === "inactive" && !known && !referred ? {} : null),
    },
  ],
  detail: {
    words: "where the list carries no stock of the item, and stock is to be sent",
    needed: (row, { settings, known }) =>
      (settings.syncStock || !known) && isTracked(row) && !listCarriesStock(row, settings),
  },
  chosen: ({ warehouseIds }) => (warehouseIds.length === 0 ? null : { set: "warehouses", ids: warehouseIds }),
  // biome-ignore format: the columns are the point
  rows: {
    // Optiply        Zoho Books                    rule
    remoteId:         item("item_id").onlyWhen("with a couplingId", ({ settings }) => settings.couplingId !== undefined),
    name:             item("name")                  .as(text(255)),
    skuCode:          item("sku")                   .as(optionalText(255)),
    price:            item("rate")                  .as(optionalMoney(2, { minimum: "0", maximum: highestPrice })),
    status:           item.from(["product_type", "status"], "`enabled` if goods and active, else `disabled`", (row) =>
                        statusOf(row)),
    stockLevel:       item.setting("warehouseIds", ["available_for_sale_stock"],
                        "summed over all or the chosen warehouses; 0 where stock is unlimited", stockOf)
                        .as(floored({ minimum: `-${highestPrice}`, maximum: highestPrice }))
                        .onlyWhen("after creation only while syncStock is on", ({ settings, creating }) => settings.syncStock || creating),
    unlimitedStock:   item.from(["product_type", "track_inventory"],
                        "true for services and digital items, and for goods that Zoho does not track", (row) => !isTracked(row)),
    createdAtRemote:  item("created_time")          .as(instant),
  },
});

/** A status that cannot be read says nothing: it must not switch a product off. */
function statusOf(row: Item): "enabled" | "disabled" {
  if (!row.status) throw new RecordRejected("field-missing", { field: "status" });
  return isGoods(row) && row.status === "active" ? "enabled" : "disabled";
}

function isGoods(row: Item): boolean {
  return row.product_type === "goods" || row.product_type === undefined || row.product_type === "";
}

/** Goods whose stock Zoho counts (Zoho Books reference, 4.1). */
function isTracked(row: Item): boolean {
  return isGoods(row) && (row.item_type === "inventory" || row.track_inventory === true);
}

function listCarriesStock(row: ItemRow, settings: ZohoBooksOptiplySettings): boolean {
  const places = stockPlaces(row);
  if (settings.warehouseIds.length > 0) return places !== null && places.length > 0;
  return row[settings.stockField] !== undefined || (places !== null && places.length > 0);
}

/** The stock of a tracked item. A value that is missing or no number rejects the item: it is never taken as 0. */
function stockOf(
  row: Item,
  warehouseIds: readonly string[],
  { settings }: { settings: ZohoBooksOptiplySettings },
): Decimal {
  if (!isTracked(row)) return decimal(0);
  const field = settings.stockField;
  const places = stockPlaces(row);
  if (warehouseIds.length === 0 && row[field] !== undefined) return amountOf(row[field], field);
  if (places === null || places.length === 0) throw new RecordRejected("field-missing", { field });
  const counted = warehouseIds.length === 0 ? places : places.filter((place) => warehouseIds.includes(place.id));
  // Where Zoho knows none of the chosen ones (they may have new ids), the stock is unknown, not 0.
  if (counted.length === 0)
    throw new RecordRejected("field-missing", { field: `${field} at ${warehouseIds.join(", ")}` });
  return counted.reduce((sum, place) => {
    const value = field === "available_for_sale_stock" ? place.availableForSale : place.actualAvailableForSale;
    return sum.plus(amountOf(value, `${field} at ${place.name || place.id}`));
  }, decimal(0));
}

function amountOf(value: unknown, field: string): Decimal {
  const amount = readAmount(value, field);
  if (amount === null)
    throw new RecordRejected("field-invalid", {
      field,
      value: JSON.stringify(value ?? null),
      allowed: "a decimal number",
    });
  return amount;
}
