import { compare, type Decimal, decimalText, parseDecimal, zero } from "../decimal.ts";
import type { OptiplySwitches } from "./switches.ts";

/** What kind of value an attribute holds, and its bounds. */
type Kind =
  | { readonly kind: "text"; readonly max: number }
  | { readonly kind: "emails" }
  | { readonly kind: "integer"; readonly least?: number; readonly most?: number }
  | { readonly kind: "money"; readonly most: string; readonly least?: string }
  | { readonly kind: "flag" }
  | { readonly kind: "instant" }
  | { readonly kind: "word"; readonly allowed: readonly string[] }
  | { readonly kind: "reference"; readonly to: string; readonly cascade?: boolean };

export type Attribute = Kind & { readonly required?: boolean; readonly readOnly?: boolean };

/** What is stored: text, a whole number, a boolean, an instant in milliseconds, a list of addresses. */
export type Stored = string | number | boolean | readonly string[] | null;

/** Why a value is not taken, with the status that Optiply would answer. */
export interface Problem {
  readonly status: 400 | 404 | 409 | 500;
  readonly detail: string;
}

export const text = (max = 255) => ({ kind: "text", max }) as const;
export const emails = { kind: "emails" } as const;
export const integer = (least?: number, most?: number) =>
  ({ kind: "integer", ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) }) as const;
/** Price, 0 to the cap that the page gives. */
export const price = { kind: "money", least: "0", most: "9999999.99" } as const;
/** Order values: 17 digits before the point. */
export const orderValue = { kind: "money", most: "99999999999999999.99" } as const;
export const flag = { kind: "flag" } as const;
export const instant = { kind: "instant" } as const;
export const word = (...allowed: string[]) => ({ kind: "word", allowed }) as const;
export const reference = (to: string, cascade = false) => ({ kind: "reference", to, cascade }) as const;
export const required = <Given extends Kind>(kind: Given) => ({ ...kind, required: true }) as const;
export const readOnly = <Given extends Kind>(kind: Given) => ({ ...kind, readOnly: true }) as const;

/** Tells a problem from a value. */
export function isProblem(value: Stored | Problem): value is Problem {
  return typeof value === "object" && value !== null && "detail" in value;
}

/** Reads a value that a client sent; null and absence are the caller's business. */
export function readValue(
  name: string,
  attribute: Attribute,
  value: unknown,
  switches: OptiplySwitches,
): Stored | Problem {
  switch (attribute.kind) {
    case "text":
      return readText(name, value, attribute.max);
    case "emails":
      return readEmails(name, value);
    case "integer":
      return readInteger(
        name,
        value,
        attribute.least ?? Number.MIN_SAFE_INTEGER,
        attribute.most ?? Number.MAX_SAFE_INTEGER,
      );
    case "reference":
      return readInteger(name, value, 1, Number.MAX_SAFE_INTEGER);
    case "money":
      return readMoney(name, value, attribute, switches);
    case "flag":
      return typeof value === "boolean" ? value : malformed(name, value);
    case "instant":
      return readInstant(value) ?? bad(`${name}: ${JSON.stringify(value)} is not a date and time`);
    case "word":
      return typeof value === "string" && attribute.allowed.includes(value)
        ? value
        : bad(`${name}: ${JSON.stringify(value)} is not one of ${attribute.allowed.join(", ")}`);
  }
}

/** How a stored value is shown: money as text, instants as `2026-06-09T13:15:55Z`. */
export function shownValue(attribute: Attribute, value: Stored | undefined): unknown {
  if (value === undefined || value === null) return attribute.kind === "emails" ? [] : null;
  return attribute.kind === "instant" && typeof value === "number" ? shownInstant(value) : value;
}

export function shownInstant(instantMs: number): string {
  return `${new Date(instantMs).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds of an ISO 8601 moment with seconds and an offset; undefined otherwise, a bare date included. */
export function readInstant(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(value)) return undefined;
  const moment = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(moment) ? undefined : moment;
}

/**
 * Parses a body so that no digit is lost: a number whose text differs from JavaScript's own (`4.0`, 20 digits) stays text.
 * Money is then read exactly, and a float where a Java Long is needed is noticed.
 */
export function parseExactJson(body: string): unknown {
  return JSON.parse(body, ((_name: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined && context.source !== String(value)
      ? context.source
      : value) as (name: string, value: unknown) => unknown);
}

function readText(name: string, value: unknown, max: number): Stored | Problem {
  if (typeof value !== "string" && typeof value !== "number") return malformed(name, value);
  const given = String(value);
  return given.length > max ? bad(`${name} has ${given.length} characters; at most ${max} are allowed`) : given;
}

function readEmails(name: string, value: unknown): Stored | Problem {
  if (!Array.isArray(value)) return malformed(name, value);
  const given: unknown[] = value;
  const wrong = given.find((one) => typeof one !== "string" || !/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(one));
  return wrong === undefined ? given.map(String) : bad(`${String(wrong)} is not a valid address`);
}

function readInteger(name: string, value: unknown, least: number, most: number): Stored | Problem {
  const given =
    typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value)) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(given)) return malformed(name, value);
  return given < least || given > most ? bad(`${name} is ${given}; allowed are ${least} to ${most}`) : given;
}

function readMoney(
  name: string,
  value: unknown,
  { least, most }: { readonly least?: string; readonly most: string },
  switches: OptiplySwitches,
): Stored | Problem {
  const given = typeof value === "number" || typeof value === "string" ? parseDecimal(value) : undefined;
  if (given === undefined) return malformed(name, value);
  const exceeds = (bound: string | undefined, sign: number) =>
    bound !== undefined && compare(given, parseDecimal(bound) ?? zero) * sign > 0;
  if (exceeds(most, 1) || exceeds(least, -1)) {
    return bad(`${name} is ${decimalText(given)}; allowed are ${least ?? `-${most}`} to ${most}`);
  }
  if (given.scale <= 2 || !hasExtraDecimals(given)) return decimalText(given, 2);
  if (switches.extraDecimals === "refuse")
    return bad(`${name} is ${decimalText(given)}; at most 2 decimals are allowed`);
  return switches.extraDecimals === "keep" ? decimalText(given) : decimalText(given, 2);
}

function hasExtraDecimals(value: Decimal): boolean {
  return value.digits % 10n ** BigInt(value.scale - 2) !== 0n;
}

function bad(detail: string): Problem {
  return { status: 400, detail };
}

/** What Java cannot read into its type ends as an internal error, not as a 400. */
function malformed(name: string, value: unknown): Problem {
  return { status: 500, detail: `Internal Server Error (${name}: ${JSON.stringify(value) ?? "nothing"})` };
}
