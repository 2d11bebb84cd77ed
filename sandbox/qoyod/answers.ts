import { type Fields, jsonResponse, type WireResponse } from "../wire.ts";
import type { QoyodSwitches } from "./switches.ts";

type Errors = readonly string[] | Readonly<Record<string, readonly string[]>>;

/** A 422 that is on its way to the caller: thrown where the fault is seen, before anything was stored. */
export class Refused extends Error {
  readonly errors: Errors;
  constructor(errors: Errors) {
    super(JSON.stringify(errors));
    this.errors = errors;
  }
}

/** A field is missing; associations are named without `_id`, which misleads (Qoyod: `{"account":["Can't be blank"]}`). */
export function blank(...fields: readonly string[]): Refused {
  return new Refused(Object.fromEntries(fields.map((field) => [field.replace(/_id$/, ""), ["Can't be blank"]])));
}

/** A field has a value that is not taken. */
export function invalid(field: string, text = "is invalid"): Refused {
  return new Refused({ [field]: [text] });
}

/** A 422 in the shape of the switch: a list of sentences, texts by field, or one sentence as the newer portal has it. */
export function refusal({ errors }: Refused, { errorShape }: QoyodSwitches): WireResponse {
  const sentences = isList(errors)
    ? errors
    : Object.entries(errors).flatMap(([field, texts]) => texts.map((text) => `${field} ${text}`));
  if (errorShape === "portal")
    return jsonResponse(422, { error: { message: sentences.join(", "), code: 422 }, status: "error" });
  if (errorShape === "list") return jsonResponse(422, { errors: sentences });
  if (errorShape === "hash" && isList(errors)) return jsonResponse(422, { errors: { base: errors } });
  return jsonResponse(422, { errors });
}

/** The 404 of an empty list, and of a record that is not there. */
export function foundNothing({ notFoundText }: QoyodSwitches): WireResponse {
  return jsonResponse(404, { message: notFoundText });
}

/** The 404 of an address that does not exist. */
export function noSuchAddress(): WireResponse {
  return jsonResponse(404, { status: 404, error: "Not Found" });
}

/** An error with one sentence, as 400, 401, 429 and 500 are here. */
export function sentence(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return jsonResponse(status, { message }, headers);
}

/** The 401 of a key that is missing, wrong, or was never saved. */
export function wrongKey(): WireResponse {
  return sentence(401, "Invalid API key");
}

/** The 429 above the limit of a minute. */
export function rateLimitAnswer({ retryAfter, minuteMs }: QoyodSwitches): WireResponse {
  const headers: Record<string, string> = retryAfter ? { "retry-after": String(Math.ceil(minuteMs / 1000)) } : {};
  return sentence(429, "Too many requests", headers);
}

/** The plain text that a DELETE answers. */
export function plainText(text: string): WireResponse {
  return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}

/** `{"invoice":{…}}`. */
export function enveloped(status: number, key: string, row: Fields): WireResponse {
  return jsonResponse(status, { [key]: row });
}

function isList(errors: Errors): errors is readonly string[] {
  return Array.isArray(errors);
}
