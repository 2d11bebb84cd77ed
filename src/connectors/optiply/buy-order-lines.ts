/** Makes the lines of a buy order equal to a list. Every step compares with what is there, so all of it may be repeated. */

import { RecordRejected } from "../../core/errors.ts";
import type { Mapped } from "../../core/mapping.ts";
import type { WriteResult } from "../../core/resources.ts";
import { amount, lines, reference, whole, wireAttributes } from "./attributes.ts";
import { fetchRecord, fieldsOf, type ResourceObject, readObject } from "./documents.ts";
import { holdsAmount } from "./order-content.ts";
import { buyOrderLines, requireOrderLines } from "./order-lines.ts";
import { createRecord, removeRecord, type TargetContext, updateRecord } from "./resource-target.ts";

/** Creates without an answer in a row, after which the vendor is taken to be down. */
const silentMax = 3;

/** The attributes of a line, inside its order or by itself. */
export const buyOrderLine = { productId: reference, quantity: whole, subtotalValue: amount };

const lineFields = ["productId", "quantity", "subtotalValue"] as const;
const lineResource = { name: buyOrderLines.resource, attributes: { buyOrderId: reference, ...buyOrderLine } };

/** A line as it shall be; its values are sound. */
export interface WantedLine {
  readonly productId: string;
  readonly quantity: number;
  readonly subtotalValue: string;
}

type Refused = WriteResult & { readonly kind: "refused" };
/** `moved`: the lines are not what was read, or Optiply will not have one; reading them again tells which. */
type Pass = WriteResult | { readonly kind: "moved"; readonly last: WriteResult };

/** Checks the lines of an update before anything is sent. */
export function readWantedLines(value: unknown): readonly WantedLine[] | Refused {
  try {
    wireAttributes({ orderLines: lines(buyOrderLine) }, { orderLines: value });
  } catch (error) {
    if (!(error instanceof RecordRejected)) throw error;
    const { field, value: given, allowed } = error.parameters;
    return refused(`${field} is ${given}; allowed: ${allowed}`);
  }
  const wanted = value as readonly WantedLine[];
  const incomplete = wanted.find((line) => lineFields.some((field) => line[field] === undefined));
  if (incomplete !== undefined) return refused(`a line lacks a field: ${JSON.stringify(incomplete)}`);
  const double = wanted.find(
    ({ productId }, index) => wanted.findIndex((line) => line.productId === productId) < index,
  );
  return double === undefined ? wanted : refused(`product ${double.productId} stands in two lines; allowed: one`);
}

/**
 * Makes the lines of an order equal to the list: doubles of one product go first, so that no change meets them; then
 * lines are changed, made and deleted. A line whose making got no answer makes the whole update doubtful.
 * @throws {RetryLater} where the lines cannot be read or a change failed again and again.
 */
export async function equaliseLines(
  context: TargetContext,
  orderId: string,
  wanted: readonly WantedLine[],
): Promise<WriteResult> {
  const first = await equaliseOnce(context, orderId, wanted);
  if (first.kind !== "moved") return first;
  const second = await equaliseOnce(context, orderId, wanted);
  return second.kind === "moved" ? second.last : second;
}

async function equaliseOnce(context: TargetContext, orderId: string, wanted: readonly WantedLine[]): Promise<Pass> {
  const values = await requireOrderLines(context.door, buyOrderLines, orderId);
  const there = values.map(readObject);
  if (!there.every(isLineOfOrder)) return refused("Optiply shows a line without id, order or product");
  if (there.length === 0 && (await fetchRecord(context.door, "buyOrders", orderId)) === null)
    return { kind: "missing", message: `buyOrders ${orderId} is gone` };
  const { doubles, changes, additions, surplus } = compareLines(there, wanted);
  const removal = (await removeLines(context, doubles)) ?? (await changeLines(context, changes));
  if (removal !== null) return removal;
  const added = await addLines(context, orderId, additions);
  if (added !== null && added.kind !== "in-doubt") return added;
  return (await removeLines(context, surplus)) ?? added ?? { kind: "done", id: orderId };
}

