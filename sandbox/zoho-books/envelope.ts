import { type Fields, jsonResponse, type WireResponse } from "../wire.ts";

/** `{"code":0,"message":"success",…}`. */
export function success(content: Fields, message = "success"): WireResponse {
  return jsonResponse(200, { code: 0, message, ...content });
}

/** `{"code":n,"message":"…"}`; Zoho's own numbers where they are known, else those listed in the README. */
export function failure(status: number, code: number, message: string): WireResponse {
  return jsonResponse(status, { code, message });
}

/** 404 with code 1002, as for a record that never was or was deleted. */
export function doesNotExist(what: string): WireResponse {
  return failure(404, 1002, `${what} does not exist.`);
}

/** 400 for a parameter or field that Zoho does not take. */
export function invalidValue(name: string): WireResponse {
  return failure(400, 2, `Invalid value passed for ${name}`);
}
