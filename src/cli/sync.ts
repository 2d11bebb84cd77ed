import type { Command } from "commander";
import type { Desk } from "../operations/desk.ts";
import { flowResult } from "../operations/flow-result.ts";
import { showIntegration } from "../operations/show-integration.ts";
import { sync } from "../operations/sync.ts";
import { callLimits } from "./call-limits.ts";
import { exitCodeOfFlows } from "./exit-codes.ts";
import { sayFlows, sayStopped } from "./flow-words.ts";
import { printJson, say } from "./output.ts";
import { createProgress } from "./progress.ts";
import { withMizan } from "./with-mizan.ts";

export function addSyncCommand(program: Command): void {
  program
    .command("sync")
    .description("run the flows of an integration now")
    .argument("<integration>", "name of the integration")
    .argument("[flow]", "one flow, such as products; all when left out")
    .option("--strict", "exit with 4 when records wait or are rejected")
    .option("--no-settle", "do not wait until doubtful writes are settled")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan sync shop
  mizan sync shop products
  mizan sync shop --json --strict     for a script: 0, or 4 when something is left for a person

Ctrl-C stops at a record boundary; the next sync goes on from there.`,
    )
    .action(async (integration: string, flow: string | undefined, options: SyncOptions) => {
      await withMizan(async ({ desk, signal }) => {
        const totals = await knownTotals(desk, integration);
        const progress = createProgress(await callLimits(desk, integration));
        const onProgress: Parameters<typeof sync>[1]["onProgress"] = (name, counts, calls) =>
          progress.update(name, counts, calls, totals.get(name) ?? null);
        const settle = options.settle;
        const reports = await sync(desk, { integration, flow, signal, settle, onProgress }).finally(progress.end);
        const flows = reports.map(flowResult);
        if (options.json) printJson({ flows });
        sayFlows(flows);
        if (signal.aborted) sayStopped(integration, flows, flow === undefined ? [...totals.keys()] : [flow]);
        else sayOpen(integration, flows);
        return exitCodeOfFlows(flows, options.strict === true);
      });
    });
}

interface SyncOptions {
  readonly strict?: true;
  readonly settle: boolean;
  readonly json?: true;
}

/** A flow that lists everything each time will come to about as many records as are stored; of the others nothing is known. */
async function knownTotals(desk: Desk, integration: string): Promise<Map<string, number | null>> {
  const { flows } = await showIntegration(desk, integration);
  return new Map(
    flows.map(({ name, reads, records }) => {
      const stored = Object.values(records).reduce((sum, count) => sum + count, 0);
      return [name, reads === "all" && stored > 0 ? stored : null];
    }),
  );
}

function sayOpen(integration: string, flows: readonly ReturnType<typeof flowResult>[]): void {
  const count = (outcome: "waiting" | "rejected") => flows.reduce((sum, { counts }) => sum + counts[outcome], 0);
  for (const outcome of ["waiting", "rejected"] as const) {
    if (count(outcome) > 0)
      say(`${count(outcome)} ${outcome}: \`mizan records ${integration} --outcome ${outcome}\` says why.`);
  }
}