/** What has to be done to the lines there. */
interface LineChanges {
  /** further lines of a product, by id */
  readonly doubles: readonly string[];
  readonly changes: readonly { readonly id: string; readonly line: WantedLine }[];
  readonly additions: readonly WantedLine[];
  readonly surplus: readonly string[];
}

/** Of several lines of one product the oldest stays: the one with the lowest id. */
function compareLines(there: readonly ResourceObject[], wanted: readonly WantedLine[]): LineChanges {
  const byProduct = Map.groupBy(there, ({ attributes }) => String(attributes.productId));
  const kept = new Map<string, ResourceObject>();
  const doubles: string[] = [];
  for (const [productId, same] of byProduct) {
    const [oldest, ...others] = same.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
    if (oldest !== undefined) kept.set(productId, oldest);
    doubles.push(...others.map(({ id }) => id));
  }
  const products = new Set(wanted.map(({ productId }) => productId));
  return {
    doubles,
    changes: wanted.flatMap((line) => {
      const own = kept.get(line.productId);
      return own === undefined || isEqual(own, line) ? [] : [{ id: own.id, line }];
    }),
    additions: wanted.filter(({ productId }) => !kept.has(productId)),
    surplus: [...kept].flatMap(([productId, { id }]) => (products.has(productId) ? [] : [id])),
  };
}

function isEqual({ attributes }: ResourceObject, { quantity, subtotalValue }: WantedLine): boolean {
  return holdsAmount(attributes.quantity, quantity) && holdsAmount(attributes.subtotalValue, subtotalValue);
}

async function removeLines(context: TargetContext, ids: readonly string[]): Promise<Pass | null> {
  for (const id of ids) {
    const result = await removeRecord(lineResource.name, context, id);
    if (result.kind !== "done" && result.kind !== "missing") return named(result, `line ${id}`);
  }
  return null;
}

async function changeLines(context: TargetContext, changes: LineChanges["changes"]): Promise<Pass | null> {
  for (const { id, line } of changes) {
    const { quantity, subtotalValue } = line;
    const result = await updateRecord(lineResource, context, id, { quantity, subtotalValue });
    const message = `line ${id} was deleted while the order was changed`;
    if (result.kind === "missing") return { kind: "moved", last: { kind: "in-doubt", message } };
    if (result.kind !== "done") return named(result, `line ${id} of product ${line.productId}`);
  }
  return null;
}

/** Makes lines. Once one is doubtful nothing else counts: reading now would not show a line that lands later. */
async function addLines(
  context: TargetContext,
  orderId: string,
  additions: readonly WantedLine[],
): Promise<Pass | null> {
  let doubt: WriteResult | null = null;
  let silent = 0;
  for (const { productId, quantity, subtotalValue } of additions) {
    const line: Mapped = { buyOrderId: orderId, productId, quantity, subtotalValue };
    const result = await createRecord(lineResource, context, line);
    silent = result.kind === "in-doubt" ? silent + 1 : 0;
    if (result.kind === "in-doubt") doubt ??= named(result, `the line of product ${productId}`);
    else if (result.kind !== "done")
      return doubt ?? { kind: "moved", last: named(result, `the line of product ${productId}`) };
    if (silent === silentMax) return doubt;
  }
  return doubt;
}

function isLineOfOrder(line: ResourceObject | null): line is ResourceObject {
  const { productId, buyOrderId } = fieldsOf(line?.attributes);
  return [productId, buyOrderId].every((id) => /^\d+$/.test(String(id)));
}

function named(result: WriteResult, what: string): WriteResult {
  return "message" in result ? { ...result, message: `${what}: ${result.message}` } : result;
}

function refused(message: string): Refused {
  return { kind: "refused", message };
}
