/** The options of Zoho Books ↔ Optiply: the seed document's "Features", with the rules of product.md, section 2. */
import { z } from "zod";
import { isCalendarDay } from "../../core/conversions.ts";

const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], {
  error: "true or false",
});

/** A comma-separated list, or a list; blanks around entries and empty entries are dropped. */
const entries = z
  .union([z.string().transform((text) => text.split(",")), z.array(z.string())], { error: "a comma-separated list" })
  .transform((list) => [...new Set(list.map((entry) => entry.trim()).filter((entry) => entry !== ""))]);

export const zohoBooksOptiplyOptions = z.strictObject({
  zohoRegion: z
    .enum(["com", "eu", "in", "com.au", "jp", "ca", "sa", "com.cn", "uk", "ae"], {
      error: "one of com, eu, in, com.au, jp, ca, sa, com.cn (uk and ae: unproven)",
    })
    .optional()
    .describe("the data centre of the organisation; must be the region of the Zoho Books connection"),
  syncStock: flag.default(true).describe("false: the real stock once at creation, then stockLevel is never sent again"),
  stockField: z
    .enum(["available_for_sale_stock", "actual_available_for_sale_stock"])
    .default("available_for_sale_stock")
    .describe("which of Zoho's stocks is sent: by invoices and bills, or the actual one by shipments and receipts"),
  warehouseIds: entries
    .pipe(
      z.array(
        z.string().regex(/^\d{1,30}$/, { error: ({ input }) => `numeric ids, and ${JSON.stringify(input)} is none` }),
      ),
    )
    .default([])
    .describe("comma-separated numeric ids of the warehouses whose stock counts; empty = the sum of all"),
  pullAllSellOrders: flag
    .default(false)
    .describe("false: only invoiced, partially invoiced and closed orders; true: every order but drafts and void ones"),
  excludedSalespersonIds: entries
    .default([])
    .describe("comma-separated salesperson ids or exact names whose orders are left out, such as AMZN,WLMT"),
  ordersSince: z
    .string({ error: "a day YYYY-MM-DD" })
    .refine(isCalendarDay, { error: "a day YYYY-MM-DD" })
    .describe("first business day of regular runs; older orders only by a backfill"),
  issuePurchaseOrders: flag
    .default(false)
    .describe("exported purchase orders: false = they stay drafts in Zoho Books; true = they are issued"),
  exportPrices: flag
    .default(false)
    .describe(
      "exported purchase orders: false = Zoho Books takes its own purchase rates; true = Optiply's prices, for vendors of the organisation's currency",
    ),
  couplingId: z
    .union([z.string(), z.number().int().transform(String)])
    .pipe(z.string().regex(/^\d{1,18}$/, { error: "a number" }))
    .optional()
    .describe(
      "Optiply's id of this installed integration; empty = that of the Optiply connection; without either, creates run one at a time",
    ),
});

export type ZohoBooksOptiplyOptions = z.output<typeof zohoBooksOptiplyOptions>;

/** The options with what the two connections say. */
export interface ZohoBooksOptiplySettings extends ZohoBooksOptiplyOptions {
  /** IANA name of the organisation's time zone */
  readonly organisationTimeZone: string;
  /** ISO code of the organisation's own currency; empty where Zoho does not say */
  readonly organisationCurrency: string;
}

/** The highest amount that Optiply's own writers send (Optiply reference, 4.8). */
export const highestPrice = "9999999.99";
