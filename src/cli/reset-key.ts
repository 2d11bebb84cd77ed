import type { Command } from "commander";
import { readConfig } from "../core/config.ts";
import { exitCodes } from "./exit-codes.ts";
import { say } from "./output.ts";

export function addResetKeyCommand(program: Command): void {
  program
    .command("reset-key")
    .description("go on with a new secret key when the old one is lost; every connection must be connected again")
    .option("--yes", "do it")
    .addHelpText(
      "after",
      `
Examples:
  mizan reset-key --yes

Cursors, links and records stay. What was sealed with the lost key (credentials) is gone: run \`mizan connect\`
with the same name for each connection, and everything goes on where it stopped.`,
    )
    .action(async ({ yes }: { yes?: true }) => {
      if (yes !== true) {
        say("This forgets the credentials of all connections. Say --yes if the old key is really lost.");
        process.exitCode = exitCodes.input;
        return;
      }
      const { openMizan } = await import("../main.ts");
      const mizan = await openMizan(readConfig(process.env), { newKey: true });
      await mizan.close();
      say("The new key is in place. Connect each connection again with `mizan connect`.");
    });
}
