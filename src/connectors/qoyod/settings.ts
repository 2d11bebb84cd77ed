import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";
import { hostUrl } from "../../core/host-url.ts";

/** Qoyod answers 429 above so many calls a minute (portal, api_rate_limiting). */
const vendorPerMinute = 300;
const realMinuteMs = 60_000;
const keyPlace = "the API key of the company, made and saved in Qoyod under Settings, General Settings";

/** What a person sets for a Qoyod connection. */
export const qoyodSettings = z
  .strictObject({
    apiUrl: hostUrl
      .default("https://api.qoyod.com/2.0")
      .describe("API address with its version; older hosts answer with a redirect, which is never followed"),
    perMinute: z.int().min(1).max(100_000).default(240).describe("calls a minute; Qoyod allows 300"),
    minuteMs: z.int().min(10).max(realMinuteMs).default(realMinuteMs).describe("length of a minute, for stand-ins"),
    concurrency: z.int().min(1).max(16).default(4).describe("calls in flight at once"),
    perPage: z.int().min(2).max(500).default(100).describe("rows asked for on one page; more than 100 is unproven"),
    longestWorkMs: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(180_000)
      .describe("the longest that a write may take to appear after its answer was lost"),
  })
  .refine(({ perMinute, minuteMs }) => perMinute <= vendorPerMinute || minuteMs < realMinuteMs, {
    path: ["perMinute"],
    error: `at most ${vendorPerMinute}, the limit of Qoyod`,
  });

export type QoyodSettings = z.output<typeof qoyodSettings>;

/** The key of one company; it has every right there. */
export const qoyodSecrets = z.strictObject({
  apiKey: z
    .string(keyPlace)
    .trim()
    // It goes into a header line as it is.
    .regex(/^[\x21-\x7e]{8,500}$/, keyPlace)
    .describe("API key (Qoyod: Settings, General Settings, Generate New Key, then Save)"),
});

export type QoyodSecrets = z.output<typeof qoyodSecrets>;

/** The API address of a connection, without a slash at the end. */
export function apiUrl({ apiUrl: address }: QoyodSettings): string {
  return address.replace(/\/+$/, "");
}

/** No daily limit of Qoyod is known, so there is nothing to reserve. */
export function budgetLimits({ perMinute, minuteMs, concurrency }: QoyodSettings): BudgetLimits {
  return { perMinute, perDay: null, concurrency, dayReserve: 0, minuteMs };
}
