import type { SupplierProductWrite } from "../../connectors/optiply/index.ts";
import type { Item, ItemRow } from "../../connectors/zoho-books/index.ts";
import { optionalMoney, optionalText, text } from "../../core/conversions.ts";
import { defineFlow } from "../../core/flow.ts";
import { columns } from "../../core/mapping.ts";
import { highestPrice, type ZohoBooksOptiplySettings } from "./options.ts";

const item = columns<Item, ZohoBooksOptiplySettings>();

/**
 * Seed table "Supplier Products": the preferred vendor of each Zoho Books item → Optiply supplier products. The pair of
 * supplier and product is unique in Optiply; one that is there already is taken over.
 */
export const supplierProducts = defineFlow<ItemRow, Item, SupplierProductWrite, ZohoBooksOptiplySettings>({
  name: "supplier-products",
  title: "Supplier Products",
  one: { en: "the supplier product", ar: "منتج المورد" },
  // A change of vendor or price moves an item's modification time, unlike a movement of stock.
  from: { vendor: "zoho-books", resource: "changed-items" },
  to: { vendor: "optiply", resource: "supplierProducts" },
  everyMinutes: 60,
  link: { source: "item_id", target: "productId" },
  reads: "changed",
  updates: true,
  // Whose product it is cannot be changed in Optiply: another supplier needs another record.
  fixed: ["supplierId", "productId"],
  whenReferredTo: false,
  label: (row) => [row.sku ?? "", row.name ?? ""].filter((part) => part !== "").join(" "),
  skip: [
    {
      code: "inactive-never-sent",
      words: "inactive and never sent",
      when: ({ status }, { known }) => (status === "inactive" && !known ? {} : null),
    },
  ],
  // That a list row names no vendor does not say that the item has none: only the full record does.
  skipRead: [
    {
      code: "no-vendor",
      words: "items without a vendor",
      when: ({ vendor_id }, { known }) => (known || vendor_id !== undefined ? null : {}),
    },
    {
      code: "vendor-removed",
      words: "items that no longer have a vendor: what was sent stays",
      when: ({ vendor_id }, { known }) => (known && vendor_id === undefined ? {} : null),
    },
  ],
  detail: {
    words: "every item that is not left out: the list carries no id of its vendor",
    needed: ({ vendor_id }) => vendor_id === undefined,
  },
  // biome-ignore format: the columns are the point
  rows: {
    // Optiply      Zoho Books                 rule
    name:           item("name")               .as(text(255)),
    skuCode:        item("sku")                .as(optionalText(255)),
    price:          item("purchase_rate")      .as(optionalMoney(2, { minimum: "0", maximum: highestPrice })),
    supplierId:     item.linked("vendor_id", "suppliers"),
    productId:      item.linked("item_id", "products"),
  },
});
