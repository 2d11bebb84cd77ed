import type { OutcomeCounts } from "../core/outcome.ts";
import { type Fault, faultOf } from "./fault.ts";
import type { FlowReport } from "./sync.ts";

/** How a flow ended, as the command line and the API show it. */
export interface FlowResult {
  readonly flow: string;
  /** `held`: another process is running the flow; nothing was done */
  readonly state: FlowReport["state"];
  readonly runId: number | null;
  readonly counts: OutcomeCounts;
  /** calls by "vendor METHOD status" */
  readonly calls: Readonly<Record<string, number>>;
  readonly message: string | null;
  /** why it was cut short and what a person must do, or when it goes on */
  readonly fault: Fault | null;
  readonly retryAt: Date | null;
  /** when a doubtful write is looked for next */
  readonly searchAt: Date | null;
  readonly heldBy: { readonly runId: number; readonly process: string; readonly startedAt: Date } | null;
  /** records that an applied plan no longer fits */
  readonly refused: readonly { readonly sourceId: string; readonly label: string }[];
}

export function flowResult(report: FlowReport): FlowResult {
  const { flow, state, runId, counts, calls, message, retryAt, searchAt, heldBy, refused } = report;
  return {
    flow,
    state,
    runId,
    counts,
    calls,
    message: state === "held" ? heldMessage(report) : message,
    fault: faultIn(report),
    retryAt,
    searchAt,
    heldBy: heldBy === null ? null : { runId: heldBy.id, process: heldBy.process, startedAt: heldBy.startedAt },
    refused,
  };
}

function faultIn(report: FlowReport): Fault | null {
  if (report.error !== null) return faultOf(report.error);
  if (report.state === "held") return { kind: "later", code: "held", message: heldMessage(report) };
  if (report.retryAt !== null)
    return { kind: "later", code: "retry-later", message: report.message ?? "", retryAt: report.retryAt };
  if (report.state === "done") return null;
  const message = report.message ?? report.state;
  return { kind: report.state === "failed" ? "bug" : "stopped", code: report.state, message };
}

function heldMessage({ heldBy }: FlowReport): string {
  if (heldBy === null) return "another process has just run this flow";
  return `run ${heldBy.id} of this flow has been going since ${heldBy.startedAt.toISOString()} in process ${heldBy.process}`;
}
