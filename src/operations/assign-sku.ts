import { type AssignedSku, assignSku } from "../engine/assign-sku.ts";
import type { Desk } from "./desk.ts";
import { type FlowResult, flowResult } from "./flow-result.ts";
import { withOrder } from "./order-hands.ts";
import { sync } from "./sync.ts";

/** A SKU for what a line of an order sold. */
export interface AssignRequest {
  readonly integration: string;
  /** the order's number or id */
  readonly order: string;
  /** the id of the product, of its variant, or of the line */
  readonly product: string;
  readonly sku: string;
  readonly signal: AbortSignal;
}

/** Gives a product a SKU that it has not in its shop, and has the orders go on that wait for it (rule S11). @throws {InvalidInput} */
export async function assignSkuByHand(
  desk: Desk,
  request: AssignRequest,
): Promise<AssignedSku & { readonly flows: readonly FlowResult[] }> {
  const { integration, product, sku, signal } = request;
  const { assigned, flow } = await withOrder(desk, request, async ({ run, ...order }) => ({
    assigned: await assignSku(run, order, product.trim(), sku),
    flow: run.key.flow,
  }));
  const reports = await sync(desk, { integration, flow, scope: "due", signal });
  return { ...assigned, flows: reports.map(flowResult) };
}
