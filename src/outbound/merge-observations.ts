import type { BudgetObservation } from "../core/budget.ts";

/** Reset moments computed from "seconds left" differ by the way of the answers. */
const sameResetMs = 60_000;

/** Answers overtake each other: the lowest count of a day holds, and a later day replaces an earlier one. */
export function mergeObservations(earlier: BudgetObservation, later: BudgetObservation): BudgetObservation {
  const apartMs = (later.dayResetsAt ?? 0) - (earlier.dayResetsAt ?? 0);
  if (apartMs > sameResetMs) return later;
  if (apartMs < -sameResetMs) return earlier;
  const remaining = [earlier.dayRemaining, later.dayRemaining].filter((count) => count !== undefined);
  return { ...earlier, ...later, ...(remaining.length > 0 && { dayRemaining: Math.min(...remaining) }) };
}
