import type { CallPurpose } from "../core/budget.ts";
import type { CallRequest, Judgement } from "../core/connector.ts";

/**
 * Says which call of a door asks anew about a day that the vendor said is spent: of a probe the first one that the vendor
 * counts, once. All others keep to the budget as it stands.
 */
export function createProbing(purpose: CallPurpose) {
  let mayAsk = purpose === "probe";
  return {
    /** The purpose of the next call. */
    next(): CallPurpose {
      const next = purpose === "probe" && !mayAsk ? "person" : purpose;
      mayAsk = false;
      return next;
    },
    /** @returns whether the answer to a probe tells of the day: it did what was asked, or refused it for the day. */
    isToldBy({ uncounted }: CallRequest, { kind, ...judgement }: Judgement): boolean {
      mayAsk = kind === "token-expired" || (kind === "ok" && uncounted === true);
      return !mayAsk && (kind === "ok" || ("reason" in judgement && judgement.reason === "day-quota"));
    },
  };
}
