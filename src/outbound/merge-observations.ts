import type { BudgetObservation } from "../core/budget.ts";
import type { MinuteObservation } from "../core/told-minute.ts";

/** Reset moments computed from "seconds left" differ by the way of the answers. */
const sameResetMs = 60_000;

/** Answers overtake each other: the lowest count of a day holds, and a later day replaces an earlier one. */
export function mergeObservations(earlier: BudgetObservation, later: BudgetObservation): BudgetObservation {
  const apartMs = (later.dayResetsAt ?? 0) - (earlier.dayResetsAt ?? 0);
  if (apartMs > sameResetMs) return later;
  if (apartMs < -sameResetMs) return earlier;
  const remaining = [earlier.dayRemaining, later.dayRemaining].filter((count) => count !== undefined);
  return {
    ...earlier,
    ...later,
    ...(remaining.length > 0 && { dayRemaining: Math.min(...remaining) }),
    ...mergeMinutes(earlier, later),
  };
}

/** The same for the minute, whose reset is a moment that the vendor names: a later one is of the next minute. */
function mergeMinutes(earlier: MinuteObservation, later: MinuteObservation): MinuteObservation {
  if (earlier.minuteResetsAt === undefined || later.minuteResetsAt === undefined) return {};
  if (earlier.minuteResetsAt > later.minuteResetsAt) {
    const { minuteRemaining, minuteResetsAt } = earlier;
    return { minuteResetsAt, ...(minuteRemaining !== undefined && { minuteRemaining }) };
  }
  if (earlier.minuteResetsAt < later.minuteResetsAt) return {};
  const remaining = [earlier.minuteRemaining, later.minuteRemaining].filter((count) => count !== undefined);
  return remaining.length > 0 ? { minuteRemaining: Math.min(...remaining) } : {};
}
