import { InvalidInput } from "../core/errors.ts";
import type { IntegrationKind } from "../core/flow.ts";
import { type Connection, findConnection } from "../store/connections.ts";
import { listIntegrations, lockAdding } from "../store/integrations.ts";
import type { Executor } from "../store/schema.ts";
import type { Desk } from "./desk.ts";

/**
 * Two integrations of one kind between the same two accounts would each write every record. Call it in the transaction that
 * adds one: until it ends, nobody adds another.
 * @throws {InvalidInput} naming the one that is there.
 */
export async function refuseTwin(
  desk: Desk,
  executor: Executor,
  kind: IntegrationKind,
  sides: { readonly source: Connection; readonly target: Connection },
): Promise<void> {
  const account = ({ id, vendor, settings, facts }: Connection) =>
    desk.connectors.get(vendor)?.accountOf?.(settings, facts) ?? `connection ${id}`;
  await lockAdding(executor);
  for (const other of await listIntegrations(executor)) {
    if (other.kind !== kind.name) continue;
    const source = await findConnection(executor, { id: other.sourceConnectionId });
    const target = await findConnection(executor, { id: other.targetConnectionId });
    if (source === null || target === null) continue;
    if (account(source) === account(sides.source) && account(target) === account(sides.target))
      throw new InvalidInput(
        "source",
        `${other.name} is an integration of these two accounts already (${source.name} → ${target.name}); two would write everything twice`,
      );
  }
}
