import type { Door } from "../../core/connector.ts";
import { type DecimalText, readInstant } from "../../core/conversions.ts";
import { readDecimal } from "../../core/decimal.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import { amount, asMapped, lines, reference, whole } from "./attributes.ts";
import { listRows } from "./documents.ts";
import type { WrittenResource } from "./resource-target.ts";

/** A line of a sell order as a flow writes it; a product stands in one line only. */
export interface SellOrderLineWrite {
  readonly productId: Id<"optiply/products">;
  /** whole units */
  readonly quantity: number;
  readonly subtotalValue: DecimalText;
}

/** A sell order as a flow writes it: created once with its lines, and never changed (seed Z1). */
export interface SellOrderWrite {
  readonly remoteId: string | undefined;
  /** an instant, YYYY-MM-DDTHH:MM:SSZ */
  readonly placed: string;
  readonly totalValue: DecimalText;
  readonly orderLines: readonly SellOrderLineWrite[];
}

/** Sell orders: `POST /sellOrders` with flat `orderLines`. */
export const sellOrders: WrittenResource = {
  name: "sellOrders",
  attributes: {
    remoteId: asMapped,
    placed: asMapped,
    totalValue: amount,
    orderLines: lines({ productId: reference, quantity: whole, subtotalValue: amount }),
  },
  content: {
    looksLike: (payload, { attributes }) =>
      sameInstant(attributes.placed, payload.placed) && sameAmount(attributes.totalValue, payload.totalValue),
    confirm: sameLines,
  },
};

async function sameLines(door: Door, payload: Mapped, id: string): Promise<boolean> {
  const there: string[] = [];
  for await (const rows of listRows(door, "sellOrderLines", { "filter[sellOrderId]": id, sort: "id" }))
    there.push(...rows.map(({ attributes }) => lineKey(attributes)));
  const sent = Array.isArray(payload.orderLines) ? payload.orderLines.map((line: Mapped) => lineKey(line)) : [];
  return there.length === sent.length && there.sort().join("\n") === sent.sort().join("\n");
}

function lineKey({ productId, quantity, subtotalValue }: Mapped): string {
  return [String(productId), normalized(quantity), normalized(subtotalValue)].join(" ");
}

function sameInstant(one: unknown, other: unknown): boolean {
  if (typeof one !== "string" || typeof other !== "string") return false;
  return readInstant(one) !== null && readInstant(one) === readInstant(other);
}

function sameAmount(one: unknown, other: unknown): boolean {
  return normalized(one) === normalized(other);
}

/** One spelling for equal amounts, "12.50" and 12.5 alike; what is no amount equals only itself. */
function normalized(value: unknown): string {
  try {
    return readDecimal(value)?.toFixed() ?? "";
  } catch {
    return String(value);
  }
}
