/** What outbound needs kept for it, shared by all processes; the store implements both. */
import type { BudgetGrant, BudgetLimits, BudgetRequest } from "./budget.ts";
import type { AccessToken } from "./connector.ts";

/** The stored budget of a connection; an exchange is written only over the state it was computed from. */
export interface BudgetLedger {
  exchange(connectionId: number, limits: BudgetLimits, request: BudgetRequest): Promise<BudgetGrant>;
}

/** A token that does for now, and what became of it. */
export interface StaleToken {
  /** null when there was none */
  readonly token: string | null;
  /** true: the vendor no longer takes it; false: it works until its end */
  readonly refused: boolean;
}

/** What a sign-in that works once is given under the lock. */
export interface SingleUse {
  /** as they are stored at this moment */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** to be awaited before anything leaves: from then on a lost answer uses the secrets up */
  leaving(): Promise<void>;
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
  /**
   * As `renew`, where what signs in works only once (architecture, law 8): the secrets are read under the lock, and both the
   * token and `renewedSecrets` are saved before anyone uses them. Where the answer to an earlier or this renewal was lost,
   * nothing is sent again: the token that is left is given until its end. `vendor` is its name as people write it.
   * @throws {NeedsPerson} renewal-lost, where no token is left. What `signIn` throws, where no token is left.
   */
  renewOnce(
    connectionId: number,
    stale: StaleToken & { readonly vendor: string },
    signIn: (given: SingleUse) => Promise<AccessToken>,
  ): Promise<AccessToken>;
}
