import type { Jobs } from "../jobs/start-jobs.ts";
import type { Desk } from "../operations/desk.ts";

/** What every route works with. */
export interface Api {
  readonly desk: Desk;
  readonly jobs: Pick<Jobs, "runNow" | "takeUp">;
  /** aborts when the process is to end: runs that a request waits for end at a record boundary */
  readonly stopping: AbortSignal;
}
