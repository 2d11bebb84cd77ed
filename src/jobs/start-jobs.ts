/** Schedules, queue and worker of one process. */
import type { Flow } from "../core/flow.ts";
import type { Trigger } from "../core/outcome.ts";
import { RunEnded } from "../engine/flow-run.ts";
import type { Workbench } from "../engine/workbench.ts";
import type { Integration } from "../store/integrations.ts";
import { createBell } from "./bell.ts";
import { bounds } from "./bounds.ts";
import { doRun } from "./do-run.ts";
import { keepTaking } from "./keep-taking.ts";
import { queueBackfills, queueDueFlows } from "./queue-due-flows.ts";
import { openRunQueue, type RunQueue } from "./run-queue.ts";
import { startWorker, type Worker } from "./work-queue.ts";

/** The jobs of one process. */
export interface Jobs {
  /**
   * Asks for a run now, in whichever process has a place for it. A run of the flow that is active already is followed
   * by this one.
   * @returns true when it was queued, or a later one was brought forward; false when one is queued for now already.
   */
  runNow(request: {
    readonly integrationId: number;
    readonly flow: string;
    readonly scope: "full" | "due";
    readonly trigger: Trigger;
  }): Promise<boolean>;
  /** A webhook was kept: it is taken up at once. Other processes find it within about a second. */
  takeUp(): void;
  /** Takes nothing more, lets runs end at a record boundary and leaves the rest to others. Call it before the store closes. */
  stop(): Promise<void>;
}

/** What the jobs of a process are to do. */
export interface JobsOptions {
  /** runs at the same time; 0 = this process queues runs and does none */
  readonly concurrency?: number;
  /** the flows of an integration's flavour */
  flowsOf(integration: Integration): readonly Flow[];
  /** whether this process looks for flows that are due, and for webhooks that were kept */
  readonly schedule: boolean;
}

/**
 * Starts the jobs of this process beside those of any other process on the same database: due flows are queued once,
 * queued runs are done by one of them, and what a killed process left is taken up by another within 15 seconds.
 */
export async function startJobs(bench: Workbench, options: JobsOptions): Promise<Jobs> {
  const bell = createBell(bench.clock);
  const queue = await openRunQueue(bench, () => bell.ring());
  const stopping = new AbortController();
  const setting = { bench, queue, flowsOf: (integration: Integration) => options.flowsOf(integration) };
  const concurrency = options.concurrency ?? bounds.concurrency;
  const worker =
    concurrency === 0
      ? null
      : startWorker({
          bench,
          queue,
          bell,
          concurrency,
          stopping: stopping.signal,
          work: (job, signal) => doRun(setting, job, signal),
        });
  const ticking = options.schedule ? tick(bench, queue, stopping.signal) : Promise.resolve();
  const doorbell = createBell(bench.clock);
  stopping.signal.addEventListener("abort", () => doorbell.ring(), { once: true });
  const answering = options.schedule ? keepTaking(setting, doorbell, stopping.signal) : Promise.resolve();
  let stopped: Promise<void> | null = null;
  return {
    runNow: (request) => queue.wish({ ...request, dueAt: null, at: null }),
    takeUp: () => doorbell.ring(),
    stop: () => {
      stopped ??= stop(bench, queue, stopping, worker, Promise.all([ticking, answering]));
      return stopped;
    },
  };
}

/** Looks for due flows about every second. Processes look at different moments, so that they do not meet. */
async function tick(bench: Workbench, queue: RunQueue, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await queueDueFlows(bench, queue);
      await queueBackfills(bench, queue);
    } catch (error) {
      bench.log("warn", "due flows could not be looked for", { error: String(error) });
    }
    await bench.clock.sleep(bounds.tickMs * (0.5 + bench.random()), stopping).catch(() => undefined);
  }
}

async function stop(
  bench: Workbench,
  queue: RunQueue,
  stopping: AbortController,
  worker: Worker | null,
  ticking: Promise<unknown>,
): Promise<void> {
  stopping.abort(new RunEnded("stopped"));
  const inTime = new AbortController();
  const ended = Promise.all([ticking, worker?.ended]).then(() => inTime.abort());
  await Promise.race([ended, bench.clock.sleep(bounds.stopMs, inTime.signal).catch(() => undefined)]);
  if (!inTime.signal.aborted)
    await worker?.release().catch((error: unknown) => {
      bench.log("warn", "runs could not be given back; their heartbeat ends them", { error: String(error) });
    });
  await queue.close();
}
