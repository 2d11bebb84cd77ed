import { hexDigits } from "../seeded-random.ts";
import { type Fields, isFields, jsonResponse, textOf, type WireRequest, type WireResponse } from "../wire.ts";
import { type Accounts, unauthorised } from "./accounts.ts";
import { sallaCredentials } from "./credentials.ts";
import { failure, notFound } from "./envelope.ts";

/** Where whoever shows an embedded page asks whose token it was opened with. */
export const INTROSPECT_PATH = "/exchange-authority/v1/introspect";

/**
 * The token with which a dashboard opens an embedded page of the app: `merchant_id` for another store's, `life_ms` for
 * another life than the switch's, so that 0 gives one that has ended.
 * @throws RangeError when one of the two is no number.
 */
export function makeEmbeddedToken({ clock, random, switches, tokens }: Accounts, given: Fields): string {
  const { merchant_id: merchant = sallaCredentials.merchantId, life_ms: lifeMs = switches.embeddedTokenLifeMs } = given;
  if (!/^\d{1,15}$/.test(textOf(merchant)))
    throw new RangeError(`merchant_id cannot be ${JSON.stringify(merchant)}; the number of a store is needed`);
  if (typeof lifeMs !== "number" || lifeMs < 0)
    throw new RangeError(`life_ms cannot be ${JSON.stringify(lifeMs)}; a number of milliseconds is needed`);
  const token = `em_tok_${hexDigits(random, 40)}`;
  tokens.embedded.set(token, { merchantId: textOf(merchant), endsMs: clock.now() + lifeMs });
  return token;
}

/** `POST /exchange-authority/v1/introspect` with the app's id in `S-Source`: whose token it is, and until when. */
export function introspect({ tokens, switches, clock }: Accounts, request: WireRequest): WireResponse {
  if (request.method !== "POST") return notFound(switches, request);
  const known = tokens.embedded.get(tokenIn(request.body));
  if (request.headers["s-source"] !== sallaCredentials.appId || known === undefined || known.endsMs <= clock.now())
    return switches.introspectRefusal === "401"
      ? unauthorised(switches, "The token is invalid")
      : failure(switches, 422, "error", "Decryption failed");
  const ends = new Date(known.endsMs);
  const exp =
    switches.introspectExp === "seconds" ? Math.floor(known.endsMs / 1000) : ends.toISOString().replace(/\.\d+Z$/, "Z");
  const data = { merchant_id: Number(known.merchantId), user_id: 1_473_353_380, exp };
  return jsonResponse(200, { status: 200, success: true, data });
}

function tokenIn(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? textOf(value.token) : "";
  } catch {
    return "";
  }
}
