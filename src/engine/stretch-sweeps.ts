import { findConnection } from "../store/connections.ts";
import { scheduleFlow } from "../store/flow-states.ts";
import type { Integration } from "../store/integrations.ts";
import { callDay, carriedToday } from "./call-rates.ts";
import type { Workbench } from "./workbench.ts";

/**
 * After a sweep, which shows what one costs: the sweeps of the connection get the interval that the day's calls can
 * carry, and lose it again when there is room (product.md, section 2: the stock sweep stretches, the export never waits).
 */
export async function stretchSweeps(bench: Workbench, { sourceConnectionId }: Integration): Promise<void> {
  const { database } = bench.store;
  const connection = await findConnection(database, { id: sourceConnectionId });
  if (connection === null) return;
  const day = await callDay(bench, connection);
  for (const sweep of carriedToday(day)) {
    const { integrationId, flow, everyMinutes, stretchedMinutes, carriedMinutes, callsPerRun } = sweep;
    if (carriedMinutes === stretchedMinutes) continue;
    const change = { stretchedMinutes: carriedMinutes, nextRunAt: new Date(sweep.nextRunAt) };
    await scheduleFlow(database, { integrationId, flow: flow.name }, change);
    bench.log("info", `${flow.name} runs every ${carriedMinutes ?? everyMinutes} minutes from now on`, {
      integrationId,
      everyMinutes,
      callsPerRun,
      callsLeft: day.remaining,
    });
  }
}
