/** How the processes that share a connection share the calls that may be in flight at once. */

/** One process's part in the concurrency of a connection. */
export interface ProcessCalls {
  readonly calls: number;
  /** calls that found the concurrency used up, and since when: the longest waiting process goes first */
  readonly waiting: { readonly calls: number; readonly since: number } | null;
  /** after this moment the process counts as dead, and its calls as over */
  readonly until: number;
}

type InFlight = Readonly<Record<string, ProcessCalls>>;

/** What is free, less what other processes have waited for longer, up to an equal share each. */
export function concurrencyRoom(
  state: { readonly inFlight: InFlight },
  { concurrency }: { readonly concurrency: number },
  request: { readonly process: string; readonly inFlight: number; readonly now: number },
): number {
  const others = othersOf(state, request.process);
  const waitingSince = state.inFlight[request.process]?.waiting?.since ?? request.now;
  const share = Math.max(1, Math.floor(concurrency / (others.length + 1)));
  const kept = others
    .filter((other) => other.waiting !== null && other.waiting.since < waitingSince)
    .reduce((sum, other) => sum + Math.max(0, Math.min(other.waiting?.calls ?? 0, share - other.calls)), 0);
  return Math.max(1, concurrency) - request.inFlight - callsOfOthers(state, request.process) - kept;
}

/** The parts of the other processes. */
export function othersOf(state: { readonly inFlight: InFlight }, process: string): readonly ProcessCalls[] {
  return Object.entries(state.inFlight)
    .filter(([name]) => name !== process)
    .map(([, calls]) => calls);
}

/** What the other processes have in flight together. */
export function callsOfOthers(state: { readonly inFlight: InFlight }, process: string): number {
  return othersOf(state, process).reduce((sum, { calls }) => sum + calls, 0);
}
