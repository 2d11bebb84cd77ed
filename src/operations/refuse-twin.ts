import { InvalidInput } from "../core/errors.ts";
import type { IntegrationKind } from "../core/flow.ts";
import type { Connection } from "../store/connections.ts";
import { listIntegrations } from "../store/integrations.ts";
import { connectionById, type Desk } from "./desk.ts";

/**
 * Two integrations of one kind between the same two accounts would each write every record.
 * @throws {InvalidInput} naming the one that is there.
 */
export async function refuseTwin(
  desk: Desk,
  kind: IntegrationKind,
  sides: { readonly source: Connection; readonly target: Connection },
): Promise<void> {
  const account = ({ id, vendor, settings, facts }: Connection) =>
    desk.connectors.get(vendor)?.accountOf?.(settings, facts) ?? `connection ${id}`;
  for (const other of await listIntegrations(desk.store.database)) {
    if (other.kind !== kind.name) continue;
    const source = await connectionById(desk, other.sourceConnectionId);
    const target = await connectionById(desk, other.targetConnectionId);
    if (account(source) === account(sides.source) && account(target) === account(sides.target))
      throw new InvalidInput(
        "source",
        `${other.name} is an integration of these two accounts already (${source.name} → ${target.name}); two would write everything twice`,
      );
  }
}
