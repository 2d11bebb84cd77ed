import { randomUUID } from "node:crypto";
import { type Db, fromKysely, type JobWithMetadata, PgBoss } from "pg-boss";
import type { Trigger } from "../core/outcome.ts";
import type { Workbench } from "../engine/workbench.ts";
import { lockFlow } from "../store/flow-states.ts";
import type { Executor, FlowKey } from "../store/schema.ts";
import { bounds } from "./bounds.ts";
import { engineDatabase } from "./engine-database.ts";

/** What a queued run carries. */
export interface RunJob extends FlowKey {
  readonly scope: "full" | "due" | "backfill";
  readonly trigger: Trigger;
  /** the time on the flow's grid that this run is for (ISO 8601); null where no schedule asked for it */
  readonly dueAt: string | null;
}

/** A wish that a flow be run. */
interface RunWish extends RunJob {
  /** not before this moment, milliseconds since 1970; null = now */
  readonly at: number | null;
}

/** The queue of runs, as all processes on one database see it. */
export interface RunQueue {
  readonly boss: PgBoss;
  readonly name: string;
  /**
   * Queues a run, or brings the one that is queued already forward when the wish is earlier.
   * @returns whether this changed anything; false when a run was queued for that time or earlier already.
   */
  wish(wish: RunWish): Promise<boolean>;
  /**
   * The same for many, inside a transaction that holds the rows of their flow states. Those of one group are taken in
   * the given order.
   */
  wishInside(executor: Executor, wishes: readonly RunWish[]): Promise<void>;
  /** Lets go of the database within a bound. */
  close(): Promise<void>;
}

const queueName = "run-flow";

const queueOptions = {
  notify: true,
  heartbeatSeconds: bounds.heartbeatSeconds,
  expireInSeconds: bounds.longestRunSeconds,
  retryLimit: bounds.retries,
  retryDelay: bounds.firstRetrySeconds,
  retryDelayMax: bounds.longestRetrySeconds,
  retryBackoff: true,
  deleteAfterSeconds: bounds.keptSeconds,
  retentionSeconds: bounds.queuedSeconds,
} as const;

/**
 * Opens the queue, making or migrating the tables of the job engine under its own lock.
 *
 * The policy is `short`: at most one queued run per key, any number of active ones. That at most one run of a flow is
 * active is kept by its group when runs are taken (which passes over the queued ones of a busy group), and for certain
 * by the claim of the run itself. The flows of an integration are one group, its exports another, so that an export does
 * not wait behind a long sync; backfills, which last for days, are a third. The other policies do worse: `exclusive` drops a wish that comes while its key is active;
 * under `stately` the engine works from a list of active keys that is some seconds old, so that a run waiting behind
 * another was taken 3 s late, and without groups stopped the whole queue for 3 s.
 */
export async function openRunQueue(bench: Workbench, onWake: () => void): Promise<RunQueue> {
  const { log } = bench;
  const boss = new PgBoss({
    db: engineDatabase(bench.store, log, onWake),
    schema: "pgboss",
    // Schedules are our own rows (flow_state); the engine's cron is not used.
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: bounds.monitorSeconds,
    monitorIntervalSeconds: bounds.monitorSeconds,
    maintenanceIntervalSeconds: bounds.clearingSeconds,
    queueCacheIntervalSeconds: bounds.queueCacheSeconds,
  });
  boss.on("error", (error) => log("warn", "the job engine met an error", { error: error.message }));
  boss.on("warning", (warning) => log("warn", warning.message));
  const close = () => within(bounds.engineStopMs, boss.stop({ graceful: false, close: false }));
  try {
    await oneAtATime(bench, async () => {
      await boss.start();
      await boss.createQueue(queueName, { policy: "short", ...queueOptions });
      // The bounds of this version, where an older one made the queue.
      await boss.updateQueue(queueName, queueOptions);
    });
    // The engine knows the queue before something is sent inside a transaction.
    await boss.getQueue(queueName);
  } catch (error) {
    await close();
    throw error;
  }
  const groupOf = groupsOf(bench);
  const offerInside = (executor: Executor, wish: RunWish) =>
    offer({ boss, db: fromKysely(executor), groupOf }, wish, bench.clock.now());
  return {
    boss,
    name: queueName,
    wish: (wish) =>
      bench.store.database.transaction().execute(async (executor) => {
        // Wishes for one flow come one after another, so that a later time never overwrites an earlier one.
        await lockFlow(executor, wish);
        return offerInside(executor, wish);
      }),
    wishInside: async (executor, wishes) => {
      const met = await insert({ boss, db: fromKysely(executor), groupOf }, wishes);
      for (const wish of met) await offerInside(executor, wish);
    },
    close,
  };
}

