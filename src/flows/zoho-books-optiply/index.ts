import type { IntegrationKind } from "../../core/flow.ts";
import { buyOrders } from "./buy-orders.ts";
import { buyOrdersExport } from "./buy-orders-export.ts";
import { type ZohoBooksOptiplyOptions, zohoBooksOptiplyOptions } from "./options.ts";
import { products } from "./products.ts";
import { sellOrders } from "./sell-orders.ts";
import { supplierProducts } from "./supplier-products.ts";
import { suppliers } from "./suppliers.ts";

/** Zoho Books ↔ Optiply (seed document "Zoho Books"). */
export const zohoBooksOptiply: IntegrationKind = {
  name: "zoho-books-optiply",
  title: "Zoho Books ↔ Optiply",
  source: "zoho-books",
  target: "optiply",
  options: zohoBooksOptiplyOptions,
  flavours: {
    simple: ["products", "sell-orders"],
    // The export goes before the import, which then writes the new ids back.
    full: ["products", "suppliers", "supplier-products", "sell-orders", "buy-orders-export", "buy-orders"],
  },
  flows: [products, suppliers, supplierProducts, sellOrders, buyOrdersExport, buyOrders],
  overlay: (options) => {
    const { couplingId } = options as ZohoBooksOptiplyOptions;
    return { source: {}, target: couplingId === undefined ? {} : { couplingId } };
  },
  inherited: ({ source: { facts }, target: { settings } }) => ({
    ...(settings.couplingId === undefined ? {} : { couplingId: settings.couplingId }),
    organisationTimeZone: knownZone(facts.timeZone),
    organisationCurrency: typeof facts.currencyCode === "string" ? facts.currencyCode : "",
  }),
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

/** A zone that is not known here counts as UTC, as where Zoho's timestamps are written: a day is off by one at the most. */
function knownZone(timeZone: unknown): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: String(timeZone ?? "UTC") }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
