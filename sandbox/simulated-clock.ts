import type { Clock } from "./wire.ts";

/** Time that goes on only when a test says so. */
interface SimulatedClock extends Clock {
  /** Lets so much time pass, waking sleepers on the way. */
  advance(durationMs: number): Promise<void>;
}

/** A clock that stands still until somebody sleeps, and wakes sleepers in the order of their moments. */
export function simulatedClock(startMs: number): SimulatedClock {
  let nowMs = startMs;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    now: () => nowMs,
    sleep: (durationMs: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ atMs: nowMs + durationMs, wake });
      }),
    advance: async (durationMs: number) => {
      const endMs = nowMs + durationMs;
      // What was begun just now comes to its first sleep.
      await new Promise(setImmediate);
      for (;;) {
        sleepers.sort((left, right) => left.atMs - right.atMs);
        if (sleepers[0] === undefined || sleepers[0].atMs > endMs) break;
        const next = sleepers.shift();
        nowMs = next?.atMs ?? nowMs;
        next?.wake();
        await new Promise(setImmediate);
      }
      nowMs = endMs;
    },
  };
}