/** Names the advisory lock under which processes make the tables of the job engine: its own begins after its schema is there. */
const startingLock = 7_340_021;

async function oneAtATime({ store }: Workbench, start: () => Promise<void>): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [startingLock]);
    await start();
    await client.query("select pg_advisory_unlock($1)", [startingLock]);
    client.release();
  } catch (error) {
    // The lock goes with its connection.
    client.release(true);
    throw error;
  }
}

/** What a wish is queued with. */
interface Desk {
  readonly boss: PgBoss;
  readonly db: Db;
  groupOf(job: RunJob): string;
}

/**
 * Tells the group of a run by the purpose of its flow. A name that several kinds use for different purposes stays with
 * the other flows of its integration: it waits longer than it must, and nothing else.
 */
function groupsOf({ kinds }: Workbench): (job: RunJob) => string {
  const flows = [...kinds.values()].flatMap((kind) => kind.flows);
  const others = new Set(flows.filter(({ purpose }) => purpose !== "export").map(({ name }) => name));
  const exports = new Set(flows.map(({ name }) => name).filter((name) => !others.has(name)));
  return ({ integrationId, flow, scope }) => {
    if (scope === "backfill") return `${integrationId}/backfill`;
    return exports.has(flow) ? `${integrationId}/export` : String(integrationId);
  };
}

/** Queues a wish or moves the queued run; between the two a worker may take that run, so the wish is offered again. */
async function offer(desk: Desk, wish: RunWish, now: number): Promise<boolean> {
  for (let left = bounds.offers; left > 0; left -= 1) {
    const met = await insert(desk, [wish]);
    if (met.length === 0) return true;
    const queued = await findQueued(desk, wish);
    if (queued !== undefined) return bringForward(desk, queued, wish, now);
  }
  throw new Error(`the run ${keyOf(wish)} could not be queued in ${bounds.offers} attempts`);
}

async function findQueued({ boss, db }: Desk, wish: RunWish): Promise<JobWithMetadata<RunJob> | undefined> {
  const jobs = await boss.findJobs<RunJob>(queueName, { key: keyOf(wish), queued: true, db });
  return jobs.find((job) => job.state === "created");
}

async function bringForward(
  { boss, db }: Desk,
  queued: JobWithMetadata<RunJob>,
  wish: RunWish,
  now: number,
): Promise<boolean> {
  const at = wish.at ?? now;
  const earlier = at < queued.startAfter.getTime();
  const dueAt = wish.dueAt ?? queued.data.dueAt;
  if (!earlier && dueAt === queued.data.dueAt) return false;
  const data: RunJob = { ...queued.data, dueAt, ...(earlier ? { trigger: wish.trigger } : {}) };
  await boss.update(queueName, data, { id: queued.id, db, ...(earlier ? { startAfter: new Date(at) } : {}) });
  return earlier;
}

/** Queues what can be queued. @returns the wishes that met a queued run of their key. */
async function insert({ boss, db, groupOf }: Desk, wishes: readonly RunWish[]): Promise<RunWish[]> {
  // Of runs of one group that were queued together the engine takes the one with the lowest id first.
  const ids = wishes.map(() => randomUUID()).sort();
  const jobs = wishes.map(({ at, ...data }, position) => ({
    id: String(ids[position]),
    data,
    singletonKey: keyOf(data),
    group: { id: groupOf(data) },
    ...(at === null ? {} : { startAfter: new Date(at) }),
  }));
  const queued = new Set(await boss.insert(queueName, jobs, { db, returnId: true }));
  return wishes.filter((_, position) => !queued.has(String(ids[position])));
}

function keyOf(job: Pick<RunJob, "integrationId" | "flow" | "scope">): string {
  return `${job.integrationId}/${job.flow}/${job.scope}`;
}

/** Waits for something to end, at the longest so many milliseconds of the machine's time. */
async function within(milliseconds: number, end: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([end, late]);
  clearTimeout(timer);
}
