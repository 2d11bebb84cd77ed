import type { Command } from "commander";
import { connections } from "../operations/connect.ts";
import { moment, print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

export function addConnectionsCommand(program: Command): void {
  program
    .command("connections")
    .description("list the linked accounts")
    .option("--json", "print them as JSON")
    .addHelpText("after", "\nExample:\n  mizan connections --json")
    .action(async (options: { json?: true }) => {
      await withMizan(async ({ desk }) => {
        const found = await connections(desk);
        if (options.json) return printJson({ connections: found });
        if (found.length === 0) return say("No connections yet. `mizan connect <vendor> --name <name>` makes one.");
        const columns = [{ head: "NAME" }, { head: "VENDOR" }, { head: "CHECKED" }, { head: "STATE" }];
        const rows = found.map(({ name, vendor, checkedAt, problem }) => [
          name,
          vendor,
          moment(checkedAt),
          problem === null ? "works" : `needs a person: ${problem.sentence} ${problem.action}`,
        ]);
        print(table(columns, rows, process.stdout.columns));
      });
    });
}
