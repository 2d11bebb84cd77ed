/**
 * A clock on which nothing takes time but waiting: it jumps to the next sleeper as soon as nobody works any more. Work is
 * a statement that the database has not answered, or anything that the event loop still has to do.
 */
import pg from "pg";
import type { Clock } from "../src/core/clock.ts";

/** Turns of the event loop in which nothing may happen before the time moves. */
const quietTurns = 3;

interface Sleeper {
  readonly at: number;
  /** those of one moment wake in the order in which they lay down */
  readonly number: number;
  readonly wake: () => void;
  gone: boolean;
}

export interface SimulatedClock extends Clock {
  /** how often the time moved */
  moves(): number;
  /** Time stands still until `work` has ended, for work that the clock cannot see, such as reading a file. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Makes a clock that stands at a moment (milliseconds since 1970). Timers of Node go on in real time beside it. */
export function createSimulatedClock(startMs: number): SimulatedClock {
  let now = startMs;
  let moves = 0;
  let count = 0;
  let holds = 0;
  let looking = false;
  const sleepers: Sleeper[] = [];
  const database = watchDatabase(() => look());

  const look = () => {
    if (looking || sleepers.length === 0) return;
    looking = true;
    let turns = 0;
    const turn = () => {
      if (holds > 0 || database.busy() > 0) {
        // Its end looks again.
        looking = false;
        return;
      }
      turns += 1;
      if (turns < quietTurns) {
        setImmediate(turn);
        return;
      }
      looking = false;
      move();
    };
    setImmediate(turn);
  };
  const move = () => {
    let moved = false;
    for (let first = sleepers[0]; first !== undefined; first = sleepers[0]) {
      if (!first.gone && moved && first.at > now) break;
      take(sleepers);
      if (first.gone) continue;
      now = Math.max(now, first.at);
      moved = true;
      first.wake();
    }
    if (moved) moves += 1;
    look();
  };
  return {
    now: () => now,
    moves: () => moves,
    during: async (work) => {
      holds += 1;
      try {
        return await work();
      } finally {
        holds -= 1;
        look();
      }
    },
    sleep: (milliseconds, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (!(milliseconds > 0)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          sleeper.gone = true;
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        };
        const sleeper: Sleeper = { at: now + milliseconds, number: count++, wake, gone: false };
        signal?.addEventListener("abort", onAbort, { once: true });
        put(sleepers, sleeper);
        look();
      });
    },
  };
}

/**
 * Counts what the database has to do for this process: connections that are asked for, and statements without an answer.
 * Who waits for an advisory lock waits for somebody who may sleep, so that this is no work.
 */
function watchDatabase(onRest: () => void): { busy(): number } {
  let busy = 0;
  const begin = () => {
    busy += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      busy -= 1;
      if (busy === 0) onRest();
    };
  };
  const connect = pg.Pool.prototype.connect as Asked;
  pg.Pool.prototype.connect = function (this: pg.Pool, ...given: unknown[]) {
    return untilAnswered(begin(), given, (args) => connect.apply(this, args));
  } as typeof pg.Pool.prototype.connect;
  const query = pg.Client.prototype.query as Asked;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    if (String(given[0]).startsWith(lockWait)) return query.apply(this, given);
    return untilAnswered(begin(), given, (args) => query.apply(this, args));
  } as typeof pg.Client.prototype.query;
  return { busy: () => busy };
}

const lockWait = "select pg_advisory_lock";

/** What of `pg` answers by a promise, or calls back the last of its arguments. */
type Asked = (this: unknown, ...given: unknown[]) => unknown;

function untilAnswered(end: () => void, given: unknown[], ask: (given: unknown[]) => unknown): unknown {
  const callback = given.at(-1);
  if (typeof callback === "function") {
    const done = (...answer: unknown[]) => {
      end();
      return callback(...answer);
    };
    return ask([...given.slice(0, -1), done]);
  }
  const answer = ask(given);
  if (answer instanceof Promise) answer.then(end, end);
  else end();
  return answer;
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.number < other.number);
}

/** A binary heap: the first to wake stands first. */
function put(heap: Sleeper[], sleeper: Sleeper): void {
  let at = heap.push(sleeper) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, sleeper)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = sleeper;
}

function take(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    if (one === undefined) break;
    const below = other !== undefined && isBefore(other, one) ? left + 1 : left;
    const child = heap[below];
    if (child === undefined || isBefore(last, child)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
