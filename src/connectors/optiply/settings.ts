import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";
import { hostUrl } from "../../core/host-url.ts";

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

const environmentNames = ["production", "acceptance", "acceptance-older"] as const;

/** What a person sets for an Optiply connection. */
export const optiplySettings = z.strictObject({
  environment: z
    .enum(environmentNames, `one of ${environmentNames.join(", ")}`)
    .default("production")
    .describe("Environment of Optiply"),
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
  clientId: issuedText("Client id"),
  clientSecret: issuedText("Client secret"),
  username: issuedText("User name"),
  password: issuedText("Password"),
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

function issuedText(name: string) {
  const issuer = "of the API user that Optiply issues for one webshop; ask Optiply for it";
  return z
    .string(`the ${name.toLowerCase()} ${issuer}`)
    .min(1, `the ${name.toLowerCase()} ${issuer}`)
    .describe(`${name} ${issuer}`);
}
