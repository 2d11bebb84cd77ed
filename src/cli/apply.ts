import type { Command } from "commander";
import { InvalidInput } from "../core/errors.ts";
import { flowResult } from "../operations/flow-result.ts";
import { apply } from "../operations/plan.ts";
import { exitCodeOfFlows } from "./exit-codes.ts";
import { sayFlows } from "./flow-words.ts";
import { printJson, say } from "./output.ts";
import { createProgress } from "./progress.ts";
import { withMizan } from "./with-mizan.ts";

export function addApplyCommand(program: Command): void {
  program
    .command("apply")
    .description("write exactly what a plan says; what changed since is refused by name")
    .argument("<plan>", "the number that `mizan plan` gave")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExample:\n  mizan apply 7")
    .action(async (given: string, options: { json?: true }) => {
      const number = Number(given);
      if (!Number.isSafeInteger(number) || number < 1)
        throw new InvalidInput(
          "plan",
          `plan is ${JSON.stringify(given)}; allowed: the number that \`mizan plan\` gave`,
        );
      await withMizan(async ({ desk, signal }) => {
        const progress = createProgress();
        const onProgress = progress.update;
        const applied = await apply(desk, { plan: number, signal, onProgress }).finally(progress.end);
        const flows = applied.flows.map(flowResult);
        if (options.json) printJson({ plan: applied.plan, flows });
        sayFlows(flows);
        if (signal.aborted) say(`Stopped at a record boundary. \`mizan apply ${number}\` writes the rest of the plan.`);
        return exitCodeOfFlows(flows, false);
      });
    });
}
