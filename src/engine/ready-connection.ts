import { NeedsPerson } from "../core/errors.ts";
import { explain } from "../core/reasons.ts";
import { type Connection, findConnection, saveFacts } from "../store/connections.ts";
import type { SessionOptions, Workbench } from "./workbench.ts";

/**
 * A connection that may be worked with. One that got its secrets from the vendor itself, or could not be tried when it was
 * saved, is looked at first: what the account is and does is part of how it is read.
 * @throws {NeedsPerson} when it waits for a person: no call is made then. {RetryLater} when it cannot be looked at for now
 */
export async function readyConnection(
  bench: Workbench,
  id: number,
  options: Pick<SessionOptions, "signal" | "onCall">,
): Promise<Connection> {
  const connection = await withoutTrouble(bench, id);
  if (connection.checkedAt !== null) return connection;
  const opened = await bench.openSession(connection, { ...options, purpose: "probe", overlay: {} });
  const facts = await opened.session.probe().finally(() => opened.close());
  await saveFacts(bench.store.database, id, facts, new Date(bench.clock.now()));
  return withoutTrouble(bench, id);
}

async function withoutTrouble(bench: Workbench, id: number): Promise<Connection> {
  const connection = await findConnection(bench.store.database, { id });
  if (connection === null) throw new Error(`connection ${id} does not exist`);
  if (connection.needsPerson === null) return connection;
  const { sentence, action } = explain(connection.needsPerson);
  throw new NeedsPerson(connection.needsPerson, `connection ${connection.name}: ${sentence} ${action}`);
}
