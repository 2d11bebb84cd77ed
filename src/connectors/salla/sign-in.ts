import type { z } from "zod";
import { later } from "../../core/clock.ts";
import type { AccessToken, ConnectorContext, RawAnswer, SignInRequest } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { fieldsOf } from "./fields.ts";
import { messageOf } from "./judge.ts";
import { accountsUrl, type SallaSecrets, type SallaSettings, type sallaConsent } from "./settings.ts";

const brokenAnswerMs = 60_000;
/** Salla's tokens live 14 days; where an answer does not say, a day is taken, so that the next one tells. */
const untoldLifeMs = 86_400_000;
/** Below this an expiry is a duration in seconds, above it a moment (salla.md 1.4, the rule that survives all shapes). */
const firstMoment = 1e9;

type Send = (request: SignInRequest) => Promise<RawAnswer>;

/**
 * Gets an access token: the one that came with the consent while it lives, else a new one for the refresh token, which
 * works once and is replaced by the new one in `renewedSecrets` (salla.md 1.5).
 * @throws {NeedsPerson} credentials-refused, app-not-installed.
 * @throws {RetryLater} after a limit, or (`inDoubt`) where the refresh token may have been used up without an answer.
 */
export async function signIn(context: ConnectorContext<SallaSettings, SallaSecrets>, send: Send): Promise<AccessToken> {
  const { accessToken, accessTokenExpiresAt = 0, ...lasting } = context.secrets;
  if (accessToken !== undefined && accessTokenExpiresAt > context.clock.now())
    return { token: accessToken, expiresAt: accessTokenExpiresAt, renewedSecrets: lasting };
  const { clientId, clientSecret, refreshToken } = lasting;
  if (refreshToken === undefined) throw new NeedsPerson(appNotInstalled, "The app is not installed in the Salla store");
  const form = { grant_type: "refresh_token", client_id: clientId, client_secret: clientSecret };
  const tokens = await askForTokens(context, { ...form, refresh_token: refreshToken }, send);
  const { token, expiresAt } = tokens;
  // An answer without a new refresh token has used up the old one all the same.
  const renewedSecrets = { ...lasting, refreshToken: tokens.refreshToken ?? refreshToken };
  return { token, expiresAt, renewedSecrets };
}

/** What a connection in easy mode waits for. */
export const appNotInstalled = { code: "app-not-installed", parameters: { vendor: "Salla" } } as const;

/**
 * Exchanges the code of a consent, once, for the secrets that a connection keeps.
 * @throws {NeedsPerson} where the code is spent, or the consent was not asked with `offline_access`. @throws {RetryLater}
 */
export async function exchangeCode(
  context: ConnectorContext<SallaSettings, z.output<typeof sallaConsent>>,
  send: Send,
): Promise<SallaSecrets> {
  const { clientId, clientSecret, code, redirectUri, webhookSecret } = context.secrets;
  const form = { grant_type: "authorization_code", client_id: clientId, client_secret: clientSecret };
  const tokens = await askForTokens(context, { ...form, code, redirect_uri: redirectUri }, send);
  const { refreshToken } = tokens;
  if (refreshToken === null) throw refused("no refresh token came back; ask for consent with the scope offline_access");
  return {
    clientId,
    clientSecret,
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    refreshToken,
    accessToken: tokens.token,
    accessTokenExpiresAt: tokens.expiresAt,
  };
}

/**
 * When a token ends, from any of the three shapes that Salla sends: `expires_in` or `expires`, each as a duration or as a
 * moment (salla.md 1.4).
 * @returns milliseconds since 1970; null where it does not say
 */
export function expiryOf(given: Readonly<Record<string, unknown>>, now: number): number | null {
  const seconds = Number(given.expires_in ?? given.expires ?? Number.NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  return seconds < firstMoment ? now + seconds * 1000 : seconds * 1000;
}

interface Tokens {
  readonly token: string;
  readonly expiresAt: number;
  readonly refreshToken: string | null;
}

async function askForTokens(
  { settings, clock }: Pick<ConnectorContext<SallaSettings, unknown>, "settings" | "clock">,
  form: Readonly<Record<string, string>>,
  send: Send,
): Promise<Tokens> {
  const url = `${accountsUrl(settings)}/oauth2/token`;
  const answer = await send({ url, form });
  const { status } = answer;
  const body = fieldsOf(answer.body);
  const soon = later(clock, brokenAnswerMs);
  if (status === 429) throw new RetryLater(soon, "Salla's accounts server takes no more token requests for now");
  const words = messageOf(answer);
  if (status >= 400 && status < 500 && status !== 408) throw refused(`HTTP ${status}: ${words}`);
  const token = textOf(body.access_token);
  if (status !== 200 && status !== 201)
    throw new RetryLater(soon, `Salla's accounts server answered HTTP ${status}`, { inDoubt: true });
  if (textOf(body.error) !== null) throw refused(words);
  if (token === null) throw new RetryLater(soon, "Salla's accounts server answered without a token", { inDoubt: true });
  const now = clock.now();
  return { token, expiresAt: expiryOf(body, now) ?? now + untoldLifeMs, refreshToken: textOf(body.refresh_token) };
}

function refused(message: string): NeedsPerson {
  const parameters = { vendor: "Salla", message };
  return new NeedsPerson({ code: "credentials-refused", parameters }, `Salla refused the credentials: ${message}`);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
