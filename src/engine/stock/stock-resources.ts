/** What flows of the stock equation read and write in place of a vendor's own resources. */
import type { Session } from "../../core/connector.ts";
import type { Flow } from "../../core/flow.ts";
import type { SourceResource, TargetResource } from "../../core/resources.ts";
import type { FlowRun } from "../flow-run.ts";
import { bringingBack } from "./bring-back.ts";
import { countSource } from "./count-source.ts";
import { countTarget } from "./count-target.ts";

/** The resources of one flow; undefined = the vendor's own. */
export interface StockResources {
  readonly source?: SourceResource<never, never>;
  readonly target?: TargetResource;
}

/** @returns null for flows that count and offer nothing */
export function stockResources(
  flow: Flow,
  sibling: (name: string) => FlowRun | null,
  to: Session | undefined,
): StockResources | null {
  const { stock } = flow;
  if (stock?.role === "counts") {
    const run = (name: string) => () => {
      const found = sibling(name);
      if (found === null)
        throw new Error(`flow ${flow.name} counts for ${name}, which is not a flow of this integration`);
      return found;
    };
    const source = countSource({ stock, products: run(stock.products), orders: run(stock.orders) });
    const target = to?.targets[flow.to.resource];
    return {
      source: source as unknown as SourceResource<never, never>,
      ...(target === undefined ? {} : { target: countTarget(target) }),
    };
  }
  if (stock?.role === "returns") {
    const target = to?.targets[flow.to.resource];
    const counts = to?.targets.counts;
    const books = to?.bookStock;
    if (target === undefined || counts === undefined || books === undefined) return null;
    return { target: bringingBack(target, { stock: books, returns: stock, counts }) };
  }
  if (stock?.role === "offers") return { source: offers, target: quantities };
  return null;
}

/** Quantities are not records that are listed and mapped one by one: `offer-stock.ts` writes them. */
const offers: SourceResource<never, never> = {
  name: "stock",
  batch: 1,
  idOf: ({ id }: { readonly id: string }) => id,
  changedAt: () => 0,
  // biome-ignore lint/correctness/useYield: nothing is listed here
  async *changedSince() {
    return;
  },
  read: async () => new Map(),
};

const written = (): never => {
  throw new Error("quantities are written by the sweep of their flow");
};

const quantities: TargetResource = {
  name: "quantities",
  create: written,
  update: written,
  find: async () => new Map(),
  oneAtATime: false,
};
