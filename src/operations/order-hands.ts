import { InvalidInput } from "../core/errors.ts";
import { noOutcomes } from "../core/outcome.ts";
import { explain } from "../core/reasons.ts";
import type { FlowRun } from "../engine/flow-run.ts";
import { openHands } from "../engine/open-hands.ts";
import { stockFlows } from "../engine/stock/note-orders.ts";
import { heldOrderCalled } from "../store/held-orders.ts";
import { type Desk, flowsOf, integrationNamed } from "./desk.ts";

/** An order that a person decides about, and the hands to do it with. */
export interface OrderInHand {
  readonly run: FlowRun;
  readonly id: string;
  readonly label: string;
}

/**
 * Looks an order up at the shop and does something with it, outside any run: what is written follows in one.
 * @param order its number or id, as people have it
 * @throws {InvalidInput} where the integration has no orders, or the text means no order or two, naming them
 */
export async function withOrder<Result>(
  desk: Desk,
  given: { readonly integration: string; readonly order: string; readonly signal: AbortSignal },
  work: (order: OrderInHand) => Promise<Result>,
): Promise<Result> {
  const integration = await integrationNamed(desk, given.integration);
  const flow = flowsOf(desk, integration).find(({ stock }) => stock?.role === "takes");
  if (flow === undefined)
    throw new InvalidInput("integration", `${integration.name} has no orders that a person decides about`);
  const hands = await openHands(desk, integration, { signal: given.signal, purpose: "person", calls: {} });
  try {
    const run = hands.flowRun(flow, {
      runId: 0,
      counts: noOutcomes(),
      fence: async () => undefined,
      giveUp: () => undefined,
      plan: null,
      approved: null,
      refuse: () => undefined,
    });
    const found = (await run.source.named?.(given.order.trim())) ?? [];
    const [first, ...others] = found;
    const vendor = desk.vendorTitle(flow.from.vendor);
    if (first === undefined) {
      // What was deleted at the shop is still a person's to decide about, as long as its goods are held.
      const gone = await heldOrderCalled(desk.store.database, stockFlows(run), given.order.trim());
      if (gone !== null) return await work({ run, ...gone });
      throw new InvalidInput("order", `there is no order ${given.order} in ${vendor}`);
    }
    if (others.length > 0) {
      const orders = found.map(({ id, label, by }) => `${by} of ${label}, id ${id}`).join("; ");
      const { sentence } = explain({ code: "number-of-two", parameters: { order: given.order, orders } });
      throw new InvalidInput("order", sentence);
    }
    return await work({ run, id: first.id, label: flow.label(first.row as never) });
  } finally {
    await hands.close();
  }
}
