import type { ConnectionView, IntegrationKind } from "../core/flow.ts";
import type { Integration } from "../store/integrations.ts";

/** The options of an integration as its flows see them: with what its connections say, and when it was made. */
export function runOptions(
  kind: IntegrationKind,
  { options, createdAt }: Integration,
  sides: { readonly source: ConnectionView; readonly target: ConnectionView },
): Readonly<Record<string, unknown>> {
  return { integrationMadeAt: createdAt.getTime(), ...kind.inherited(sides), ...options };
}
