import { InvalidInput } from "../core/errors.ts";
import { explain } from "../core/reasons.ts";
import { dismissDifference } from "../store/dismissals.ts";
import { addEvents } from "../store/events.ts";
import { lockFlow } from "../store/flow-states.ts";
import { findRecords } from "../store/records.ts";
import { checkFlow, chosenFlows, type Desk, integrationNamed } from "./desk.ts";
import { type Why, why } from "./why.ts";

/**
 * Takes the difference of a linked record off the list, because a person has seen it and leaves it as it is. It comes back
 * only when the record shows another difference, or the same one after it was gone.
 * @param reference as `why` takes it
 * @throws {InvalidInput} where no record or several are meant, or it has no such difference
 */
export async function dismiss(desk: Desk, reference: string): Promise<Why> {
  const found = await why(desk, reference);
  const integration = await integrationNamed(desk, found.integration);
  checkFlow(desk, integration, found.flow);
  const [flow] = chosenFlows(desk, integration, found.flow);
  const key = { integrationId: integration.id, flow: found.flow };
  const now = new Date(desk.clock.now());
  await desk.store.database.transaction().execute(async (executor) => {
    await lockFlow(executor, key);
    const stored = (await findRecords(executor, key, [found.sourceId])).get(found.sourceId);
    const reason = stored?.reason ?? null;
    const codes = flow?.after?.codes ?? [];
    if (stored === undefined || stored.outcome !== "waiting" || reason === null || !codes.includes(reason.code)) {
      const is = [stored?.outcome ?? found.outcome, ...(reason === null ? [] : [`(${reason.code})`])].join(" ");
      const allowed = codes.length === 0 ? "no record of this flow" : `records that wait with ${codes.join(", ")}`;
      throw new InvalidInput("record", `${found.label} of ${found.flow} is ${is}; what can be dismissed: ${allowed}`);
    }
    const date = now.toISOString().slice(0, 10);
    const [difference, arabic] = [explain(reason).sentence, explain(reason, "ar").sentence];
    const note = { code: "difference-dismissed", parameters: { date, difference, "difference.ar": arabic } } as const;
    const notes = [...stored.notes.filter(({ code }) => code !== note.code), note];
    await dismissDifference(executor, key, { sourceId: found.sourceId, reason, notes }, now);
    const detail = { by: "hand", reason };
    await addEvents(executor, key, null, [{ sourceId: found.sourceId, at: now, kind: "dismissed", detail }]);
  });
  return await why(desk, `${found.integration}/${found.flow}/${found.sourceId}`);
}
