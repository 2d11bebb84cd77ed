import { type OutcomeCounts, outcomes } from "../core/outcome.ts";
import type { FlowResult } from "../operations/flow-result.ts";
import { clean, moment, number, say, withMoments } from "./output.ts";

/** The counts that are not zero, such as `created 12 · waiting 2`. */
export function countWords(counts: Partial<OutcomeCounts>): string {
  return outcomes
    .filter((outcome) => (counts[outcome] ?? 0) > 0)
    .map((outcome) => `${outcome} ${number(counts[outcome] ?? 0)}`)
    .join(" · ");
}

/** How many records a retry looked at: those that it was asked for, and those whose own time for another look had come. */
export function lookedAt(marked: number, flows: readonly Pick<FlowResult, "counts">[]): string {
  const all = flows.reduce((sum, { counts }) => sum + Object.values(counts).reduce((total, one) => total + one, 0), 0);
  const asked = marked === 1 ? "1 record was looked at again" : `${marked} records were looked at again`;
  return all > marked ? `${asked}, and ${all - marked} whose time had come.` : `${asked}.`;
}

/** Says how the flows of a sync ended, what is left and what to do about it. */
export function sayFlows(flows: readonly FlowResult[]): void {
  const width = Math.max(0, ...flows.map(({ flow }) => flow.length));
  for (const result of flows) {
    const words = resultWords(result) || (result.state === "held" ? "not run" : "nothing to do");
    say(`${result.flow.padEnd(width)}  ${words}`);
    sayEnd(result);
  }
}

/**
 * The counts, with the records that a plan no longer fits by that name. Most of them were counted as rejected; where some
 * may have been counted otherwise (skipped by now, say), no rejection is taken out that could be a vendor's.
 */
function resultWords({ counts, refused }: FlowResult): string {
  if (refused.length === 0) return countWords(counts);
  const otherwise = counts.skipped + counts.waiting + counts.unchanged;
  const rejected = counts.rejected - Math.min(counts.rejected, Math.max(0, refused.length - otherwise));
  const words = [countWords({ ...counts, rejected }), `changed since the plan: ${number(refused.length)}`];
  return words.filter((part) => part !== "").join(" · ");
}

function sayEnd({ flow, fault, searchAt, refused }: FlowResult): void {
  if (fault !== null && fault.kind !== "stopped") {
    say(`  ${fault.kind === "bug" ? "failed: " : ""}${clean(withMoments(fault.message))}`);
    if (fault.action) say(`  ${clean(withMoments(fault.action))}`);
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
