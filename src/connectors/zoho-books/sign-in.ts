import { later } from "../../core/clock.ts";
import type { AccessToken, ConnectorContext, RawAnswer, SignInRequest } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { accountsHost, apiHost, type ZohoBooksSecrets, type ZohoBooksSettings } from "./settings.ts";

/** Ten tokens in ten minutes are allowed per refresh token; after that the accounts server refuses for the rest. */
const tokenWindowMs = 600_000;
const brokenAnswerMs = 60_000;
/** Zoho's tokens live an hour; used where the answer does not say. */
const tokenLifeMs = 3_600_000;

type Send = (request: SignInRequest) => Promise<RawAnswer>;

/**
 * Gets an access token for the lasting refresh token.
 * @throws {NeedsPerson} credentials-refused, host-changed. @throws {RetryLater} after a limit or a broken answer.
 */
export async function signIn(
  context: ConnectorContext<ZohoBooksSettings, ZohoBooksSecrets>,
  send: Send,
): Promise<AccessToken> {
  const { clientId, clientSecret, refreshToken } = context.secrets;
  const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
  return (await askForToken(context, { ...grant, client_id: clientId, client_secret: clientSecret }, send)).access;
}

/** A one-time code of a consent, with the address it was sent to (empty for a self client). */
export interface ConsentCode {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly code: string;
  readonly redirectUri: string;
}

/**
 * Exchanges the code of a consent, once, for the secrets that a connection keeps.
 * @throws {NeedsPerson} where the code is spent, or the consent was not asked with `access_type=offline`.
 */
export async function exchangeCode(
  context: ConnectorContext<ZohoBooksSettings, ConsentCode>,
  send: Send,
): Promise<{ secrets: ZohoBooksSecrets; access: AccessToken }> {
  const { clientId, clientSecret, code, redirectUri } = context.secrets;
  const form = { grant_type: "authorization_code", client_id: clientId, client_secret: clientSecret, code };
  const { access, refreshToken } = await askForToken(context, { ...form, redirect_uri: redirectUri }, send);
  if (refreshToken === null) throw refused("no refresh token came back; ask for consent with access_type=offline");
  return { secrets: { clientId, clientSecret, refreshToken }, access };
}

async function askForToken(
  { settings, clock }: Pick<ConnectorContext<ZohoBooksSettings, unknown>, "settings" | "clock">,
  form: Readonly<Record<string, string>>,
  send: Send,
): Promise<{ access: AccessToken; refreshToken: string | null }> {
  const answer = await answerOf(accountsHost(settings), { path: "/oauth/v2/token", form }, send);
  const body = fieldsOf(answer.body);
  const error = textOf(body.error);
  if (isRateAnswer(answer, error, textOf(body.error_description)))
    throw new RetryLater(later(clock, tokenWindowMs), "Zoho's accounts server takes no more token requests for now");
  // OAuth errors come with HTTP 200.
  if (error !== null) throw refused(`${error} ${whereAsked(settings)}`);
  const token = textOf(body.access_token);
  if (answer.status >= 400 && answer.status < 500) throw refused(`HTTP ${answer.status} ${whereAsked(settings)}`);
  if (answer.status !== 200 || token === null)
    throw new RetryLater(
      later(clock, brokenAnswerMs),
      `Zoho's accounts server answered HTTP ${answer.status} without a token`,
    );
  await refuseOtherHost(textOf(body.api_domain), apiHost(settings), send);
  const seconds = Number(body.expires_in ?? Number.NaN);
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : tokenLifeMs;
  return { access: { token, expiresAt: clock.now() + lifeMs }, refreshToken: textOf(body.refresh_token) };
}

/** Sends to one host; that it does not answer is told with its address, which may be the mistake. */
async function answerOf(
  host: string,
  { path, form }: { readonly path: string; readonly form: Readonly<Record<string, string>> },
  send: Send,
): Promise<RawAnswer> {
  try {
    return await send({ url: `${host}${path}`, form });
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
    throw new RetryLater(error.after, `${host} does not answer; is it the right address? (${error.message})`);
  }
}

/** A client and its consents are known in one data centre only; the others refuse them without saying so. */
function whereAsked({ region, accountsUrl }: ZohoBooksSettings): string {
  return accountsUrl === undefined ? `(region ${region}: is that the organisation's data centre?)` : `(${accountsUrl})`;
}

/** A token is only ever sent to the host that a person configured, whatever the answer says. */
async function refuseOtherHost(named: string | null, configured: string, send: Send): Promise<void> {
  if (named === null || (URL.canParse(named) && new URL(named).origin === configured)) return;
  // A mistyped address is rather dead than another of Zoho's; this request carries neither token nor credentials.
  await answerOf(configured, { path: "/", form: {} }, send).catch((error: unknown) => {
    if (error instanceof RetryLater) throw error;
  });
  const parameters = { vendor: "Zoho Books", host: `${named}, not ${configured}` };
  throw new NeedsPerson(
    { code: "host-changed", parameters },
    `Zoho names the API host ${named}, but ${configured} is configured`,
  );
}

function isRateAnswer(answer: RawAnswer, error: string | null, description: string | null): boolean {
  return answer.status === 429 || /access.?denied|too many/i.test(`${error ?? ""} ${description ?? ""}`);
}

function refused(error: string): NeedsPerson {
  const parameters = { vendor: "Zoho Books", message: error };
  return new NeedsPerson({ code: "credentials-refused", parameters }, `Zoho refused the credentials: ${error}`);
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return body !== null && typeof body === "object" ? { ...body } : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
