import { later } from "../../core/clock.ts";
import { RetryLater } from "../../core/errors.ts";
import { takeStockLock } from "../../store/stock-lock.ts";
import { bounds } from "../bounds.ts";
import type { FlowRun } from "../flow-run.ts";

/**
 * Does the work while nobody else works on the stock of the run's integration; waits for whoever does. A lock that is lost
 * meanwhile ends the run at its next fence.
 * @throws {RetryLater} where others hold it too long
 */
export async function aloneWithStock<T>(run: FlowRun, work: () => Promise<T>): Promise<T> {
  const { store, clock } = run.bench;
  const { integrationId } = run.key;
  const wait = { signal: run.signal, looks: bounds.stockLooks };
  const lock = await takeStockLock(store, integrationId, wait);
  if (lock === null)
    throw new RetryLater(later(clock, bounds.stockHeldMs), `others work on the stock of ${run.integration.name}`);
  run.locks.add(lock);
  try {
    return await work();
  } finally {
    run.locks.delete(lock);
    await lock.release();
  }
}
