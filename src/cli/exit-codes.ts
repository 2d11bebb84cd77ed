import type { Fault } from "../operations/fault.ts";
import type { FlowResult } from "../operations/flow-result.ts";

/** What scripts decide by; printed in the help. */
export const exitCodes = {
  done: 0,
  bug: 1,
  input: 2,
  person: 3,
  incomplete: 4,
  /** as in sysexits.h, "temporary failure" */
  later: 75,
  /** 128 and the number of the signal, as shells do */
  hungUp: 129,
  stopped: 130,
  terminated: 143,
} as const;

/** The code of an error. */
export function exitCodeOf(kind: Fault["kind"]): number {
  return exitCodes[kind];
}

/**
 * The code of a sync: the gravest of its flows.
 * @param strict whether records that wait or are rejected count as incomplete
 */
export function exitCodeOfFlows(flows: readonly FlowResult[], strict: boolean): number {
  const order = ["bug", "person", "stopped", "later"] as const;
  const worst = order.find((kind) => flows.some(({ fault }) => fault?.kind === kind));
  if (worst !== undefined) return exitCodes[worst];
  if (flows.some(({ refused }) => refused.length > 0)) return exitCodes.incomplete;
  const open = flows.some(({ counts }) => counts.waiting + counts.rejected > 0);
  return strict && open ? exitCodes.incomplete : exitCodes.done;
}

export const exitCodeHelp = `Exit codes:
  0    done
  1    a fault in Mizan
  2    wrong input: an option, a name, a value
  3    a person must act first (credentials, a missing scope, the database folder)
  4    finished, but an applied plan no longer fitted some records; with --strict also
       when records wait or are rejected
  75   try again later (a quota, or another process is running the flow)
  130  stopped by Ctrl-C at a record boundary; 143 by SIGTERM, 129 by a closed terminal`;
