import { type BudgetState, exchangeBudget, freshBudget } from "../core/budget.ts";
import type { AccessToken } from "../core/connector.ts";
import type { BudgetLedger, TokenVault } from "../core/ledger.ts";

/** A ledger for one test, with what it has seen. */
export function memoryLedger(): BudgetLedger & { state: BudgetState; exchanges: number } {
  return {
    state: freshBudget,
    exchanges: 0,
    async exchange(_connectionId, limits, request) {
      this.exchanges += 1;
      const answer = exchangeBudget(this.state, limits, request);
      this.state = answer.state;
      return answer.grant;
    },
  };
}

/** A vault for one test; its lock works as the stored one does. What works once is kept in `secrets`. */
export function memoryVault(secrets: Readonly<Record<string, unknown>> = {}): TokenVault {
  let token: AccessToken | null = null;
  let kept = secrets;
  let lock: Promise<unknown> = Promise.resolve();
  const renew: TokenVault["renew"] = (_connectionId, stale, signIn) => {
    const renewed = lock.then(async () => {
      if (token !== null && token.token !== stale) return token;
      token = await signIn();
      return token;
    });
    lock = renewed.catch(() => undefined);
    return renewed;
  };
  return {
    current: async () => token,
    renew,
    renewOnce: (connectionId, stale, signIn) =>
      renew(connectionId, stale.token, async () => {
        const { renewedSecrets, ...fresh } = await signIn({ secrets: kept, leaving: async () => undefined });
        kept = renewedSecrets ?? kept;
        return fresh;
      }),
  };
}
