/** The contract of the page inside Salla's dashboard: its script is the only caller. */
import { z } from "zod";
import { pageBounds } from "../operations/page-visits.ts";
import { time } from "./contract.ts";

/** In the query of every route; Arabic unless the dashboard says English. */
export const pageQuery = z.object({
  lang: z
    .string()
    .default("ar")
    .transform((lang) => (/^en\b/i.test(lang) ? ("en" as const) : ("ar" as const))),
  theme: z
    .string()
    .default("light")
    .transform((theme) => (theme === "dark" ? ("dark" as const) : ("light" as const))),
});

/** POST /embedded/salla/session: what the dashboard put into the page's address */
export const sessionRequest = z.strictObject({
  token: z.string().min(1).max(pageBounds.tokenLength),
  app: z.string().max(100).optional(),
});
export const sessionAnswer = z.strictObject({ session: z.string(), until: time, integration: z.string() });

const shownOrder = z.strictObject({
  /** its number; of what was sent, as it was given */
  order: z.string(),
  state: z.enum(["invoiced", "invoiced-already", "waiting", "rejected", "refused", "left"]),
  /** the state in words */
  outcome: z.string(),
  invoiceId: z.string().nullable(),
  reason: z.string().nullable(),
  action: z.string().nullable(),
});

/** GET /embedded/salla/orders: newest first */
export const recentOrdersAnswer = z.strictObject({ orders: z.array(shownOrder.extend({ updatedAt: time })) });

/** POST /embedded/salla/orders/send: numbers or ids as they were pasted */
export const pastedRequest = z.strictObject({ text: z.string().max(20_000) });
/** One result for each order; `message` where the run was cut short. */
export const sentAnswer = z.strictObject({ orders: z.array(shownOrder), message: z.string().nullable() });
