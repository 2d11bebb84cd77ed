import type { Clock } from "../core/clock.ts";

/** The longest that a Node timer can be set to; a longer one would fire at once. */
const timerMaxMs = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  async sleep(milliseconds, signal) {
    const end = Date.now() + milliseconds;
    for (let left = milliseconds; left > 0; left = end - Date.now()) await nap(Math.min(left, timerMaxMs), signal);
    signal?.throwIfAborted();
  },
};

function nap(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
