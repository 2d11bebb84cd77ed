import type { OutcomeCounts } from "../core/outcome.ts";
import { explain, type Reason } from "../core/reasons.ts";
import { listFlowStates } from "../store/flow-states.ts";
import { type Integration, listIntegrations } from "../store/integrations.ts";
import { countRecords } from "../store/records.ts";
import { listRuns } from "../store/runs.ts";
import { connectionById, type Desk, flowsOf, integrationNamed } from "./desk.ts";

/** One flow of an integration as the overview shows it. */
export interface FlowView {
  readonly name: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** whether each pass lists everything, so that the stored records tell how long it will be */
  readonly reads: "all" | "changed" | "referred";
  readonly everyMinutes: number;
  /** the interval that the day's calls can carry, where that is longer than the one that was set */
  readonly stretchedMinutes: number | null;
  readonly nextRunAt: Date | null;
  readonly lastRun: {
    readonly id: number;
    readonly state: string;
    readonly startedAt: Date;
    readonly endedAt: Date | null;
    readonly counts: OutcomeCounts;
    readonly message: string | null;
  } | null;
  /** why nothing is made by itself in this flow until a person has looked; null = it goes on */
  readonly needsPerson: { readonly sentence: string; readonly action: string } | null;
  /** records that are stored, by outcome */
  readonly records: Partial<OutcomeCounts>;
}

/** An integration as the overview shows it. */
export interface IntegrationView {
  readonly name: string;
  readonly kind: string;
  readonly flavour: string;
  readonly source: string;
  readonly target: string;
  readonly paused: boolean;
  readonly options: Integration["options"];
  readonly needsPerson: readonly { readonly connection: string; readonly sentence: string; readonly action: string }[];
  readonly flows: readonly FlowView[];
}

export async function showIntegration(desk: Desk, name: string): Promise<IntegrationView> {
  const integration = await integrationNamed(desk, name);
  const sides = [
    await connectionById(desk, integration.sourceConnectionId),
    await connectionById(desk, integration.targetConnectionId),
  ] as const;
  return {
    name: integration.name,
    kind: integration.kind,
    flavour: integration.flavour,
    source: sides[0].name,
    target: sides[1].name,
    paused: integration.paused,
    options: integration.options,
    needsPerson: sides.flatMap((side) =>
      side.needsPerson === null ? [] : { connection: side.name, ...explain(side.needsPerson) },
    ),
    flows: await flowViews(desk, integration),
  };
}

export async function integrations(desk: Desk): Promise<IntegrationView[]> {
  const all = await listIntegrations(desk.store.database);
  return Promise.all(all.map((one) => showIntegration(desk, one.name)));
}

async function flowViews(desk: Desk, integration: Integration): Promise<FlowView[]> {
  const states = await listFlowStates(desk.store.database, integration.id);
  const counted = await countRecords(desk.store.database, integration.id);
  return Promise.all(
    flowsOf(desk, integration).map(async (flow) => {
      const [last] = await listRuns(desk.store.database, { integrationId: integration.id, flow: flow.name, most: 1 });
      const state = states.find((one) => one.flow === flow.name);
      const records: Partial<Record<keyof OutcomeCounts, number>> = {};
      for (const one of counted)
        if (one.flow === flow.name) records[one.outcome] = (records[one.outcome] ?? 0) + one.count;
      return {
        name: flow.name,
        title: flow.title,
        from: desk.vendorTitle(flow.from.vendor),
        to: desk.vendorTitle(flow.to.vendor),
        reads: flow.reads,
        everyMinutes: state?.everyMinutes ?? flow.everyMinutes,
        stretchedMinutes: state?.stretchedMinutes ?? null,
        nextRunAt: integration.paused ? null : (state?.nextRunAt ?? null),
        lastRun:
          last === undefined
            ? null
            : {
                id: last.id,
                state: last.state,
                startedAt: last.startedAt,
                endedAt: last.endedAt,
                counts: last.counts,
                message: last.message,
              },
        needsPerson: state?.needsPerson == null ? null : pausedWords(state.needsPerson),
        records,
      };
    }),
  );
}

/** What came out different, and the way to go on. */
function pausedWords(reason: Reason): { sentence: string; action: string } {
  const paused = explain({ code: "flow-paused", parameters: { record: reason.parameters.record ?? "" } });
  return { sentence: `${paused.sentence} ${explain(reason).sentence}`, action: paused.action };
}
