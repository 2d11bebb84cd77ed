import type { Command } from "commander";
import type { Language } from "../core/reasons.ts";
import { type Proposal, propose } from "../operations/propose.ts";
import { languageOption } from "./language-option.ts";
import { print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

export function addProposeCommand(program: Command): void {
  program
    .command("propose")
    .description("read what two accounts have to choose from, and propose the options of an integration; saves nothing")
    .argument("<kind>", "such as salla-qoyod")
    .requiredOption("--source <connection>", "where records come from")
    .requiredOption("--target <connection>", "where they go")
    .addOption(languageOption())
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  mizan propose salla-qoyod --source salla --target qoyod")
    .action(async (kind: string, options: ProposeOptions) => {
      const { json, ...given } = options;
      await withMizan(async ({ desk, signal }) => {
        const proposal = await propose(desk, { kind, ...given, signal });
        if (json) printJson(proposal);
        else printProposal(proposal);
      });
    });
}

interface ProposeOptions {
  readonly source: string;
  readonly target: string;
  readonly language: Language;
  readonly json?: true;
}

function printProposal({ options, missing, command }: Proposal): void {
  const rows = options.map(({ option, value, needed, why }) => [option, value ?? (needed ? "?" : "–"), why]);
  print(table([{ head: "OPTION" }, { head: "VALUE" }, { head: "WHY" }], rows, process.stdout.columns));
  print(`\n${command}`);
  if (missing.length > 0) say(`Still missing, and needed: ${missing.join(", ")}.`);
  say("Nothing was saved.");
}
