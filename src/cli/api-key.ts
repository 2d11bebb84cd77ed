import type { Command } from "commander";
import { apiKeys, createApiKey, revokeApiKey } from "../operations/api-keys.ts";
import { moment, print, printJson, say } from "./output.ts";
import { table } from "./table.ts";
import { withMizan } from "./with-mizan.ts";

export function addApiKeyCommand(program: Command): void {
  program
    .command("api-key")
    .description("make a key for the HTTP API; without a name, list them")
    .argument("[name]", "name of the key; one of the same name is replaced")
    .option("--revoke", "take the key away")
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  mizan api-key till-1                the key is shown this once; Mizan keeps its digest only
  mizan api-key till-1 --revoke
  curl -H "Authorization: Bearer $(mizan api-key test)" http://127.0.0.1:8470/v1/integrations`,
    )
    .action(async (name: string | undefined, options: { revoke?: true; json?: true }) => {
      await withMizan(async ({ desk }) => {
        if (name === undefined) {
          const keys = await apiKeys(desk);
          if (options.json) return printJson({ keys });
          if (keys.length === 0) return say("No keys yet. `mizan api-key <name>` makes one.");
          const rows = keys.map((key) => [key.name, moment(key.createdAt)]);
          return print(table([{ head: "NAME" }, { head: "MADE" }], rows));
        }
        if (options.revoke) {
          await revokeApiKey(desk, name);
          if (options.json) return printJson({ name, revoked: true });
          return say(`The key ${name} opens nothing from now on.`);
        }
        const key = await createApiKey(desk, name);
        if (options.json) return printJson({ name, key });
        print(key);
        say("Keep it: it is not shown again.");
      });
    });
}
