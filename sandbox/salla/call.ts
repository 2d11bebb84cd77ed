import { type Fields, isFields, type WireRequest, type WireResponse } from "../wire.ts";
import { invalid, notFound, type Words } from "./envelope.ts";
import type { Shop } from "./shop.ts";

/** One authorised call. */
export interface Call {
  readonly shop: Shop;
  readonly request: WireRequest;
}

/** The body as an object; undefined when it is none. */
export function bodyOf({ request }: Call): Fields | undefined {
  try {
    const value: unknown = JSON.parse(request.body);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function missing({ shop, request }: Call): WireResponse {
  return notFound(shop.switches, request);
}

export function refusedFields({ shop, request }: Call, fields: Readonly<Record<string, Words>>): WireResponse {
  return invalid(shop.switches, request, fields);
}

/** Does what a merchant's module does; its RangeErrors are Salla's 422. */
export function orRefused(call: Call, field: string, work: () => WireResponse): WireResponse {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refusedFields(call, { [field]: { ar: "القيمة المدخلة غير صحيحة", en: error.message } });
  }
}

export const required: Words = { ar: "هذا الحقل مطلوب", en: "This field is required" };
