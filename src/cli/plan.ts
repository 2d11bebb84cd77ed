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
  for (const { flow, counts, totals, first } of flows) {
    print(`\n${flow}: ${planWords(counts)}${totalWords(totals)}`);
    for (const { kind, label, sourceId, fields } of first) {
      print(`  ${kind}  ${clean(label || sourceId)}`);
      print(`    ${clean(fieldWords(fields))}`);
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

function planWords(counts: PlanReport["flows"][number]["counts"]): string {
  const { created, updated, ...rest } = counts;
  const others = countWords(rest);
  return `${created} to create, ${updated} to update${others === "" ? "" : ` (${others})`}`;
}

function fieldWords(fields: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(fields).map(([name, value]) => {
    if (Array.isArray(value)) return `${name} ${value.length}`;
    return `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
  return words.join(", ");
}
