import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";
import { hostUrl } from "../../core/host-url.ts";
import { regionNames, regions } from "./regions.ts";

/** Zoho's own limit a minute; above it the whole organisation is blocked, its web users too (Books introduction). */
const vendorPerMinute = 100;
const realMinuteMs = 60_000;

const organisationDigits = "digits only, as in Zoho Books under Manage organizations";

/** What a person sets for a Zoho Books connection. */
export const zohoBooksSettings = z
  .strictObject({
    region: z
      .enum(regionNames, `one of ${regionNames.join(", ")}`)
      .default("com")
      .describe("Data centre of the organisation"),
    organizationId: z
      .string(organisationDigits)
      .regex(/^\d{1,30}$/, organisationDigits)
      .describe("Organisation id (digits, as in Zoho Books under Manage organizations)"),
    accountsUrl: hostUrl.optional().describe("another accounts server than the region's"),
    apiUrl: hostUrl.optional().describe("another API host than the region's"),
    perMinute: z.int().min(1).max(100_000).default(80).describe("calls a minute; Zoho blocks at 100"),
    minuteMs: z.int().min(10).max(realMinuteMs).default(realMinuteMs).describe("length of a minute, for stand-ins"),
    concurrency: z.int().min(1).max(10).default(4).describe("calls in flight at once; Zoho allows 5 to 10"),
    perDay: z.int().min(1).nullable().default(null).describe("calls a day where Zoho's headers do not say"),
    dayReserve: z.int().min(0).default(200).describe("calls a day kept for exports and people"),
    longestWorkMs: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(180_000)
      .describe("the longest that a write may take to appear after its answer was lost"),
  })
  .refine(({ perMinute, minuteMs }) => perMinute <= vendorPerMinute || minuteMs < realMinuteMs, {
    path: ["perMinute"],
    error: `at most ${vendorPerMinute}, the limit of Zoho Books`,
  });

export type ZohoBooksSettings = z.output<typeof zohoBooksSettings>;

const apiConsole = "Zoho's API console (api-console.zoho.com, or your region's)";
const client = {
  clientId: filledText(`Client id of the client registered in ${apiConsole}`, `the Client ID shown in ${apiConsole}`),
  clientSecret: filledText("Client secret of the same client", `the Client Secret shown in ${apiConsole}`),
};

/** The OAuth client and the lasting token of one authorisation. */
export const zohoBooksSecrets = z.strictObject({
  ...client,
  refreshToken: filledText(
    "Refresh token of a consent that was asked with access_type=offline (empty: its one-time code is asked instead)",
    "the lasting token that Zoho gives for a consent asked with access_type=offline, or in its place code, the one-time code of such a consent",
  ),
});

export type ZohoBooksSecrets = z.output<typeof zohoBooksSecrets>;

/** The one-time code of a consent, in place of the refresh token that it is exchanged for. */
export const zohoBooksConsent = z.strictObject({
  ...client,
  code: filledText(
    "Code of a consent that was asked with access_type=offline; works once",
    "the one-time code of a consent asked with access_type=offline",
  ),
  redirectUri: z
    .string("the address that the code was sent to; empty for a self client")
    .default("")
    .describe("Address that the code was sent to; empty for a self client"),
});

/** The API host of a connection, without a path and without a slash at the end. */
export function apiHost(settings: ZohoBooksSettings): string {
  return new URL(settings.apiUrl ?? regions[settings.region].apiUrl).origin;
}

/** The accounts server of a connection, in the same form. */
export function accountsHost(settings: ZohoBooksSettings): string {
  return new URL(settings.accountsUrl ?? regions[settings.region].accountsUrl).origin;
}

/** The budget: the reserve is never more than a tenth of a known day, so that small plans still sync. */
export function budgetLimits({
  perMinute,
  minuteMs,
  concurrency,
  perDay,
  dayReserve,
}: ZohoBooksSettings): BudgetLimits {
  const reserve = perDay === null ? dayReserve : Math.min(dayReserve, Math.floor(perDay / 10));
  return { perMinute, perDay, concurrency, dayReserve: reserve, minuteMs };
}

function filledText(description: string, allowed: string) {
  return z.string(allowed).min(1, allowed).describe(description);
}
