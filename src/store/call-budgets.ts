import { CompiledQuery, type Kysely } from "kysely";
import { type BudgetState, exchangeBudget, freshBudget } from "../core/budget.ts";
import type { BudgetLedger } from "../core/ledger.ts";
import type { Executor, Schema } from "./schema.ts";

/** A budget row as it was read; `version` tells whether it is still so when it is written. */
interface StoredBudget {
  readonly state: BudgetState;
  readonly version: number;
}

const attemptsMax = 100;

/**
 * The call budgets of all connections. An exchange is one statement where no other process came between: the row is
 * written only in the version that was read, else it is read again. The database given commits without waiting for the disk: a
 * budget lost with the power is spent again at worst for one minute, which the room below the vendor's limit covers.
 */
export function createBudgetLedger(hasty: Kysely<Schema>): BudgetLedger {
  const known = new Map<number, StoredBudget>();
  return {
    exchange: async (connectionId, limits, request) => {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        const stored = known.get(connectionId) ?? (await readOrMake(hasty, connectionId));
        const { state, grant } = exchangeBudget(stored.state, limits, request);
        const version = stored.version + 1;
        const update = "update call_budget set state = $1, version = $2 where connection_id = $3 and version = $4";
        const { numAffectedRows } = await hasty.executeQuery(
          CompiledQuery.raw(update, [JSON.stringify(state), version, connectionId, stored.version]),
        );
        if (numAffectedRows === 1n) {
          known.set(connectionId, { state, version });
          return grant;
        }
        known.delete(connectionId);
      }
      throw new Error(`the budget of connection ${connectionId} changed ${attemptsMax} times while it was exchanged`);
    },
  };
}

async function readOrMake(hasty: Kysely<Schema>, connectionId: number): Promise<StoredBudget> {
  await hasty
    .insertInto("call_budget")
    .values({ connection_id: connectionId, state: JSON.stringify(freshBudget) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await hasty
    .selectFrom("call_budget")
    .select(["state", "version"])
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  if (row === undefined)
    throw new Error(`the budget of connection ${connectionId} cannot be read: the connection was removed`);
  return { state: row.state as unknown as BudgetState, version: row.version };
}

/** The stored budget of a connection, for people to see. */
export async function readBudget(executor: Executor, connectionId: number): Promise<BudgetState> {
  const row = await executor
    .selectFrom("call_budget")
    .select("state")
    .where("connection_id", "=", connectionId)
    .executeTakeFirst();
  return row === undefined ? freshBudget : (row.state as unknown as BudgetState);
}
