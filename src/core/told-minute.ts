/** The minute as a vendor's headers tell it: its limit by the account's plan, and what is left of it (Salla, rate limits). */

/** What an answer said of the vendor's minute. */
export interface MinuteObservation {
  /** calls that the vendor allows a minute */
  readonly minuteLimit?: number;
  readonly minuteRemaining?: number;
  /** when the minute's count starts again, in milliseconds since 1970 */
  readonly minuteResetsAt?: number;
}

/** What a budget keeps of it. */
interface ToldMinute {
  readonly minuteLimit?: number;
  readonly pausedUntil: number | null;
  readonly pauseReason: "minute-quota" | "day-quota" | "concurrency" | null;
}

/** The part of the vendor's minute that is used: others may call for the same account. */
const usedShare = 0.8;
/** A reset that is further away than this is no minute's. */
const longestMinutes = 5;

/** The limits below what the vendor told of its minute; before it did, those for that time. */
export function withinToldMinute<Limits extends { readonly perMinute: number; readonly untoldPerMinute?: number }>(
  { minuteLimit }: ToldMinute,
  limits: Limits,
): Limits {
  const { untoldPerMinute, perMinute } = limits;
  if (minuteLimit === undefined) return { ...limits, perMinute: untoldPerMinute ?? perMinute };
  return { ...limits, perMinute: Math.max(1, Math.min(perMinute, Math.floor(minuteLimit * usedShare))) };
}

/**
 * Takes over what an answer said. Where no more is left than is in flight, nobody calls before the minute starts again:
 * the vendor has not refused anything yet, so the pace stays.
 * @param inFlight calls that the vendor may not have counted yet
 */
export function applyMinute<State extends ToldMinute>(
  state: State,
  observed: MinuteObservation,
  { now, minuteMs, inFlight }: { readonly now: number; readonly minuteMs: number; readonly inFlight: number },
): State {
  const { minuteLimit, minuteRemaining, minuteResetsAt } = observed;
  const next = minuteLimit === undefined ? state : { ...state, minuteLimit };
  if (minuteRemaining === undefined || minuteResetsAt === undefined || minuteRemaining > inFlight) return next;
  const isMinutes = minuteResetsAt - now <= longestMinutes * minuteMs;
  if (!isMinutes || minuteResetsAt <= (state.pausedUntil ?? now)) return next;
  return { ...next, pausedUntil: minuteResetsAt, pauseReason: "minute-quota" };
}
