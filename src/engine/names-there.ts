import type { Link } from "../store/links.ts";
import { findRecords } from "../store/records.ts";
import type { FlowRun } from "./flow-run.ts";

/**
 * What people call the linked records of the other vendor, such as the number of a purchase order, where the flow that runs
 * the other way has met them.
 * @returns what it is called by its id there; its id where nothing else is known.
 */
export async function namesThere(run: FlowRun, links: Iterable<Link>): Promise<(link: Link) => string> {
  const { counterpart } = run;
  const ids = [...links].map(({ targetId }) => targetId);
  const met = counterpart === null ? new Map() : await findRecords(run.bench.store.database, counterpart, ids);
  return ({ sourceId, targetId }) => {
    const label = met.get(targetId)?.label ?? "";
    // Before it is met there, it is called by the id of its source.
    return label === "" || label === sourceId ? targetId : label;
  };
}
