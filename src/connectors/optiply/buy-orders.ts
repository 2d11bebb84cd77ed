import { type DecimalText, readInstant } from "../../core/conversions.ts";
import type { Id, Mapped } from "../../core/mapping.ts";
import type { TargetResource, WriteResult } from "../../core/resources.ts";
import { amount, asMapped, lines, reference } from "./attributes.ts";
import { buyOrderLine, equaliseLines, readWantedLines } from "./buy-order-lines.ts";
import { fetchRecord, fieldsOf } from "./documents.ts";
import { orderContent } from "./order-content.ts";
import { buyOrderLines } from "./order-lines.ts";
import {
  createRecord,
  resourceTarget,
  type TargetContext,
  updateRecord,
  type WrittenResource,
} from "./resource-target.ts";

/** A line of a buy order as a flow writes it; a product stands in one line only. */
export interface BuyOrderLineWrite {
  readonly productId: Id<"optiply/products">;
  /** whole units */
  readonly quantity: number;
  readonly subtotalValue: DecimalText;
}

/** A buy order as a flow writes it (seed Z2). */
export interface BuyOrderWrite {
  readonly remoteId: string | undefined;
  /** in an update only as it is: another supplier needs another order */
  readonly supplierId: Id<"optiply/suppliers">;
  /** an instant, YYYY-MM-DDTHH:MM:SSZ */
  readonly placed: string | undefined;
  /** an instant; null opens the order again */
  readonly completed: string | null | undefined;
  readonly expectedDeliveryDate: string | undefined;
  readonly totalValue: DecimalText | undefined;
  /** when it is created: the id of the order of Optiply that this may be, because it was exported from there (seed Z5) */
  readonly exportedFrom: string | undefined;
  /** in an update: what the lines shall be, all of them */
  readonly orderLines: readonly BuyOrderLineWrite[] | undefined;
}

const dayMs = 86_400_000;

/** Buy orders: `POST /buyOrders` with flat `orderLines`, `PATCH /buyOrders/{id}` without them. */
export const buyOrders: WrittenResource = {
  name: "buyOrders",
  attributes: {
    remoteId: asMapped,
    supplierId: reference,
    placed: asMapped,
    completed: asMapped,
    expectedDeliveryDate: asMapped,
    totalValue: amount,
    orderLines: lines(buyOrderLine),
  },
  content: orderContent(buyOrderLines),
};

/** The target of buy orders. */
export function buyOrderTarget(context: TargetContext): TargetResource {
  return {
    ...resourceTarget(buyOrders, context),
    create: (payload) => create(context, payload),
    update: (id, changes) => update(context, id, changes),
    shown: async (id) => (await fetchRecord(context.door, buyOrders.name, id))?.attributes ?? null,
  };
}

async function create(context: TargetContext, payload: Mapped): Promise<WriteResult> {
  const { exportedFrom, ...order } = payload;
  const there = await findExported(context, exportedFrom, order);
  return there ?? createRecord(buyOrders, context, order);
}

/**
 * The order that this one was exported from. Digits in a reference may mean something else: only an open order counts that
 * people placed in Optiply. With the same supplier and day it is the same, also where another purchase order of that
 * reference has it already: which of the two is wrong, or that they are two, is a person's to say, for a twin would double
 * what the planner sees coming. Where they differ and it is known under another id of ours, the reference was used again.
 * @returns null where there is none. @throws {RetryLater} where it cannot be read: nothing may be made then.
 */
async function findExported(
  { door, couplingId }: TargetContext,
  exportedFrom: unknown,
  { supplierId, placed, remoteId }: Mapped,
): Promise<WriteResult | null> {
  if (typeof exportedFrom !== "string" || !/^[1-9]\d*$/.test(exportedFrom) || !canBeId(exportedFrom)) return null;
  const there = await fetchRecord(door, buyOrders.name, exportedFrom);
  if (there === null || there.attributes.createdFromPublicApi === true) return null;
  const known = couplingId === undefined ? undefined : fieldsOf(there.attributes.remoteIdMap)[couplingId];
  const isOfAnother = typeof known === "string" && known !== "" && known !== remoteId;
  if (isInstant(there.attributes.completed) || !isInstant(there.attributes.placed)) return null;
  const isSame =
    there.attributes.createdFromPublicApi === false &&
    String(there.attributes.supplierId) === supplierId &&
    isAboutTheSameDay(there.attributes.placed, placed);
  if (isSame) return { kind: "done", id: there.id, found: true, madeThere: true };
  return isOfAnother ? null : { kind: "several", ids: [there.id], referenceAt: "source" };
}

/** Ids travel as JSON numbers in other records; what does not fit one is none, and asking for it could be refused for ever. */
function canBeId(digits: string): boolean {
  return Number.isSafeInteger(Number(digits));
}

function isInstant(value: unknown): boolean {
  return typeof value === "string" && readInstant(value) !== null;
}

/** The purchase order is dated by the calendar of its organisation, which is at the most a day off. */
function isAboutTheSameDay(one: unknown, other: unknown): boolean {
  const [first, second] = [one, other].map((moment) => readInstant(String(moment ?? "")));
  return first != null && second != null && Math.abs(first - second) < 2 * dayMs;
}

/**
 * Header first, lines after. All of it compares with what is there, so it may be done again from the start.
 * @throws {RangeError} for `exportedFrom`, which says something of creates only
 */
async function update(context: TargetContext, id: string, changes: Mapped): Promise<WriteResult> {
  const { exportedFrom, orderLines, ...header } = changes;
  if (exportedFrom !== undefined)
    throw new RangeError("exportedFrom of a buy order cannot be updated; allowed: at its creation");
  const wanted = orderLines === undefined ? null : readWantedLines(orderLines);
  if (wanted !== null && "kind" in wanted) return wanted;
  const hasHeader = Object.values(header).some((value) => value !== undefined);
  const changed: WriteResult = hasHeader ? await updateRecord(buyOrders, context, id, header) : { kind: "done", id };
  if (changed.kind !== "done" || wanted === null) return changed;
  const equalised = await equaliseLines(context, id, wanted);
  return equalised.kind === "done" ? changed : equalised;
}
