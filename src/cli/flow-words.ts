import { type OutcomeCounts, outcomes } from "../core/outcome.ts";
import type { FlowResult } from "../operations/flow-result.ts";
import { clean, moment, number, say } from "./output.ts";

/** The counts that are not zero, such as `created 12 · waiting 2`. */
export function countWords(counts: Partial<OutcomeCounts>): string {
  return outcomes
    .filter((outcome) => (counts[outcome] ?? 0) > 0)
    .map((outcome) => `${outcome} ${number(counts[outcome] ?? 0)}`)
    .join(" · ");
}

/** Says how the flows of a sync ended, what is left and what to do about it. */
export function sayFlows(flows: readonly FlowResult[]): void {
  const width = Math.max(0, ...flows.map(({ flow }) => flow.length));
  for (const result of flows) {
    const words = countWords(result.counts) || (result.state === "held" ? "not run" : "nothing to do");
    say(`${result.flow.padEnd(width)}  ${words}`);
    sayEnd(result);
  }
}

function sayEnd({ flow, fault, searchAt, refused }: FlowResult): void {
  if (fault !== null && fault.kind !== "stopped") {
    say(`  ${fault.kind === "bug" ? "failed: " : ""}${clean(fault.message)}`);
    if (fault.action) say(`  ${clean(fault.action)}`);
    if (fault.retryAt) say(`  It goes on after ${moment(fault.retryAt)}.`);
  }
  if (searchAt !== null) say(`  A doubtful write of ${flow} is looked for at ${moment(searchAt)}.`);
  for (const { sourceId, label } of refused)
    say(`  not written, because it changed since the plan: ${clean(label || sourceId)} (${sourceId})`);
}

/** After Ctrl-C: what is stored and how to go on. */
export function sayStopped(integration: string, flows: readonly FlowResult[], all: readonly string[]): void {
  const left = all.filter((name) => !flows.some(({ flow, fault }) => flow === name && fault === null));
  say(`Stopped at a record boundary; everything above is stored. Left: ${left.join(", ") || "nothing"}.`);
  if (left.length > 0) say(`\`mizan sync ${integration}\` goes on from there.`);
}
