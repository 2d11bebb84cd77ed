import { NeedsPerson, RetryLater } from "../core/errors.ts";
import { explain } from "../core/reasons.ts";
import { type Connection, findConnection, saveFacts } from "../store/connections.ts";
import type { SessionOptions, Workbench } from "./workbench.ts";

/**
 * A connection that may be worked with. One that got its secrets from the vendor itself, or could not be tried when it was
 * saved, is looked at first: what the account is and does is part of how it is read. So is one whose last look is too old.
 * @param freshMs no look that is older serves; left out: as its vendor's facts last
 * @throws {NeedsPerson} when it waits for a person: no call is made then. {RetryLater} when it cannot be looked at for now
 */
export async function readyConnection(
  bench: Workbench,
  id: number,
  options: Pick<SessionOptions, "signal" | "onCall">,
  freshMs?: number,
): Promise<Connection> {
  const connection = await withoutTrouble(bench, id);
  const lastsMs = freshMs ?? bench.looksAgainAfterMs(connection) ?? Number.POSITIVE_INFINITY;
  const lookedAt = connection.checkedAt?.getTime() ?? null;
  if (lookedAt !== null && bench.clock.now() - lookedAt < lastsMs) return connection;
  try {
    const opened = await bench.openSession(connection, { ...options, purpose: "probe", overlay: {} });
    const facts = await opened.session.probe().finally(() => opened.close());
    await saveFacts(bench.store.database, id, facts, new Date(bench.clock.now()));
  } catch (error) {
    // What was known of it holds until it can be looked at again.
    if (lookedAt === null || !(error instanceof RetryLater)) throw error;
    return connection;
  }
  return withoutTrouble(bench, id);
}

async function withoutTrouble(bench: Workbench, id: number): Promise<Connection> {
  const connection = await findConnection(bench.store.database, { id });
  if (connection === null) throw new Error(`connection ${id} does not exist`);
  if (connection.needsPerson === null) return connection;
  const { sentence, action } = explain(connection.needsPerson);
  throw new NeedsPerson(connection.needsPerson, `connection ${connection.name}: ${sentence} ${action}`);
}
