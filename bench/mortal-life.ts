/**
 * Processes that die on a simulated clock. All of one process (its statements, calls and pauses) belongs to one life; where
 * a life ends, everything of it fails from that moment on and nothing more of it reaches the database or a vendor. Its
 * locks and open transactions go with its connections, as after `kill -9`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";
import type { Clock } from "../src/core/clock.ts";
import type { HttpOutcome, Transport } from "../src/outbound/transport.ts";

/** What everything of a dead process fails with. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

/** One process. */
export interface Life {
  readonly clock: Clock;
  readonly transport: Transport;
  /** resolves when the process has died */
  readonly died: Promise<void>;
  isDead(): boolean;
  /** Does work of this process. */
  run<Result>(work: () => Result): Result;
  /** The process dies at its next statement or call after so many more. */
  dieAfter(steps: number): void;
  /** It dies between two steps. */
  die(): void;
}

const present = new AsyncLocalStorage<{ step(): void }>();
let watched = false;

/** A process that is born now. @param random whether it dies before a call leaves or after the vendor has done it */
export function beginLife(surroundings: { clock: Clock; transport: Transport; random: () => number }): Life {
  watchStatements();
  const { clock, transport, random } = surroundings;
  const end = new AbortController();
  const death = () => new ProcessDied("this process was killed");
  let left = Number.POSITIVE_INFINITY;
  let tell: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const isDead = () => end.signal.aborted;
  const die = () => {
    if (isDead()) return;
    end.abort(death());
    tell();
  };
  const isLast = () => {
    left -= 1;
    return left <= 0;
  };
  const step = () => {
    if (!isDead() && isLast()) die();
    if (isDead()) throw death();
  };
  return {
    died,
    isDead,
    die,
    dieAfter: (steps) => {
      left = steps;
    },
    run: (work) => present.run({ step }, work),
    clock: {
      now: () => clock.now(),
      sleep: (milliseconds, signal) =>
        clock.sleep(milliseconds, signal === undefined ? end.signal : AbortSignal.any([signal, end.signal])),
    },
    transport: async (request) => {
      if (isDead()) throw death();
      const last = isLast();
      if (last && random() < 0.5) die();
      if (isDead()) throw death();
      let outcome: HttpOutcome;
      try {
        outcome = await transport(request);
      } finally {
        if (last) die();
      }
      if (isDead()) throw death();
      return outcome;
    },
  };
}

/** Statements count as steps of the life in which they are made; those of nobody's are left alone. */
function watchStatements(): void {
  if (watched) return;
  watched = true;
  const query = pg.Client.prototype.query as (this: unknown, ...given: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    try {
      present.getStore()?.step();
    } catch (error) {
      const callback = given.at(-1);
      if (typeof callback !== "function") return Promise.reject(error);
      return void setImmediate(() => callback(error));
    }
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query;
}
