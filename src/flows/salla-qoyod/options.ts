/** The options of Salla ↔ Qoyod: what the seed document switches, and the settings without which nothing is sent (product.md, 1). */
import { z } from "zod";
import { readBundles } from "./bundles.ts";
import type { QoyodRounding } from "./qoyod-total.ts";
import { knownRoundings } from "./rounding-from-draft.ts";

const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], {
  error: "true or false",
});

/** A comma-separated list, or a list; blanks around entries and empty entries are dropped. */
const entries = z
  .union([z.string().transform((text) => text.split(",")), z.array(z.string())], { error: "a comma-separated list" })
  .transform((list) => [...new Set(list.map((entry) => entry.trim()).filter((entry) => entry !== ""))]);

const qoyodId = z
  .union([z.string(), z.number().int().transform(String)], { error: "an id of Qoyod" })
  .pipe(z.string().regex(/^\d{1,18}$/, { error: "an id of Qoyod, a number" }));

const pairs = (what: string) =>
  entries.pipe(
    z.array(
      z
        .string()
        .regex(/^[^=]{1,60}=\d{1,18}$/, { error: ({ input }) => `${what}, and ${JSON.stringify(input)} is none` }),
    ),
  );

/** The words of a way of rounding, such as `exact/rounded/per-rate/contained/gross`. */
export function roundingWord({ unit, line, vat, vatOf, discount }: QoyodRounding): string {
  return [unit, line, vat, vatOf, discount].join("/");
}

const bundleEntries = entries.transform((list, context) => {
  const read = readBundles(list);
  if (typeof read !== "string") return [...read];
  context.addIssue({ code: "custom", message: read });
  return z.NEVER;
});

const roundingWords = knownRoundings.map(roundingWord);

export const sallaQoyodOptions = z.strictObject({
  updateInventory: flag
    .default(true)
    .describe(
      "update inventory from Qoyod: false = no quantity is ever written to Salla; opening counts happen either way",
    ),
  completedStatuses: entries
    .default(["completed"])
    .describe("comma-separated slugs of the order statuses that make an invoice; names do not count"),
  sendStatuses: entries
    .default([])
    .describe("comma-separated slugs or ids of custom statuses that mean: send this order to Qoyod"),
  locationId: qoyodId.describe("the Qoyod location whose stock is sold and counted"),
  branches: pairs("Salla branch=Qoyod location")
    .default([])
    .describe("comma-separated pairs branch=location, where Salla manages stock by branch; each location once"),
  salesAccountId: qoyodId.describe("the account that products are sold on"),
  costAccountId: qoyodId.describe("the account that products are bought on"),
  openingBalanceAccountId: qoyodId.describe("the opening-balance account of the first count"),
  countLossAccountId: qoyodId
    .optional()
    .describe("where a count posts losses; the opening-balance account where it is not set"),
  unitTypeId: qoyodId.describe("the unit of products that are made"),
  categoryId: qoyodId.describe("the category of products that are made"),
  standardTaxId: qoyodId.default("1").describe("the tax of 15 %"),
  zeroTaxId: qoyodId.default("2").describe("the tax of 0 %, for products that Salla sells without VAT"),
  cashCustomerId: qoyodId.describe("the contact of orders without a customer"),
  shippingProductId: qoyodId.optional().describe("the service that shipping is invoiced as"),
  codProductId: qoyodId.optional().describe("the service that the fee for cash on delivery is invoiced as"),
  paymentAccounts: pairs("payment method=Qoyod account")
    .default([])
    .describe("comma-separated pairs method=account, such as mada=105,cod=106; without one an invoice stays unpaid"),
  bundles: bundleEntries
    .default([])
    .describe(
      "comma-separated bundles of Salla with their parts, such as PAIR=MUG×2+CUP×1 (by SKU; a bundle by its product id too); orders with another bundle wait",
    ),
  rounding: z
    .enum(roundingWords as [string, ...string[]], { error: "what `mizan calibrate` prints" })
    .describe("where Qoyod rounds, as `mizan calibrate` found: unit/line/vat/vatOf/discount"),
  existingStock: z
    .enum(["salla", "qoyod", "ask"], { error: "one of salla, qoyod, ask" })
    .optional()
    .describe(
      "whose stock counts where a product that Qoyod knows has another one; not set: salla where Qoyod holds 0, else ask",
    ),
  safetyBuffer: z.coerce
    .number({ error: "a whole number" })
    .int("a whole number")
    .min(0, "at least 0")
    .max(1_000_000, "at most 1000000")
    .default(0)
    .describe("units of every product that are kept back from Salla"),
  defaultCost: z
    .union([z.string(), z.number().transform(String)], { error: "an amount in SAR" })
    .pipe(z.string().regex(/^\d{1,9}(\.\d{1,4})?$/, { error: "an amount in SAR, such as 12.50" }))
    .optional()
    .describe("the cost of a product whose cost neither side knows, in SAR"),
  refundsCountIn: flag
    .default(false)
    .describe(
      "goods of a credit note that Qoyod does not take back: false = a person decides; true = Mizan counts them in",
    ),
  issueDate: z
    .enum(["sent", "completed"], { error: "one of sent, completed" })
    .default("sent")
    .describe("the day of the invoice: the day it is sent, or the day the order was completed, both in Riyadh"),
  nativeLinkOff: flag
    .default(false)
    .describe(
      "true: Salla's own link with Qoyod is switched off; needed where orders or invoices show that it was on, since every order would be invoiced twice",
    ),
  foreignCurrency: flag
    .default(false)
    .describe("false: orders in other currencies wait; true: they are converted line by line by the order's own rate"),
});

export type SallaQoyodOptions = z.output<typeof sallaQoyodOptions>;

/** The options with what the two connections say. */
export interface SallaQoyodSettings extends SallaQoyodOptions {
  /** when the integration was made, milliseconds since 1970: only later orders flow by themselves (rule S9) */
  readonly integrationMadeAt: number;
  /** Salla's id of the store; empty where it is not known */
  readonly merchantId: string;
  /** when the store lowers a quantity */
  readonly deducts: "placed" | "paid";
  /** whether the store offers units again when an order is canceled or restored */
  readonly restocks: boolean;
}

/** The way of rounding that the option names. */
export function roundingOf({ rounding }: Pick<SallaQoyodOptions, "rounding">): QoyodRounding {
  const found = knownRoundings.find((one) => roundingWord(one) === rounding);
  if (found === undefined) throw new RangeError(`${rounding} is no way of rounding`);
  return found;
}

/** The account of a payment method; null where none is chosen. */
export function paymentAccount({ paymentAccounts }: SallaQoyodOptions, method: string): string | null {
  const pair = paymentAccounts.find((one) => one.startsWith(`${method}=`));
  return pair === undefined ? null : pair.slice(method.length + 1);
}
