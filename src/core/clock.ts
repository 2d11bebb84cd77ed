/** Time and randomness are arguments (architecture, law 10), so that a simulated month runs in seconds. */
export interface Clock {
  /** Now, as milliseconds since 1970 UTC. */
  now(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A source of randomness: evenly spread in [0, 1). */
export type Random = () => number;

/** The instant `milliseconds` from now. */
export function later(clock: Clock, milliseconds: number): Date {
  return new Date(clock.now() + milliseconds);
}
