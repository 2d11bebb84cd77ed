import { findConnection } from "../store/connections.ts";
import { listFlowStates, scheduleFlow } from "../store/flow-states.ts";
import type { Integration } from "../store/integrations.ts";
import { callDay, carriedSweeps } from "./call-rates.ts";
import type { Workbench } from "./workbench.ts";

/**
 * After a sweep, which shows what one costs: the sweeps of the connection get the interval that the day's calls can
 * carry, and lose it again when there is room (product.md, section 2: the stock sweep stretches, the export never waits).
 */
export async function stretchSweeps(bench: Workbench, { sourceConnectionId }: Integration): Promise<void> {
  const { database } = bench.store;
  const connection = await findConnection(database, { id: sourceConnectionId });
  if (connection === null) return;
  for (const sweep of carriedSweeps(await callDay(bench, connection))) {
    const { integrationId, flow, everyMinutes, stretchedMinutes, carriedMinutes } = sweep;
    if (carriedMinutes === stretchedMinutes) continue;
    const state = (await listFlowStates(database, integrationId)).find((one) => one.flow === flow.name);
    if (state === undefined) continue;
    const longerBy = (carriedMinutes ?? everyMinutes) - (stretchedMinutes ?? everyMinutes);
    const nextRunAt = new Date(state.nextRunAt.getTime() + longerBy * 60_000);
    await scheduleFlow(database, { integrationId, flow: flow.name }, { stretchedMinutes: carriedMinutes, nextRunAt });
    bench.log("info", `${flow.name} runs every ${carriedMinutes ?? everyMinutes} minutes from now on`, {
      integrationId,
      everyMinutes,
      callsPerRun: sweep.callsPerRun,
    });
  }
}
