import type { Door } from "../../core/connector.ts";
import { readInstant } from "../../core/conversions.ts";
import { readDecimal, roundHalfUp } from "../../core/decimal.ts";
import type { Mapped } from "../../core/mapping.ts";
import { fieldsOf } from "./documents.ts";
import type { ContentMatch } from "./find-created.ts";
import { type LinesOf, requireOrderLines } from "./order-lines.ts";

/** Order amounts have at most so many decimals at Optiply; whether more are rounded, kept or refused is not published. */
const moneyPlaces = 2;

/** An order is told by the moment it was placed, its total, its supplier where it has one, and then by all of its lines. */
export function orderContent(lines: LinesOf): ContentMatch {
  return {
    looksLike: (payload, { attributes }) =>
      sameInstant(attributes.placed, payload.placed) &&
      holdsAmount(attributes.totalValue, payload.totalValue) &&
      (payload.supplierId === undefined || String(attributes.supplierId) === payload.supplierId),
    confirm: (door, payload, id) => sameLines(door, lines, payload, id),
  };
}

/**
 * Whether Optiply holds the amount that was sent, "12.50" and 12.5 alike: exactly, or rounded to its two decimals. What is
 * no amount equals only itself.
 */
export function holdsAmount(there: unknown, sent: unknown): boolean {
  return normalized(there) === normalized(sent) || normalized(there) === normalized(sent, moneyPlaces);
}

async function sameLines(door: Door, lines: LinesOf, payload: Mapped, id: string): Promise<boolean> {
  const there = (await requireOrderLines(door, lines, id)).map((line) => lineKey(fieldsOf(fieldsOf(line).attributes)));
  const sent = Array.isArray(payload.orderLines) ? payload.orderLines.map((line: Mapped) => lineKey(line)) : [];
  return there.length === sent.length && there.sort().join("\n") === sent.sort().join("\n");
}

function lineKey({ productId, quantity, subtotalValue }: Mapped): string {
  return [String(productId), normalized(quantity), normalized(subtotalValue, moneyPlaces)].join(" ");
}

function sameInstant(one: unknown, other: unknown): boolean {
  if (typeof one !== "string" || typeof other !== "string") return false;
  return readInstant(one) !== null && readInstant(one) === readInstant(other);
}

/** One spelling for equal amounts, rounded where places are given. */
function normalized(value: unknown, places?: number): string {
  try {
    const amount = readDecimal(value);
    return (places === undefined || amount === null ? amount : roundHalfUp(amount, places))?.toFixed() ?? "";
  } catch {
    return String(value);
  }
}
