import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";
import { regionNames, regions } from "./regions.ts";

/** Zoho's own limit a minute; above it the whole organisation is blocked, its web users too (Books introduction). */
const vendorPerMinute = 100;
const realMinuteMs = 60_000;

/** A host that a token may be sent to: https, or http where it cannot leave the machine. */
const hostUrl = z.url("a web address").refine(isSafeHost, "https, or http on 127.0.0.1, localhost or [::1]");

/** What a person sets for a Zoho Books connection. */
export const zohoBooksSettings = z
  .strictObject({
    region: z.enum(regionNames).default("com").describe("data centre of the organisation"),
    organizationId: z
      .string()
      .regex(/^\d{1,30}$/, "digits only, as in Zoho Books under Manage organizations")
      .describe("the organisation, where the authorisation sees several (seed Z8)"),
    accountsUrl: hostUrl.optional().describe("another accounts server than the region's"),
    apiUrl: hostUrl.optional().describe("another API host than the region's"),
    perMinute: z.int().min(1).max(100_000).default(80).describe("calls a minute; Zoho blocks at 100"),
    minuteMs: z.int().min(10).max(realMinuteMs).default(realMinuteMs).describe("length of a minute, for stand-ins"),
    concurrency: z.int().min(1).max(10).default(4).describe("calls in flight at once; Zoho allows 5 to 10"),
    perDay: z.int().min(1).nullable().default(null).describe("calls a day where Zoho's headers do not say"),
    dayReserve: z.int().min(0).default(200).describe("calls a day kept for exports and people"),
  })
  .refine(({ perMinute, minuteMs }) => perMinute <= vendorPerMinute || minuteMs < realMinuteMs, {
    path: ["perMinute"],
    error: `at most ${vendorPerMinute}, the limit of Zoho Books`,
  });

export type ZohoBooksSettings = z.output<typeof zohoBooksSettings>;

/** The OAuth client and the lasting token of one authorisation. */
export const zohoBooksSecrets = z.strictObject({
  clientId: z.string().min(1).describe("of the client registered at the region's api-console.zoho"),
  clientSecret: z.string().min(1).describe("of the same client"),
  refreshToken: z.string().min(1).describe("the lasting token of a consent that was asked with access_type=offline"),
});

export type ZohoBooksSecrets = z.output<typeof zohoBooksSecrets>;

/** The one-time code of a consent, in place of the refresh token that it is exchanged for. */
export const zohoBooksConsent = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  code: z.string().min(1).describe("the code of a consent that was asked with access_type=offline; works once"),
  redirectUri: z.string().default("").describe("the address the code was sent to; empty for a self client"),
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

function isSafeHost(address: string): boolean {
  const { protocol, hostname, username, password } = new URL(address);
  // A name and password in an address would be stored and shown with the settings.
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}
