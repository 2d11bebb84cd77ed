import type { CallPurpose } from "../core/budget.ts";

/** A call that waits for the budget. */
export interface Waiter {
  readonly purpose: CallPurpose;
  readonly owner: object;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  settled: boolean;
}

/** Lets a waiter go, or refuses it: whichever comes first. */
export function settle(waiter: Waiter, finish: () => void): void {
  if (waiter.settled) return;
  waiter.settled = true;
  finish();
}
