import type { BudgetRequest } from "../core/budget.ts";
import { mergeObservations } from "./merge-observations.ts";

/** What a process has learnt of a budget since it last told the ledger. */
export type BudgetNews = Pick<BudgetRequest, "observed" | "pause" | "probed">;

/** Both together: the lowest count of a day and the longest pause hold. */
export function mergeNews(earlier: BudgetNews, later: BudgetNews): BudgetNews {
  const { observed, pause } = earlier;
  const observations = later.observed && observed ? mergeObservations(observed, later.observed) : later.observed;
  const isLonger = pause === undefined || (later.pause !== undefined && later.pause.until > pause.until);
  const merged = {
    observed: observations ?? observed,
    pause: isLonger ? later.pause : pause,
    probed: later.probed ?? earlier.probed,
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}
