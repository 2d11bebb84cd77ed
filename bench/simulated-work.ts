/**
 * The jobs of one process on a simulated clock: what is due is found, queued and followed up by the code that `serve`
 * runs; only the queue itself is kept in memory, with the job engine's rules (one queued run of a flow, one run of a
 * group at a time).
 */
import type { Clock } from "../src/core/clock.ts";
import { bounds } from "../src/jobs/bounds.ts";
import { doRun, type RunSetting } from "../src/jobs/do-run.ts";
import { queueBackfills, queueDueFlows } from "../src/jobs/queue-due-flows.ts";
import type { RunJob, RunQueue } from "../src/jobs/run-queue.ts";
import { takeDeliveries } from "../src/jobs/take-deliveries.ts";
import type { Mizan } from "../src/main.ts";
import { flowsOf } from "../src/operations/desk.ts";
import { listRuns, type Run } from "../src/store/runs.ts";
import { nextDueAt } from "../src/store/webhooks.ts";

/** A run that was done, with the moments of its schedule (milliseconds since 1970). */
export interface DoneRun {
  readonly job: RunJob;
  /** when it was to start: its time on the flow's grid, or when it was wished for */
  readonly dueAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** null where there was nothing to do */
  readonly run: Run | null;
}

export interface Queued extends RunJob {
  readonly at: number;
}

/** How a process works until it is stopped. */
export interface SimulatedWork {
  readonly done: readonly DoneRun[];
  /** A webhook was kept: it is taken up at once. */
  takeUp(): void;
  /** Runs that nobody has ended, for the process that comes after this one. */
  unfinished(): readonly Queued[];
  /** @throws what ended the loop of a process that was not stopped */
  stop(): Promise<void>;
}

/** What a process finds, and whether it may die. */
export interface WorkOptions {
  /** runs that a process before it left */
  readonly queued?: readonly Queued[];
  /** kept webhooks are taken up */
  readonly webhooks?: boolean;
  /** true: what fails from now on fails because the process died */
  readonly isDead?: () => boolean;
}

/** Starts the schedule and the workers. `onRun` hears of each run that has ended. */
export function startWork(
  mizan: Mizan,
  clock: Clock,
  onRun: (run: DoneRun) => void,
  { queued: found = [], webhooks = false, isDead = () => false }: WorkOptions = {},
): SimulatedWork {
  const { desk } = mizan;
  const exports = new Set(
    [...desk.kinds.values()].flatMap(({ flows }) =>
      flows.filter(({ purpose }) => purpose === "export").map(({ name }) => name),
    ),
  );
  const groupOf = ({ integrationId, flow, scope }: RunJob) =>
    `${integrationId} ${scope === "backfill" ? "backfill" : exports.has(flow) ? "export" : "flows"}`;
  let queued: Queued[] = [...found];
  const active = new Map<string, { readonly job: Queued; readonly ending: Promise<void> }>();
  const over = new AbortController();
  const done: DoneRun[] = [];
  let bell = new AbortController();
  const queue: RunQueue = memoryQueue({
    find: (wish) => queued.find((one) => keyOf(one) === keyOf(wish)),
    replace: (before, after) => {
      queued = queued.map((one) => (one === before ? after : one));
      bell.abort();
    },
    add: (wish) => {
      queued.push(wish);
      bell.abort();
    },
    now: () => clock.now(),
  });
  const setting = {
    bench: desk,
    queue,
    flowsOf: (integration: Parameters<typeof flowsOf>[1]) => flowsOf(desk, integration),
  };
  const work = async (job: Queued) => {
    const startedAt = clock.now();
    await doRun(setting, job, over.signal);
    const { integrationId, flow } = job;
    const runs = await listRuns(desk.store.database, { integrationId, flow, most: 4 });
    const isOwn = (run: Run) => (run.trigger === "backfill") === (job.scope === "backfill");
    const run = runs.find((one) => isOwn(one) && one.startedAt.getTime() >= startedAt) ?? null;
    const dueAt = job.dueAt === null ? job.at : Date.parse(job.dueAt);
    const ended = { job, dueAt, startedAt, endedAt: clock.now(), run };
    done.push(ended);
    onRun(ended);
  };
  const takeWork = () => {
    for (const job of [...queued]) {
      const group = groupOf(job);
      if (active.has(group) || job.at > clock.now()) continue;
      queued = queued.filter((one) => one !== job);
      const ending = work(job).then(
        () => {
          active.delete(group);
          bell.abort();
        },
        (error: unknown) => {
          // What a dead process was at stays unfinished.
          if (!isDead()) throw error;
        },
      );
      active.set(group, { job, ending });
    }
  };
  const loop = async () => {
    while (!over.signal.aborted) {
      bell = new AbortController();
      await queueDueFlows(desk, queue);
      await queueBackfills(desk, queue);
      const delivery = webhooks ? await takeUpWebhooks(setting, clock) : Number.POSITIVE_INFINITY;
      takeWork();
      const next = Math.min(
        delivery,
        await nextMoment(mizan, clock.now()),
        ...queued.map(({ at }) => at).filter((at) => at > clock.now()),
      );
      const signal = AbortSignal.any([over.signal, bell.signal]);
      await clock.sleep(Math.max(1, next - clock.now()), signal).catch(() => undefined);
    }
  };
  const looping = loop().catch((error: unknown) => {
    if (!isDead()) throw error;
  });
  return {
    done,
    takeUp: () => bell.abort(),
    unfinished: () => [...[...active.values()].map(({ job }) => job), ...queued],
    stop: async () => {
      over.abort();
      bell.abort();
      await looping;
      await Promise.allSettled([...active.values()].map(({ ending }) => ending));
    },
  };
}

