import { type Fields, jsonResponse, type WireRequest, type WireResponse } from "../wire.ts";
import type { SallaSwitches } from "./switches.ts";

/** A sentence of Salla's in its two languages; Arabic unless Accept-Language asks for English. */
export interface Words {
  readonly ar: string;
  readonly en: string;
}

/** `{"status":n,"success":true,"data":…}`; 201 for what was created or updated, 202 for what was deleted. */
export function success(status: number, data: unknown, more: Fields = {}): WireResponse {
  return jsonResponse(status, { status, success: true, data, ...more });
}

/** `{"status":n,"success":false,"error":{code, message, fields?}}`; the code is a word or a number, as the switch says. */
export function failure(
  switches: SallaSwitches,
  status: number,
  code: string,
  message: string,
  fields?: Readonly<Record<string, readonly string[]>>,
): WireResponse {
  const shownCode = switches.errorCode === "number" ? status : code;
  const error = { code: shownCode, message, ...(fields === undefined ? {} : { fields }) };
  return jsonResponse(status, { status, success: false, error });
}

/** 404 for an address or a record. */
export function notFound(switches: SallaSwitches, request: WireRequest): WireResponse {
  return failure(
    switches,
    404,
    "error",
    said(request, { ar: "المحتوى المطلوب غير موجود", en: "The requested content is not found" }),
  );
}

/** 422 that names fields, as `products.0.quantity`. */
export function invalid(
  switches: SallaSwitches,
  request: WireRequest,
  fields: Readonly<Record<string, Words>>,
): WireResponse {
  const told = Object.fromEntries(Object.entries(fields).map(([name, words]) => [name, [said(request, words)]]));
  const code = Object.keys(fields).length > 1 ? "validation_failed" : "error";
  return failure(switches, 422, code, "alert.invalid_fields", told);
}

export function said(request: WireRequest, words: Words): string {
  return (request.headers["accept-language"] ?? "ar").toLowerCase().startsWith("en") ? words.en : words.ar;
}
