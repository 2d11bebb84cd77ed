/** What outbound needs kept for it, shared by all processes; the store implements both. */
import type { BudgetGrant, BudgetLimits, BudgetRequest } from "./budget.ts";
import type { AccessToken } from "./connector.ts";

/** The stored budget of a connection; an exchange is written only over the state it was computed from. */
export interface BudgetLedger {
  exchange(connectionId: number, limits: BudgetLimits, request: BudgetRequest): Promise<BudgetGrant>;
}

/** The stored access token of a connection. */
export interface TokenVault {
  current(connectionId: number): Promise<AccessToken | null>;
  /**
   * Runs `signIn` under a lock that all processes share, unless another one has renewed the token since `stale` was
   * read; the new token is saved before anyone uses it.
   * @param stale the token that no longer works, or null when there was none
   */
  renew(connectionId: number, stale: string | null, signIn: () => Promise<AccessToken>): Promise<AccessToken>;
}
