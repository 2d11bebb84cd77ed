import type { Command } from "commander";
import { type RunView, runs } from "../operations/runs.ts";
import { countWords } from "./flow-words.ts";
import { moment, print, printJson, say, withMoments } from "./output.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./whole-number.ts";
import { withMizan } from "./with-mizan.ts";

export function addRunsCommand(program: Command): void {
  program
    .command("runs")
    .description("list runs, newest first")
    .argument("[integration]", "name of the integration; all when left out")
    .argument("[flow]", "one flow")
    .option("--most <number>", "how many", wholeNumber("most", 1, 1000), 20)
    .option("--json", "print them as JSON")
    .addHelpText("after", "\nExamples:\n  mizan runs\n  mizan runs shop sell-orders --most 5 --json")
    .action(
      async (integration: string | undefined, flow: string | undefined, options: { most: number; json?: true }) => {
        await withMizan(async ({ desk }) => {
          const found = await runs(desk, { integration, flow, most: options.most });
          if (options.json) printJson({ runs: found });
          else if (found.length === 0) say("No runs yet.");
          else printRuns(found);
        });
      },
    );
}

function printRuns(found: readonly RunView[]): void {
  const columns = [
    { head: "RUN", right: true },
    { head: "INTEGRATION" },
    { head: "FLOW" },
    { head: "TRIGGER" },
    { head: "STATE" },
    { head: "STARTED" },
    { head: "SECONDS", right: true },
    { head: "OUTCOMES" },
  ];
  const rows = found.map((run) => [
    String(run.id),
    run.integration,
    run.flow,
    run.trigger,
    run.state,
    moment(run.startedAt),
    run.endedAt === null ? "" : ((run.endedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(1),
    [countWords(run.counts), withMoments(run.message ?? "")].filter((part) => part !== "").join("; "),
  ]);
  print(table(columns, rows, process.stdout.columns));
}
