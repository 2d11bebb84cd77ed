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
      code: "no-vendor",
      words: "items without a vendor",
      when: (row, { known }) => (known || hasVendor(row) ? null : {}),
    },
    {
      code: "vendor-removed",
      words: "items that no longer have a vendor: what was sent stays",
      when: (row, { known }) => (known && !hasVendor(row) ? {} : null),
    },
    {
      code: "inactive-never-sent",
      words: "inactive and never sent",
      when: ({ status }, { known }) => (status === "inactive" && !known ? {} : null),
    },
  ],
  detail: {
    words: "items with a vendor: the list carries only its name",
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

function hasVendor({ vendor_id, vendor_name }: ItemRow): boolean {
  return Boolean(vendor_id || vendor_name?.trim());
}
