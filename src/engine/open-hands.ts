import type { CallPurpose } from "../core/budget.ts";
import type { Session } from "../core/connector.ts";
import { NeedsPerson } from "../core/errors.ts";
import type { Flow } from "../core/flow.ts";
import { noOutcomes, type OutcomeCounts } from "../core/outcome.ts";
import { explain } from "../core/reasons.ts";
import { type Connection, findConnection } from "../store/connections.ts";
import type { Integration } from "../store/integrations.ts";
import type { PlanItem } from "../store/plans.ts";
import { bounds } from "./bounds.ts";
import type { FlowRun, PlanSink } from "./flow-run.ts";
import type { OpenSession, Workbench } from "./workbench.ts";

/** What differs between the flow runs that one pair of hands serves. */
export interface HandOptions {
  readonly runId: number;
  readonly counts: OutcomeCounts;
  fence(): Promise<void>;
  giveUp(): void;
  readonly plan: PlanSink | null;
  readonly approved: ReadonlyMap<string, PlanItem> | null;
  refuse(record: { readonly sourceId: string; readonly label: string }): void;
  readonly broughtAlong?: { wasSkipped: number };
}

/** By flow: what became of records that were settled because others referred to them. */
export type Brought = Map<string, { readonly counts: OutcomeCounts; wasSkipped: number }>;

/** Both sides of an integration, open for work. */
export interface Hands {
  readonly source: Session;
  readonly target: Session;
  /** what was made of other flows because records referred to it */
  readonly brought: Brought;
  flowRun(flow: Flow, options: HandOptions): FlowRun;
  close(): Promise<void>;
}

/**
 * Opens the sessions of both connections of an integration.
 * @throws {NeedsPerson} when one of them waits for a person already: no call is made then.
 */
export async function openHands(
  bench: Workbench,
  integration: Integration,
  options: { signal: AbortSignal; purpose: CallPurpose; calls: Record<string, number> },
): Promise<Hands> {
  const kind = bench.kinds.get(integration.kind);
  if (kind === undefined) throw new Error(`integration ${integration.name} is of the unknown kind ${integration.kind}`);
  const opened: OpenSession[] = [];
  const close = async () => {
    await Promise.all(opened.map((session) => session.close()));
  };
  const open = async (side: "source" | "target", id: number) => {
    const connection = await readyConnection(bench, id);
    const session = await bench.openSession(connection, {
      purpose: options.purpose,
      signal: options.signal,
      overlay: bench.overlay(integration, side),
      onCall: ({ vendor, method, status }) => {
        const name = `${vendor} ${method} ${status}`;
        options.calls[name] = (options.calls[name] ?? 0) + 1;
      },
    });
    opened.push(session);
    return { connection, session: session.session };
  };
  try {
    const source = await open("source", integration.sourceConnectionId);
    const target = await open("target", integration.targetConnectionId);
    const longestWorkMs = Number(target.connection.settings.longestWorkMs ?? bounds.longestWorkMs);
    const brought: Brought = new Map();
    const lookUp = once((set) => source.session.lookUp(set));
    const inherited = kind.inherited({ source: source.connection.settings, target: target.connection.settings });
    const flowRun = (flow: Flow, hand: HandOptions): FlowRun =>
      makeRun(
        {
          bench,
          integration,
          flows: kind.flows,
          source: source.session,
          target: target.session,
          signal: options.signal,
          longestWorkMs,
          options: { ...inherited, ...integration.options },
          lookUp,
          brought,
        },
        flow,
        hand,
      );
    return { source: source.session, target: target.session, brought, flowRun, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Shared {
  readonly bench: Workbench;
  readonly integration: Integration;
  readonly flows: readonly Flow[];
  readonly source: Session;
  readonly target: Session;
  readonly signal: AbortSignal;
  readonly longestWorkMs: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly brought: Brought;
  /** the members of a set at the source, asked once for all flows */
  lookUp(set: string): Promise<ReadonlyMap<string, string>>;
}

function makeRun(shared: Shared, flow: Flow, hand: HandOptions): FlowRun {
  const source = shared.source.sources[flow.from.resource];
  const target = shared.target.targets[flow.to.resource];
  if (source === undefined || target === undefined)
    throw new Error(
      `flow ${flow.name}: ${flow.from.vendor}/${flow.from.resource} or ${flow.to.vendor}/${flow.to.resource} does not exist`,
    );
  return {
    bench: shared.bench,
    integration: shared.integration,
    flow,
    key: { integrationId: shared.integration.id, flow: flow.name },
    runId: hand.runId,
    options: shared.options,
    source: source as FlowRun["source"],
    target,
    counts: hand.counts,
    broughtAlong: hand.broughtAlong ?? null,
    doubted: new Set(),
    signal: shared.signal,
    longestWorkMs: shared.longestWorkMs,
    lookUp: (set) => shared.lookUp(set),
    fence: () => hand.fence(),
    giveUp: () => hand.giveUp(),
    plan: hand.plan,
    approved: hand.approved,
    refuse: (record) => hand.refuse(record),
    // Records of another flow that are settled on the way count under their own flow.
    sibling: (name) => {
      const other = shared.flows.find((one) => one.name === name);
      if (other === undefined) return null;
      const brought = shared.brought.get(name) ?? { counts: noOutcomes(), wasSkipped: 0 };
      shared.brought.set(name, brought);
      return makeRun(shared, other, { ...hand, counts: brought.counts, broughtAlong: brought, approved: null });
    },
  };
}

/** Asks for each set once. */
function once(ask: Shared["lookUp"]): Shared["lookUp"] {
  const answers = new Map<string, ReturnType<Shared["lookUp"]>>();
  return (set) => {
    const answer = answers.get(set) ?? ask(set);
    answers.set(set, answer);
    return answer;
  };
}

async function readyConnection(bench: Workbench, id: number): Promise<Connection> {
  const connection = await findConnection(bench.store.database, { id });
  if (connection === null) throw new Error(`connection ${id} does not exist`);
  if (connection.needsPerson !== null) {
    const { sentence, action } = explain(connection.needsPerson);
    throw new NeedsPerson(connection.needsPerson, `connection ${connection.name}: ${sentence} ${action}`);
  }
  return connection;
}
