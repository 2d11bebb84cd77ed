/** The part of the contract that is about a shop and its books: set-up, and what a merchant asks by hand. */
import { z } from "zod";
import { fault, flowResult } from "./contract.ts";

/** An order number or id. */
const order = z.union([z.string(), z.int().min(0).transform(String)]);

/** POST /v1/integrations/:name/orders/send: order numbers or ids, at most 100 */
export const sendRequest = z.strictObject({
  orders: z.array(order),
  language: z.enum(["en", "ar"]).default("en"),
});
/** One result for each order, in the order in which they were given. */
export const sendAnswer = z.strictObject({
  orders: z.array(
    z.strictObject({
      /** as it was given */
      order: z.string(),
      id: z.string().nullable(),
      label: z.string().nullable(),
      /** `refused`: nothing was sent, and nothing will be by itself */
      outcome: z.enum(["invoiced", "invoiced-already", "waiting", "rejected", "refused"]),
      invoiceId: z.string().nullable(),
      code: z.string().nullable(),
      reason: z.string().nullable(),
      action: z.string().nullable(),
    }),
  ),
  /** why the run was cut short, where it was: what still waits goes on later */
  fault: fault.extend({ kind: z.string() }).nullable(),
});

/** POST /v1/integrations/:name/stock-decisions: `keeps` is the vendor whose number counts */
export const stockDecisionRequest = z.strictObject({
  sku: z.string(),
  keeps: z.string(),
  location: z.string().optional(),
});
export const stockDecisionAnswer = z.strictObject({
  sku: z.string(),
  unit: z.string(),
  location: z.string(),
  keeps: z.string(),
  /** the run of the orders that waited for it */
  flows: z.array(flowResult),
});

/** POST /v1/integrations/:name/orders/exclude: `goods` says whether they have left */
export const excludeRequest = z.strictObject({
  order,
  goods: z.enum(["left", "kept"]),
  language: z.enum(["en", "ar"]).default("en"),
});
export const excludeAnswer = z.strictObject({
  id: z.string(),
  label: z.string(),
  goods: z.enum(["left", "kept"]),
  /** counted products of which units left */
  counts: z.array(
    z.strictObject({
      product: z.string(),
      /** false: it has to wait, and `reason` says for what */
      done: z.boolean(),
      reason: z.string().nullable(),
      action: z.string().nullable(),
    }),
  ),
  flows: z.array(flowResult),
});

/** POST /v1/integrations/:name/orders/include: only while nothing of the order was counted out */
export const includeRequest = z.strictObject({ order });
export const includeAnswer = z.strictObject({ id: z.string(), label: z.string(), flows: z.array(flowResult) });

/** GET /v1/integrations/:name/orders/overdue: shipped or delivered, and not completed for so many days */
export const overdueQuery = z.strictObject({ days: z.coerce.number().int().min(0).max(3_650).optional() });
export const overdueAnswer = z.strictObject({
  days: z.int(),
  count: z.int(),
  /** the first 1,000 of them, those that have stood so the longest first */
  orders: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string(),
      status: z.string(),
      since: z.iso.datetime(),
      /** units that the order holds back */
      units: z.int(),
    }),
  ),
});

/** POST /v1/integrations/:name/assigned-skus: `product` is the id of the product, of its variant, or of the order's line */
export const assignRequest = z.strictObject({ order, product: order, sku: z.string() });
export const assignAnswer = z.strictObject({
  /** the product or variant, as the shop names it */
  unit: z.string(),
  name: z.string(),
  sku: z.string(),
  /** the run of the orders that waited for it */
  flows: z.array(flowResult),
});

/** POST /v1/proposals: nothing is saved */
export const proposalRequest = z.strictObject({
  kind: z.string(),
  source: z.string(),
  target: z.string(),
  language: z.enum(["en", "ar"]).default("en"),
});
export const proposalAnswer = z.strictObject({
  kind: z.string(),
  source: z.string(),
  target: z.string(),
  options: z.array(
    z.strictObject({
      option: z.string(),
      /** null: a person must choose */
      value: z.string().nullable(),
      needed: z.boolean(),
      why: z.string(),
    }),
  ),
  /** needed options that a person must choose */
  missing: z.array(z.string()),
  command: z.string(),
});

/** POST /v1/connections/:name/calibrate: without `consent` it says what would be done */
export const calibrationRequest = z.strictObject({
  contact: z.string().optional(),
  location: z.string().optional(),
  product: z.string().optional(),
  consent: z.boolean().default(false),
});
export const calibrationAnswer = z.strictObject({
  connection: z.string(),
  contact: z.string(),
  location: z.string(),
  /** null: the service `sku` is looked for, and made where it is not there */
  product: z.string().nullable(),
  sku: z.string(),
  found: z
    .strictObject({
      option: z.string(),
      /** null: no known way of calculating comes to these numbers */
      value: z.string().nullable(),
      alike: z.array(z.string()),
      total: z.string().nullable(),
      /** the draft that a person must delete */
      leftBehind: z.string().nullable(),
    })
    .nullable(),
});
