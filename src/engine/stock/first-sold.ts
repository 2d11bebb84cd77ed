/** A line that names only a SKU sold the unit that held it when its order was first read, whatever holds it now. */
import type { SoldLine, TakesStock } from "../../core/flow-stock.ts";
import type { ReadResult, SourceResource } from "../../core/resources.ts";
import type { Executor } from "../../store/schema.ts";
import { keepSoldUnits, replaceSoldUnit } from "../../store/sold-units.ts";

interface FirstSold {
  readonly database: Executor;
  readonly integrationId: number;
  /** the units that orders refer to */
  products(): SourceResource<never, never> | null;
}

/** The source of a shop's orders with their lines as they were first read. */
export function withFirstSold(
  source: SourceResource<never, never>,
  takes: TakesStock<never, never>,
  { database, integrationId, products }: FirstSold,
): SourceResource<never, never> {
  const isGone = async (unit: string) => (await products()?.read([unit]))?.get(unit)?.kind === "missing";

  const asFirstSold = async (id: string, result: ReadResult<never>): Promise<ReadResult<never>> => {
    if (result.kind !== "found") return result;
    const lines = takes.lines(result.record).filter(namesOnlySku);
    if (lines.length === 0) return result;
    const present = new Map(lines.flatMap(({ sku, unit }) => (unit === null ? [] : [[sku, unit] as const])));
    const sold = [...present].map(([sku, unit]) => ({ sku, unit }));
    const first = await keepSoldUnits(database, integrationId, id, sold);
    for (const [sku, unit] of present) {
      const before = first.get(sku);
      if (before === unit || before === undefined || !(await isGone(before))) continue;
      await replaceSoldUnit(database, integrationId, id, { sku, unit });
      first.set(sku, unit);
    }
    return { kind: "found", record: takes.soldAs(result.record, first) };
  };

  return {
    ...source,
    read: async (ids) => {
      const read = await source.read(ids);
      return new Map(
        await Promise.all([...read].map(async ([id, result]) => [id, await asFirstSold(id, result)] as const)),
      );
    },
  };
}

/** Whether nothing but its SKU tells what a line sold. */
function namesOnlySku({ product, sku }: SoldLine): boolean {
  return product === null && sku !== "";
}
