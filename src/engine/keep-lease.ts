import { type RunProgress, renewRun } from "../store/runs.ts";
import { bounds } from "./bounds.ts";
import { RunEnded } from "./flow-run.ts";
import type { Workbench } from "./workbench.ts";

/** The hold on a run: renewed while it goes, lost when another process took it over. */
export interface Lease {
  readonly signal: AbortSignal;
  /** throws when the run was taken over */
  fence(): Promise<void>;
  end(): Promise<void>;
}

/** Renews the lease while the run goes; a run that lost it stops at once and writes nothing more. */
export function keepLease(
  bench: Workbench,
  runId: number,
  request: { readonly signal: AbortSignal; readonly onProgress?: (progress: RunProgress) => void },
  progress: () => RunProgress,
): Lease {
  const over = new AbortController();
  const lost = new AbortController();
  const signal = AbortSignal.any([request.signal, lost.signal]);
  let renewedAt = bench.clock.now();
  const renew = async () => {
    const now = bench.clock.now();
    const alive = await renewRun(bench.store.database, runId, progress(), new Date(now + bounds.leaseMs));
    if (!alive) lost.abort(new RunEnded("taken-over"));
    renewedAt = now;
    request.onProgress?.(progress());
  };
  const beat = async () => {
    while (!over.signal.aborted) {
      await bench.clock.sleep(bounds.leaseRenewalMs, over.signal);
      await renew();
    }
  };
  const beating = beat().catch((error: unknown) => {
    if (!over.signal.aborted) lost.abort(error);
  });
  return {
    signal,
    fence: async () => {
      request.onProgress?.(progress());
      if (bench.clock.now() - renewedAt >= bounds.leaseRenewalMs) await renew();
      if (lost.signal.aborted) throw lost.signal.reason;
    },
    end: async () => {
      over.abort();
      await beating;
    },
  };
}
