import { addMoney, type Money } from "../core/decimal.ts";
import { InvalidInput, NeedsPerson } from "../core/errors.ts";
import { noOutcomes, type OutcomeCounts } from "../core/outcome.ts";
import type { PlanSink } from "../engine/flow-run.ts";
import { openHands } from "../engine/open-hands.ts";
import { runFlow } from "../engine/run-flow.ts";
import { rehearse } from "../engine/work-through.ts";
import { findIntegration, type Integration } from "../store/integrations.ts";
import { addPlan, addPlanItems, countPlanItems, findPlan, type Plan, plannedIds, updatePlan } from "../store/plans.ts";
import { chosenFlows, type Desk, flavoursWith, flowsOf, integrationNamed } from "./desk.ts";
import { type PlannedFlow, plannedFlows } from "./planned-flows.ts";
import type { FlowReport } from "./sync.ts";

export interface PlanReport {
  readonly plan: number;
  readonly integration: string;
  readonly flows: readonly PlannedFlow[];
}

/** pause between two words of progress */
const tellMs = 1_000;

/** What a plan is asked for. */
export interface PlanRequest {
  readonly integration: string;
  /** one flow; all of the integration when left out */
  readonly flow?: string | undefined;
  readonly signal: AbortSignal;
  /** hears of each flow about once a second; `calls`: of the whole plan so far, by "vendor METHOD status" */
  readonly onProgress?: (flow: string, counts: OutcomeCounts, calls: Readonly<Record<string, number>>) => void;
}

/** Reads what a sync would read and says what it would write; writes nothing at either vendor. */
export async function plan(desk: Desk, request: PlanRequest): Promise<PlanReport> {
  const integration = await integrationNamed(desk, request.integration);
  const flows = chosenFlows(desk, integration, request.flow);
  const { database } = desk.store;
  const id = await addPlan(
    database,
    integration.id,
    flows.map((flow) => flow.name),
    new Date(desk.clock.now()),
  );
  const totals = new Map<string, Map<string, Money>>();
  const sink: PlanSink = {
    add: async (flow, items) => {
      const added = await addPlanItems(database, id, items);
      const sums = totals.get(flow) ?? new Map<string, Money>();
      totals.set(flow, sums);
      for (const { kind, amount } of added) {
        if (kind !== "create" || amount === null) continue;
        const sum = sums.get(amount.currency);
        sums.set(amount.currency, sum === undefined ? amount : addMoney(sum, amount));
      }
    },
    planned: (flow, sourceIds) => plannedIds(database, id, flow, sourceIds),
  };
  const calls: Record<string, number> = {};
  const hands = await openHands(desk, integration, { signal: request.signal, purpose: "person", calls });
  const rehearsed = new Map<string, OutcomeCounts>();
  let planned: readonly PlannedFlow[] = [];
  try {
    for (const flow of flows) {
      const counts = noOutcomes();
      rehearsed.set(flow.name, counts);
      const run = hands.flowRun(flow, {
        runId: 0,
        counts,
        fence: async () => undefined,
        plan: sink,
        approved: null,
        refuse: () => undefined,
        giveUp: () => undefined,
      });
      await whileTelling(desk, () => request.onProgress?.(flow.name, counts, calls), rehearse(run));
    }
    planned = await plannedFlows(desk, { id, integration, rehearsed, totals });
    await updatePlan(database, id, { state: "ready", summary: { flows: planned } });
  } catch (error) {
    await updatePlan(database, id, { state: "failed" });
    throw error;
  } finally {
    await hands.close();
  }
  return { plan: id, integration: integration.name, flows: planned };
}

/** Tells how a rehearsal gets on until it is over: unlike a run, it renews and stores nothing on the way that could tell. */
async function whileTelling<Result>(desk: Desk, tell: () => void, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const telling = (async () => {
    while (!over.signal.aborted) {
      tell();
      await desk.clock.sleep(tellMs, over.signal);
    }
  })().catch(() => undefined);
  try {
    return await work;
  } finally {
    over.abort();
    await telling;
  }
}

/** What applying a plan is asked for. */
export interface ApplyRequest {
  readonly plan: number;
  readonly signal: AbortSignal;
  /** `total`: how many writes the plan has for the flow */
  readonly onProgress?: (
    flow: string,
    counts: OutcomeCounts,
    calls: Readonly<Record<string, number>>,
    total: number,
  ) => void;
}

/** What came of applying a plan. */
export interface ApplyReport {
  readonly plan: number;
  readonly flows: readonly FlowReport[];
}

/**
 * Makes exactly the writes of a plan; records that changed meanwhile are refused and named in the report.
 * @throws {InvalidInput} when there is no such plan, it was applied already, or the flavour has lost flows of it.
 */
export async function apply(desk: Desk, request: ApplyRequest): Promise<ApplyReport> {
  const { database } = desk.store;
  const found = await findPlan(database, request.plan);
  if (found === null) throw new InvalidInput("plan", `there is no plan ${request.plan}`);
  if (found.state !== "ready")
    throw new InvalidInput(
      "plan",
      `plan ${request.plan} is ${found.state}; only a plan that is ready can be applied; make a new one with \`mizan plan\``,
    );
  const integration = await findIntegration(database, { id: found.integrationId });
  if (integration === null) throw new InvalidInput("plan", `the integration of plan ${request.plan} does not exist`);
  const reports: FlowReport[] = [];
  const named = new Set([...found.flows, ...(await countPlanItems(database, found.id)).map(({ flow }) => flow)]);
  // In the order of a full sync, so that a record is made before those that refer to it.
  const flows = flowsOf(desk, integration).filter(({ name }) => named.has(name));
  refuseLost(desk, integration, found.id, [...named.difference(new Set(flows.map(({ name }) => name)))]);
  for (const flow of flows) {
    const { name } = flow;
    const { onProgress } = request;
    const total = plannedWrites(found, name);
    const report = await runFlow(desk, {
      integration,
      flow,
      trigger: "manual",
      scope: { planId: found.id },
      signal: request.signal,
      ...(onProgress ? { onProgress: ({ counts, calls }) => onProgress(name, counts, calls, total) } : {}),
    });
    reports.push({ ...report, flow: name });
    if (report.state !== "done" || report.error instanceof NeedsPerson) return { plan: found.id, flows: reports };
  }
  await updatePlan(database, found.id, { state: "applied", appliedAt: new Date(desk.clock.now()) });
  return { plan: found.id, flows: reports };
}

/** A plan is made whole or not at all: a flow that the flavour no longer has must not be left out unsaid. */
function refuseLost(desk: Desk, integration: Integration, plan: number, lost: readonly string[]): void {
  if (lost.length === 0) return;
  const { name, flavour } = integration;
  const way = flavoursWith(desk, integration, lost);
  throw new InvalidInput(
    "plan",
    `plan ${plan} has flows that ${name} no longer has in flavour ${flavour}: ${lost.join(", ")}. Nothing is written, and the plan stays ready. ${way === null ? "" : `${way}; or `}make a new plan with \`mizan plan ${name}\``,
  );
}

function plannedWrites({ summary }: Plan, flow: string): number {
  const flows = (summary.flows ?? []) as readonly PlannedFlow[];
  const counts = flows.find((one) => one.flow === flow)?.counts;
  return counts === undefined ? 0 : counts.created + counts.updated;
}
