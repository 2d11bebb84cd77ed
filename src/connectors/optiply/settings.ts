import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";

/** Optiply's hosts. The token server and the API are two different hosts. */
const environments = {
  production: {
    apiUrl: "https://api.optiply.com/v1",
    tokenUrl: "https://dashboard.optiply.nl/api/auth/oauth/token",
  },
  acceptance: {
    apiUrl: "https://api-accept.optiply.com/v1",
    tokenUrl: "https://dashboard-accept.optiply.com/api/auth/oauth/token",
  },
  /** older names of the acceptance hosts, still found in code of 2025 */
  "acceptance-older": {
    apiUrl: "https://api.acceptance.optiply.com/v1",
    tokenUrl: "https://dashboard.acceptance.optiply.com/api/auth/oauth/token",
  },
} as const;

const realMinuteMs = 60_000;
const wholeId = z.union([z.int().min(1), z.string().regex(/^\d{1,18}$/)], "digits only").transform(String);
const hostUrl = z.url("a web address").refine(isSafeHost, "https, or http on 127.0.0.1, localhost or [::1]");

/** What a person sets for an Optiply connection. */
export const optiplySettings = z.strictObject({
  environment: z.enum(["production", "acceptance", "acceptance-older"]).default("production"),
  accountId: wholeId.optional().describe("the webshop; found by asking Optiply when left out"),
  couplingId: wholeId.optional().describe("Optiply's id of this installed integration; ask Optiply for it"),
  apiUrl: hostUrl.optional().describe("another API address than the environment's, with its version"),
  tokenUrl: hostUrl.optional().describe("another token address than the environment's"),
  perMinute: z.int().min(1).max(100_000).default(300).describe("calls a minute; Optiply publishes no limit"),
  minuteMs: z.int().min(10).max(realMinuteMs).default(realMinuteMs).describe("length of a minute, for stand-ins"),
  concurrency: z.int().min(1).max(16).default(2).describe("calls in flight at once"),
  longestWorkMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(180_000)
    .describe("the longest that a write may take to appear after its answer was lost"),
});

export type OptiplySettings = z.output<typeof optiplySettings>;

/** Credentials that Optiply issues for one webshop. */
export const optiplySecrets = z.strictObject({
  clientId: z.string().min(1).describe("of the API user that Optiply issues for one webshop"),
  clientSecret: z.string().min(1).describe("of the same API user"),
  username: z.string().min(1).describe("of the same API user"),
  password: z.string().min(1).describe("of the same API user"),
});

export type OptiplySecrets = z.output<typeof optiplySecrets>;

/** The API address of a connection, without a slash at the end. */
export function apiUrl({ environment, apiUrl: other }: OptiplySettings): string {
  return (other ?? environments[environment].apiUrl).replace(/\/+$/, "");
}

export function tokenUrl({ environment, tokenUrl: other }: OptiplySettings): string {
  return other ?? environments[environment].tokenUrl;
}

/** No daily limit of Optiply is known, so there is nothing to reserve. */
export function budgetLimits({ perMinute, minuteMs, concurrency }: OptiplySettings): BudgetLimits {
  return { perMinute, perDay: null, concurrency, dayReserve: 0, minuteMs };
}

function isSafeHost(address: string): boolean {
  const { protocol, hostname, username, password } = new URL(address);
  // A name and password in an address would be stored and shown with the settings.
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}
