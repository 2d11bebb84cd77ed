import { type Kysely, sql } from "kysely";
import { type BudgetState, exchangeBudget, freshBudget } from "../core/budget.ts";
import type { BudgetLedger } from "../core/ledger.ts";
import type { Executor, Schema } from "./schema.ts";

/** The call budgets of all connections, each exchanged under the lock of its row. */
export function createBudgetLedger(database: Kysely<Schema>): BudgetLedger {
  return {
    exchange: (connectionId, limits, request) =>
      database.transaction().execute(async (transaction) => {
        // A budget lost with the power is spent again at worst for one minute, which the reserve below the vendor's
        // limit covers; so this commit need not wait for the disk.
        await sql`set local synchronous_commit = off`.execute(transaction);
        const stored = await lockState(transaction, connectionId);
        const { state, grant } = exchangeBudget(stored, limits, request);
        await transaction
          .updateTable("call_budget")
          .set({ state: JSON.stringify(state) })
          .where("connection_id", "=", connectionId)
          .execute();
        return grant;
      }),
  };
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

async function lockState(transaction: Executor, connectionId: number): Promise<BudgetState> {
  const lock = () =>
    transaction
      .selectFrom("call_budget")
      .select("state")
      .where("connection_id", "=", connectionId)
      .forUpdate()
      .executeTakeFirst();
  let row = await lock();
  if (row === undefined) {
    await transaction
      .insertInto("call_budget")
      .values({ connection_id: connectionId, state: JSON.stringify(freshBudget) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    row = await lock();
  }
  if (row === undefined)
    throw new Error(`the budget of connection ${connectionId} cannot be locked: the connection was removed`);
  return row.state as unknown as BudgetState;
}
