import type { Clock } from "../core/clock.ts";

/** Lets a loop wait for the next look without missing what happens in between. */
export interface Bell {
  ring(): void;
  /** Resolves after so many milliseconds, or at once when it rang since the last wait. */
  wait(milliseconds: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    wait: async (milliseconds) => {
      await clock.sleep(milliseconds, rung.signal).catch(() => undefined);
      rung = new AbortController();
    },
  };
}
