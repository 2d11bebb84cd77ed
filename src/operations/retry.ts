import { InvalidInput } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { isReasonCode, reasonCodes } from "../core/reasons.ts";
import { addEvents } from "../store/events.ts";
import { searchNow } from "../store/intents.ts";
import { retryRecords } from "../store/records.ts";
import { chosenFlows, type Desk, integrationNamed } from "./desk.ts";
import { type FlowReport, sync } from "./sync.ts";
import { why } from "./why.ts";

/** Which records are to be tried again: one by hand, or all of an outcome or reason. */
export interface RetryRequest {
  readonly integration?: string | undefined;
  readonly record?: string | undefined;
  readonly flow?: string | undefined;
  readonly outcome?: Outcome | undefined;
  /** the code of a reason */
  readonly reason?: string | undefined;
  readonly signal: AbortSignal;
}

/** Has records read and judged anew, and runs the due ones now. @throws {InvalidInput} */
export async function retry(desk: Desk, request: RetryRequest): Promise<{ marked: number; flows: FlowReport[] }> {
  const now = new Date(desk.clock.now());
  const one = request.record === undefined ? null : await why(desk, request.record);
  const name = one?.integration ?? request.integration;
  if (name === undefined)
    throw new InvalidInput("integration", "name a record, or an integration with --outcome or --reason");
  const integration = await integrationNamed(desk, name);
  const { reason: code } = request;
  if (code !== undefined && !isReasonCode(code))
    throw new InvalidInput("reason", `reason is ${JSON.stringify(code)}; allowed: ${reasonCodes.join(", ")}`);
  const flow = one?.flow ?? request.flow;
  const marked = await desk.store.database.transaction().execute(async (executor) => {
    const counts = await retryRecords(
      executor,
      {
        integrationId: integration.id,
        outcomes:
          one === null
            ? [request.outcome ?? "waiting", ...(request.outcome === undefined ? (["rejected"] as const) : [])]
            : ["created", "updated", "unchanged", "skipped", "waiting", "rejected"],
        ...(flow === undefined ? {} : { flow }),
        ...(one === null ? {} : { sourceIds: [one.sourceId] }),
        ...(code === undefined ? {} : { codes: [code] }),
      },
      now,
    );
    for (const name of counts.keys()) await searchNow(executor, { integrationId: integration.id, flow: name }, now);
    if (one !== null)
      await addEvents(executor, { integrationId: integration.id, flow: one.flow }, null, [
        { sourceId: one.sourceId, at: now, kind: "retried", detail: { by: "hand" } },
      ]);
    return counts;
  });
  const flows: FlowReport[] = [];
  for (const name of chosenFlows(desk, integration, undefined).map((each) => each.name)) {
    if (marked.has(name))
      flows.push(
        ...(await sync(desk, { integration: integration.name, flow: name, scope: "due", signal: request.signal })),
      );
  }
  return { marked: [...marked.values()].reduce((sum, count) => sum + count, 0), flows };
}
