import type { Command } from "commander";
import { type PlanReport, type PlanRequest, plan } from "../operations/plan.ts";
import { callLimits } from "./call-limits.ts";
import { countWords } from "./flow-words.ts";
import { clean, print, printJson, say } from "./output.ts";
import { createProgress } from "./progress.ts";
import { withMizan } from "./with-mizan.ts";

export function addPlanCommand(program: Command): void {
  program
    .command("plan")
    .description("say what a sync would write; writes nothing")
    .argument("<integration>", "name of the integration")
    .argument("[flow]", "one flow; all when left out")
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan plan shop
  mizan plan shop sell-orders --json
  mizan apply 7                       write exactly what plan 7 says`,
    )
    .action(async (integration: string, flow: string | undefined, options: { json?: true }) => {
      await withMizan(async ({ desk, signal }) => {
        const progress = createProgress(await callLimits(desk, integration));
        const onProgress: PlanRequest["onProgress"] = (name, counts, calls) =>
          progress.update(name, counts, calls, null);
        try {
          const report = await plan(desk, { integration, flow, signal, onProgress }).finally(progress.end);
          if (options.json) printJson(report);
          else printPlan(report);
        } catch (error) {
          if (!signal.aborted || !isStop(error)) throw error;
          sayStopped(integration, options.json === true);
        }
      });
    });
}

/** The engine ends at a record boundary with an error of its own, and a call that was under way with an AbortError. */
function isStop(error: unknown): boolean {
  return error instanceof Error && ["AbortError", "RunEnded"].includes(error.name);
}

function sayStopped(integration: string, json: boolean): void {
  const message = "stopped before the plan was complete; there is nothing to apply, and nothing was written";
  if (json) printJson({ error: { code: "stopped", message } });
  say(`${message[0]?.toUpperCase()}${message.slice(1)}. \`mizan plan ${integration}\` starts anew.`);
}

function printPlan({ plan: id, flows }: PlanReport): void {
  print(`Plan ${id}`);
  for (const planned of flows) {
    const { flow, counts, totals, first } = planned;
    print(`\n${flow}: ${planWords(planned)}${totalWords(totals)}`);
    for (const { kind, replacement, label, sourceId, fields } of first) {
      print(`  ${replacement ? "delete and make anew" : kind}  ${clean(label || sourceId)}`);
      for (const words of fieldRows(fields)) print(`    ${clean(words)}`);
    }
    const more = counts.created + counts.updated - first.length;
    if (more > 0) print(`  … and ${more} more`);
  }
  say(`\nNothing was written. \`mizan apply ${id}\` writes exactly this.`);
}

/** Sums of two currencies are never added. */
function totalWords(totals: PlanReport["flows"][number]["totals"]): string {
  if (totals.length === 0) return "";
  return `, ${totals.map(({ currency, amount }) => `${amount} ${currency}`.trim()).join(" + ")} in all`;
}

function planWords({ counts, deletions, replacements }: PlanReport["flows"][number]): string {
  const { created, updated, ...rest } = counts;
  const writes = [`${created} to create`, `${updated - deletions - replacements} to update`];
  if (deletions > 0) writes.push(`${deletions} to delete`);
  if (replacements > 0) writes.push(`${replacements} to delete and make anew`);
  const others = countWords(rest);
  return `${writes.join(", ")}${others === "" ? "" : ` (${others})`}`;
}

type Fields = Readonly<Record<string, unknown>>;

const mostLines = 5;

/** All plain fields in one row, then the lines of an order, each in a row of its own. */
function fieldRows(fields: Fields): string[] {
  const plain = Object.entries(fields).filter(([, value]) => !Array.isArray(value));
  const lists = Object.entries(fields).flatMap(([name, value]) => (Array.isArray(value) ? listRows(name, value) : []));
  return plain.length === 0 ? lists : [plainWords(plain), ...lists];
}

function listRows(name: string, members: readonly unknown[]): string[] {
  const shown = members.slice(0, mostLines).map((member) => `  ${lineWords(member)}`);
  const more = members.length - shown.length;
  return [`${name} ${members.length}`, ...shown, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

/** `2 × MUG Mug (5900101), rate 4.5`, where the line has a quantity of a product; else its fields by name. */
function lineWords(line: unknown): string {
  if (line === null || typeof line !== "object") return valueWords(line);
  const fields = Object.entries(line);
  const product = fields.find(([, value]) => isLink(value));
  const quantity = fields.find(([name]) => name === "quantity");
  if (product === undefined || quantity === undefined) return plainWords(fields);
  const rest = fields.filter((field) => field !== product && field !== quantity);
  const bought = `${valueWords(quantity[1])} × ${valueWords(product[1])}`;
  return rest.length === 0 ? bought : `${bought}, ${plainWords(rest)}`;
}

function plainWords(fields: readonly (readonly [string, unknown])[]): string {
  return fields.map(([name, value]) => `${name} ${valueWords(value)}`).join(", ");
}

function isLink(value: unknown): value is { linked: string; sourceId?: string; targetId?: string; label?: string } {
  return value !== null && typeof value === "object" && "linked" in value;
}

function valueWords(value: unknown): string {
  if (typeof value === "string") return value;
  if (!isLink(value)) return JSON.stringify(value);
  const id = value.sourceId ?? value.targetId ?? "";
  return value.label === undefined || value.label === id ? `${value.linked} ${id}` : `${value.label} (${id})`;
}
