import { listIntegrations } from "../store/integrations.ts";
import { listRuns, type Run } from "../store/runs.ts";
import { checkFlow, type Desk, integrationNamed } from "./desk.ts";

/** A run as a listing shows it. */
export interface RunView extends Omit<Run, "integrationId" | "leaseUntil"> {
  readonly integration: string;
}

/** Runs, newest first. @throws {InvalidInput} when there is no such integration or flow. */
export async function runs(
  desk: Desk,
  request: { integration?: string | undefined; flow?: string | undefined; most?: number },
): Promise<RunView[]> {
  const integration = request.integration === undefined ? null : await integrationNamed(desk, request.integration);
  if (request.flow !== undefined) checkFlow(desk, integration, request.flow);
  const names = new Map((await listIntegrations(desk.store.database)).map((one) => [one.id, one.name]));
  const found = await listRuns(desk.store.database, {
    most: request.most ?? 20,
    ...(integration === null ? {} : { integrationId: integration.id }),
    ...(request.flow === undefined ? {} : { flow: request.flow }),
  });
  return found.map(({ integrationId, leaseUntil: _, ...run }) => ({
    ...run,
    integration: names.get(integrationId) ?? String(integrationId),
  }));
}
