import type { CallPurpose } from "../core/budget.ts";
import type { Session } from "../core/connector.ts";
import { NeedsPerson } from "../core/errors.ts";
import type { Flow, IntegrationKind } from "../core/flow.ts";
import { noOutcomes, type OutcomeCounts } from "../core/outcome.ts";
import type { SourceResource } from "../core/resources.ts";
import type { BothSides } from "../core/set-up.ts";
import { reachedBack } from "../store/backfills.ts";
import type { Connection } from "../store/connections.ts";
import type { Integration } from "../store/integrations.ts";
import type { PlanItem } from "../store/plans.ts";
import { withAssigned } from "./assigned-skus.ts";
import { bounds } from "./bounds.ts";
import type { FlowRun, PlanSink } from "./flow-run.ts";
import { readyConnection } from "./ready-connection.ts";
import { runOptions } from "./run-options.ts";
import { withFirstSold } from "./stock/first-sold.ts";
import { stockResources } from "./stock/stock-resources.ts";
import type { OpenSession, SessionOptions, Workbench } from "./workbench.ts";

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

/** How the hands are to work. */
export interface HandsOptions {
  readonly signal: AbortSignal;
  readonly purpose: CallPurpose;
  /** counts every call by "vendor METHOD status" */
  readonly calls: Record<string, number>;
  /** options that this run works with in place of the integration's */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Both sides of an integration, open for work. */
export interface Hands {
  /** what was made of other flows because records referred to it */
  readonly brought: Brought;
  flowRun(flow: Flow, options: HandOptions): FlowRun;
  close(): Promise<void>;
}

/**
 * Opens the sessions of both connections of an integration.
 * @throws {NeedsPerson} when one of them waits for a person already: no call is made then; and beside another link between
 * the two accounts (product.md, 1.2), which nobody could see before the accounts were looked at.
 */
export async function openHands(bench: Workbench, integration: Integration, options: HandsOptions): Promise<Hands> {
  const kind = bench.kinds.get(integration.kind);
  if (kind === undefined) throw new Error(`integration ${integration.name} is of the unknown kind ${integration.kind}`);
  const opened: OpenSession[] = [];
  const close = async () => {
    await Promise.all(opened.map((session) => session.close()));
  };
  const { purpose, signal } = options;
  const onCall: SessionOptions["onCall"] = ({ vendor, method, status }) => {
    const name = `${vendor} ${method} ${status}`;
    options.calls[name] = (options.calls[name] ?? 0) + 1;
  };
  const open = async (side: "source" | "target", id: number): Promise<Side> => {
    const connection = await readyConnection(bench, id, { signal, onCall });
    const overlay = bench.overlay(integration, side);
    const { session, ...rest } = await bench.openSession(connection, { purpose, signal, overlay, onCall });
    opened.push({ session, ...rest });
    return { connection, session, lookUp: once((set) => session.lookUp(set)) };
  };
  try {
    const [source, target, reached] = await allOf([
      open("source", integration.sourceConnectionId),
      open("target", integration.targetConnectionId),
      reachedBack(bench.store.database, integration.id),
    ]);
    refuseBeside(kind, integration, { source: source.connection, target: target.connection });
    const brought: Brought = new Map();
    const shared: Shared = {
      bench,
      integration,
      flows: kind.flows,
      // A flow may run either way, so that its sides are found by vendor.
      sides: new Map([source, target].map((side) => [side.connection.vendor, side])),
      signal: options.signal,
      options: {
        ...runOptions(kind, integration, { source: source.connection, target: target.connection }),
        ...options.overrides,
      },
      reachedBack: reached,
      brought,
      locks: new Set(),
    };
    return { brought, flowRun: (flow, hand) => makeRun(shared, flow, hand), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for all, also where one fails, so that nothing is opened behind a run that has ended. @throws the first failure */
async function allOf<Values extends readonly unknown[]>(
  asked: {
    readonly [At in keyof Values]: Promise<Values[At]>;
  },
): Promise<Values> {
  await Promise.allSettled(asked);
  return (await Promise.all(asked)) as unknown as Values;
}

/** Refuses to work beside another link between the two accounts, by what was seen when they were looked at. */
function refuseBeside(
  kind: IntegrationKind,
  { name, options }: Integration,
  { source, target }: BothSides<Connection>,
): void {
  const beside = kind.setUp?.beside(options, { source: source.facts, target: target.facts }) ?? null;
  if (beside !== null) throw new NeedsPerson(beside.reason, `integration ${name}: ${beside.message}`);
}

/** One connection of the integration, open for work. */
interface Side {
  readonly connection: Connection;
  readonly session: Session;
  /** the members of a set, asked once for all flows */
  lookUp(set: string): Promise<ReadonlyMap<string, string>>;
}

interface Shared {
  readonly bench: Workbench;
  readonly integration: Integration;
  readonly flows: readonly Flow[];
  readonly sides: ReadonlyMap<string, Side>;
  readonly signal: AbortSignal;
  readonly options: Readonly<Record<string, unknown>>;
  readonly reachedBack: ReadonlyMap<string, string>;
  readonly brought: Brought;
  readonly locks: FlowRun["locks"];
}

/** What a backfill took up stays wanted, whichever run comes to it: with the first day of that backfill. */
function optionsOfOwed({ options, reachedBack }: Shared, { name, notBefore }: Flow): Shared["options"] {
  const first = reachedBack.get(name);
  if (notBefore === undefined || first === undefined || first >= String(options[notBefore])) return options;
  return { ...options, [notBefore]: first };
}

function makeRun(shared: Shared, flow: Flow, hand: HandOptions): FlowRun {
  const from = shared.sides.get(flow.from.vendor);
  const to = shared.sides.get(flow.to.vendor);
  const sibling = (name: string) => siblingRun(shared, name, hand);
  const own = stockResources(flow, sibling, to?.session);
  const source = own?.source ?? from?.session.sources[flow.from.resource];
  const target = own?.target ?? to?.session.targets[flow.to.resource];
  if (from === undefined || to === undefined || source === undefined || target === undefined)
    throw new Error(
      `flow ${flow.name}: ${flow.from.vendor}/${flow.from.resource} or ${flow.to.vendor}/${flow.to.resource} does not exist`,
    );
  const integrationId = shared.integration.id;
  return {
    bench: shared.bench,
    integration: shared.integration,
    flow,
    key: { integrationId, flow: flow.name },
    counterpart: flow.counterpart === undefined ? null : { integrationId, flow: flow.counterpart },
    from: from.session,
    to: to.session,
    runId: hand.runId,
    options: shared.options,
    optionsOfOwed: optionsOfOwed(shared, flow),
    source: soldFirst(shared, flow, { source: assignedOver(shared, flow, source), sibling }) as FlowRun["source"],
    target,
    counts: hand.counts,
    broughtAlong: hand.broughtAlong ?? null,
    doubted: new Set(),
    referred: shared.flows.filter(({ reads }) => reads === "referred").map(({ name }) => name),
    recent: new Map(),
    signal: shared.signal,
    longestWorkMs: Number(to.connection.settings.longestWorkMs ?? bounds.longestWorkMs),
    lookUp: (set) => from.lookUp(set),
    locks: shared.locks,
    fence: async () => {
      await hand.fence();
      for (const lock of shared.locks) lock.check();
    },
    giveUp: () => hand.giveUp(),
    plan: hand.plan,
    approved: hand.approved,
    refuse: (record) => hand.refuse(record),
    sibling,
  };
}

/** What people assigned lies over what the source says. */
function assignedOver(
  { bench, integration }: Shared,
  { assigns }: Flow,
  source: SourceResource<never, never>,
): SourceResource<never, never> {
  if (assigns === undefined) return source;
  return withAssigned(source, assigns, { database: bench.store.database, integrationId: integration.id });
}

/** Orders keep the units that they sold when they were first read. */
function soldFirst(
  { bench, integration }: Shared,
  { stock }: Flow,
  { source, sibling }: { readonly source: SourceResource<never, never>; sibling(name: string): FlowRun | null },
): SourceResource<never, never> {
  if (stock?.role !== "takes") return source;
  const counts = () => sibling(stock.counts)?.flow.stock;
  const products = () => {
    const found = counts();
    return found?.role === "counts"
      ? ((sibling(found.products)?.source ?? null) as SourceResource<never, never> | null)
      : null;
  };
  return withFirstSold(source, stock, { database: bench.store.database, integrationId: integration.id, products });
}

/** Records of another flow that are settled on the way count under their own flow. */
function siblingRun(shared: Shared, name: string, hand: HandOptions): FlowRun | null {
  const other = shared.flows.find((one) => one.name === name);
  if (other === undefined) return null;
  const brought = shared.brought.get(name) ?? { counts: noOutcomes(), wasSkipped: 0 };
  shared.brought.set(name, brought);
  return makeRun(shared, other, { ...hand, counts: brought.counts, broughtAlong: brought, approved: null });
}

/** Asks for each set once. */
function once(ask: Side["lookUp"]): Side["lookUp"] {
  const answers = new Map<string, ReturnType<Side["lookUp"]>>();
  return (set) => {
    const answer = answers.get(set) ?? ask(set);
    answers.set(set, answer);
    return answer;
  };
}
