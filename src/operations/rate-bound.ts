import type { Clock } from "../core/clock.ts";

/** Says whether one more may come; counted in windows, for each number by itself. */
export interface RateBound {
  take(of: number): boolean;
}

/** A bound of this process. @param most how many of one number in a window of so many milliseconds */
export function createRateBound(
  { most, windowMs }: { readonly most: number; readonly windowMs: number },
  clock: Clock,
): RateBound {
  let window = Number.NaN;
  const taken = new Map<number, number>();
  return {
    take: (of) => {
      const current = Math.floor(clock.now() / windowMs);
      if (current !== window) taken.clear();
      window = current;
      const count = (taken.get(of) ?? 0) + 1;
      taken.set(of, count);
      return count <= most;
    },
  };
}