/** Takes up the webhooks that are due. @returns when the next one is, or infinity */
async function takeUpWebhooks(setting: RunSetting, clock: Clock): Promise<number> {
  const { database } = setting.bench.store;
  for (;;) {
    const next = (await nextDueAt(database))?.getTime() ?? Number.POSITIVE_INFINITY;
    if (next > clock.now()) return next;
    await takeDeliveries(setting, "changes", 1);
    await takeDeliveries(setting, "hints", bounds.deliveriesTogether);
  }
}

/** The next moment at which the schedule may have something. */
async function nextMoment({ desk }: Mizan, now: number): Promise<number> {
  const { rows } = await desk.store.pool.query<{ at: Date | null }>(
    `select min(at) as at from (
      select next_run_at as at from flow_state
      union all select resumes_at from backfill where state = 'running'
    ) as moments where at > $1`,
    [new Date(now)],
  );
  return rows[0]?.at?.getTime() ?? now + 60_000;
}

interface Shelf {
  find(wish: RunJob): Queued | undefined;
  replace(before: Queued, after: Queued): void;
  add(wish: Queued): void;
  now(): number;
}

function memoryQueue(shelf: Shelf): RunQueue {
  const wish: RunQueue["wish"] = async ({ at: asked, ...job }) => {
    const at = asked ?? shelf.now();
    const met = shelf.find(job);
    if (met === undefined) {
      shelf.add({ ...job, at });
      return true;
    }
    const earlier = at < met.at;
    const dueAt = job.dueAt ?? met.dueAt;
    if (!earlier && dueAt === met.dueAt) return false;
    shelf.replace(met, { ...met, dueAt, ...(earlier ? { at, trigger: job.trigger } : {}) });
    return earlier;
  };
  return {
    wish,
    wishInside: async (_executor, wishes) => {
      for (const one of wishes) await wish(one);
    },
    close: async () => undefined,
    name: "simulated",
    get boss(): never {
      throw new Error("there is no job engine on a simulated clock");
    },
  };
}

function keyOf({ integrationId, flow, scope }: RunJob): string {
  return `${integrationId}/${flow}/${scope}`;
}
