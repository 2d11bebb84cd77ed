import type { DecimalText } from "../../core/conversions.ts";
import { type Decimal, decimal } from "../../core/decimal.ts";
import { fingerprint } from "../../core/fingerprint.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import type { Reason } from "../../core/reasons.ts";
import type { DoubtfulCreate, Found, TargetResource, WriteResult } from "../../core/resources.ts";
import type { BookedStock } from "../../core/stock.ts";
import type { QoyodContext } from "./context.ts";
import { readId, readText, recordOf } from "./fields.ts";
import {
  asAmount,
  asDay,
  asId,
  asSignedAmount,
  asText,
  orRefused,
  requireFields,
  type WireTable,
  wireFields,
} from "./wire-form.ts";
import { unchangeable } from "./written.ts";

/** A stock count of one product at one location, as a flow writes it. */
export interface CountWrite {
  readonly inventory_id: string;
  /** where a gain is posted: the opening-balance account (seed S6) */
  readonly revenue_account_id: string;
  readonly expense_account_id: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly description: string;
  readonly product_id: Id<"qoyod/products">;
  /** the new total, not a difference */
  readonly actual_quantity: DecimalText;
  /** the cost of one, never the selling price */
  readonly rate: DecimalText;
  /** what Qoyod held when the count was decided; not sent */
  readonly stock_before: DecimalText;
}

const header: WireTable = {
  inventory_id: asId,
  revenue_account_id: asId,
  expense_account_id: asId,
  date: asDay,
  description: asText,
};
const line: WireTable = { product_id: asId, actual_quantity: asAmount, rate: asAmount };
const required = [...Object.keys(header), ...Object.keys(line), "stock_before"];

/**
 * Stock counts: `POST /inventory_adjustments`, which can never be listed, read or deleted. What became of one is told by the
 * stock alone (architecture, law 1).
 */
export function countTarget(context: QoyodContext): TargetResource {
  return {
    name: "counts",
    create: (payload) => create(context, payload),
    update: unchangeable("the stock count"),
    find: (doubtful) => find(context, doubtful),
    oneAtATime: false,
  };
}

/**
 * Counts, unless the stock is by now what it is counted to. A count sets the total, so one that was decided by a stock that
 * has moved since would undo what moved it.
 */
async function create(context: QoyodContext, payload: Mapped): Promise<WriteResult> {
  const body = orRefused(() => bodyOf(payload));
  if (body.kind === "refused") return body;
  const { product_id, inventory_id } = payload;
  return context.inTurn([`stock ${String(product_id)} ${String(inventory_id)}`], async () => {
    const state = stateOf(payload, await stockOf(context, payload));
    if (state.kind === "counted") return { kind: "done", id: countId(payload), found: true };
    if (state.kind === "gone") return { kind: "refused", message: `product ${String(product_id)} does not exist` };
    if (state.kind === "moved") return { kind: "later", reason: reasonOf("stock-moved", payload, state) };
    const path = "/inventory_adjustments";
    const result = await context.door.call({ method: "POST", path, body: body.made, repeat: "never" });
    if (result.kind === "in-doubt") return result;
    if (result.kind === "ok")
      return { kind: "done", id: readId(recordOf(result.body, "inventory_adjustment").id) ?? countId(payload) };
    // The plan has no stock count, or the account is not taken: an opening balance by hand comes to the same.
    const { message } = result;
    return { kind: "later", reason: reasonOf("count-refused", payload, { ...state, message }) };
  });
}

function bodyOf(payload: Mapped) {
  requireFields(payload, required);
  asSignedAmount(payload.stock_before, "stock_before");
  const { stock_before: _unsent, product_id, actual_quantity, rate, ...rest } = payload;
  const line_items = [wireFields(line, { product_id, actual_quantity, rate })];
  return { inventory_adjustment: { ...wireFields(header, rest), line_items } };
}

type State =
  | { readonly kind: "counted" | "before" | "moved"; readonly held: Decimal; readonly sku: string }
  | { readonly kind: "gone"; readonly held: null; readonly sku: string };

/** What the stock says: as counted, as before, or neither. A location without an entry holds nothing. */
function stateOf(payload: Mapped, booked: BookedStock | null): State {
  if (booked === null) return { kind: "gone", held: null, sku: "" };
  const held = booked.stock.get(readText(payload.inventory_id)) ?? decimal(0);
  const { sku } = booked;
  if (held.eq(readText(payload.actual_quantity))) return { kind: "counted", held, sku };
  return { kind: held.eq(readText(payload.stock_before)) ? "before" : "moved", held, sku };
}

async function stockOf({ stock }: QoyodContext, { product_id }: Mapped): Promise<BookedStock | null> {
  const id = readText(product_id);
  return (await stock.read([id])).get(id) ?? null;
}

/** One reading of the stock for all of them. */
async function find({ stock }: QoyodContext, doubtful: readonly DoubtfulCreate[]): Promise<ReadonlyMap<string, Found>> {
  const booked = await stock.read(doubtful.map(({ payload }) => readText(payload.product_id)));
  return new Map(
    doubtful.map(({ key, payload }): [string, Found] => {
      const state = stateOf(payload, booked.get(readText(payload.product_id)) ?? null);
      if (state.kind === "counted") return [key, [countId(payload)]];
      if (state.kind === "before") return [key, []];
      return [key, { kind: "unclear", reason: reasonOf("count-unclear", payload, state) }];
    }),
  );
}

/** No id may come back, so that a count is named by what it was: the same text for the same count. */
function countId(payload: Mapped): string {
  return `${readText(payload.product_id)}@${readText(payload.inventory_id)} ${fingerprint(payload)}`;
}

function reasonOf(
  code: "stock-moved" | "count-refused" | "count-unclear",
  payload: Mapped,
  { sku, held, message = "" }: { readonly sku: string; readonly held: Decimal | null; readonly message?: string },
): Reason {
  const parameters = {
    vendor: "Qoyod",
    product: sku === "" ? readText(payload.product_id) : sku,
    held: held?.toFixed() ?? "-",
    before: readText(payload.stock_before),
    counted: readText(payload.actual_quantity),
    message,
  };
  return { code, parameters };
}
