import { decimal } from "../../core/decimal.ts";
import { defineFlow } from "../../core/flow.ts";
import type { OfferRecord } from "../../core/flow-stock.ts";
import { columns } from "../../core/mapping.ts";
import { quantityToOffer } from "../../core/stock-equation.ts";
import type { SallaQoyodSettings } from "./options.ts";
import { stockPlaces } from "./order-place.ts";

const offer = columns<OfferRecord, SallaQoyodSettings>();

interface QuantityFields {
  readonly identifer: string;
  readonly branch: string | undefined;
  readonly quantity: number;
}

/** Stock → quantities: what Qoyod has left for each counted SKU, whenever it changes there (rules S2, S3, S7). */
export const stock = defineFlow<OfferRecord, OfferRecord, QuantityFields, SallaQoyodSettings>({
  name: "stock",
  title: "Stock",
  one: { en: "the stock of", ar: "مخزون" },
  from: { vendor: "qoyod", resource: "products" },
  to: { vendor: "salla", resource: "quantities" },
  everyMinutes: 5,
  link: { source: "id", target: "identifer" },
  reads: "all",
  updates: true,
  whenReferredTo: false,
  stock: {
    role: "offers",
    products: "products",
    orders: "orders",
    counts: "opening-counts",
    places: stockPlaces,
    buffer: ({ safetyBuffer }) => safetyBuffer,
    writes: ({ updateInventory }) => updateInventory,
  },
  label: ({ sku }) => sku,
  skip: [],
  detail: { words: "nothing", needed: () => false },
  // biome-ignore format: the columns are the point
  rows: {
    // Salla      Qoyod                                      rule
    identifer:    offer("unit"),
    branch:       offer.from(["branch"], "the branch of the location; the default one where there is only one", ({ branch }) => branch ?? undefined),
    quantity:     offer.from(["stock", "reserved", "buffer"], "max(0, ⌊stock⌋ − units of reserved orders − safety buffer); written only where Salla has another",
                    (row) => quantityToOffer(decimal(row.stock), row.reserved, row.buffer)),
  },
});
