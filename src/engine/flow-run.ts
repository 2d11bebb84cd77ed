import type { Session } from "../core/connector.ts";
import type { Money } from "../core/decimal.ts";
import type { Flow, SkipContext } from "../core/flow.ts";
import type { OutcomeCounts } from "../core/outcome.ts";
import type { Reason } from "../core/reasons.ts";
import type { SourceResource, TargetResource } from "../core/resources.ts";
import { lockFlow } from "../store/flow-states.ts";
import type { Integration } from "../store/integrations.ts";
import type { PlanItem } from "../store/plans.ts";
import type { Executor, FlowKey } from "../store/schema.ts";
import type { StockLock } from "../store/stock-lock.ts";
import type { Workbench } from "./workbench.ts";

/** A list row or full record whose type the engine does not know. */
export type SourceRow = object;

/** What one run of one flow works with. */
export interface FlowRun {
  readonly bench: Workbench;
  readonly integration: Integration;
  readonly flow: Flow;
  readonly key: FlowKey;
  /** the flow that runs the other way over the same records, where there is one */
  readonly counterpart: FlowKey | null;
  /** the session of the vendor that the flow reads from */
  readonly from: Session;
  /** the session of the vendor that it writes to */
  readonly to: Session;
  readonly runId: number;
  readonly options: Readonly<Record<string, unknown>>;
  /** the options for records that wait or were rejected: a backfill may have taken them up */
  readonly optionsOfOwed: Readonly<Record<string, unknown>>;
  readonly source: SourceResource<SourceRow>;
  readonly target: TargetResource;
  readonly counts: OutcomeCounts;
  /** for a run's hands on another flow: how many of the records it made were counted as skipped before */
  readonly broughtAlong: { wasSkipped: number } | null;
  /** records that this run has counted as waiting because a write is in doubt; they count anew once that is settled */
  readonly doubted: Set<string>;
  readonly signal: AbortSignal;
  /** longest known working time of the target vendor */
  readonly longestWorkMs: number;
  /** the members of a set at the source, such as warehouses: id → name; asked once in a run */
  lookUp(set: string): Promise<ReadonlyMap<string, string>>;
  /** flows of the integration whose records are read only when others refer to them */
  readonly referred: readonly string[];
  /** full records that this run has read, the latest of them, for flows that follow over the same ones */
  readonly recent: Map<string, SourceRow>;
  /** the same run's hands on another flow of the integration, for records that are settled when referred to */
  sibling(flow: string): FlowRun | null;
  /** locks on the stock that are held now, of all flows of the run: each fence asks whether they are held still */
  readonly locks: Set<StockLock>;
  /** throws when the run was taken over or lost a lock; called after each stored step */
  fence(): Promise<void>;
  /** ends the calls that are under way, because the run failed */
  giveUp(): void;
  /** a rehearsal: writes are handed over here and nothing is sent */
  readonly plan: PlanSink | null;
  /** only these writes are made, by source id; what differs is refused by name */
  readonly approved: ReadonlyMap<string, PlanItem> | null;
  /** hears of the records that an applied plan no longer fits, by name */
  refuse(record: { readonly sourceId: string; readonly label: string }): void;
}

/** A write of a rehearsal with the amount that plans add up. */
export interface PlannedWrite extends PlanItem {
  readonly amount: Money | null;
}

/** Where a rehearsal puts its writes. */
export interface PlanSink {
  add(flow: string, items: readonly PlannedWrite[]): Promise<void>;
  /** which of the records are in the plan already */
  planned(flow: string, sourceIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The run was taken over by another process, or asked to stop; nothing more is written. */
export class RunEnded extends Error {
  override readonly name = "RunEnded";
  readonly why: "stopped" | "taken-over";

  constructor(why: "stopped" | "taken-over") {
    super(why === "stopped" ? "the run was asked to stop" : "another process took the run over");
    this.why = why;
  }
}

/** Throws at a record boundary when the run was asked to stop. */
export function stopHere(run: FlowRun): void {
  if (run.signal.aborted) throw run.signal.reason instanceof RunEnded ? run.signal.reason : new RunEnded("stopped");
}

/**
 * Holds the states of a flow and of the one that runs the other way until the transaction ends: another run may settle
 * records of either at the same moment (rules Z4, Z5), and by turns, always in one order, they cannot deadlock.
 */
export async function lockFlows(executor: Executor, { key, counterpart }: FlowRun): Promise<void> {
  const keys = counterpart === null ? [key] : [key, counterpart];
  for (const each of keys.toSorted((one, other) => (one.flow < other.flow ? -1 : 1))) await lockFlow(executor, each);
}

/** The functions of a flow with its record types forgotten, as the engine calls them. */
export interface FlowRules {
  label(row: SourceRow): string;
  skip(row: SourceRow, context: SkipContext<unknown>): Reason | null;
  skipRead(row: SourceRow, context: SkipContext<unknown>): Reason | null;
  needsDetail(row: SourceRow, context: SkipContext<unknown>): boolean;
  /** why the target of a linked record is to be deleted, or null */
  remove(row: SourceRow): Reason | null;
}

/** The rules of a flow, first match wins. */
export function rulesOf(flow: Flow): FlowRules {
  const first = (rules: Flow["skip"], row: SourceRow, context: SkipContext<unknown>) => {
    for (const rule of rules) {
      const parameters = rule.when(row as never, context as never);
      if (parameters !== null) return { code: rule.code, parameters };
    }
    return null;
  };
  return {
    label: (row) => flow.label(row as never),
    skip: (row, context) => first(flow.skip, row, context),
    skipRead: (row, context) => first(flow.skip, row, context) ?? first(flow.skipRead ?? [], row, context),
    needsDetail: (row, context) => flow.detail.needed(row as never, context as never),
    remove: (row) => {
      const parameters = flow.remove?.when(row as never) ?? null;
      return flow.remove === undefined || parameters === null ? null : { code: flow.remove.code, parameters };
    },
  };
}
