/** What the writing of quantities works with, and what it knows of the counted units. */
import { countId, type OfferRecord, type OffersStock, readCountId, type StockPlace } from "../../core/flow-stock.ts";
import { findLinks } from "../../store/links.ts";
import type { FlowRun } from "../flow-run.ts";

/** What the writing of quantities works with. */
export interface OfferWork {
  readonly run: FlowRun;
  readonly stock: OffersStock<never>;
  readonly orders: FlowRun;
  readonly products: FlowRun;
  readonly counts: FlowRun;
  readonly places: readonly StockPlace[];
}

/** The part of a run's flow in the stock equation, with the flows it works with; null for all other flows. */
export function offerWork(run: FlowRun): OfferWork | null {
  const { stock } = run.flow;
  if (stock?.role !== "offers") return null;
  const sibling = (name: string) => {
    const found = run.sibling(name);
    if (found === null)
      throw new Error(`flow ${run.flow.name} works with ${name}, which is not a flow of this integration`);
    return found;
  };
  return {
    run,
    stock,
    orders: sibling(stock.orders),
    products: sibling(stock.products),
    counts: sibling(stock.counts),
    places: stock.places(run.options as never),
  };
}

/** Which of the units were counted at the place: only those are ever written (rules S6, S12). */
export async function countedUnits(
  work: OfferWork,
  place: StockPlace,
  units: readonly string[],
): Promise<ReadonlySet<string>> {
  return (await knownUnits(work, place, units)).counted;
}

/** Which of the units were counted at the place, and which were met there and left uncounted, because one side did not count them. */
export async function knownUnits(
  { run, counts }: OfferWork,
  { location }: StockPlace,
  units: readonly string[],
): Promise<{ readonly counted: ReadonlySet<string>; readonly uncounted: ReadonlySet<string> }> {
  const ids = units.map((unit) => countId(unit, location));
  const links = [...(await findLinks(run.bench.store.database, counts.key, ids)).values()];
  const unitsOf = (some: typeof links) => new Set(some.map(({ sourceId }) => readCountId(sourceId).unit));
  return { counted: unitsOf(links.filter(isCounted)), uncounted: unitsOf(links.filter((link) => !isCounted(link))) };
}

function isCounted({ written }: { readonly written: Readonly<Record<string, unknown>> | null }): boolean {
  return written?.counted !== false;
}

/** What the printed table of the flow maps. */
export function offerRecord(
  { stock, run }: OfferWork,
  place: StockPlace,
  unit: { readonly unit: string; readonly sku: string; readonly stock: string; readonly reserved: number },
): OfferRecord {
  const buffer = stock.buffer(run.options as never);
  return { id: countId(unit.unit, place.location), ...place, ...unit, buffer };
}
