import type { IntegrationKind } from "../../core/flow.ts";
import { type ZohoBooksOptiplyOptions, zohoBooksOptiplyOptions } from "./options.ts";
import { products } from "./products.ts";
import { sellOrders } from "./sell-orders.ts";

/** Zoho Books ↔ Optiply (seed document "Zoho Books"). */
export const zohoBooksOptiply: IntegrationKind = {
  name: "zoho-books-optiply",
  title: "Zoho Books ↔ Optiply",
  source: "zoho-books",
  target: "optiply",
  options: zohoBooksOptiplyOptions,
  flavours: { simple: ["products", "sell-orders"] },
  flows: [products, sellOrders],
  overlay: (options) => {
    const { couplingId } = options as ZohoBooksOptiplyOptions;
    return { source: {}, target: couplingId === undefined ? {} : { couplingId } };
  },
  inherited: ({ target: { couplingId } }) => (couplingId === undefined ? {} : { couplingId }),
  conflict: (options, { source }) => {
    const { zohoRegion } = options as ZohoBooksOptiplyOptions;
    if (zohoRegion === undefined || zohoRegion === source.region) return null;
    return {
      option: "zohoRegion",
      message: `zohoRegion is ${zohoRegion}, but the Zoho Books connection is in region ${String(source.region)}`,
    };
  },
  chosen: (options) => {
    const { warehouseIds, excludedSalespersonIds } = options as ZohoBooksOptiplyOptions;
    return [
      {
        option: "warehouseIds",
        side: "source",
        set: "warehouses",
        entries: warehouseIds,
        names: false,
        unknown: "refuse",
      },
      {
        option: "excludedSalespersonIds",
        side: "source",
        set: "salespersons",
        entries: excludedSalespersonIds,
        names: true,
        unknown: "report",
      },
    ];
  },
};
