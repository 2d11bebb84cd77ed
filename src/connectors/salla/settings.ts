import { z } from "zod";
import type { BudgetLimits } from "../../core/budget.ts";
import { hostUrl } from "../../core/host-url.ts";

const realMinuteMs = 60_000;
/** Four fifths of the largest plan's minute (Special, 720); the headers of every answer say which plan it is. */
const mostPerMinute = 576;
/** Before the first answer has said it: below the smallest limit that the documentation names (60). */
const untoldPerMinute = 48;

/** What a person sets for a Salla connection. */
export const sallaSettings = z.strictObject({
  apiUrl: hostUrl.default("https://api.salla.dev").describe("another API host"),
  accountsUrl: hostUrl.default("https://accounts.salla.sa").describe("another accounts server"),
  webhookStrategy: z
    .enum(["signature", "token"], "one of signature, token")
    .default("signature")
    .describe("How Salla signs its webhooks, as chosen in the Partners Portal"),
  appId: z
    .string("the App ID shown in the Partners Portal, a number")
    .regex(/^\d{1,30}$/, "the App ID shown in the Partners Portal, a number")
    .optional()
    .describe("id of the app, for its page inside Salla's dashboard; as Salla tells it where left out"),
  deducts: z
    .enum(["placed", "paid"], "one of placed, paid")
    .default("placed")
    .describe("When the store lowers a quantity"),
  restocksOnCancel: z
    .boolean()
    .default(true)
    .describe(
      "whether the store gives quantities back when an order is canceled; false: units of orders from before the integration are not counted in when they are canceled",
    ),
  bundles: z
    .record(z.string(), z.array(z.strictObject({ sku: z.string().min(1), quantity: z.int().min(1) })))
    .default({})
    .describe("what bundles consist of, by SKU or product id; an integration lays its own over it"),
  callsPerMinute: z
    .int()
    .min(1)
    .max(100_000)
    .default(mostPerMinute)
    .describe("calls a minute at the most; what Salla's answers say of the store's plan holds below it"),
  minuteMs: z.int().min(10).max(realMinuteMs).default(realMinuteMs).describe("length of a minute, for stand-ins"),
  concurrency: z.int().min(1).max(16).default(4).describe("calls in flight at once"),
  longestWorkMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(180_000)
    .describe("the longest that a write may take to appear after its answer was lost"),
});

export type SallaSettings = z.output<typeof sallaSettings>;

const client = {
  clientId: filledText(
    "Client id of the app in the Salla Partners Portal",
    "the Client ID shown in the Partners Portal",
  ),
  clientSecret: filledText("Client secret of the same app", "the Client Secret shown in the Partners Portal"),
};

const webhookSecret = leftOut(
  "Webhook secret of the app; needed in easy mode and for every webhook",
  "the Webhook Secret shown in the Partners Portal",
);

const noWayIn =
  "a refreshToken, or the one-time code in its place, or (easy mode) the webhookSecret by which the app's installation is heard of";

/** The app and the lasting token of one store; in easy mode the token comes when the store installs the app. */
export const sallaSecrets = z
  .strictObject({
    ...client,
    refreshToken: leftOut("Refresh token", "the refresh token of the store's consent"),
    webhookSecret,
    /** came with the refresh token and is used before that is; nobody is asked for it */
    accessToken: z.string("the access token of the store's consent").min(1).optional(),
    /** milliseconds since 1970 */
    accessTokenExpiresAt: z.number("milliseconds since 1970").optional(),
  })
  .refine(({ refreshToken, webhookSecret: secret }) => refreshToken !== undefined || secret !== undefined, {
    path: ["refreshToken"],
    error: noWayIn,
  });

export type SallaSecrets = z.output<typeof sallaSecrets>;

/** The one-time code of a consent (custom mode), in place of the refresh token that it is exchanged for. */
export const sallaConsent = z.strictObject({
  ...client,
  code: filledText("Code of a consent; works once", "the one-time code that came to the redirect address"),
  redirectUri: filledText("Address that the code was sent to", "the redirect address of the app"),
  webhookSecret,
});

/** The API address of a connection, with its version and without a slash at the end. */
export function apiUrl(settings: SallaSettings): string {
  return `${new URL(settings.apiUrl).origin}/admin/v2`;
}

/** The accounts server of a connection, without a path. */
export function accountsUrl(settings: SallaSettings): string {
  return new URL(settings.accountsUrl).origin;
}

/** The minute's limit is that of the store's plan, as each answer says it; Salla counts no day. */
export function budgetLimits({ callsPerMinute, minuteMs, concurrency }: SallaSettings): BudgetLimits {
  return {
    perMinute: callsPerMinute,
    untoldPerMinute: Math.min(callsPerMinute, untoldPerMinute),
    perDay: null,
    concurrency,
    dayReserve: 0,
    minuteMs,
  };
}

function filledText(description: string, allowed: string) {
  return z.string(allowed).min(1, allowed).describe(description);
}

/** The same where it may be left out. */
function leftOut(description: string, allowed: string) {
  return z.string(allowed).min(1, allowed).optional().describe(description);
}
