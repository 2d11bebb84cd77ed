/** Takes queued runs and does them, a bounded number at a time. */
import type { Job } from "pg-boss";
import { RunEnded } from "../engine/flow-run.ts";
import type { Workbench } from "../engine/workbench.ts";
import type { Bell } from "./bell.ts";
import { bounds } from "./bounds.ts";
import type { RunJob, RunQueue } from "./run-queue.ts";

/** What a worker is made of. */
export interface WorkerParts {
  readonly bench: Workbench;
  readonly queue: RunQueue;
  readonly bell: Bell;
  readonly concurrency: number;
  /** aborted: take nothing more, and let the runs end at a record boundary */
  readonly stopping: AbortSignal;
  /** does one run; what it throws makes the queue try the run again with backoff */
  work(job: RunJob, signal: AbortSignal): Promise<void>;
}

/** Works until stopped. */
export interface Worker {
  /** Resolves when the worker was stopped and every run of it has ended. */
  readonly ended: Promise<void>;
  /** Gives the runs that did not end back to the queue, for another process. */
  release(): Promise<void>;
}

interface Held {
  readonly job: Job<RunJob>;
  readonly lost: AbortController;
}

/**
 * One loop takes runs for all free places of the process, so that two runs of one group are never taken at the same
 * moment; `work()` of the job engine polls once per place and does not see what the others take.
 */
export function startWorker(parts: WorkerParts): Worker {
  const { bench, queue, stopping } = parts;
  const held = new Map<string, Held>();
  const running = new Set<Promise<void>>();
  const allEnded = new AbortController();
  const take = (job: Job<RunJob>) => {
    const place: Held = { job, lost: new AbortController() };
    held.set(job.id, place);
    const run = settle(parts, place).finally(() => {
      held.delete(job.id);
      running.delete(run);
      parts.bell.ring();
    });
    running.add(run);
  };
  const fetching = fetchRuns(parts, () => parts.concurrency - running.size, take);
  const touching = touchRuns(parts, held, allEnded.signal);
  const ended = fetching
    .then(() => Promise.all(running))
    .then(() => allEnded.abort())
    .then(() => touching);
  stopping.addEventListener("abort", () => parts.bell.ring(), { once: true });
  return {
    ended,
    release: async () => {
      allEnded.abort();
      const attempts = [...held.values()].map(({ job }) => ({ id: job.id, retryCount: job.retryCount }));
      for (const { lost } of held.values()) lost.abort(new RunEnded("taken-over"));
      if (attempts.length === 0) return;
      await queue.boss.fail(queue.name, attempts, new Error("its process was stopped"));
      bench.log("warn", `${attempts.length} runs did not end within ${bounds.stopMs} ms and were given back`);
    },
  };
}

async function fetchRuns(parts: WorkerParts, free: () => number, take: (job: Job<RunJob>) => void): Promise<void> {
  const { bench, queue, bell, stopping } = parts;
  while (!stopping.aborted) {
    let taken = 0;
    try {
      const places = free();
      if (places > 0) {
        const jobs = await queue.boss.fetch<RunJob>(queue.name, {
          batchSize: places,
          groupConcurrency: bounds.runsPerGroup,
        });
        for (const job of jobs) take(job);
        taken = jobs.length;
      }
    } catch (error) {
      bench.log("warn", "queued runs could not be looked for", { error: String(error) });
    }
    // Something was taken: there may be more, for other places or other groups.
    if (taken === 0) await bell.wait(bounds.pollMs * (0.5 + bench.random()));
  }
}

/** Does a run and tells the queue how it ended. Both are about this attempt only, should another process hold it by now. */
async function settle(parts: WorkerParts, { job, lost }: Held): Promise<void> {
  const { bench, queue, stopping } = parts;
  const attempt = { id: job.id, retryCount: job.retryCount };
  const failure = await parts.work(job.data, AbortSignal.any([stopping, lost.signal])).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  try {
    if (failure === null) await queue.boss.complete(queue.name, attempt);
    else {
      bench.log("warn", "the run will be tried again, unless this was its last attempt", {
        integration: job.data.integrationId,
        flow: job.data.flow,
        attempt: job.retryCount + 1,
        attempts: bounds.retries + 1,
        error: failure.message,
      });
      await queue.boss.fail(queue.name, attempt, failure);
    }
  } catch (error) {
    // Not heard of any more, the attempt comes to an end by its heartbeat.
    bench.log("warn", "the end of a run could not be told to the queue", { error: String(error) });
  }
}

/** Says that the runs are alive; one that another process holds by now is stopped. */
async function touchRuns(parts: WorkerParts, held: ReadonlyMap<string, Held>, over: AbortSignal): Promise<void> {
  const { bench, queue } = parts;
  for (;;) {
    await bench.clock.sleep(bounds.touchMs, over).catch(() => undefined);
    if (over.aborted) return;
    const places = [...held.values()];
    if (places.length === 0) continue;
    try {
      const attempts = places.map(({ job }) => ({ id: job.id, retryCount: job.retryCount }));
      // The answer carries the ids of the attempts that are still ours; its published type leaves them out.
      const answer = (await queue.boss.touch(queue.name, attempts)) as { readonly settled?: readonly string[] };
      const ours = new Set(answer.settled ?? []);
      for (const { job, lost } of places)
        if (held.has(job.id) && !ours.has(job.id)) lost.abort(new RunEnded("taken-over"));
    } catch (error) {
      bench.log("warn", "the heartbeat of the runs could not be sent", { error: String(error) });
    }
  }
}
