import { NeedsPerson } from "../core/errors.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * Looks whether everything that the options choose at the source still exists, before anything is read by them. A
 * chosen warehouse that disappeared would read as a stock of 0 (product.md, option warehouseIds).
 * @throws {NeedsPerson} naming what disappeared.
 */
export async function checkChosen(run: FlowRun): Promise<void> {
  const chosen = run.flow.chosen?.(run.options as never) ?? null;
  if (chosen === null || chosen.ids.length === 0) return;
  const known = await run.lookUp(chosen.set);
  const gone = chosen.ids.find((id) => !known.has(id));
  if (gone === undefined) return;
  const vendor = run.bench.vendorTitle(run.flow.from.vendor);
  throw new NeedsPerson(
    { code: "warehouse-gone", parameters: { warehouse: gone, vendor } },
    `${vendor} no longer has ${chosen.set.replace(/s$/, "")} ${gone}; the flow ${run.flow.name} stops before it takes its stock as 0`,
  );
}
