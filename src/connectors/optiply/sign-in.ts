import { later } from "../../core/clock.ts";
import type { AccessToken, ConnectorContext, RawAnswer, SignInRequest } from "../../core/connector.ts";
import { NeedsPerson, RetryLater } from "../../core/errors.ts";
import { messageOf } from "./judge.ts";
import { type OptiplySecrets, type OptiplySettings, tokenUrl } from "./settings.ts";

/** The life of a token is unpublished; where the answer does not say, it is taken as short. */
const tokenLifeMs = 600_000;
const brokenAnswerMs = 60_000;

/**
 * Gets an access token by the password grant; the refresh grant is not used, as in Optiply's own writers.
 * @throws {NeedsPerson} credentials-refused. @throws {RetryLater} after a limit or a broken answer.
 */
export async function signIn(
  { settings, secrets, clock }: ConnectorContext<OptiplySettings, OptiplySecrets>,
  send: (request: SignInRequest) => Promise<RawAnswer>,
): Promise<AccessToken> {
  const { clientId, clientSecret, username, password } = secrets;
  const answer = await send({
    url: tokenUrl(settings),
    form: { grant_type: "password", username, password },
    basic: { user: clientId, password: clientSecret },
  });
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
    const message = `HTTP ${answer.status}: ${messageOf(answer)}`;
    const action = { code: "credentials-refused", parameters: { vendor: "Optiply", message } } as const;
    throw new NeedsPerson(action, `Optiply refused the credentials: ${message}`);
  }
  const body: Readonly<Record<string, unknown>> =
    answer.body !== null && typeof answer.body === "object" ? { ...answer.body } : {};
  const token = body.access_token;
  if (answer.status !== 200 || typeof token !== "string" || token === "")
    throw new RetryLater(
      later(clock, brokenAnswerMs),
      `Optiply's token server answered HTTP ${answer.status} without a token`,
    );
  const seconds = Number(body.expires_in ?? Number.NaN);
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : tokenLifeMs;
  return { token, expiresAt: clock.now() + lifeMs };
}
